"""The NCCI procedure-to-procedure edits: ccipra-v323r0-f1.txt and its like."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import batched, chain
from operator import add, eq, itemgetter, lt
from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS
from django.db.models import ProtectedError

from codes.models import PairEdit, Rationale, Release
from codes.rules.terms import DateBasis

from .bulk import connection, reserve_keys
from .layouts import BadRow, Found, Layout, Stream, find_columns, quarter_of
from .nccicells import (
    Cells,
    WrongCell,
    code,
    day,
    day_or_none,
    effective_in,
    one_of,
    program_in,
    setting_in,
    version_in,
)

HEADER = {
    "column_one": r"column ?1",
    "column_two": r"column ?2",
    "prior": r"1996|existence",
    "effective_on": r"effective",
    "deleted_on": r"deletion",
    "indicator": r"modifier|not applicable",
    "rationale": r"rationale",
}
DATE = re.compile(r"\d{8}")
NEVER = 9
"""The indicator of an edit that ended on the day on which it began."""
FOR_EVER = "9999-12-31"
BASES = {0: DateBasis.EXACT.value, 1: DateBasis.EXACT.value, NEVER: DateBasis.SAME_DAY.value}
BATCH = 500
MOST_NEW_RATIONALES = 100
CODES = 2
"""Column one and column two stand before all other cells."""
MOST_TERMS = 200_000
"""How many different terms are remembered: CMS's whole table has some thousands."""
BOTH_WAYS = """
    SELECT {columns} FROM codes_pairedit x JOIN codes_pairedit y
    ON y.column_one = x.column_two AND y.column_two = x.column_one
    WHERE x.release_id = %s AND y.release_id = %s AND x.column_one > x.column_two {more}
"""
BOTH_IN_FORCE = "x.deleted_on IS NULL AND y.deleted_on IS NULL AND x.indicator <> 9 AND y.indicator <> 9"
LAST_DAY = (
    "a deletion date is the last day in force, and CMS lets the next edit of a pair begin on a later day. "
    "Is the file as CMS published it?"
)


class Terms(NamedTuple):
    """What a row says of its pair, in the order of the database's columns."""

    start: str
    basis: str
    end: str | None
    indicator: int
    rationale_id: int


class Period(NamedTuple):
    """First and last day on which a row is in force, and the line on which it stands."""

    start: str
    end: str
    line: int


