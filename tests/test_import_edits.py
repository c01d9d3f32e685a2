"""An operator loads CMS's tables into the running site: published whole or not at all."""

import os
import subprocess
import sys
import time
import zipfile

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from codes.importers import differences
from codes.models import PairEdit, Release, TableChange, UnitLimit
from tests import cmsfiles
from tests.pages import read

pytestmark = pytest.mark.django_db


def load(*files, **options) -> None:
    call_command("import_cms", *map(str, files), allow_fewer=True, **options)


def current(setting="practitioner", table="ptp") -> Release:
    return Release.objects.get(table=table, setting=setting, program="medicare", is_current=True)


@pytest.mark.parametrize("make", [cmsfiles.ptp_file, cmsfiles.ptp_zip, cmsfiles.ptp_workbook])
def test_text_zip_and_workbook_are_all_read(tmp_path, make, capsys):
    load(make(tmp_path))
    release = current()
    assert (release.quarter, release.row_count) == ("2026 Q4", 6)
    rows = {
        (row.column_one, row.column_two): (
            str(row.effective_on),
            row.deleted_on and str(row.deleted_on),
            row.indicator,
        )
        for row in PairEdit.objects.filter(release=release)
    }
    assert rows["97140", "97124"] == ("1996-01-01", None, 0)
    assert rows["97140", "97530"] == ("2000-07-01", "2019-12-31", 1)
    assert rows["97161", "97140"] == ("2020-01-01", "2020-01-01", 9)
    assert "6 rows read" in capsys.readouterr().out


def test_the_checker_answers_from_the_new_table_for_any_date(reader, tmp_path):
    assert read(reader, "/pairs/97110/97140/").verdict == "no-edit"
    load(
        cmsfiles.ptp_file(
            tmp_path,
            [*cmsfiles.EDITS, ["97140", "97110", "", "20261001", "*", "0", "More extensive procedure"]],
        )
    )
    page = read(reader, "/pairs/97110/97140/?setting=practitioner")
    assert page.verdict == "never-together"
    assert "v32.3" in page.text
    assert read(reader, "/pairs/97110/97140/?setting=practitioner&date=2026-09-30").verdict == "no-edit"
    assert "newest table that we hold" not in page.text


def test_a_whole_table_answers_for_codes_that_the_catalogue_does_not_describe(reader, tmp_path):
    assert read(reader, "/pairs/0001U/99999/").verdict == "not-known"
    load(cmsfiles.ptp_file(tmp_path))
    page = read(reader, "/pairs/0001U/99999/?setting=practitioner")
    assert page.verdict == "modifier"
    assert "without one, 0001U is denied" in page.text
    assert "/codes/99999/" not in page.main_links, "there is no page about it"
    assert read(reader, "/pairs/97140/99999/?setting=practitioner").verdict == "no-edit"
    assert "not known here" in read(reader, "/pairs/99999/99999/?setting=practitioner").text
    assert read(reader, "/pairs/97140/88888/?setting=practitioner").verdict == "not-known"


def test_the_edits_of_any_code_that_a_whole_table_names_are_listed(reader, tmp_path, monkeypatch):
    load(cmsfiles.ptp_file(tmp_path))
    text = read(reader, "/codes/0001U/edits/").main_text
    assert "99999 ModifierNot in our data 999990001U since 2018-07-01" in text
    assert "/codes/0001U/" not in read(reader, "/codes/0001U/edits/").main_links
    assert "Of the outpatient hospital table, only codes of our catalogue are in this list" in text
    assert "CMS's whole table is not loaded here" in text
    monkeypatch.setattr("codes.views.catalogue.EDITS_ON_A_PAGE", 2)
    first = read(reader, "/codes/97140/edits/")
    assert "/codes/97140/edits/?page=2" in first.main_links
    assert read(reader, "/codes/97140/edits/?page=2").main_text != first.main_text


