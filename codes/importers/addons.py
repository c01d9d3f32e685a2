"""The add-on code edits: AOC_V2026Q4-MCR.txt and its like."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from codes.models import AddOnLink, Release

from .layouts import BadRow, Found, Layout, Stream, find_columns, quarter_of, words
from .nccicells import code, effective_in, one_of, program_in

HEADER = {
    "kind": r"^(aoc.?edit.?)?type$",
    "add_on": r"^add.?on.?code$",
    "primary": r"^primary.?code$",
}
ENDS = {"add-on code": r"^aoc.?deldt", "primary code": r"^primary.?code.?deldt", "edit": r"^aoc.?edit.?deldt"}
"""A link ends with its add-on code, with its primary code, or alone. Older layouts have none of these columns."""
CONTRACTOR_DECIDES = "CCCCC"
CONTRACTOR_TYPE = 2


class AddOnCodes(Layout):
    table = Release.Table.ADD_ON
    model = AddOnLink
    columns = ("add_on", "primary", "kind")
    key = ("add_on", "primary")
    values = ("kind",)
    source_title = "NCCI add-on code edits"
    source_url = "https://www.cms.gov/ncci-medicare/medicare-ncci-add-code-edits"

    def recognises(self, head: list[list[str]], name: str) -> Found | None:
        last = next(
            (
                place
                for place, row in enumerate(head)
                if any(re.search(HEADER["add_on"], words(cell)) for cell in row)
            ),
            None,
        )
        columns = None if last is None else find_columns(head[last : last + 1], 0, HEADER)
        if columns is None:
            return None
        for place, cell in enumerate(head[last]):
            columns |= {column: place for column, pattern in ENDS.items() if re.search(pattern, words(cell))}
        return Found(self, last, columns, program=program_in(name), effective_on=effective_in(name))

    def rows(self, stream: Stream, found: Found) -> Iterator[tuple]:
        kind_in = one_of("1", "2", "3")
        ends = [column for column in ENDS if column in found.columns]
        seen: set[tuple[str, str]] = set()
        for line, raw in stream:
            cells = [cell.strip() for cell in raw]
            if not any(cells):
                continue

            def read(column, reader, cells=cells, line=line):
                try:
                    return reader(cells[found.columns[column]])
                except IndexError:
                    raise BadRow(line, column, "", "the row ends too early: is the file whole?") from None
                except ValueError as error:
                    raise BadRow(line, column, cells[found.columns[column]], str(error)) from None

            link = read("add_on", code), read("primary", _primary)
            kind = read("kind", kind_in)
            if (link[1] == CONTRACTOR_DECIDES) and kind != CONTRACTOR_TYPE:
                raise BadRow(
                    line, "type", str(kind), "CCCCC stands only where the contractor decides: type 2."
                )
            over = any((day := read(column, _ordinal_day)) and day < found.effective_on for column in ends)
            if over or link in seen:
                continue
            seen.add(link)
            yield *link, kind

    def release_name(self, found: Found) -> str:
        whose = "Medicaid add-on codes" if found.program == Release.Program.MEDICAID else "Add-on codes"
        return f"{whose} {quarter_of(found.effective_on)}"


def _primary(text: str) -> str:
    return text if text == CONTRACTOR_DECIDES else code(text)


def _ordinal_day(text: str) -> date | None:
    """A day written YYYYDDD (year and day of the year), None for an empty cell, zeros or nines."""
    if not text.strip("0") or not text.strip("9") or text == "*":
        return None
    if not (text.isdigit() and len(text) == 7 and 1 <= int(text[4:]) <= 366):
        raise ValueError("a date is written YYYYDDD here: the year and the day of the year.")
    return date(int(text[:4]), 1, 1) + timedelta(days=int(text[4:]) - 1)