class PtpEdits(Layout):
    table = Release.Table.PTP
    model = PairEdit
    columns = (
        "column_one",
        "column_two",
        "effective_on",
        "effective_basis",
        "deleted_on",
        "indicator",
        "rationale_id",
    )
    undivided_after = CODES
    has_settings = True
    expected_parts = 4
    source_title = "NCCI procedure-to-procedure edits"
    source_url = (
        "https://www.cms.gov/medicare/coding-billing/national-correct-coding-initiative-ncci-edits/"
        "medicare-ncci-procedure-procedure-ptp-edits"
    )

    def __init__(self):
        self.rationales: dict[str, int] = {}
        self._spare_keys: Iterator[int] = iter(())
        self._new_rationales: dict[int, str] = {}
        self.in_order = True
        self.newest = ""
        self._last_pair = ("", "")
        self._last_periods: list[Period] = []

    def recognises(self, head: list[list[str]], name: str) -> Found | None:
        first = next((place for place, row in enumerate(head) if _is_edit(row)), None)
        columns = find_columns(head, first - 1, HEADER) if first else None
        if columns is None or {columns["column_one"], columns["column_two"]} != {0, 1}:
            return None
        said = f"{name} {' '.join(cell for row in head[:first] for cell in row)}"
        return Found(
            self,
            first - 1,
            columns,
            setting=setting_in(said),
            program=program_in(name),
            effective_on=effective_in(name),
            version=version_in(name),
            part=int(part[1]) if (part := re.search(r"-f(\d)(?!\d)", name.lower())) else None,
        )

    def rows(self, stream: Stream, found: Found) -> Iterator[tuple]:
        """Read in batches, column by column: a third of the time of one row after another, and there are millions.

        A batch in which something is wrong is read again row by row, so that the fault can be named.
        """
        return chain.from_iterable(self._batches(stream, found))

    def _batches(self, stream: Stream, found: Found) -> Iterator[Iterable[tuple]]:
        read = self._reader(found)
        for batch in batched(stream, BATCH):
            try:
                lines, pairs, terms = read(batch)
            except (IndexError, ValueError):
                batch = [row for row in batch if any(cell.strip() for cell in row[1])]
                for row in batch:
                    _name_fault(read, row)
                if not batch:
                    continue
                lines, pairs, terms = read(batch)
            self._check_periods(lines, pairs, terms)
            yield map(add, pairs, terms)

    def _reader(self, found: Found):
        """A function that turns rows into lines, pairs and terms. It raises IndexError, ValueError and WrongCell."""
        ones, twos = Cells("Column 1", code), Cells("Column 2", code)
        terms = TermsByText(self, found)
        swapped = found.columns["column_one"] > found.columns["column_two"]

        def read(batch):
            lines, rows = zip(*batch, strict=True)
            one, two, rest = zip(*rows, strict=True)
            if swapped:
                one, two = two, one
            one, two = list(map(ones.__getitem__, one)), list(map(twos.__getitem__, two))
            if any(map(eq, one, two)):
                raise WrongCell("Column 2", two[0], "both columns hold the same code.")
            return lines, list(zip(one, two, strict=True)), list(map(terms.__getitem__, rest))

        return read

    def _check_periods(
        self, lines: tuple[int, ...], pairs: list[tuple[str, str]], terms: list[Terms]
    ) -> None:
        """A pair is in force once on a day: its rows stand one after another in CMS's files, and are compared.

        Where a file is in another order, `problems` compares all rows in the database.
        """
        before = [self._last_pair, *pairs[:-1]]
        periods, reached = self._last_periods, -1
        for place in [place for place, rises in enumerate(map(lt, before, pairs)) if not rises]:
            if before[place] != pairs[place]:
                self.in_order = False
                continue
            if reached != place - 1:
                periods = _period(lines, terms, place - 1)
            new = _period(lines, terms, place)
            for row in new:
                for other in periods:
                    if row.start <= other.end and other.start <= row.end:
                        raise _clash(row, other)
            periods, reached = [*periods, *new], place
        last = len(pairs) - 1
        self._last_periods = periods if reached == last else _period(lines, terms, last)
        self._last_pair = pairs[-1]

    def _rationale_id(self, text: str) -> int:
        if not self.rationales:
            self.rationales = dict(Rationale.objects.using(DEFAULT_DB_ALIAS).values_list("text", "pk"))
            self._spare_keys = iter(reserve_keys(Rationale, MOST_NEW_RATIONALES))
        if text not in self.rationales:
            if not text or any(known.startswith(text) for known in self.rationales):
                raise ValueError("the reason is cut off: is the file whole?")
            if len(text) > 120:
                raise ValueError("the reason is longer than CMS's are.")
            key = next(self._spare_keys, None)
            if key is None:
                raise ValueError(f"more than {MOST_NEW_RATIONALES} reasons are new: CMS has some twenty.")
            self.rationales[text] = key
            self._new_rationales[key] = text
        return self.rationales[text]

    def complete(self, release: Release) -> None:
        """Keep the reasons that no table before had: only now does the database take other rows than edits."""
        new = (Rationale(pk=key, text=text) for key, text in self._new_rationales.items())
        Rationale.objects.using(DEFAULT_DB_ALIAS).bulk_create(new)

    def forget(self) -> None:
        with suppress(ProtectedError):  # staff may have used one in the meantime
            Rationale.objects.using(DEFAULT_DB_ALIAS).filter(pk__in=[*self._new_rationales]).delete()

    def release_name(self, found: Found) -> str:
        whose = "Medicaid NCCI PTP" if found.program == Release.Program.MEDICAID else "NCCI PTP"
        return f"{whose} {found.version or quarter_of(found.effective_on)}"

    def problems(self, release: Release) -> Iterator[str]:
        if self.newest and self.newest > _end_of_quarter(release):
            yield (
                f"An edit takes effect on {self.newest}, after {release.quarter}: "
                "say with --quarter which quarter the file is for."
            )
        yield from self._in_force_both_ways(release)
        if not self.in_order:
            yield from self._overlaps(release)

    def _in_force_both_ways(self, release: Release) -> Iterator[str]:
        by_index = BOTH_WAYS.format(columns="x.id AS x_id, y.id AS y_id", more="")
        rows = PairEdit.objects.raw(
            # SQLite finds pairs that stand there both ways by the index alone, and only then looks at rows.
            f"""
            SELECT x.* FROM ({by_index}) found
            JOIN codes_pairedit x ON x.id = x_id JOIN codes_pairedit y ON y.id = y_id
            WHERE {BOTH_IN_FORCE} LIMIT 5
            """  # noqa: S608
            if connection().vendor == "sqlite"
            else BOTH_WAYS.format(columns="x.*", more=f"AND {BOTH_IN_FORCE} LIMIT 5"),
            [release.pk, release.pk],
        )
        for row in rows.using(DEFAULT_DB_ALIAS):
            yield f"{row.column_one} and {row.column_two} are in force in both directions."

    def _overlaps(self, release: Release) -> Iterator[str]:
        rows = PairEdit.objects.raw(
            """
            SELECT a.*, CASE WHEN a.effective_on < b.effective_on THEN b.effective_on ELSE a.effective_on END AS day
            FROM codes_pairedit a JOIN codes_pairedit b
            ON b.release_id = a.release_id AND b.column_one = a.column_one AND b.column_two = a.column_two
            AND b.id > a.id
            WHERE a.release_id = %s AND a.indicator <> 9 AND b.indicator <> 9
            AND (b.deleted_on IS NULL OR a.effective_on <= b.deleted_on)
            AND (a.deleted_on IS NULL OR b.effective_on <= a.deleted_on)
            LIMIT 5
            """,
            [release.pk],
        )
        for row in rows.using(DEFAULT_DB_ALIAS):
            pair = f"{row.column_one} over {row.column_two}"
            yield f"{pair} is in force twice on the same day ({row.day}): {LAST_DAY}"