def test_a_codes_page_counts_only_edits_with_codes_of_the_catalogue(reader, tmp_path):
    """A whole table names a thousand codes that nobody here describes."""
    beyond = ["97140", "0001U", "", "20180701", "*", "1", "More extensive procedure"]
    load(cmsfiles.ptp_file(tmp_path, sorted([*cmsfiles.EDITS, beyond])))
    assert "0001U" not in read(reader, "/codes/97140/").main_text
    assert "0001U" in read(reader, "/codes/97140/edits/").main_text


def everything() -> dict:
    """What stands in every table of ours, histories and rationales included."""
    return {
        model: sorted(model.objects.values_list(), key=str)
        for model in apps.get_app_config("codes").get_models(include_auto_created=True)
    }


def test_checking_says_what_an_import_would_and_leaves_nothing(tmp_path, capsys):
    load(cmsfiles.ptp_file(tmp_path))
    capsys.readouterr()
    later = cmsfiles.ptp_file(tmp_path, cmsfiles.LATER_EDITS, "ccipra-v330r0-f1.txt")
    before = everything()
    load(later, check=True)
    checked = capsys.readouterr().out.splitlines()[-1]
    assert everything() == before
    load(later)
    done = capsys.readouterr().out.splitlines()[-1]
    assert "2 new, 1 ended, 1 changed" in done
    assert checked == done.replace("is published", "can be published") + " Nothing was written."


def test_checking_the_first_whole_table_leaves_no_source_behind(tmp_path, capsys):
    before = everything()
    load(
        cmsfiles.ptp_file(tmp_path, [*cmsfiles.EDITS[:-1], [*cmsfiles.EDITS[-1][:-1], "A new reason"]]),
        check=True,
    )
    assert "6 rows read, 0 refused; there is no full release before it" in capsys.readouterr().out
    assert everything() == before


def test_checking_refuses_what_an_import_refuses_and_goes_on_to_the_other_files(tmp_path, capsys):
    both = [*cmsfiles.EDITS, ["97124", "97140", "", "20200101", "*", "1", "More extensive procedure"]]
    sound = cmsfiles.mue_file(tmp_path, [["97140", "6", "3 Clinical", "x"]])
    bad_row = cmsfiles.ptp_file(
        tmp_path, [["97140", "97110", "", "20200101", "*", "7", "x"]], "ccioph-v323r0-f1.txt"
    )
    before = everything()
    with pytest.raises(CommandError) as raised:
        load(bad_row, cmsfiles.ptp_file(tmp_path, both), sound, check=True)
    first, second = str(raised.value).splitlines()
    assert "ccioph-v323r0-f1.txt, line 7" in first
    assert "in force in both directions" in second
    assert "MUE 2026 Q4, 2026 Q4 can be published. 1 rows read" in capsys.readouterr().out
    assert everything() == before


def test_checking_notices_a_table_that_shrinks(tmp_path):
    load(cmsfiles.ptp_file(tmp_path))
    path = cmsfiles.ptp_file(tmp_path, cmsfiles.EDITS[:2], "ccipra-v330r0.txt")
    with pytest.raises(CommandError, match="has 2 rows, the release before had 6"):
        call_command("import_cms", str(path), check=True)


def test_checking_a_file_that_is_loaded_says_so(tmp_path, capsys):
    path = cmsfiles.ptp_file(tmp_path)
    load(path)
    later = cmsfiles.ptp_file(tmp_path, cmsfiles.LATER_EDITS, "ccipra-v330r0-f1.txt")
    load(later)
    load(later, check=True)
    assert "already loaded" in capsys.readouterr().out
    call_command("releases", rollback=["ptp", "practitioner"])
    before = everything()
    load(later, check=True)
    assert "an import makes it current again" in capsys.readouterr().out
    assert everything() == before


def test_while_a_table_is_checked_readers_see_nothing_of_it(reader, tmp_path, monkeypatch):
    pages = "/pairs/97110/97140/", "/releases/", "/changes/", "/about/", "/codes/97140/"
    load(cmsfiles.ptp_file(tmp_path))
    before = [reader.get(page).content for page in pages]
    seen = []

    def look(*arguments):
        seen.append([reader.get(page).content for page in pages])
        return keep(*arguments)

    keep = differences.keep
    monkeypatch.setattr(differences, "keep", look)
    load(cmsfiles.ptp_file(tmp_path, cmsfiles.LATER_EDITS, "ccipra-v330r0-f1.txt"), check=True)
    assert seen == [before]


