"""What every layout of a CMS file has in common, and the list of those that we can read.

A layout knows one kind of file: how to recognise it by what stands in its first rows, and how to turn its rows
into rows of our table. It knows nothing of zips, databases or progress: `files` and `release` do.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from importlib import import_module

from django.db import models

from codes.models import Release

LAYOUTS = (
    "codes.importers.ptp.PtpEdits",
    "codes.importers.mue.UnitLimits",
    "codes.importers.addons.AddOnCodes",
    "codes.importers.relativevalues.RelativeValues",
    "codes.importers.gpci.Gpcis",
    "codes.importers.localities.Localities",
    "codes.importers.zipcodes.ZipCodes",
    "codes.importers.hcpcs.HcpcsCodes",
)
"""Every layout, as module and class; asked in this order."""

Stream = Iterable[tuple[int, list[str]]]
"""The rows of a file: the line on which each ends, and its cells as text, as they stand there."""


class ImportFault(Exception):
    """Why a file cannot be loaded, in words that an operator can act on."""


class NotForHere(ImportFault):
    """A table of CMS that no page here reads. Beside one that is read, in the same zip, it is passed over."""


class BadRow(ImportFault):
    """A row that cannot be read. `file` is filled in by whoever knows it."""

    def __init__(self, line: int, column: str, value: str, message: str, file: str = ""):
        super().__init__(message)
        self.line, self.column, self.value, self.message, self.file = line, column, value, message, file

    def __str__(self):
        where = f"{self.file}, line {self.line}" if self.file else f"Line {self.line}"
        return f"{where}, column “{self.column}”, value “{self.value[:80]}”: {self.message}"


@dataclass(frozen=True)
class Found:
    """What a layout found out about a file from its first rows and its name. Empty means: they do not say."""

    layout: "Layout"
    header: int = -1
    """Index of the last row of the header; the data begin after it."""
    columns: dict[str, int] = field(default_factory=dict)
    """Where each column stands, by our names for them."""
    setting: str = ""
    program: str = Release.Program.MEDICARE
    effective_on: date | None = None
    """First day on which the table is in effect."""
    version: str = ""
    """For instance v32.3."""
    part: int | None = None
    """The n of a file that CMS publishes in parts f1, f2 and so on."""

    def but(self, **known) -> "Found":
        """The same with what the operator knows better."""
        return replace(self, **{name: value for name, value in known.items() if value})

    def scope(self) -> tuple:
        """Files with the same scope are parts of one release."""
        return (self.layout.table, self.program, self.setting, self.effective_on)


class Layout:
    """One kind of CMS file. Subclasses say what they read and what becomes of it."""

    table: str
    """A value of Release.Table."""
    model: type[models.Model]
    """Whose table takes the rows."""
    columns: tuple[str, ...]
    """The database columns of the tuples that `rows` yields; `release_id` is put before them."""
    key: tuple[str, ...] = ()
    """Columns that name the same thing in two releases; empty: differences of this table are not kept."""
    values: tuple[str, ...] = ()
    """Columns whose change makes a difference."""
    undivided_after: int | None = None
    """How many cells of a row are given apart, the rest as one text with tabs between its cells; None: all apart."""
    has_settings = False
    """Whether CMS publishes one table for each setting."""
    expected_parts = 1
    """In how many files CMS publishes one table, where their names are numbered."""
    kept_by_year = False
    """Whether earlier years stay in use beside the current release, as the fee schedule's do."""
    source_title: str
    source_url = ""

    def recognises(self, head: list[list[str]], name: str) -> Found | None:
        """What this file is, from its first rows (cells as text) and its name; None when it is not ours."""
        raise NotImplementedError

    def rows(self, stream: Stream, found: Found) -> Iterator[tuple]:
        """Clean values in the order of `columns`, from the rows after the header. Raises BadRow."""
        raise NotImplementedError

    def release_name(self, found: Found) -> str:
        """How the release is called, for instance NCCI PTP v32.3."""
        return Release.Table(self.table).label

    def complete(self, release: Release) -> None:
        """Fill further tables from the rows loaded, before the release is checked. Most have nothing to do."""

    def problems(self, release: Release) -> Iterator[str]:
        """What must not be published: one sentence each, about the rows of a release that is loaded."""
        return iter(())

    def discard(self, release: Release) -> None:
        """Remove what `complete` wrote. The rows of `model` are removed by the caller."""

    def forget(self) -> None:
        """Remove what reading the rows stored outside the release, where it is not published."""


def layouts() -> Iterator[Layout]:
    """One of each layout, imported when first needed."""
    for path in LAYOUTS:
        module, name = path.rsplit(".", 1)
        yield getattr(import_module(module), name)()


def quarter_of(day: date) -> str:
    """The quarter in which a day lies, as CMS writes it: 2026 Q4."""
    return f"{day.year} Q{(day.month + 2) // 3}"


def quarter_start(text: str) -> date | None:
    """The first day of a quarter written like 2026Q4, 2026-q4, Q4 2026 or q4-2026; None when there is none in it."""
    match = re.search(r"(20\d\d)[ _-]?q([1-4])(?!\d)|(?<![a-z0-9])q([1-4])[ _-]?(20\d\d)", text.lower())
    if not match:
        return None
    year, number = match[1] or match[4], match[2] or match[3]
    return date(int(year), 3 * int(number) - 2, 1)


def words(cell: str) -> str:
    """A header cell as one line of lower-case words."""
    return " ".join(cell.lower().split())


def find_columns(head: list[list[str]], last: int, wanted: dict[str, str]) -> dict[str, int] | None:
    """Where each wanted column stands, by what its header says; None when one is missing.

    `last` is the index in `head` of the last row of the header. `wanted` gives for each of our names a regular
    expression. Headers are wrapped over several rows: what stands nearest above the data is tried first, so that
    a notice higher up decides nothing.
    """
    width = max((len(row) for row in head[: last + 1]), default=0)
    found: dict[str, int] = {}
    for depth in range(1, last + 2):
        rows = head[last + 1 - depth : last + 1]
        texts = [
            " ".join(words(row[place]) for row in rows if place < len(row)).strip() for place in range(width)
        ]
        for name, pattern in wanted.items():
            places = [
                place
                for place, text in enumerate(texts)
                if place not in found.values() and re.search(pattern, text)
            ]
            if name not in found and places:
                found[name] = places[0]
        if len(found) == len(wanted):
            return found
    return None
