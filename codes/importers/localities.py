"""The localities with their counties (…LOCCO): the state stands only in the first row of its block."""

from collections.abc import Iterator

from codes.models import LocalityCounties, Release

from .cells import at, digits_in, filled
from .layouts import Found, Layout, Stream, find_columns, words
from .titles import calendar_year

HEADER = {
    "mac": r"^medicare admini?strative contractor",
    "locality": r"^locality number$",
    "state": r"^state$",
    "area": r"^fee schedule area$",
    "counties": r"^counties$",
}
"""CMS's own header misspells the contractor."""


class Localities(Layout):
    table = Release.Table.LOCALITY
    model = LocalityCounties
    columns = tuple(HEADER)
    kept_by_year = True
    source_title = "Counties included in Medicare localities"
    source_url = "https://www.cms.gov/medicare/payment/fee-schedules/physician/pfs-relative-value-files"

    def recognises(self, head: list[list[str]], name: str) -> Found | None:
        for last, row in enumerate(head):
            if any(words(cell) == "fee schedule area" for cell in row):
                columns = find_columns(head, last, HEADER)
                title = " ".join(cell for row in head[:last] for cell in row)
                return columns and Found(
                    self, last, columns, effective_on=calendar_year(title) or calendar_year(name)
                )
        return None

    def rows(self, stream: Stream, found: Found) -> Iterator[tuple]:
        """Each locality once: one that two contractors serve stands twice."""
        state, seen = "", set()
        for line, cells in filled(stream):
            text = {name: at(cells, place) for name, place in found.columns.items()}
            state = text["state"] or state
            mac, locality = (
                digits_in(text["mac"], line, "mac", 5),
                digits_in(text["locality"], line, "locality", 2),
            )
            if (mac, locality) not in seen:
                seen.add((mac, locality))
                yield mac, locality, state, text["area"].rstrip("* "), text["counties"]

    def release_name(self, found: Found) -> str:
        return f"Localities {found.effective_on.year}"
