"""A whole visit, the unit calculator and the sheet, as readers use them."""

import json
from xml.etree import ElementTree

import pytest
from django.core.management import call_command

from codes.models import PayerRule
from tests.pages import Page, read
from tests.test_importers_fees import relative_values_2026


def outcome(page: Page) -> str | None:
    return next((found.get("data-outcome") for tag, found in page.elements if tag == "h1"), None)


def visit(reader, *lines: str, **more) -> Page:
    return Page(reader.get("/visits/", {"line": lines, **more}))


def test_a_visit_without_lines_is_the_form(reader):
    page = read(reader, "/visits/")
    assert page.status == 200
    assert outcome(page) is None
    assert page.has("form", id="visit-form")


def test_a_clean_visit_can_go_out(reader):
    page = visit(reader, "97140:23:GP", "97110:15:GP", treated_by="pt", date="2024-08-01")
    assert outcome(page) == "ready"
    assert "This can go out as it is" in page.text


def test_a_pair_that_never_goes_together_is_the_first_change(reader):
    page = visit(reader, "97140:23:GP", "97124:15:GP", treated_by="pt", date="2024-08-01")
    assert outcome(page) == "change"
    assert "97124" in page.text
    assert "not billed" in page.text


def test_minutes_are_counted_by_both_rules_side_by_side(reader):
    page = visit(reader, "97110:20:GP", "97140:20:GP", treated_by="pt")
    assert "CMS 8-minute rule: 3 units" in page.text
    assert "AMA midpoint rule: 2 units" in page.text
    assert "your choice" in page.text


def test_an_unknown_code_cannot_be_told(reader):
    page = visit(reader, "97140:23:GP", "99999:15", treated_by="pt")
    assert outcome(page) == "unknown"


def test_a_modifier_that_we_have_no_data_for_is_never_passed_over(reader):
    page = visit(reader, "97140:23:GP,ZZ", treated_by="pt", date="2024-08-01")
    assert outcome(page) == "unknown"
    assert "ZZ on 97140 is not in our data" in page.text


def test_the_address_is_permanent_and_the_fields_lead_to_it(reader):
    response = reader.get(
        "/visits/",
        {
            "code": ["97140", "97110", ""],
            "amount": ["23", "x1", ""],
            "modifiers": ["gp, 59", "", ""],
            "assistant": ["", "", ""],
            "treated_by": "pt",
            "payer": "medicare",
            "setting": "practitioner",
            "date": "2024-08-01",
            "treatment": "45",
        },
    )
    assert response.status_code == 302
    assert (
        response["Location"]
        == "/visits/?line=97140:23:GP,59&line=97110:x1&date=2024-08-01&treated_by=pt&treatment=45"
    )
    assert outcome(Page(reader.get(response["Location"]))) in ("ready", "change", "unknown")


def test_lines_are_added_and_removed_without_javascript(reader):
    fields = {"code": ["97140"], "amount": ["23"], "modifiers": [""], "assistant": [""]}
    more = Page(reader.get("/visits/", {**fields, "add_line": "1"}))
    assert sum(1 for tag, found in more.elements if found.get("name") == "code") == 2
    assert more.has("input", name="code", value="97140")
    two = {"code": ["97140", "97110"], "amount": ["23", "15"], "modifiers": ["", ""], "assistant": ["", ""]}
    fewer = Page(reader.get("/visits/", {**two, "remove_line": "0"}))
    assert fewer.has("input", name="code", value="97110")
    assert not fewer.has("input", name="code", value="97140")


def test_htmx_gets_only_the_form(reader):
    response = reader.get(
        "/visits/", {"code": ["97140"], "amount": ["23"], "add_line": "1"}, HTTP_HX_REQUEST="true"
    )
    assert b"<html" not in response.content
    assert b'id="visit-form"' in response.content


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"line": ["97140:15"] * 13}, "at most 12 lines"),
        ({"line": "97140:-5"}, "whole minutes"),
        ({"line": "97140:2000"}, "minutes go from 0 to 1440"),
        ({"line": "banana"}, "five characters"),
        ({"line": "97140:15", "date": ["2024-07-01", "2024-07-02"]}, "more than one date"),
        ({"line": "97140:15", "date": "soon"}, "This date cannot be read"),
        ({"line": "97140:15", "setting": "moon"}, "either “practitioner” or “outpatient-hospital”"),
        ({"line": "97140:15", "payer": "uncle"}, "no choice for the payer"),
        ({"line": "97140:15", "treated_by": "robot"}, "no choice for who treated"),
        ({"line": "97140:15", "treatment": "-1"}, "whole minutes"),
        ({"line": "97140:15", "assistant": "20"}, "cannot have more minutes"),
        ({"line": "97140:15:59A"}, "two characters"),
        ({"line": "97140:x0"}, "units go from 1"),
    ],
)
def test_what_cannot_be_read_is_refused_kindly(reader, query, words):
    page = Page(reader.get("/visits/", query))
    assert page.status == 400
    assert outcome(page) is None
    assert words in page.text
    assert page.has("form", id="visit-form")


