"""What can go wrong while CMS's files are loaded, and what the operator is told."""

import os
import subprocess
import sys
import threading
import zipfile

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from codes import lookups
from codes.importers import bulk, lock
from codes.models import AddOnLink, PairEdit, Release, TableChange, UnitLimit
from tests import cmsfiles

pytestmark = pytest.mark.django_db
MAKES_DATABASE_OF_ITS_OWN = pytest.mark.skipif(
    "postgresql" in os.environ.get("DATABASE_URL", ""), reason="a database file of its own"
)
MISUSE = "Misuse of Column Two code with Column One code"


def load(*files, **options) -> None:
    call_command("import_cms", *map(str, files), **options)


def current(table="ptp", setting="practitioner") -> Release:
    return Release.objects.get(table=table, setting=setting, program="medicare", is_current=True)


def parts(folder, rows=cmsfiles.EDITS):
    """The four files that CMS cuts a table into."""
    chunks = [rows[:2], rows[2:3], rows[3:5], rows[5:]]
    return [
        cmsfiles.ptp_file(folder, chunk, f"ccipra-v323r0-f{number}.txt")
        for number, chunk in enumerate(chunks, 1)
    ]


# --- Parts ------------------------------------------------------------------------------------


def test_four_parts_are_one_release(tmp_path, capsys):
    load(*reversed(parts(tmp_path)))
    release = current()
    assert release.row_count == len(cmsfiles.EDITS)
    assert [(file["name"], file["rows"]) for file in release.files] == [
        ("ccipra-v323r0-f1.txt", 2),
        ("ccipra-v323r0-f2.txt", 1),
        ("ccipra-v323r0-f3.txt", 2),
        ("ccipra-v323r0-f4.txt", 1),
    ]
    assert all(len(file["sha256"]) == 64 for file in release.files)
    assert "6 rows read" in capsys.readouterr().out


def test_a_missing_part_is_named(tmp_path):
    given = parts(tmp_path)
    before = current()
    with pytest.raises(CommandError, match="f3 of this table is missing"):
        load(*given[:2], given[3])
    assert current() == before
    load(*given[:2], given[3], allow_fewer=True)
    assert current().row_count == 4


def test_the_same_part_as_text_and_as_workbook_is_not_loaded_twice(tmp_path):
    with pytest.raises(CommandError, match="are the same part"):
        load(cmsfiles.ptp_file(tmp_path), cmsfiles.ptp_workbook(tmp_path), allow_fewer=True)


def test_a_zip_that_holds_text_and_workbook_is_read_once(tmp_path):
    archive = tmp_path / "medicare-ncci-2026q4-practitioner-ptp-edits-ccipra-v323r0-f1.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("ccipra-v323r0-f1.txt", cmsfiles.ptp_text())
        target.write(cmsfiles.ptp_workbook(tmp_path), "ccipra-v323r0-f1.xlsx")
        target.writestr("read me.pdf", b"not a table")
    load(archive, allow_fewer=True)
    assert current().row_count == len(cmsfiles.EDITS)


# --- What a file does not say -------------------------------------------------------------------


def test_a_file_with_another_name_is_known_by_its_content_and_asks_for_the_rest(tmp_path):
    path = cmsfiles.ptp_file(tmp_path, name="download (3).txt")
    with pytest.raises(CommandError, match="--setting"):
        load(path)
    with pytest.raises(CommandError, match="--quarter"):
        load(path, setting="practitioner")
    load(path, setting="practitioner", quarter="2026Q4")
    assert current().quarter == "2026 Q4"


def test_a_quarter_that_cannot_be_right_is_refused(tmp_path):
    rows = sorted([*cmsfiles.EDITS, ["97150", "97140", "", "20270101", "*", "1", MISUSE]])
    with pytest.raises(CommandError, match="which quarter the file is for"):
        load(cmsfiles.ptp_file(tmp_path, rows), allow_fewer=True)


