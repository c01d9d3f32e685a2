"""Loading CMS's fee files: small ones made here, in CMS's layouts."""

import csv
import io
import zipfile
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from codes import feelookups, lookups
from codes.models import (
    Gpci,
    HcpcsCode,
    LocalityCounties,
    MedicareStatus,
    RelativeValue,
    Release,
    TableChange,
    ZipLocality,
)
from tests.pages import read

pytestmark = pytest.mark.django_db

HEADER_2025 = """
,, ,,,,,,,,,,,,,,,,,,,,,,,,,,NON-FACILITY,FACILITY,
,,,,NOT USED,,,,,,,,,,,,,,,,,,,,,PHYSICIAN,,DIAGNOSTIC,PE USED,PE USED,MP USED
,,,,FOR,,,NON-FAC,,FACILITY ,,,,,,,,,,,,,,,,SUPERVISION OF,,IMAGING,FOR OPPS,FOR OPPS,FOR OPPS
,,,STATUS,MEDICARE ,WORK,NON-FAC,NA,FACILITY,NA,MP,NON-FACILITY,FACILITY,PCTC,GLOB,PRE,INTRA,POST,MULT,BILAT,ASST,CO-,TEAM,ENDO,CONV,DIAGNOSTIC,CALCULATION,FAMILY,PAYMENT,PAYMENT,PAYMENT
HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,INDICATOR,PE RVU,INDICATOR,RVU,TOTAL,TOTAL,IND,DAYS,OP,OP,OP,PROC,SURG,SURG,SURG,SURG,BASE,FACTOR,PROCEDURES,FLAG,INDICATOR,AMOUNT,AMOUNT,AMOUNT
"""
TEAM_SURG = 22
"""Where the column TEAM SURG stands: the layout of 2026 puts PRIC IND after it."""

ROWS_2025 = """
97140,,made up,A,,0.43,0.40,,0.40,NA,0.01,0.84,0.84,7,XXX,0.00,0.00,0.00,5,0,0,0,0,,32.3465,09,0,99,0.00,0.00,0.00
97010,,made up,B,+,0.06,0.13,,0.13,NA,0.01,0.20,0.20,9,XXX,0.00,0.00,0.00,9,9,9,9,9,,32.3465,09,0,99,0.00,0.00,0.00
95886,,made up,A,,0.86,1.91,,1.91,NA,0.03,2.80,2.80,1,ZZZ,0.00,0.00,0.00,0,3,0,0,0,,32.3465,09,0,99,0.00,0.00,0.00
95886,26,made up,A,,0.86,0.44,,0.44,,0.03,1.33,1.33,1,ZZZ,0.00,0.00,0.00,0,3,0,0,0,,32.3465,09,0,99,0.00,0.00,0.00
95886,TC,made up,A,,0.00,1.47,,1.47,NA,0.00,1.47,1.47,1,ZZZ,0.00,0.00,0.00,0,3,0,0,0,,32.3465,6A,0,99,0.00,0.00,0.00
98940,,made up,A,,0.46,0.35,,0.19,,0.01,0.82,0.66,0,000,0.10,0.80,0.10,0,0,0,0,0,,32.3465,09,0,99,0.00,0.00,0.00
0001F,,"made up, with a comma",I,,0.00,0.00,,0.00,,0.00,0.00,0.00,9,XXX,0.00,0.00,0.00,9,9,9,9,9,,32.3465,09,0,99,0.00,0.00,0.00
"""


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.strip("\n"))))


