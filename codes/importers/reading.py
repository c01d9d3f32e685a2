"""What the files given are: which table, setting and quarter each is for, and which belong together."""

from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path

from codes.models import Release

from .files import Sheet, sha256_of, sheets_in
from .layouts import Found, ImportFault, Layout, NotForHere, layouts, quarter_of


@dataclass
class Parcel:
    """All files of one release: one table of one program, setting and quarter."""

    found: Found
    sheets: list[tuple[Sheet, Found]]
    sums: dict[Path, str] = field(default_factory=dict)

    @property
    def layout(self) -> Layout:
        return self.found.layout

    @property
    def name(self) -> str:
        return self.layout.release_name(self.found)

    @property
    def quarter(self) -> str:
        return quarter_of(self.found.effective_on)

    @property
    def where(self) -> str:
        """Which table it is, in words: for instance "PTP edits, practitioner, 2026 Q4"."""
        table = Release.Table(self.found.layout.table).label
        program = "Medicaid" if self.found.program == Release.Program.MEDICAID else ""
        setting = self.found.setting.replace("-", " ")
        return ", ".join(filter(None, (table, program, setting, self.quarter)))

    @property
    def size(self) -> int:
        return sum(sheet.size for sheet, _ in self.sheets)

    @property
    def sha256(self) -> str:
        """The sum of the file; of several files, the sum of their sums."""
        sums = sorted(set(self.sums.values()))
        return sums[0] if len(sums) == 1 else sha256("".join(sums).encode()).hexdigest()


def read(
    paths: list[Path], effective_on: date | None = None, setting: str = "", program: str = ""
) -> list[Parcel]:
    """Find out what the files are, and put those together that are parts of one release.

    What the operator says goes before what the files say. Raises ImportFault when a file is none of CMS's, when
    it does not say what it is for, or when it is given twice.
    """
    known = {"effective_on": effective_on, "setting": setting, "program": program}
    parcels: dict[tuple, Parcel] = {}
    for path in paths:
        for sheet, found in _recognised(path):
            found = found.but(**known)
            _must_be_complete(sheet, found)
            parcel = parcels.setdefault(found.scope(), Parcel(found, []))
            parcel.sheets.append((sheet, found))
            if path not in parcel.sums:
                parcel.sums[path] = sha256_of(path)
    for parcel in parcels.values():
        parcel.sheets.sort(key=lambda pair: (pair[1].part or 0, pair[0].name))
        _must_differ(parcel)
    return list(parcels.values())


def _recognised(path: Path) -> list[tuple[Sheet, Found]]:
    found, passed_over = [], []
    for sheet in sheets_in(path):
        try:
            if what := recognise(sheet):
                found.append((sheet, what))
        except NotForHere as fault:
            passed_over.append(fault)
    if passed_over and not found:
        raise passed_over[0]
    if not found:
        raise ImportFault(
            f"{path.name} is none of the CMS files that can be read: PTP edits, MUE, add-on codes, relative values, "
            "GPCI, localities, ZIP codes, HCPCS level II."
        )
    return found


def recognise(sheet: Sheet) -> Found | None:
    """What a table is, asking one layout after the other; None when no layout knows it. Raises NotForHere."""
    for layout in layouts():
        try:
            found = layout.recognises(sheet.head, sheet.name)
        except NotForHere as fault:
            raise NotForHere(f"{sheet.name}: {fault}") from fault
        if found:
            return found
    return None


def _must_be_complete(sheet: Sheet, found: Found) -> None:
    what = Release.Table(found.layout.table).label
    if found.layout.has_settings and not found.setting:
        raise ImportFault(
            f"{sheet.name} holds {what}, and does not say of which setting. "
            "Say it with --setting practitioner or --setting outpatient-hospital."
        )
    if found.effective_on is None:
        raise ImportFault(
            f"{sheet.name} holds {what}, and does not say of which quarter. Say it like this: --quarter 2026Q4."
        )


def _must_differ(parcel: Parcel) -> None:
    """Each part once: the same file under two names, or as text and as workbook, would double its rows."""
    seen: dict = {}
    for sheet, found in parcel.sheets:
        for mark in (found.part, sheet.path.stem.lower(), (parcel.sums[sheet.file], sheet.member)):
            if mark is not None and seen.setdefault((type(mark), mark), sheet) is not sheet:
                raise ImportFault(
                    f"{seen[type(mark), mark].name} and {sheet.name} are the same part of {parcel.where}."
                )


def missing_parts(parcel: Parcel) -> list[str]:
    """The parts that CMS publishes and that were not given, as f1, f2 and so on."""
    given = {found.part for _, found in parcel.sheets if found.part is not None}
    if not given:
        return []
    return [
        f"f{part}" for part in range(1, max(parcel.layout.expected_parts, *given) + 1) if part not in given
    ]