def test_a_table_older_than_the_current_one_is_refused(tmp_path):
    load(cmsfiles.ptp_file(tmp_path), allow_fewer=True)
    with pytest.raises(CommandError, match="older than"):
        load(cmsfiles.ptp_file(tmp_path, name="ccipra-v320r0-f1.txt"), allow_fewer=True)


def test_the_table_for_durable_medical_equipment_is_not_for_this_site(tmp_path):
    name = "MCR_MUE_DMESupplierServices_Eff_10-01-2026.csv"
    with pytest.raises(CommandError, match="durable medical equipment"):
        load(cmsfiles.mue_file(tmp_path, [["A4206", "10", "3 Clinical", "x"]], name))


# --- Rows ---------------------------------------------------------------------------------------


def test_a_file_cut_off_in_the_middle_of_a_row_is_noticed(tmp_path):
    path = cmsfiles.ptp_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(CommandError, match=r"line 12.*cut off"):
        load(path, allow_fewer=True)


def test_overlapping_periods_are_found_in_a_file_that_is_not_in_order(tmp_path):
    rows = [
        ["97140", "97530", "", "20200101", "*", "1", MISUSE],
        ["97124", "97164", "", "20201001", "*", "1", MISUSE],
        ["97140", "97530", "", "20000701", "20200101", "1", MISUSE],
    ]
    with pytest.raises(
        CommandError, match=r"in force twice on the same day \(2020-01-01\): a deletion date is"
    ):
        load(cmsfiles.ptp_file(tmp_path, rows), allow_fewer=True)


@pytest.mark.parametrize("later_first", [False, True])
def test_an_edit_that_ends_on_the_day_on_which_the_next_begins_is_refused_and_says_why(tmp_path, later_first):
    rows = [
        ["97140", "97530", "", "20000701", "20200101", "1", MISUSE],
        ["97140", "97530", "", "20200101", "*", "0", MISUSE],
    ]
    path = cmsfiles.ptp_file(tmp_path, rows[::-1] if later_first else rows)
    where = r"line 8, column “Deletion Date”" if later_first else r"line 8, column “Effective Date”"
    with pytest.raises(CommandError, match=rf"{where}, value “2020-01-01”: by line 7.*the last day in force"):
        load(path, allow_fewer=True)


def test_a_pair_may_be_in_force_again_on_the_day_after_it_ended(tmp_path):
    rows = [
        ["97140", "97530", "", "20000701", "20191231", "1", MISUSE],
        ["97140", "97530", "", "20200101", "*", "0", MISUSE],
    ]
    load(cmsfiles.ptp_file(tmp_path, rows), allow_fewer=True)
    assert PairEdit.objects.filter(release=current(), column_one="97140").count() == 2


def test_windows_letters_and_a_byte_order_mark_are_read(tmp_path):
    path = cmsfiles.ptp_file(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + b"\xa9 \x93notice\x94 " + path.read_bytes())
    load(path, allow_fewer=True)
    assert current().row_count == len(cmsfiles.EDITS)


def test_a_code_twice_in_the_unit_limits_is_named(tmp_path):
    rows = [["97140", "6", "3 Clinical", "x"], ["97140", "4", "3 Clinical", "x"]]
    with pytest.raises(CommandError, match="line 5 already"):
        load(cmsfiles.mue_file(tmp_path, rows))


# --- Add-on codes -------------------------------------------------------------------------------

ADD_ONS = (
    "A notice, made up for tests\n"
    "AOC_Edit_Type\tAdd-On_Code\tAOC_DelDT\tPrimary_Code\tPrimary_Code_DelDT\tAOC_Edit_EffDT\tAOC_Edit_DelDT\t"
    "Special_Instruction_Notes\n"
    "1\t97598\t0\t97597\t0\t2013001\t0\t\n"
    "2\t0054T\t0\tCCCCC\t0\t2013001\t0\t\n"
    "1\t97811\t0\t97810\t0\t2013001\t2020001\tended\n"
)