def as_csv(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def relative_values_2025() -> str:
    notice = [
        ["", "", "2025 National Physician Fee Schedule Relative Value File October Release", *[""] * 28],
        ["", "", "A notice, made up for tests.  All Rights Reserved. ", *[""] * 28],
        ["", "", " ", *[""] * 28],
        ["", "", "RELEASED 09/11/2025", *[""] * 28],
    ]
    return as_csv(notice + cells(HEADER_2025) + cells(ROWS_2025))


def relative_values_2026() -> str:
    """One more column, and other numbers."""

    def widened(rows, *words):
        words = [*words[::-1], *[""] * len(rows)][: len(rows)][::-1] if words else ["9"] * len(rows)
        return [
            [*row[: TEAM_SURG + 1], word, *row[TEAM_SURG + 1 :]]
            for row, word in zip(rows, words, strict=True)
        ]

    notice = [
        ["", "", "2026 National Physician Fee Schedule Relative Value File July Release", *[""] * 29],
        ["", "", "RELEASED 06/11/2026", *[""] * 29],
    ]
    body = cells(ROWS_2025.replace("32.3465", "33.4009").replace("0.43,0.40,,0.40,NA", "0.43,0.38,,0.38,NA"))
    return as_csv(notice + widened(cells(HEADER_2025), "PRIC", "IND") + widened(body))


GPCIS = """ADDENDUM E. FINAL CY 2025 GEOGRAPHIC PRACTICE COST INDICES (GPCIs) BY STATE AND MEDICARE LOCALITY,,,,,,
,,,,,,
Medicare Administrative Contractor (MAC),State,Locality Number,Locality Name,2025 PW GPCI (with 1.0 Floor),2025 PE GPCI,2025 MP GPCI
02102,AK,01,ALASKA*,1.5,1.081,0.592
06102,IL,16,CHICAGO,1.007,1.023,2.018
03602,WY,21,WYOMING**,1,1,0.739
"MAC Assignments as of November 22, 2023",,,,,,
,,,,,,
*Work GPCI reflects a floor.,,,,,,
**PE GPCI reflects a floor.,,,,,,
"""

LOCALITIES = """COUNTIES INCLUDED IN 2025 LOCALITIES. (ALPHABETICALLY BY STATE AND LOCALITY NAME WITHIN STATE),,,,
,,,,
Medicare Adminstrative Contractor,Locality Number,State ,Fee Schedule Area ,Counties
,,,,
2102,1,ALASKA ,STATEWIDE ,ALL COUNTIES 
,,,,
6102,16,ILLINOIS ,CHICAGO,COOK 
6102,15,,SUBURBAN CHICAGO,"DUPAGE, KANE, LAKE AND WILL"
 , , , , 
5302,99,MISSOURI ,REST OF STATE* ,ALL OTHER COUNTIES 
5302,99,,REST OF STATE*,ALL OTHER COUNTIES
,,,,
*  Payment locality is serviced by two carriers.,,,,
"""


def zip_line(state, zip_code, mac, locality, plus_four="0", quarter="20254"):
    return f"{state}{zip_code}{mac}{locality}RZ9   {plus_four} A".ljust(75) + quarter


ZIPS = "\r\n".join(
    [
        zip_line("AK", "99501", "02102", "01"),
        zip_line("IL", "60601", "06102", "16"),
        zip_line("IL", "60007", "06102", "15", plus_four="1"),
        "",
    ]
)

HCPCS = """Code,Description,last_updated
   A1,A modifier made up for tests,09-12-2025
A0021,"Ambulance, made up",09-12-2025
D0120,A dental code that the ADA owns,09-12-2025
G0283,"Stimulation, made up  ",09-12-2025
"""
HCPCS_OF_CMS = """HCPC,SEQNUM,RECID,LONG DESCRIPTION,SHORT DESCRIPTION
   A1,00100,7,A modifier made up for tests,Mod
A0021,00100,3,"Ambulance, made",Ambu
A0021,00200,4,up in two lines,
D0120,00100,3,A dental code that the ADA owns,Dental
G0283,00100,3,"Stimulation, made up",Stim
"""


@pytest.fixture
def load(tmp_path, capsys):
    """Import one file as an operator does; gives what the command said."""

    def load(name: str, text: str, *options: str, encoding: str = "latin-1") -> str:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        call_command("import_cms", str(path), *options)
        return capsys.readouterr().out

    return load


def current(table: str) -> Release:
    return Release.objects.get(table=table, is_current=True)


def test_the_relative_values_of_2025(load):
    said = load("PPRRVU2025_Oct.csv", relative_values_2025())
    release = current(Release.Table.FEE_SCHEDULE)
    assert (release.quarter, release.effective_on.isoformat()) == ("2025 Q4", "2025-10-01")
    assert release.name in said
    rows = RelativeValue.objects.filter(release=release)
    assert [str(row) for row in rows] == ["0001F", "95886", "95886-26", "95886-TC", "97010", "97140", "98940"]
    row = rows.get(number="97140")
    assert (row.work, row.non_facility_pe, row.facility_pe, row.malpractice) == tuple(
        map(Decimal, ("0.43", "0.40", "0.40", "0.01"))
    )
    assert (row.status, row.multiple_procedure, row.global_days) == ("A", "5", "XXX")
    assert (row.non_facility_na, row.facility_na) == (False, True)
    assert row.conversion_factor == Decimal("32.3465")


def test_the_relative_values_of_2026_have_one_more_column(load):
    load("PPRRVU2026_Jul.csv", relative_values_2026())
    release = current(Release.Table.FEE_SCHEDULE)
    assert release.quarter == "2026 Q3"
    row = RelativeValue.objects.get(release=release, number="97140")
    assert row.conversion_factor == Decimal("33.4009")
    assert row.non_facility_pe == Decimal("0.38")
    assert row.multiple_procedure == "5"


def qpp() -> str:
    """The twin of 2026 for advanced payment models: the same with another conversion factor, made up here."""
    return relative_values_2026().replace("33.4009", "39.9999")


def test_the_amounts_of_advanced_payment_models_are_refused_with_what_to_give_instead(load):
    before = current(Release.Table.FEE_SCHEDULE)
    with pytest.raises(CommandError, match=r"PPRRVU2026_Jul_QPP\.csv.*qualifying.*nonQPP in its name"):
        load("PPRRVU2026_Jul_QPP.csv", qpp())
    assert current(Release.Table.FEE_SCHEDULE) == before


def test_of_a_zip_with_both_variants_the_one_for_everybody_is_read(tmp_path):
    archive = tmp_path / "rvu26c.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("PPRRVU2026_Jul_QPP.csv", qpp())
        target.writestr("PPRRVU2026_Jul_nonQPP.csv", relative_values_2026())
    call_command("import_cms", str(archive))
    release = current(Release.Table.FEE_SCHEDULE)
    assert [file["name"] for file in release.files] == ["rvu26c.zip: PPRRVU2026_Jul_nonQPP.csv"]
    factors = RelativeValue.objects.filter(release=release).values_list("conversion_factor", flat=True)
    assert set(factors) == {Decimal("33.4009")}


def test_descriptions_of_the_relative_value_file_are_not_kept(load):
    load("PPRRVU2025_Oct.csv", relative_values_2025())
    assert not any("made up" in str(value) for row in RelativeValue.objects.values_list() for value in row)


def test_statuses_of_an_imported_schedule_are_what_the_code_pages_say(load, reader):
    text = relative_values_2026().replace("97010,,made up,B", "97010,,made up,N")
    load("PPRRVU2026_Oct.csv", text.replace("July Release", "October Release"))
    facts = lookups.code_facts(["97010", "97140"])
    assert (facts["97010"].status, facts["97140"].status) == ("N", "A")
    assert facts["97010"].status_release.quarter == "2026 Q4"
    release = current(Release.Table.FEE_SCHEDULE)
    row = MedicareStatus.objects.get(release=release, number="97140")
    assert (row.letter, row.multiple_procedure, row.global_days) == ("A", "5", "XXX")
    assert MedicareStatus.objects.filter(release=release, number="95886").count() == 1
    assert "Not covered by Medicare" in read(reader, "/codes/97010/").main_text


def test_gpcis_without_their_title_and_footnotes(load):
    load("GPCI2025.csv", GPCIS)
    release = current(Release.Table.GPCI)
    assert release.effective_on.isoformat() == "2025-01-01"
    assert [(row.mac, row.locality, row.state, row.name, row.work, row.pe, row.malpractice) for row in
            Gpci.objects.filter(release=release)] == [
        ("02102", "01", "AK", "ALASKA", Decimal("1.5"), Decimal("1.081"), Decimal("0.592")),
        ("06102", "16", "IL", "CHICAGO", Decimal("1.007"), Decimal("1.023"), Decimal("2.018")),
        ("03602", "21", "WY", "WYOMING", Decimal("1"), Decimal("1"), Decimal("0.739")),
    ]  # fmt: skip


def test_zip_codes_by_position(load):
    load("ZIP5_OCT2025.txt", ZIPS)
    release = current(Release.Table.ZIP)
    assert release.quarter == "2025 Q4"
    assert list(ZipLocality.objects.filter(release=release).values_list("zip", "state", "mac", "locality", "is_split")) == [
        ("60007", "IL", "06102", "15", True),
        ("60601", "IL", "06102", "16", False),
        ("99501", "AK", "02102", "01", False),
    ]  # fmt: skip


def test_localities_and_their_counties(load):
    load("25LOCCO.csv", LOCALITIES)
    release = current(Release.Table.LOCALITY)
    assert list(LocalityCounties.objects.filter(release=release).values_list("mac", "locality", "state", "area", "counties")) == [
        ("02102", "01", "ALASKA", "STATEWIDE", "ALL COUNTIES"),
        ("06102", "16", "ILLINOIS", "CHICAGO", "COOK"),
        ("06102", "15", "ILLINOIS", "SUBURBAN CHICAGO", "DUPAGE, KANE, LAKE AND WILL"),
        ("05302", "99", "MISSOURI", "REST OF STATE", "ALL OTHER COUNTIES"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", [HCPCS, HCPCS_OF_CMS], ids=["plain", "CMS's records"])
def test_hcpcs_codes_without_modifiers_and_without_d_codes(load, text):
    load("HCPC2025_OCT_ANWEB.csv", text)
    release = current(Release.Table.HCPCS)
    assert release.quarter == "2025 Q4"
    found = dict(HcpcsCode.objects.filter(release=release).values_list("number", "description"))
    assert set(found) == {"A0021", "G0283"}
    assert found["G0283"] == "Stimulation, made up"
    assert found["A0021"].startswith("Ambulance, made")


@pytest.mark.parametrize(
    ("name", "text", "wrong", "table"),
    [
        ("PPRRVU2025_Oct.csv", relative_values_2025().replace("0.46,0.35", "0.46,O.35"), "O.35", "FEE_SCHEDULE"),
        ("PPRRVU2025_Oct.csv", relative_values_2025().replace("98940,", "9894,"), "9894", "FEE_SCHEDULE"),
        ("GPCI2025.csv", GPCIS.replace("2.018", "two"), "two", "GPCI"),
        ("ZIP5_OCT2025.txt", ZIPS.replace("IL60601", "IL6O601"), "6O601", "ZIP"),
    ],
    ids=["a relative value", "a code", "an index", "a ZIP code"],
)  # fmt: skip
def test_a_bad_value_is_named_with_its_place_and_nothing_is_published(load, name, text, wrong, table):
    before = list(Release.objects.filter(table=Release.Table[table], is_current=True))
    with pytest.raises(BaseException) as refused:  # noqa: PT011  (the command decides how it stops)
        load(name, text)
    assert wrong in str(refused.value)
    assert name in str(refused.value)
    assert list(Release.objects.filter(table=Release.Table[table], is_current=True)) == before


def test_four_files_answer_a_question_about_money(load, reader):
    load("PPRRVU2025_Oct.csv", relative_values_2025())
    load("GPCI2025.csv", GPCIS)
    load("ZIP5_OCT2025.txt", ZIPS)
    load("25LOCCO.csv", LOCALITIES)
    page = read(reader, "/fees/97140/?zip=60601")
    for words in ("$27.90", "CHICAGO, IL", "COOK", "2025 Q4"):
        assert words in page.main_text


def test_the_year_before_can_still_be_asked_for(load, reader):
    load("PPRRVU2025_Oct.csv", relative_values_2025())
    load("PPRRVU2026_Jul.csv", relative_values_2026())
    assert feelookups.fee_tables().years == (2026, 2025)
    assert "$27.17" in read(reader, "/fees/97140/?year=2025").main_text
    assert "$27.39" in read(reader, "/fees/97140/").main_text


def test_the_year_before_loaded_afterwards_is_not_compared_with_the_newer_one(load):
    load("PPRRVU2026_Jul.csv", relative_values_2026())
    newest = current(Release.Table.FEE_SCHEDULE)
    assert "no full release before it" in load("PPRRVU2025_Oct.csv", relative_values_2025())
    assert current(Release.Table.FEE_SCHEDULE) == newest
    assert not TableChange.objects.filter(release__table=Release.Table.FEE_SCHEDULE).exists()