class TermsByText(dict):
    """Terms by the text in which they stand. A text is read once, however often it stands there.

    Raises IndexError where a text ends too early, and WrongCell where a cell cannot be read.
    """

    def __init__(self, layout: PtpEdits, found: Found):
        super().__init__()
        self.layout = layout
        self.pick = itemgetter(
            *(found.columns[name] - CODES for name in HEADER if not name.startswith("column"))
        )
        self.cells = (
            Cells("*=in existence prior to 1996", _flag),
            Cells("Effective Date", day),
            Cells("Deletion Date", day_or_none),
            Cells("Modifier", one_of("0", "1", "9")),
            Cells("PTP Edit Rationale", layout._rationale_id),
        )

    def __missing__(self, text: str) -> Terms:
        texts = self.pick(text.split("\t"))
        _, start, end, indicator, rationale = (
            cells[cell] for cells, cell in zip(self.cells, texts, strict=True)
        )
        if end and start > end:
            raise WrongCell("Deletion Date", end, f"the edit ends before it begins ({start}).")
        self.layout.newest = max(self.layout.newest, start)
        if len(self) == MOST_TERMS:
            self.clear()
        self[text] = terms = Terms(start, BASES[indicator], end, indicator, rationale)
        return terms


def _period(lines: tuple[int, ...], terms: list[Terms], place: int) -> list[Period]:
    """When one row is in force; nothing where it never was."""
    start, _, end, indicator, _ = terms[place]
    return [] if indicator == NEVER else [Period(start, end or FOR_EVER, lines[place])]


def _clash(row: Period, other: Period) -> BadRow:
    """What is wrong with a row that is in force on a day on which another row of its pair is.

    CMS's deletion date is the last day in force. So it is in the tables of 2024 Q3 and 2026 Q4: each of the 777,344
    ended rows with indicator 0 or 1 ends on the last day of a quarter, and edits begin on the first day of one.
    """
    if row.start == other.end:
        message = f"by line {other.line} the same pair is still in force on that day: {LAST_DAY}"
        return BadRow(row.line, "Effective Date", row.start, message)
    if row.end == other.start:
        message = f"by line {other.line} the same pair is in force from that day on: {LAST_DAY}"
        return BadRow(row.line, "Deletion Date", row.end, message)
    message = f"the same pair is in force already, by line {other.line}."
    return BadRow(row.line, "Effective Date", row.start, message)


def _name_fault(read, row: tuple[int, list[str]]) -> None:
    """Raise BadRow when one row cannot be read, saying where and why."""
    line, cells = row
    try:
        read([row])
    except WrongCell as wrong:
        raise BadRow(line, wrong.column, wrong.value, wrong.message) from None
    except (IndexError, ValueError):
        raise BadRow(line, "all", " ".join(cells), "the row ends too early: is the file whole?") from None


def _is_edit(row: list[str]) -> bool:
    try:
        code(row[0].strip()), code(row[1].strip())
    except (IndexError, ValueError):
        return False
    return any(DATE.fullmatch(cell.strip()) for cell in row[2:])


def _flag(text: str) -> bool:
    if text not in ("", "*"):
        raise ValueError("only * or nothing stands here.")
    return text == "*"


def _end_of_quarter(release: Release) -> str:
    """A text that sorts after every day of the release's quarter, and before the next one's."""
    month = (release.effective_on.month - 1) // 3 * 3 + 3
    return f"{release.effective_on.year}-{month:02}-31"
