"""The launch data and the command that checks it."""

import csv
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from codes import reference
from codes.models import (
    Category,
    CirculatingClaim,
    Citation,
    Code,
    Faq,
    GlossaryTerm,
    LookAlikeGroup,
    Modifier,
    PairEdit,
    PayerRule,
    Rationale,
    Release,
    Source,
    Synonym,
    TherapyThreshold,
)

FIXTURES = settings.FIXTURE_DIRS[0]


@pytest.fixture
def copy(tmp_path) -> Path:
    """The fixtures in a folder of their own, to be spoiled."""
    return shutil.copytree(FIXTURES, tmp_path / "fixtures")


def change(folder: Path, name: str, edit) -> None:
    path = folder / f"{name}.json"
    rows = json.loads(path.read_text("utf-8"))
    edit(rows)
    path.write_text(json.dumps(rows), "utf-8")


def complaints(folder, capsys) -> str:
    with pytest.raises(CommandError):
        call_command("check_fixtures", folder)
    return capsys.readouterr().err


def test_the_fixtures_are_well(capsys):
    call_command("check_fixtures")
    assert "no problem" in capsys.readouterr().out


def first_of(model_field, value):
    return lambda rows: next(row for row in rows if row["fields"][model_field] == value)


SPOILED = {
    "a code without a citation": (
        "citations_codes_a",
        lambda rows: rows.__setitem__(slice(None), [r for r in rows if r["fields"]["code"] != ["97140"]]),
        "97140): it has no citation",
    ),
    "a code without words to be found by": (
        "synonyms_a",
        lambda rows: rows.__setitem__(slice(None), [r for r in rows if r["fields"]["code"] != ["97140"]]),
        "97140): it has fewer than two synonyms",
    ),
    "a code without a summary": (
        "codes_a",
        lambda rows: rows[0]["fields"].update(summary=""),
        "it has no summary",
    ),
    "a code of no category": (
        "codes_a",
        lambda rows: rows[0]["fields"].update(category=["nowhere"]),
        "category names nowhere, which is in no fixture",
    ),
    "a code with an official descriptor": (
        "codes_a",
        lambda rows: rows[0]["fields"].update(licensed_descriptor="text"),
        "licensed descriptor must stay empty",
    ),
    "a code that is there twice": ("codes_a", lambda rows: rows.append(rows[0]), "more than once"),
    "an edit in force in both directions": (
        "pair_edits_practitioner",
        lambda rows: rows.append(
            {
                "model": "codes.pairedit",
                "fields": rows[0]["fields"]
                | {
                    "column_one": "97124",
                    "column_two": "97140",
                    "deleted_on": None,
                    "effective_on": None,
                    "effective_basis": "unknown",
                    "indicator": 0,
                },
            }
        ),
        "2 rows in force",
    ),
    "indicator 9 on a real period": (
        "pair_edits_practitioner",
        lambda rows: next(r for r in rows if r["fields"]["indicator"] != 9)["fields"].update(indicator=9),
        "indicator 9 must stand exactly where both dates are equal",
    ),
    "a same-day edit without indicator 9": (
        "pair_edits_practitioner",
        lambda rows: next(r for r in rows if r["fields"]["indicator"] == 9)["fields"].update(indicator=1),
        "indicator 9 must stand exactly where both dates are equal",
    ),
    "a name that is too long": (
        "codes_a",
        lambda rows: rows[0]["fields"].update(name="long " * 30),
        "at most 80 characters",
    ),
    "a field that does not exist": (
        "codes_a",
        lambda rows: rows[0]["fields"].update(colour="red"),
        "no field “colour”",
    ),
}


@pytest.mark.parametrize("fault", SPOILED)
def test_a_fault_in_the_fixtures_is_named_with_its_file_and_entry(copy, capsys, fault):
    name, edit, words = SPOILED[fault]
    change(copy, name, edit)
    found = complaints(copy, capsys)
    assert words in found
    assert f"{name}.json, entry" in found or "codes_a.json, entry" in found


def test_a_missing_file_and_a_file_that_is_not_json_are_named(copy):
    (copy / "faqs.json").write_text("[", "utf-8")
    with pytest.raises(CommandError, match="not JSON"):
        call_command("check_fixtures", copy)
    (copy / "faqs.json").unlink()
    with pytest.raises(CommandError, match=r"faqs\.json cannot be read"):
        call_command("check_fixtures", copy)


def test_the_catalogue_is_whole(db):
    assert Code.objects.count() == 172
    assert Code.objects.filter(retired_year__isnull=False).count() == 11
    assert Faq.objects.count() >= 50
    assert sorted(CirculatingClaim.objects.values_list("number", flat=True)) == list(range(1, 29))
    assert Modifier.objects.filter(bypasses_ptp=True).count() == 44
    assert Modifier.objects.count() == 86


def test_the_closed_list_of_bypassing_modifiers_is_the_manuals(db):
    """NCCI Policy Manual, 2026-01-01, ch. I §E."""
    fingers, toes = ["FA", *(f"F{n}" for n in range(1, 10))], ["TA", *(f"T{n}" for n in range(1, 10))]
    listed = {
        *("E1", "E2", "E3", "E4", *fingers, *toes, "LT", "RT", "LC", "LD", "RC", "LM", "RI"),
        *("24", "25", "57", "58", "78", "79", "27", "59", "91", "XE", "XS", "XP", "XU"),
    }
    assert set(Modifier.objects.filter(bypasses_ptp=True).values_list("code", flat=True)) == listed


def test_both_tables_hold_every_edit_among_the_catalogues_codes(db):
    counts = Counter(PairEdit.objects.values_list("release__setting", flat=True))
    assert counts == {"practitioner": 2904, "outpatient-hospital": 2240}


def test_every_statement_says_when_it_was_checked(db):
    assert not Citation.objects.filter(checked_on=None).exists()
    assert not Citation.objects.filter(statement="").exists()


def test_loading_leaves_a_database_with_entries_as_it_is(db, capsys):
    Code.objects.filter(number="97140").update(summary="What staff wrote")
    before = Synonym.objects.count()
    call_command("load_reference")
    assert "left as they are" in capsys.readouterr().out
    assert Code.objects.get(number="97140").summary == "What staff wrote"
    assert Synonym.objects.count() == before


def test_a_failed_load_leaves_nothing_behind(db, monkeypatch):
    for model in (
        PayerRule,
        TherapyThreshold,
        GlossaryTerm,
        Release,
        CirculatingClaim,
        Faq,
        Modifier,
        LookAlikeGroup,
        Code,
        Category,
        Source,
        Rationale,
    ):
        model.objects.all().delete()
    monkeypatch.setattr(reference, "FIXTURES", (*reference.FIXTURES, "no_such_fixture"))
    with pytest.raises(CommandError):
        reference.load()
    assert not reference.is_loaded()
    assert not Source.objects.exists()


def test_the_first_state_of_every_entry_is_in_its_history(db):
    code = Code.objects.get(number="97001")
    first = code.history.get()
    assert first.history_change_reason == reference.REASON
    linked = first.replaced_by.values_list("to_code__number", flat=True)
    assert set(linked) == {"97161", "97162", "97163"}
    assert Citation.history.count() == Citation.objects.count()


def test_the_questions_of_the_pair_tests_are_all_there():
    rows = list(csv.DictReader((Path(__file__).parent / "data" / "pair_questions.csv").open()))
    assert [int(row["question"]) for row in rows] == list(range(1, 81))