def test_add_on_codes_without_those_that_ended(tmp_path):
    path = tmp_path / "AOC_V2026Q4-MCR.txt"
    path.write_text(ADD_ONS)
    load(path)
    links = AddOnLink.objects.filter(release=current("add-on", "")).values_list("add_on", "primary", "kind")
    assert set(links) == {("97598", "97597", 1), ("0054T", "CCCCC", 2)}


def test_what_changed_in_the_add_on_codes_is_kept(tmp_path):
    path = tmp_path / "AOC_V2026Q4-MCR.txt"
    path.write_text(ADD_ONS)
    load(path)
    path = tmp_path / "AOC_V2027Q1-MCR.txt"
    path.write_text(ADD_ONS.replace("97598\t0\t97597", "97598\t0\t97602"))
    load(path)
    changes = TableChange.objects.filter(release=current("add-on", ""))
    assert set(changes.values_list("column_one", "column_two", "kind")) == {
        ("97598", "97602", "added"),
        ("97598", "97597", "ended"),
    }


def test_a_contractors_decision_of_another_type_is_a_fault(tmp_path):
    path = tmp_path / "AOC_V2026Q4-MCR.txt"
    path.write_text(ADD_ONS.replace("2\t0054T", "1\t0054T"))
    with pytest.raises(CommandError, match="line 4"):
        load(path)


# --- Releases -----------------------------------------------------------------------------------


def test_what_changed_in_the_unit_limits_is_kept(tmp_path):
    load(cmsfiles.mue_file(tmp_path, [["97140", "6", "3 C", "x"], ["97110", "8", "3 C", "x"]]))
    later = [["97140", "4", "3 C", "x"], ["97112", "4", "3 C", "x"]]
    load(cmsfiles.mue_file(tmp_path, later, "MCR_MUE_PractitionerServices_Eff_01-01-2027.csv"))
    changes = TableChange.objects.filter(release=current("mue"))
    assert set(changes.values_list("column_one", "kind", "old", "new")) == {
        ("97140", "changed", "6, 3", "4, 3"),
        ("97112", "added", "", "4, 3"),
        ("97110", "ended", "8, 3", ""),
    }


def test_the_release_before_the_last_keeps_its_record_and_loses_its_rows(tmp_path):
    for quarter in (1, 2, 3):
        name = f"MCR_MUE_PractitionerServices_Eff_0{3 * quarter - 2}-01-2027.csv"
        load(cmsfiles.mue_file(tmp_path, [["97140", str(quarter), "3 C", "x"]], name))
    loaded = Release.objects.filter(table="mue", published_at__isnull=False).order_by("effective_on")
    assert [release.stage for release in loaded] == ["removed", "published", "published"]
    assert [UnitLimit.objects.filter(release=release).count() for release in loaded] == [0, 1, 1]


def test_a_release_rolled_back_comes_back_when_its_file_is_given_again(tmp_path, capsys):
    load(cmsfiles.ptp_file(tmp_path), allow_fewer=True)
    newest = cmsfiles.ptp_file(tmp_path, cmsfiles.EDITS[:5], "ccipra-v330r0-f1.txt")
    load(newest, allow_fewer=True)
    second = current()
    call_command("releases", rollback=["ptp", "practitioner"])
    assert current() != second
    load(newest, allow_fewer=True)
    assert current() == second
    assert "current again" in capsys.readouterr().out


def test_there_is_nothing_before_the_launch_data():
    with pytest.raises(CommandError, match="not kept"):
        call_command("releases", rollback=["ptp", "practitioner"])


# --- The machine --------------------------------------------------------------------------------