BAD = {
    "an indicator that does not exist": (["97140", "97110", "", "20200101", "*", "7", "x"], "“7”"),
    "a date that is none": (["97140", "97110", "", "20201301", "*", "1", "x"], "20201301"),
    "a code that is none": (["9714O!", "97110", "", "20200101", "*", "1", "x"], "9714O!"),
    "an end before the beginning": (["97140", "97110", "", "20200101", "20190101", "1", "x"], "2019"),
    "the same code twice": (["97140", "97140", "", "20200101", "*", "1", "x"], "97140"),
    "a row that ends too early": (["97140", "97110", ""], "97140"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_row_in_the_middle_stops_the_import_and_is_named(tmp_path, fault):
    row, words = BAD[fault]
    before, count = current(), PairEdit.objects.count()
    path = cmsfiles.ptp_file(tmp_path, [*cmsfiles.EDITS[:3], row, *cmsfiles.EDITS[3:]])
    with pytest.raises(CommandError) as raised:
        load(path)
    message = str(raised.value)
    assert path.name in message
    assert "line 10" in message
    assert words in message
    assert (current(), PairEdit.objects.count()) == (before, count)
    load(cmsfiles.ptp_file(tmp_path))
    assert current().quarter == "2026 Q4", "a second run just works"


def test_a_broken_zip_a_wrong_file_and_an_empty_table_are_said(tmp_path):
    before = current()
    whole = cmsfiles.ptp_zip(tmp_path)
    broken = tmp_path / "broken.zip"
    broken.write_bytes(whole.read_bytes()[:-30])
    wrong = tmp_path / "letter.txt"
    wrong.write_text("Dear operator,\nthis is no table.\n")
    empty = cmsfiles.ptp_file(tmp_path, [], "ccipra-v323r0-f2.txt")
    for path in (broken, wrong, empty, tmp_path / "missing.txt"):
        with pytest.raises(CommandError, match=path.name.split(".")[0]):
            load(path)
    assert current() == before


def test_a_zip_that_swells_is_refused(tmp_path):
    path = tmp_path / "ccipra-v323r0-f1.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ccipra-v323r0-f1.txt", cmsfiles.ptp_text() + "0" * 200_000_000)
    before = current()
    with pytest.raises(CommandError):
        load(path)
    assert current() == before


def test_the_same_file_twice_changes_nothing(tmp_path, capsys):
    path = cmsfiles.ptp_file(tmp_path)
    load(path)
    first = current()
    load(path)
    assert "already loaded" in capsys.readouterr().out
    assert current() == first


def test_a_pair_in_force_in_both_directions_is_never_published(tmp_path):
    before = current()
    both = [*cmsfiles.EDITS, ["97124", "97140", "", "20200101", "*", "1", "More extensive procedure"]]
    with pytest.raises(CommandError, match="in both directions"):
        load(cmsfiles.ptp_file(tmp_path, both))
    assert current() == before


def test_a_pair_in_force_twice_on_one_day_is_never_published(tmp_path):
    before = current()
    twice = [*cmsfiles.EDITS, ["97140", "97124", "", "20100101", "*", "1", "More extensive procedure"]]
    with pytest.raises(CommandError, match=r"in force (already|twice)"):
        load(cmsfiles.ptp_file(tmp_path, twice))
    assert current() == before


def test_a_table_that_shrinks_is_refused_unless_it_is_accepted(tmp_path):
    load(cmsfiles.ptp_file(tmp_path))
    path = cmsfiles.ptp_file(tmp_path, cmsfiles.EDITS[:2], "ccipra-v330r0-f1.txt")
    with pytest.raises(CommandError):
        call_command("import_cms", str(path))
    load(path)
    assert current().row_count == 2


def test_what_changed_between_two_releases_is_kept(tmp_path):
    load(cmsfiles.ptp_file(tmp_path))
    load(cmsfiles.ptp_file(tmp_path, cmsfiles.LATER_EDITS, "ccipra-v330r0-f1.txt"))
    changes = {
        (each.column_one, each.column_two): each.kind
        for each in TableChange.objects.filter(release=current())
    }
    assert changes == {
        ("97124", "97164"): "ended",
        ("98940", "97140"): "indicator",
        ("97140", "97530"): "re-created",
        ("97150", "97140"): "added",
    }


def test_the_release_before_can_be_made_current_again(tmp_path, capsys):
    load(cmsfiles.ptp_file(tmp_path))
    first = current()
    load(cmsfiles.ptp_file(tmp_path, cmsfiles.EDITS[:5], "ccipra-v330r0-f1.txt"))
    assert current() != first
    call_command("releases", rollback=["ptp", "practitioner"])
    assert current() == first
    call_command("releases")
    assert "NCCI PTP" in capsys.readouterr().out


def test_nonsense_to_roll_back_is_said():
    for words in (["moon"], ["ptp", "practitioner", "x"]):
        with pytest.raises(CommandError):
            call_command("releases", rollback=words)


def test_unit_limits_are_read_with_their_adjudication_indicator(tmp_path):
    rows = [
        ["97140", "6", "3 Date of Service Edit: Clinical", "Clinical: Data"],
        ["0001U", "1", "2 Date of Service Edit: Policy", "x"],
    ]
    load(cmsfiles.mue_file(tmp_path, rows))
    found = UnitLimit.objects.filter(release=current(table="mue"))
    assert {(row.number, row.value, row.mai) for row in found} == {("97140", 6, 3), ("0001U", 1, 2)}


def test_medicaids_table_stands_beside_medicares_and_answers_nothing(reader, tmp_path):
    rows = [*cmsfiles.EDITS, ["97140", "97110", "", "20200101", "*", "0", "More extensive procedure"]]
    load(cmsfiles.ptp_file(tmp_path, sorted(rows)), program="medicaid")
    assert Release.objects.filter(program="medicaid", is_current=True).count() == 1
    assert current().quarter == "2024 Q3"
    assert read(reader, "/pairs/97110/97140/").verdict == "no-edit"


@pytest.mark.skipif("postgresql" in os.environ.get("DATABASE_URL", ""), reason="a database file of its own")
def test_an_import_killed_at_any_moment_leaves_the_old_release_and_a_second_run_works(tmp_path):
    database = tmp_path / "site.sqlite3"
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{database}",
        "DJANGO_SETTINGS_MODULE": "cptref.settings",
    }
    manage = [sys.executable, "manage.py"]
    for words in (["migrate", "-v0"], ["load_reference"]):
        subprocess.run([*manage, *words], env=environment, check=True, capture_output=True)
    numbers = [f"{number:05}" for number in range(10_000, 10_400)]
    rows = [
        [one, two, "", "20200101", "*", "1", "More extensive procedure"]
        for one in numbers
        for two in numbers
        if one < two
    ]
    path = cmsfiles.ptp_file(tmp_path, rows)
    command = [*manage, "import_cms", str(path), "--allow-fewer"]
    ask = "import django; django.setup(); from codes.models import Release, PairEdit as P;"
    ask += "r = Release.objects.get(table='ptp', setting='practitioner', is_current=True);"
    ask += "print(r.quarter, P.objects.filter(release=r).count())"
    for wait in (0.9, 1.3, 1.8):
        importer = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(wait)
        importer.kill()
        importer.wait()
        found = subprocess.run(
            [sys.executable, "-c", ask], env=environment, capture_output=True, text=True
        ).stdout
        assert found.strip() in ("2024 Q3 2904", f"2026 Q4 {len(rows)}")
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = subprocess.run(
        [sys.executable, "-c", ask], env=environment, capture_output=True, text=True
    ).stdout
    assert found.strip() == f"2026 Q4 {len(rows)}"
