"""The pair checker as a reader uses it, on the launch data."""

import csv
from datetime import date
from pathlib import Path

import pytest

from tests.pages import Page, read

QUESTIONS = list(csv.DictReader((Path(__file__).parent / "data" / "pair_questions.csv").open()))
TABLE_DAY = "2024-07-01"


@pytest.mark.parametrize("row", QUESTIONS, ids=lambda row: f"{row['first']}+{row['second']}")
@pytest.mark.parametrize("day", [TABLE_DAY, ""], ids=["on the table's day", "today"])
def test_the_eighty_questions_are_answered_as_in_the_table(reader, row, day):
    address = "/pairs/{}/{}/".format(*sorted((row["first"], row["second"])))
    for setting, expected in (
        ("practitioner", row["practitioner"]),
        ("outpatient-hospital", row["outpatient_hospital"]),
    ):
        page = Page(reader.get(address, {"setting": setting} | ({"date": day} if day else {})))
        assert page.verdict == expected
        if row["column_one"] and expected == "never-together":
            assert f"{row['column_one']} is paid, {row['column_two']} is not" in page.text
        if row["column_one"] and expected == "modifier":
            assert f"without one, {row['column_two']} is denied" in page.text
            assert "Modifiers that can fit" in page.text
        if expected == "never-together":
            assert "Modifiers that can fit" not in page.text


@pytest.mark.parametrize(
    "row", [row for row in QUESTIONS if row["ended_rows"]], ids=lambda row: row["question"]
)
def test_ended_rows_are_told_as_history_and_drawn(reader, row):
    page = read(reader, f"/pairs/{row['first']}/{row['second']}/?setting=practitioner")
    assert page.has("svg", class_="timeline")
    for ended in row["ended_rows"].split("; "):
        columns, indicator, day = ended.split(" ")
        one, two = columns.split(">")
        assert f"{one} over {two}, indicator {indicator}:" in page.text
        assert day in page.text
        if indicator == "9":
            assert "created and deleted the same day" in page.text


def test_massage_with_manual_therapy_says_never_and_why_and_what_to_do(reader):
    page = read(reader, "/pairs/97124/97140/")
    assert page.verdict == "never-together"
    for words in (
        "97140 is paid, 97124 is not",
        "no modifier helps",
        "What to do now",
        "NCCI PTP v30.2, 2024 Q3",
    ):
        assert words in page.text
    assert "The same in both settings" in page.text


def test_settings_that_differ_stand_side_by_side(reader):
    page = read(reader, "/pairs/97161/97750/")
    assert page.verdict == "never-together"
    for words in (
        "In the outpatient hospital it is: Only with a modifier",
        "Never together",
        "another specialty",
    ):
        assert words.lower() in page.text.lower()
    assert Page(reader.get("/pairs/97161/97750/?setting=outpatient-hospital")).verdict == "modifier"


def test_an_answer_depends_on_the_date_of_service(reader):
    assert read(reader, "/pairs/97140/97530/?date=2019-12-31").verdict == "modifier"
    assert read(reader, "/pairs/97140/97530/?date=2020-01-01").verdict == "no-edit"


def test_the_other_order_and_small_letters_lead_to_the_permanent_address(reader):
    response = reader.get("/pairs/97140/97124/?date=2024-07-01&setting=practitioner")
    assert response.status_code == 301
    assert response["Location"] == "/pairs/97124/97140/?date=2024-07-01&setting=practitioner"
    assert reader.get("/pairs/g0283/97032/")["Location"] == "/pairs/97032/G0283/"
    assert reader.get("/pairs/97032/ G0283 /")["Location"] == "/pairs/97032/G0283/"


@pytest.mark.parametrize(
    "day", ["banana", "2024-02-30", "2024-13-01", "20240701", "1/2", "2024-07-01T00:00", "0"]
)
def test_a_date_that_cannot_be_read_is_refused_kindly(reader, day):
    page = Page(reader.get("/pairs/97124/97140/", {"date": day}))
    assert page.status == 400
    assert page.verdict is None
    assert "This date cannot be read" in page.text
    assert page.has("input", name="first", value="97124"), "what was typed is still there"


def test_a_date_written_the_american_way_leads_to_the_permanent_address(reader):
    response = reader.get("/pairs/97124/97140/?date=07/01/2024")
    assert (response.status_code, response["Location"]) == (301, "/pairs/97124/97140/?date=2024-07-01")


def test_a_setting_that_does_not_exist_is_refused_kindly(reader):
    page = Page(reader.get("/pairs/97124/97140/?setting=moon"))
    assert page.status == 400
    assert "either “practitioner” or “outpatient-hospital”" in page.text


@pytest.mark.parametrize("day", ["1995-12-31", "0001-01-01", "2026-11-26", "9999-12-31"])
def test_days_that_no_table_reaches_are_not_known(reader, day):
    page = read(reader, f"/pairs/97124/97140/?date={day}")
    assert page.status == 200
    assert page.verdict == "not-known"


