"""The physician fee schedule's relative value file (PPRRVU…): a row for each code, and for its parts 26 and TC."""

import re
from collections.abc import Iterator
from functools import partial
from itertools import batched

from codes.models import MedicareStatus, RelativeValue, Release

from .cells import at, code_in, decimal_in, filled
from .layouts import BadRow, Found, Layout, NotForHere, Stream, find_columns, words
from .titles import release_month

HEADER = {
    "number": r"^hcpcs$",
    "modifier": r"^mod$",
    "status": r"^status code$",
    "work": r"^work rvu$",
    "non_facility_pe": r"^non-?fac(ility)? pe rvu$",
    "non_facility_na": r"^non-?fac(ility)? na indicator$",
    "facility_pe": r"^facility pe rvu$",
    "facility_na": r"^facility na indicator$",
    "malpractice": r"^mp rvu$",
    "multiple_procedure": r"^mult proc$",
    "global_days": r"^glob days$",
    "conversion_factor": r"^conv factor$",
}
"""What the wrapped header says over each column. By words, not by place: 2026 has a column more than 2025."""


def short(most: int, pattern: str = ""):
    """A reader of texts of at most `most` characters that may have to match a pattern."""

    def read(text: str, line: int, column: str) -> str:
        if len(text) > most or (pattern and not re.fullmatch(pattern, text)):
            raise BadRow(line, column, text, "CMS's layout has nothing like it in this column.")
        return text

    return read


def not_applicable(text: str, line: int, column: str) -> bool:
    """CMS's NA. Raises BadRow for any other text."""
    return short(2, "(NA)?")(text, line, column) == "NA"


def global_days(text: str, line: int, column: str) -> str:
    """CMS's three characters, such as 090 or XXX, also where a workbook holds them as a number. Raises BadRow."""
    found = short(3, "([0-9]{1,3}|[A-Z]{3})?")(text, line, column)
    return found.zfill(3) if found.isdigit() else found


relative_value = partial(decimal_in, places=2)
READERS = {
    "number": code_in,
    "modifier": short(2),
    "status": short(1, "[A-Z]"),
    "work": relative_value,
    "non_facility_pe": relative_value,
    "non_facility_na": not_applicable,
    "facility_pe": relative_value,
    "facility_na": not_applicable,
    "malpractice": relative_value,
    "multiple_procedure": short(1),
    "global_days": global_days,
    "conversion_factor": partial(decimal_in, places=4),
}
"""How the cells of each column are read."""


class RelativeValues(Layout):
    table = Release.Table.FEE_SCHEDULE
    model = RelativeValue
    columns = tuple(HEADER)
    key = ("number", "modifier")
    values = ("status", "work", "non_facility_pe", "facility_pe", "malpractice", "multiple_procedure")
    kept_by_year = True
    source_title = "Physician fee schedule, relative value file"
    source_url = "https://www.cms.gov/medicare/payment/fee-schedules/physician/pfs-relative-value-files"

    def recognises(self, head: list[list[str]], name: str) -> Found | None:
        last = next(
            (
                place
                for place, row in enumerate(head)
                if [words(cell) for cell in row[:2]] == ["hcpcs", "mod"]
            ),
            None,
        )
        columns = None if last is None else find_columns(head, last, HEADER)
        if columns is None:
            return None
        if _is_for_apm_participants(name):
            raise NotForHere(
                "These are the amounts for qualifying participants of advanced payment models (QPP), with a conversion "
                "factor of their own. The site shows everybody else's: give it the file of the same release with "
                "nonQPP in its name."
            )
        title = next(
            (cell for row in head[:last] for cell in row if "relative value file" in words(cell)), ""
        )
        return Found(self, last, columns, effective_on=release_month(title) or release_month(name))

    def rows(self, stream: Stream, found: Found) -> Iterator[tuple]:
        readers = [(name, found.columns[name], READERS[name]) for name in self.columns]
        for line, cells in filled(stream):
            yield tuple(read(at(cells, place), line, name) for name, place, read in readers)

    def release_name(self, found: Found) -> str:
        return f"Physician fee schedule, {found.effective_on:%B %Y}"

    def complete(self, release: Release) -> None:
        """Give the code pages the status of each code: that of the whole, not of its parts."""
        rows = RelativeValue.objects.filter(release=release, modifier="").values_list(
            "number", "status", "multiple_procedure", "global_days"
        )
        for batch in batched(rows.iterator(), 2000):
            MedicareStatus.objects.bulk_create(
                MedicareStatus(
                    release=release,
                    number=number,
                    letter=letter,
                    multiple_procedure=multiple,
                    global_days=days,
                )
                for number, letter, multiple, days in batch
            )

    def discard(self, release: Release) -> None:
        MedicareStatus.objects.filter(release=release).delete()


def _is_for_apm_participants(name: str) -> bool:
    """Whether a file is the twin of 2026 and later with the higher conversion factor, for advanced payment models."""
    return re.search(r"qpp", name.lower()) is not None and re.search(r"non[ _-]?qpp", name.lower()) is None