def test_an_address_of_a_hundred_kilobytes_is_refused_kindly(reader):
    page = Page(reader.get("/visits/?line=" + "9" * 100_000))
    assert page.status == 414
    assert "too long" in page.text


def test_what_was_typed_is_kept_when_it_cannot_be_read(reader):
    page = Page(reader.get("/visits/", {"line": ["97140:23:GP", "97110:banana"]}))
    assert page.has("input", name="code", value="97110")
    assert page.has("input", name="amount", value="banana")
    assert page.has("input", name="modifiers", value="GP")


def test_a_visit_needs_few_queries_however_many_lines_it_has(
    reader, django_assert_max_num_queries, one_version
):
    lines = [
        f"{number}:15"
        for number in "97110 97112 97116 97140 97530 97535 97032 97035 97113 97150 97124 97542".split()
    ]
    reader.get("/visits/", {"line": lines})
    with django_assert_max_num_queries(16):
        assert reader.get("/visits/", {"line": lines}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        {"line": ["97140:23:GP", "97110:15:GP"], "treated_by": "pt", "date": "2024-08-01"},
        {"line": ["97140:23", "97124:15"], "treated_by": "chiropractor"},
        {"line": ["98940", "99213", "97012"], "payer": "workers-comp-auto"},
        {"line": ["97810:15", "97811:15", "20560"], "treated_by": "acupuncturist", "payer": "va"},
    ],
)
def test_the_json_twin_says_what_the_page_says(reader, query):
    response = reader.get("/visits/", query)
    page = Page(response)
    link = next(found["href"] for tag, found in page.elements if found.get("type") == "application/json")
    twin = json.loads(reader.get(link).content)
    assert twin["outcome"] == outcome(page)
    assert twin["headline"] in page.text
    for test in twin["tests"]:
        assert test["name"] in page.text
    for line in twin["proposed"]:
        assert line["number"] in page.text


def test_the_json_twin_of_a_pair_says_what_the_page_says(reader):
    for address in ("/pairs/97124/97140/", "/pairs/97161/97750/?date=2024-07-01", "/pairs/97124/99999/"):
        page = read(reader, address)
        link = next(found["href"] for tag, found in page.elements if found.get("type") == "application/json")
        twin = json.loads(reader.get(link).content)
        assert twin["verdict"] == page.verdict
        assert twin["headline"] in page.text


def test_data_that_cannot_be_read_is_told_as_a_problem(reader):
    response = reader.get("/api/visits/?line=banana")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert "five characters" in response.json()["detail"]
    assert reader.get("/api/pairs/97124/banana/").status_code == 404
    assert reader.get("/api/pairs/97124/97140/?date=soon").status_code == 400


def test_a_draft_payer_rule_is_not_told(reader):
    rule = PayerRule.objects.get(slug="va-massage-by-referral")
    assert rule.text in visit(reader, "97124:30", payer="va").text
    rule.state = "draft"
    rule.save()
    assert rule.text not in visit(reader, "97124:30", payer="va").text


def test_a_payer_rule_marks_itself_stale_a_year_after_its_check(reader):
    PayerRule.objects.filter(slug="va-massage-by-referral").update(checked_on="2025-11-24")
    assert "Stale: checked over a year ago" in visit(reader, "97124:30", payer="va").text


def test_medicares_answer_is_not_borrowed_for_another_payer(reader):
    page = visit(reader, "97140:23", "97124:15", payer="workers-comp-auto")
    assert outcome(page) == "unknown"
    assert "not in our sources" in page.text


# --- The unit calculator ----------------------------------------------------------------------


def test_the_calculator_shows_both_rules_with_the_working(reader):
    page = read(reader, "/units/?line=97110:33&line=97140:7")
    assert "3 units for Medicare, 2 by the AMA rule" in page.text
    assert "Timed minutes in all: 33 + 7 = 40." in page.text


def test_the_calculator_leads_from_its_fields_to_a_permanent_address(reader):
    response = reader.get("/units/", {"code": ["97110", "97140", ""], "amount": ["33", "7", ""]})
    assert response["Location"] == "/units/?line=97110:33&line=97140:7"


def test_the_calculator_refuses_nonsense_kindly(reader):
    page = Page(reader.get("/units/?line=97110:many"))
    assert page.status == 400
    assert "whole minutes" in page.text


def test_the_calculator_names_a_code_that_it_does_not_know(reader):
    assert (
        "Not in our data, so not counted: 99999" in read(reader, "/units/?line=97110:15&line=99999:15").text
    )


# --- Codes against codes ----------------------------------------------------------------------


