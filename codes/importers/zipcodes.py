"""The locality of each ZIP code (ZIP5_…): lines of fixed width without a header."""

import re
from collections.abc import Iterator
from datetime import date

from codes.models import Release, ZipLocality

from .cells import at
from .layouts import BadRow, Found, Layout, Stream, quarter_of

LINE = re.compile(
    r"(?P<state>[A-Z]{2})(?P<zip>\d{5})(?P<mac>\d{5})(?P<locality>\d{2}).{6}(?P<plus_four>[01]).{54}"
    r"(?P<year>20\d\d)(?P<quarter>[1-4])",
    re.ASCII,
)
"""State 1-2, ZIP code 3-7, contractor 8-12, locality 13-14, flag for ZIP+4 21, year and quarter 76-80."""


class ZipCodes(Layout):
    table = Release.Table.ZIP
    model = ZipLocality
    columns = ("zip", "state", "mac", "locality", "is_split")
    kept_by_year = True
    source_title = "ZIP codes to carrier locality"
    source_url = "https://www.cms.gov/medicare/payment/fee-schedules"

    def recognises(self, head: list[list[str]], name: str) -> Found | None:
        match = LINE.fullmatch(at(head[0], 0)) if head else None
        if match is None:
            return None
        return Found(self, effective_on=date(int(match["year"]), 3 * int(match["quarter"]) - 2, 1))

    def rows(self, stream: Stream, found: Found) -> Iterator[tuple]:
        for line, cells in stream:
            text = " ".join(cells)
            if not text:
                continue
            match = LINE.fullmatch(text)
            if match is None:
                raise BadRow(
                    line, "whole line", text, "This line is not in the layout of CMS's ZIP code file."
                )
            yield match["zip"], match["state"], match["mac"], match["locality"], match["plus_four"] == "1"

    def release_name(self, found: Found) -> str:
        return f"ZIP codes {quarter_of(found.effective_on)}"