def test_what_a_killed_import_left_is_cleared_by_the_next(tmp_path):
    left = Release.objects.create(
        slug="left",
        table="ptp",
        setting="practitioner",
        name="x",
        quarter="2026 Q4",
        effective_on="2026-10-01",
        source=current().source,
        stage=Release.Stage.LOADING,
    )
    PairEdit.objects.create(release=left, column_one="97140", column_two="97110", indicator=0)
    load(cmsfiles.ptp_file(tmp_path), allow_fewer=True)
    assert not Release.objects.filter(slug="left").exists()
    assert not PairEdit.objects.filter(release_id=left.pk).exists()


def test_two_imports_at_once(tmp_path):
    """The second says so, and works as soon as the first has ended."""
    holds, may_end = threading.Event(), threading.Event()

    def first():
        with lock.only_import():
            holds.set()
            may_end.wait(20)
        connection.close()

    other = threading.Thread(target=first)
    other.start()
    assert holds.wait(20)
    path = cmsfiles.ptp_file(tmp_path)
    try:
        with pytest.raises(CommandError, match="Another import is running"):
            load(path, allow_fewer=True)
    finally:
        may_end.set()
        other.join()
    load(path, allow_fewer=True)
    assert current().quarter == "2026 Q4"


@MAKES_DATABASE_OF_ITS_OWN
def test_a_full_disk_leaves_the_old_release_and_says_so(tmp_path):
    database = tmp_path / "site.sqlite3"
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{database}",
        "DJANGO_SETTINGS_MODULE": "cptref.settings",
    }
    for words in (["migrate", "-v0"], ["load_reference"]):
        subprocess.run(
            [sys.executable, "manage.py", *words], env=environment, check=True, capture_output=True
        )
    numbers = [f"{number:05}" for number in range(10_000, 10_100)]
    rows = [[one, two, "", "20200101", "*", "1", MISUSE] for one in numbers for two in numbers if one < two]
    path = cmsfiles.ptp_file(tmp_path, rows)
    script = (
        "import django; django.setup()\n"
        "from django.core.management import call_command\n"
        "from django.db import connection\n"
        "with connection.cursor() as cursor:\n"
        "    cursor.execute('PRAGMA page_count'); pages = cursor.fetchone()[0]\n"
        "    cursor.execute(f'PRAGMA max_page_count = {pages + MORE}')\n"
        "call_command('import_cms', PATH, allow_fewer=True)\n"
    )

    def run(more):
        text = script.replace("MORE", str(more)).replace("PATH", repr(str(path)))
        return subprocess.run([sys.executable, "-c", text], env=environment, capture_output=True, text=True)

    full = run(20)
    assert full.returncode != 0
    assert "Nothing was published" in full.stderr
    assert "full" in full.stderr
    done = run(100_000)
    assert done.returncode == 0, done.stderr
    assert f"{len(rows):,} rows read" in done.stdout


def test_rows_are_removed_in_small_steps(monkeypatch, tmp_path):
    monkeypatch.setattr(bulk, "DELETED_ROWS", 2)
    load(cmsfiles.ptp_file(tmp_path), allow_fewer=True)
    release = current()
    bulk.remove(PairEdit, release)
    assert not PairEdit.objects.filter(release=release).exists()


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite's plan, which needs no statistics")
def test_a_question_about_a_pair_or_a_code_reads_only_its_own_rows_of_the_table(
    django_assert_num_queries, one_version
):
    """Of codes of the catalogue the rows are known: of 21073 they are not."""
    assert "21073" not in lookups.catalogue_edits()
    for ask in (
        lambda: lookups.edits_between("21073", "97140"),
        lambda: lookups.edits_of("97140"),
        lambda: lookups.edits_among(["21073", "97140", "97110"]),
    ):
        with django_assert_num_queries(1) as asked:
            ask()
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {asked.captured_queries[0]['sql']}")
            steps = [
                step for *_, step in cursor.fetchall() if "pair_edit_by" in step or "codes_pairedit" in step
            ]
        assert steps
        assert all("column_one=?" in step or "column_two=?" in step for step in steps), steps
