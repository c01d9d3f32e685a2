"""CMS ships its tables as workbooks, too: they hold what the texts hold, whether a number is stored as one or as text."""

import csv
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from codes.importers.layouts import layouts
from codes.models import Release
from tests import cmsfiles
from tests.test_importers_fees import GPCIS, LOCALITIES, relative_values_2025, relative_values_2026

pytestmark = pytest.mark.django_db
MUE_ROWS = [
    ["0001U", "1", "2 Date of Service Edit: Policy", "Code Descriptor / CPT Instruction"],
    ["00100", "1", "2 Date of Service Edit: Policy", "CMS Policy"],
    ["97140", "6", "3 Date of Service Edit: Clinical", "Clinical: Data"],
    ["G0283", "1", "1 Line Edit", "CMS Policy"],
]
ADD_ONS = (
    "A notice, made up for tests\n"
    "AOC_Edit_Type\tAdd-On_Code\tAOC_DelDT\tPrimary_Code\tPrimary_Code_DelDT\tAOC_Edit_EffDT\tAOC_Edit_DelDT\n"
    "1\t97598\t0\t97597\t0\t2013001\t0\n"
    "2\t0054T\t0\tCCCCC\t0\t2013001\t0\n"
    "1\t97811\t0\t97810\t0\t2013001\t2020001\n"
)


def as_text(text: str):
    """Every cell as it stands in the text."""
    return text or None


def as_cms(text: str):
    """Decimal and short numbers as numbers, codes as text."""
    return number(text) if re.fullmatch(r"\d+\.\d+|\d{1,3}", text) else as_text(text)


def as_numbers(text: str):
    """Whatever looks like a number becomes one, as when a spreadsheet program opens a text."""
    return number(text) if re.fullmatch(r"\d+(\.\d+)?", text) else as_text(text)


def number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def workbook(source: Path, stored=as_text) -> Path:
    """The same table as a workbook beside the text."""
    book = Workbook()
    with source.open(encoding="utf-8-sig", newline="") as text:
        for row in csv.reader(text, delimiter="\t" if source.suffix == ".txt" else ","):
            book.active.append(list(map(stored, row)))
    path = source.with_suffix(".xlsx")
    book.save(path)
    return path


FILES = {
    "relative values of 2025": ("fee-schedule", "PPRRVU2025_Oct.csv", relative_values_2025()),
    "relative values of 2026": ("fee-schedule", "PPRRVU2026_Oct.csv", relative_values_2026()),
    "GPCI": ("gpci", "GPCI2025.csv", GPCIS),
    "localities": ("locality", "25LOCCO.csv", LOCALITIES),
    "MUE": ("mue", "MCR_MUE_PractitionerServices_Eff_10-01-2026.csv", cmsfiles.mue_text(MUE_ROWS)),
    "add-on codes": ("add-on", "AOC_V2026Q4-MCR.txt", ADD_ONS),
}


def written(folder: Path, kind: str) -> tuple[str, Path]:
    """The table and the text file of a kind."""
    table, name, text = FILES[kind]
    path = folder / name
    path.write_text(text)
    return table, path


def loaded(path: Path, table: str) -> list[tuple]:
    """Every row that an import of a file leaves, without keys."""
    call_command("import_cms", str(path))
    release = Release.objects.get(table=table, is_current=True, setting__in=("", "practitioner"))
    assert path.name in {file["name"] for file in release.files}
    model = next(layout.model for layout in layouts() if layout.table == table)
    names = [field.attname for field in model._meta.fields if field.attname not in ("id", "release_id")]
    return sorted(model.objects.filter(release=release).values_list(*names), key=str)


@pytest.mark.parametrize("stored", [as_text, as_cms], ids=["as text", "as numbers"])
@pytest.mark.parametrize("kind", FILES)
def test_a_workbook_holds_what_the_text_holds(tmp_path, kind, stored):
    table, source = written(tmp_path, kind)
    rows = loaded(source, table)
    assert rows
    assert loaded(workbook(source, stored), table) == rows


@pytest.mark.parametrize("kind", ["relative values of 2025", "MUE"])
def test_a_workbook_that_lost_the_zeros_of_its_codes_is_refused_and_told_why(tmp_path, kind):
    _, source = written(tmp_path, kind)
    source.write_text(source.read_text().replace("98940,", "00100,"))
    with pytest.raises(CommandError, match=r"value “100”: .*Zeros before it were lost"):
        call_command("import_cms", str(workbook(source, as_numbers)))


def test_localities_may_lose_their_zeros(tmp_path):
    table, source = written(tmp_path, "GPCI")
    rows = loaded(source, table)
    assert loaded(workbook(source, as_numbers), table) == rows
    assert {row[:2] for row in rows} == {("02102", "01"), ("06102", "16"), ("03602", "21")}
