"""The geographic practice cost indices (GPCI…): a title, a header, a row for each locality, footnotes."""

from collections.abc import Iterator

from codes.models import Gpci, Release

from .cells import at, decimal_in, digits_in, filled
from .layouts import BadRow, Found, Layout, Stream, find_columns, words
from .titles import calendar_year

HEADER = {
    "mac": r"^medicare administrative contractor",
    "state": r"^state$",
    "locality": r"^locality number$",
    "name": r"^locality name$",
    "work": r"pw gpci|work gpci",
    "pe": r"pe gpci",
    "malpractice": r"mp gpci",
}


class Gpcis(Layout):
    table = Release.Table.GPCI
    model = Gpci
    columns = tuple(HEADER)
    key = ("mac", "locality")
    values = ("work", "pe", "malpractice")
    kept_by_year = True
    source_title = "Geographic practice cost indices by state and Medicare locality"
    source_url = "https://www.cms.gov/medicare/payment/fee-schedules/physician/pfs-relative-value-files"

    def recognises(self, head: list[list[str]], name: str) -> Found | None:
        for last, row in enumerate(head):
            if any("pe gpci" in words(cell) for cell in row):
                columns = find_columns(head, last, HEADER)
                title = " ".join(cell for row in head[: last + 1] for cell in row)
                return columns and Found(
                    self, last, columns, effective_on=calendar_year(title) or calendar_year(name)
                )
        return None

    def rows(self, stream: Stream, found: Found) -> Iterator[tuple]:
        for line, cells in filled(stream):
            text = {name: at(cells, place) for name, place in found.columns.items()}
            if len(text["state"]) != 2:
                raise BadRow(line, "state", text["state"], "A state is written as two letters.")
            yield (
                digits_in(text["mac"], line, "mac", 5),
                text["state"],
                digits_in(text["locality"], line, "locality", 2),
                text["name"].rstrip("* "),
                *(decimal_in(text[name], line, name, 3) for name in ("work", "pe", "malpractice")),
            )

    def release_name(self, found: Found) -> str:
        return f"GPCI {found.effective_on.year}"
