"""Small files in CMS's layouts, for tests of the importers. What they hold is made up."""

import zipfile
from pathlib import Path

from openpyxl import Workbook

HEADER = [
    ["A notice about the use of the table, made up for tests."],
    ["Column1/Column2 Edits"],
    ["Column 1", "Column 2", "*=in existence", "Effective", "Deletion", "Modifier", "PTP Edit Rationale"],
    ["", "", "prior to 1996", "Date", "Date", "0=not allowed"],
    ["", "", "", "", "*=no data", "1=allowed"],
    ["", "", "", "", "", "9=not applicable"],
]
EDITS = [
    ["97124", "97164", "", "20201001", "*", "1", "Misuse of Column Two code with Column One code"],
    ["97140", "97124", "", "19960101", "*", "0", "Standards of medical/surgical practice"],
    ["97140", "97530", "", "20000701", "20191231", "1", "Mutually exclusive procedures"],
    ["97161", "97140", "", "20200101", "20200101", "9", "Misuse of Column Two code with Column One code"],
    ["98940", "97140", "*", "19960101", "*", "1", "Misuse of Column Two code with Column One code"],
    ["99999", "0001U", "", "20180701", "*", "1", "More extensive procedure"],
]
"""The columns of a PTP file: 97140 over 97124 is in force, over 97530 it has ended, 97161 over 97140 never was."""
LATER_EDITS = sorted(
    [
        [*EDITS[0][:4], "20261231", *EDITS[0][5:]],
        *EDITS[1:4],
        [*EDITS[4][:5], "0", EDITS[4][6]],
        EDITS[5],
        ["97140", "97530", "", "20270101", "*", "1", "Mutually exclusive procedures"],
        ["97150", "97140", "", "20270101", "*", "1", "More extensive procedure"],
    ]
)
"""The next quarter's: 97124 over 97164 has ended, 98940 over 97140 has another indicator, 97140 over 97530 is in force
again, 97150 over 97140 is new."""


def ptp_text(rows=EDITS) -> str:
    """A PTP file as text: notice, wrapped header, rows, separated by tabs."""
    return "\r\n".join("\t".join(row) for row in [*HEADER, *rows]) + "\r\n"


def ptp_file(folder: Path, rows=EDITS, name="ccipra-v323r0-f1.txt") -> Path:
    path = folder / name
    path.write_bytes(ptp_text(rows).encode("latin-1"))
    return path


def ptp_zip(folder: Path, rows=EDITS, name="ccipra-v323r0-f1.zip") -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ccipra-v323r0-f1.TXT", ptp_text(rows))
    return path


def ptp_workbook(folder: Path, rows=EDITS, name="ccipra-v323r0-f1.xlsx") -> Path:
    book = Workbook()
    for row in [*HEADER, *rows]:
        book.active.append(row)
    path = folder / name
    book.save(path)
    return path


def mue_text(rows) -> str:
    """A MUE file: a notice and a header that span lines, then rows."""
    notice = '"A notice that spans\nseveral lines, made up for tests."\n'
    header = '"HCPCS/\nCPT Code",Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n'
    return notice + header + "".join(",".join(row) + "\n" for row in rows)


def mue_file(folder: Path, rows, name="MCR_MUE_PractitionerServices_Eff_10-01-2026.csv") -> Path:
    path = folder / name
    path.write_text(mue_text(rows), "utf-8-sig")
    return path