def test_an_unknown_code_is_not_known_and_offers_the_nearest(reader):
    page = read(reader, "/pairs/97124/97141/")
    assert page.verdict == "not-known"
    assert "97141 is not in our data" in page.text
    assert "Not having data is not a permission" in page.text
    assert any("97140" in href for href in page.main_links)
    assert page.has("meta", name="robots", content="noindex")


@pytest.mark.parametrize("nonsense", ["banana", "9714", "<script>", "97140;drop", "９７１４０", "97140" * 40])
def test_nonsense_instead_of_a_code_is_refused_kindly(reader, nonsense):
    from urllib.parse import quote

    page = Page(reader.get(f"/pairs/97124/{quote(nonsense)}/"))
    assert page.status == 404
    assert page.verdict is None
    assert page.has("form", action="/pairs/")


def test_the_same_code_twice_is_a_question_of_units(reader):
    page = read(reader, "/pairs/97124/97124/")
    assert page.verdict == "same-code"
    assert "The MUE is 4 units" in page.text


def test_a_retired_code_names_its_successors(reader):
    page = read(reader, "/pairs/97001/97140/")
    assert page.verdict == "not-known"
    assert "97161, 97162, 97163" in page.text


def test_the_form_leads_to_the_verdict(reader):
    response = reader.get("/pairs/", {"first": "97140", "second": "97124 Massage", "date": "", "setting": ""})
    assert response["Location"] == "/pairs/97124/97140/"
    response = reader.get("/pairs/", {"first": "97140", "second": "97124", "date": "2019-06-01"})
    assert response["Location"] == "/pairs/97124/97140/?date=2019-06-01"


def test_a_word_in_the_form_offers_codes_to_choose_from(reader):
    page = Page(reader.get("/pairs/", {"first": "massage", "second": "97140"}))
    assert page.status == 400
    assert "Which code do you mean by “massage”?" in page.text
    assert any("first=97124" in href and "second=97140" in href for href in page.main_links)


def test_a_word_that_finds_nothing_says_what_a_code_looks_like(reader):
    page = Page(reader.get("/pairs/", {"first": "zzzzqqq", "second": "97140"}))
    assert page.status == 400
    assert "is not a code number" in page.text


def test_an_empty_field_is_asked_for(reader):
    page = Page(reader.get("/pairs/", {"first": "97140", "second": ""}))
    assert page.status == 200
    assert "Enter a code" in page.text


def test_suggestions_come_by_number_and_by_word(reader):
    assert "97140" in Page(reader.get("/codes/suggestions/", {"first": "9714"})).html
    assert "97124" in Page(reader.get("/codes/suggestions/", {"second": "massa"})).html
    assert "No code found" in Page(reader.get("/codes/suggestions/", {"second": "zzzzqqq"})).html


def test_an_answer_about_today_says_so_and_offers_a_link_with_the_date(reader, today):
    page = read(reader, "/pairs/97124/97140/")
    assert "(today)" in page.text
    assert f"/pairs/97124/97140/?date={today.isoformat()}" in page.links


def test_an_answer_from_an_old_table_says_so(reader):
    assert "newest table that we hold" in read(reader, "/pairs/97124/97140/").text
    assert "newest table that we hold" not in read(reader, "/pairs/97124/97140/?date=2024-08-01").text
    assert "unchanged in NCCI PTP v32.3, 2026 Q4" in read(reader, "/pairs/97140/97530/?date=2019-01-01").text


def test_an_unverified_start_is_marked(reader):
    page = read(reader, "/pairs/97161/97164/")
    assert "since about October 2020, not verified" in page.text


def test_a_verdict_is_the_same_in_every_place_that_gives_it(reader):
    """The answer in place on a code's page is the answer of the pair's own page."""
    from codes.models import CommonPartner

    words = {
        "never-together": "Never together",
        "modifier": "Only with a modifier",
        "no-edit": "No edit in force",
        "not-known": "Not known",
    }
    for row in CommonPartner.objects.select_related("code", "partner").filter(
        code__number__in=["97124", "97140"]
    ):
        verdict = read(reader, f"/pairs/{row.code.number}/{row.partner.number}/").verdict
        html = reader.get(f"/codes/{row.code.number}/").content.decode()
        entry = html.split('<ul class="answers">')[1].split(
            f'<span class="number">{row.partner.number}</span>'
        )[1]
        assert words[verdict] in entry.split("</li>")[0]


def test_a_pair_has_an_answer_in_every_year_since_its_first_edit(reader):
    for year in range(2000, 2027):
        assert read(reader, f"/pairs/97140/97530/?date={date(year, 7, 1).isoformat()}").verdict in (
            "modifier",
            "no-edit",
        )
