"""Opening what the operator gives: text, csv, xlsx, or zips of them, as streams of rows of cells.

No file is held in memory as a whole.
"""

import codecs
import csv
import hashlib
import io
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import islice, repeat
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from xml.etree import ElementTree

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from .layouts import ImportFault, Stream

HEAD_ROWS = 60
"""How many rows layouts see when they are asked what a file is."""
SAMPLE = 65536
"""How many bytes are looked at to tell the delimiter."""
MOST_MEMBERS = 200
MOST_BYTES = 4 * 1024**3
"""A member of a zip that would unpack to more is refused: no CMS file comes near it."""
MOST_EXPANSION = 400
"""A member this many times larger unpacked was made to do harm: CMS's are 10 to 40 times."""
FORMS = (".csv", ".txt", ".dat", ".xlsx")
"""Which one is read where a zip carries the same table in several forms: the quickest that keeps every column."""

codecs.register_error(
    "as-windows", lambda error: (error.object[error.start : error.end].decode("cp1252", "replace"), error.end)
)


@dataclass(frozen=True)
class Sheet:
    """One table in one file, not yet read."""

    file: Path
    """What the operator gave."""
    member: str
    """The file inside the zip; empty where there is none."""
    size: int
    """How many bytes it has, unpacked."""
    head: list[list[str]] = field(repr=False, default_factory=list)
    """The first rows."""

    @property
    def name(self) -> str:
        """How faults and pages name it."""
        return f"{self.file.name}: {self.member}" if self.member else self.file.name

    @property
    def path(self) -> PurePosixPath:
        return PurePosixPath(self.member or self.file.name)

    @contextmanager
    def rows(
        self, skip: int = 0, undivided_after: int | None = None
    ) -> Iterator[tuple[Stream, Callable[[], float]]]:
        """The rows after the first `skip`, and a function that says which share of the file is read.

        With `undivided_after`, so many cells of a row are given apart and all others as one text with tabs between
        them: where whole ends of rows repeat, reading them is quicker. Raises ImportFault when the file turns out broken, also while the rows are read.
        """
        reader = _xlsx_rows if self.path.suffix.lower() == ".xlsx" else _text_rows
        with (
            _faults_in(self.name),
            _opened(self) as stream,
            reader(stream, self, undivided_after) as (rows, share),
        ):
            yield islice(rows, skip, None), share


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, as hex. Raises ImportFault when it cannot be read."""
    with _faults_in(path.name), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sheets_in(path: Path) -> list[Sheet]:
    """Every table in a file or zip that could be one of CMS's. Raises ImportFault when it cannot be opened."""
    with _faults_in(path.name):
        if path.stat().st_size == 0:
            raise ImportFault(f"{path.name} is empty.")
        suffix = path.suffix.lower()
        if suffix == ".zip":
            found = [Sheet(path, entry.filename, entry.file_size) for entry in _tables_in(path)]
            if not found:
                raise ImportFault(f"{path.name} holds no txt, csv or xlsx file.")
        elif suffix in FORMS:
            found = [Sheet(path, "", path.stat().st_size)]
        else:
            raise ImportFault(f"{path.name}: only zip, txt, csv and xlsx files can be read.")
    for sheet in found:
        with sheet.rows() as (rows, _):
            sheet.head.extend(cells for _, cells in islice(rows, HEAD_ROWS))
    return found