def test_the_sheet_shows_every_pair_with_a_link_to_its_page(reader):
    page = read(reader, "/matrix/?code=97124+97140+98940")
    assert "97124 with 97140: Never together: 97140 is paid, 97124 is not" in page.text
    for address in ("/pairs/97124/97140/", "/pairs/97124/98940/", "/pairs/97140/98940/"):
        assert page.main_links.count(address) == 2


def test_a_cell_of_the_sheet_says_what_the_pairs_page_says(reader):
    html = reader.get("/matrix/?code=97161+97750+97140&setting=practitioner").content.decode()
    for first, second in (("97161", "97750"), ("97140", "97161"), ("97140", "97750")):
        verdict = read(reader, f"/pairs/{first}/{second}/?setting=practitioner").verdict
        assert f'<td class="cell-{verdict}"><a href="/pairs/{first}/{second}/"' in html


def test_settings_that_differ_are_marked_and_the_stricter_stands(reader):
    html = reader.get("/matrix/?code=97161+97750").content.decode()
    assert 'class="cell-never-together"' in html
    assert "</span>*</a>" in html


def test_the_sheet_holds_thirty_codes_in_few_queries(reader, django_assert_max_num_queries, one_version):
    from codes.models import Code

    numbers = list(Code.objects.published().filter(retired_year=None).values_list("number", flat=True)[:31])
    reader.get("/matrix/", {"code": " ".join(numbers[:30])})
    with django_assert_max_num_queries(9):
        assert reader.get("/matrix/", {"code": " ".join(numbers[:30])}).status_code == 200
    page = Page(reader.get("/matrix/", {"code": " ".join(numbers)}))
    assert page.status == 400
    assert "at most 30 codes" in page.text


def test_ready_made_sheets_hold_codes_of_the_catalogue(reader):
    from codes.matrices import READY_MADE
    from codes.models import Code

    published = set(Code.objects.published().filter(retired_year=None).values_list("number", flat=True))
    for _, numbers in READY_MADE.values():
        assert set(numbers) <= published
        assert Page(reader.get("/matrix/", {"code": " ".join(numbers)})).status == 200


def test_a_sheet_is_also_a_drawing_that_says_all_in_words(reader):
    query = "code=97161+97750+97140&date=2024-07-01"
    leads_to = next(link for link in read(reader, f"/matrix/?{query}").main_links if "sheet.svg" in link)
    drawn = reader.get(leads_to)
    assert drawn["Content-Type"] == "image/svg+xml"
    svg = ElementTree.fromstring(drawn.content)  # noqa: S314  (our own answer)
    words = {each.tag.rpartition("}")[2]: each.text for each in svg}
    assert words["title"] == "Codes against codes, July 1, 2024"
    assert words["desc"].count(" with ") >= 3
    assert (
        "97161 with 97750: Never together: 97161 is paid, 97750 is not; the settings differ." in words["desc"]
    )
    squares = [each for each in svg.iter("{http://www.w3.org/2000/svg}rect") if each.get("width") == "30"]
    assert len(squares) == 3 * 3
    assert "http://testserver/matrix/?code=97161+97750+97140&amp;date=2024-07-01" in drawn.content.decode()


@pytest.mark.parametrize("query", ["", "code=97140", "code=banana+97140", "code=97124+97140&date=soon"])
def test_where_there_is_no_sheet_there_is_no_drawing(reader, query):
    assert reader.get(f"/matrix/sheet.svg?{query}").status_code == 404


def test_the_sheet_refuses_nonsense_kindly(reader):
    page = Page(reader.get("/matrix/?code=banana+97140"))
    assert page.status == 400
    assert "Not a code: BANANA" in page.text


# --- Expected amounts -------------------------------------------------------------------------


@pytest.fixture
def fee_tables(db, tmp_path):
    """The fee tables of 2026, as an operator loads them."""
    path = tmp_path / "PPRRVU2026_Jul_nonQPP.csv"
    path.write_text(relative_values_2026(), "utf-8")
    call_command("import_cms", str(path))


def test_the_expected_amount_of_each_line_is_shown_with_its_arithmetic(reader, fee_tables):
    """97140 of the test's table: 0.43 + 0.38 + 0.01 = 0.82 × 33.4009 = 27.39; with half the expense 21.04."""
    page = visit(reader, "97140:23:GP", treated_by="pt", date="2026-08-03")
    assert "$48.43" in page.text
    assert "1 × $27.39, 1 × $21.04 (half the practice expense, MPPR)" in page.text
    assistant = visit(reader, "97140:23:GP,CQ", treated_by="pta", date="2026-08-03")
    assert "$41.17" in assistant.text


def test_without_a_table_of_the_year_there_is_no_amount_and_it_says_so(reader, fee_tables):
    page = visit(reader, "97140:23:GP", treated_by="pt", date="2024-08-01")
    assert "no fee tables for 2024 are loaded" in page.text
    assert "expected to allow" not in page.text


def test_another_payer_gets_no_medicare_amount(reader, fee_tables):
    assert "expected to allow" not in visit(reader, "97140:23", payer="va", date="2026-08-03").text