def _tables_in(path: Path) -> list[zipfile.ZipInfo]:
    """The members of a zip that can be tables, each table in one form only."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    _refuse_bombs(path.name, entries)
    chosen: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        name = PurePosixPath(entry.filename.lower())
        if name.suffix not in FORMS or name.name.startswith((".", "~")) or "__macosx" in name.parts:
            continue
        rival = chosen.get(name.stem)
        if rival is None or FORMS.index(name.suffix) < FORMS.index(
            PurePosixPath(rival.filename.lower()).suffix
        ):
            chosen[name.stem] = entry
    return list(chosen.values())


def _refuse_bombs(name: str, entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_MEMBERS:
        raise ImportFault(f"{name} holds {len(entries)} files: that is no file of CMS.")
    for entry in entries:
        if entry.file_size > min(MOST_BYTES, MOST_EXPANSION * max(entry.compress_size, 4096)):
            raise ImportFault(
                f"{name}: {entry.filename} would unpack to {entry.file_size:,} bytes. It is refused."
            )


@contextmanager
def _faults_in(name: str):
    """Say what is wrong with a file in plain words, whichever library noticed."""
    try:
        yield
    except FileNotFoundError as error:
        raise ImportFault(f"{name}: there is no such file.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, ElementTree.ParseError, InvalidFileException) as error:
        raise ImportFault(f"{name} is broken or was cut off ({error}): download it again.") from error
    except csv.Error as error:
        raise ImportFault(f"{name} is not a table that can be read ({error}).") from error
    except NotImplementedError as error:
        raise ImportFault(f"{name} is packed in a way that cannot be read ({error}).") from error
    except OSError as error:
        raise ImportFault(f"{name} cannot be read: {error.strerror or error}.") from error


@contextmanager
def _opened(sheet: Sheet) -> Iterator[BinaryIO]:
    if not sheet.member:
        with sheet.file.open("rb") as stream:
            yield stream
        return
    with zipfile.ZipFile(sheet.file) as archive:
        if archive.getinfo(sheet.member).flag_bits & 1:
            raise ImportFault(f"{sheet.name} is protected by a password.")
        with archive.open(sheet.member) as stream:
            yield stream


@contextmanager
def _text_rows(stream: BinaryIO, sheet: Sheet, undivided_after: int | None):
    """Rows of a text. UTF-8 where it is, Windows' Western encoding for every byte that is not."""
    buffered = io.BufferedReader(stream, SAMPLE)
    sample = buffered.peek(SAMPLE)
    has_tabs, has_quotes = b"\t" in sample, b'"' in sample
    if has_tabs and not has_quotes:  # the PTP edits: without quotes a split is exact, and twice as quick
        text = io.TextIOWrapper(buffered, "utf-8-sig", "as-windows")
        lines = map(str.removesuffix, text, repeat("\n"))
        rows = enumerate(map(str.split, lines, repeat("\t"), repeat(undivided_after or -1)), 1)
    elif has_tabs or sheet.path.suffix.lower() == ".csv":
        text = io.TextIOWrapper(buffered, "utf-8-sig", "as-windows", newline="")
        reader = csv.reader(text, delimiter="\t" if has_tabs else ",")
        rows = ((reader.line_num, _undivided(cells, undivided_after)) for cells in reader)
    else:  # fixed width: the layout knows where to cut
        text = io.TextIOWrapper(buffered, "utf-8-sig", "as-windows")
        rows = ((number, [line.removesuffix("\n")]) for number, line in enumerate(text, 1))
    yield rows, lambda: min(stream.tell() / max(sheet.size, 1), 1.0)


@contextmanager
def _xlsx_rows(stream: BinaryIO, sheet: Sheet, undivided_after: int | None):
    """Rows of the first sheet of a workbook. Inside a zip it is copied to a temporary file: it must be seekable."""
    with tempfile.TemporaryFile() as copy:
        if sheet.member:
            shutil.copyfileobj(stream, copy)
            stream = copy
        with zipfile.ZipFile(stream) as archive:
            _refuse_bombs(sheet.name, archive.infolist())
        try:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        except (KeyError, ValueError) as error:
            raise ImportFault(f"{sheet.name} is not a workbook that can be read ({error}).") from error
        page = book.worksheets[0]
        at = 0

        def rows():
            nonlocal at
            for at, values in enumerate(page.iter_rows(values_only=True), 1):
                yield at, _undivided([_as_text(value) for value in values], undivided_after)

        try:
            yield rows(), lambda: min(at / max(page.max_row or at, 1), 1.0)
        finally:
            book.close()


def _undivided(cells: list[str], after: int | None) -> list[str]:
    """The cells with all behind the first `after` as one, parted by tabs; as they are where it is None."""
    if after is None or len(cells) <= after:
        return cells
    return [*cells[:after], "\t".join(cell.replace("\t", " ") for cell in cells[after:])]


def _as_text(value) -> str:
    """A cell of a workbook as it would stand in the text file."""
    if value is None:
        return ""
    if isinstance(value, date):  # a datetime, too
        return value.strftime("%Y%m%d")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
