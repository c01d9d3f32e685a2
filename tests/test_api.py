"""The JSON API as programs meet it: the same values as the pages, pages of lists, ETags, errors, other origins."""

import re
import shlex
from datetime import date
from urllib.parse import urlsplit

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.test.signals import template_rendered

from codes import answers
from codes.api.service import document
from codes.models import CirculatingClaim, Code, Faq, Modifier, PayerRule, Release, Source, TableChange
from codes.rules.pairs import PairAnswer
from codes.rules.partners import Partner
from codes.rules.terms import CodeFacts
from codes.rules.visits import VisitAnswer
from codes.rules.visitunits import VisitUnits
from codes.twins import twin
from codes.views.pages import rendered as made
from tests.pages import Page
from tests.test_fees import fee_tables  # noqa: F401  (a fixture)

PROBLEM = "application/problem+json"


@pytest.fixture(autouse=True)
def told_contexts(monkeypatch):
    """The test client learns from Django's own templates what a page was made of; Jinja2's tell it here."""

    def rendered(template, context, **how):
        template_rendered.send(sender=None, template=template, context=context)
        return made(template, context, **how)

    monkeypatch.setattr("codes.views.pages.rendered", rendered)


def twin_of(reader, address: str):
    """A page and the answer at the address that it links as JSON."""
    response = reader.get(address, follow=True)
    assert response.status_code == 200, address
    links = [
        found["href"] for tag, found in Page(response).elements if found.get("type") == "application/json"
    ]
    assert len(links) == 1, f"{address} links {links}"
    assert links[0].startswith("/api/v1/")
    answer = reader.get(links[0])
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, "application/json"), links[
        0
    ]
    return response, answer.json()


def as_data(value_type: type, value) -> dict:
    return twin(value_type).model_validate(value).model_dump(mode="json")


# --- The same values as the pages -------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "/pairs/97124/97140/",
        "/pairs/97161/97750/?date=2024-07-01",
        "/pairs/97140/97530/?date=2019-06-01&setting=outpatient-hospital",
        "/pairs/97124/99999/",
        "/pairs/97140/97140/",
    ],
)
def test_a_pairs_twin_is_the_value_that_its_page_shows(reader, address):
    response, data = twin_of(reader, address)
    assert data == as_data(PairAnswer, response.context["answer"])
    assert data["verdict"] == Page(response).verdict


@pytest.mark.parametrize(
    "query",
    [
        "line=97140:23:GP&line=97110:15:GP&treated_by=pt&date=2024-08-01",
        "line=97140:23&line=97124:15&treated_by=chiropractor&setting=outpatient-hospital",
        "line=97140:30&line=97110:20&assistant=&assistant=12&treatment=60&treated_by=pta",
        "line=98940&line=99213&payer=workers-comp-auto",
        "line=97810:15&line=99999:x1&payer=va&zip=60601",
    ],
)
def test_a_visits_twin_is_the_value_that_its_page_shows(reader, query):
    response, data = twin_of(reader, f"/visits/?{query}")
    assert data == as_data(VisitAnswer, response.context["answer"])
    assert Page(response).has("h1", **{"data-outcome": data["outcome"]})


def test_the_units_twin_is_the_value_that_the_calculator_shows(reader):
    response, data = twin_of(reader, "/units/?line=97140:20&line=97110:20&line=99999:15")
    assert data["units"] == as_data(VisitUnits, response.context["units"])
    assert data["unknown"] == ["99999"]
    assert f"{data['units']['cms']['units']} units for Medicare" in Page(response).text


def test_the_matrix_twin_has_the_verdict_of_each_cell_of_the_sheet(reader):
    response, data = twin_of(reader, "/matrix/?code=97124+97140+98940+99999&date=2024-07-01")
    cells = {frozenset((cell["first"], cell["second"])): cell for cell in data["cells"]}
    assert len(cells) == 6
    for number, row in response.context["rows"]:
        for other, cell in zip(data["codes"], row, strict=True):
            if number != other:
                found = cells[frozenset((number, other))]
                assert (found["verdict"], found["headline"]) == (cell.verdict, cell.headline)
                assert f"{cell.first} with {cell.second}: {found['headline']}" in Page(response).text
    assert {cells[pair]["verdict"] for pair in cells if "99999" in pair} == {"not-known"}


@pytest.mark.parametrize("number", ["97140", "97124", "G0283", "97001", "97014"])
def test_a_codes_twin_tells_what_its_page_tells(reader, number):
    response, data = twin_of(reader, f"/codes/{number}/")
    page, sheet = Page(response), response.context
    assert data["facts"] == as_data(CodeFacts, sheet["facts"])
    assert data["partners"] == [as_data(Partner, each) for each in sheet["partners"]]
    assert [(each["number"], each["verdict"]) for each in data["asked"]] == [
        (other, answer.verdict) for answer, other, _ in sheet["asked"]
    ]
    assert data["page"] == f"/codes/{number}/"
    for shown in (data["name"], data["summary"], data["status_words"]):
        assert shown in page.text
    for citation in data["sources"]:
        assert citation["statement"] in page.text
    told = {link["data"] for key in ("faqs", "claims", "modifiers", "replaced_by") for link in data[key]}
    assert {address.replace("/api/v1", "") for address in told} <= page.own_links


def test_every_entry_has_a_twin_that_says_the_same(reader):
    for model, shown in ((Modifier, "summary"), (Faq, "answer"), (CirculatingClaim, "text")):
        for entry in model.objects.published()[:12]:
            response, data = twin_of(reader, entry.get_absolute_url())
            page = Page(response)
            assert data[shown] == getattr(entry, shown)
            assert data[shown] in page.text
            assert len(data["sources"]) == entry.citations.count()
            linked = {link["page"] for link in data["codes"]}
            assert linked <= page.own_links, entry


def test_search_finds_the_same_in_the_same_order(reader):
    for text in ("massage", "97124 97140", "how many minutes is a unit", "massge", "zzzz"):
        response, data = twin_of(reader, f"/search/?q={text}")
        assert [hit["page"] for hit in data["hits"]] == [hit.url for hit in response.context["results"].hits]
        assert data["did_you_mean"] == response.context["results"].did_you_mean
        assert data["codes"] == list(response.context["results"].codes)


def test_the_releases_are_those_of_the_page(reader):
    response, data = twin_of(reader, "/releases/")
    assert [(each["slug"], each["standing"]) for each in data["items"]] == [
        (each.release.slug, each.standing) for each in response.context["releases"]
    ]
    assert all(each["name"] in Page(response).text for each in data["items"])


@pytest.fixture
def differences(db):
    """Two releases of one table, the newer with more differences than a page holds, and one of another quarter."""
    source = Source.objects.first()
    for quarter, day, count in (("2025 Q1", "2025-01-01", 3), ("2025 Q2", "2025-04-01", 7)):
        release = Release.objects.create(
            slug=f"ptp-{day}",
            table="ptp",
            setting="practitioner",
            name=f"PTP {quarter}",
            quarter=quarter,
            effective_on=day,
            source=source,
        )
        for number in range(count):
            TableChange.objects.create(
                release=release, kind="added", column_one="97140", column_two=f"9711{number}", new="1", on=day
            )


def test_the_changes_are_those_of_the_page_whichever_quarter_it_shows(reader, differences):
    for address in ("/changes/", "/changes/?quarter=2025+Q1", "/changes/?code=97140"):
        response, data = twin_of(reader, address)
        assert [each["sentence"] for each in data["items"]] == [
            change.sentence for change in response.context["changes"]
        ], address
        assert data["items"]


@pytest.mark.usefixtures("fee_tables")
def test_the_amounts_are_those_of_the_page(reader):
    for query in ("", "?zip=60601", "?locality=06102-16", "?year=2020", "?zip=99999"):
        response, data = twin_of(reader, f"/fees/97140/{query}")
        page = Page(response)
        assert page.has("h1", **{"data-fee": data["verdict"]}), query
        if data["verdict"] == "known":
            amount = data["places"][0]["fees"][0]["amounts"][0]["dollars"]
            assert page.has("h1", **{"data-non-facility": amount}), query


@pytest.mark.usefixtures("fee_tables")
def test_a_locality_and_a_zip_code_together_mean_that_locality_of_the_zip_code(reader):
    ask = "/api/v1/fees/97140/?zip=60601&locality={}"
    assert reader.get(ask.format("06102-16")).json()["verdict"] == "known"
    assert reader.get(ask.format("06102-15")).json()["verdict"] == "not-known"


# --- No data is never a yes -------------------------------------------------------------------


def test_a_code_that_is_not_here_is_never_allowed(reader):
    assert reader.get("/api/v1/pairs/97140/99999/").json()["verdict"] == "not-known"
    assert reader.get("/api/v1/visits/?line=99999:15").json()["outcome"] == "unknown"
    answers = reader.get("/api/v1/pairs/?pair=97124-97140&pair=99998-97140").json()
    assert [each["verdict"] for each in answers] == ["never-together", "not-known"]
    response = reader.get("/api/v1/codes/97141/")
    assert (response.status_code, response["Content-Type"]) == (404, PROBLEM)
    problem = response.json()
    assert "does not mean that it does not exist" in problem["detail"]
    assert "97140" in [near["number"] for near in problem["nearest"]]
    assert all(reader.get(near["data"]).status_code == 200 for near in problem["nearest"])


def test_a_draft_is_not_told(reader):
    for address, entry in (
        ("/api/v1/codes/97124/", Code.objects.get(number="97124")),
        ("/api/v1/modifiers/59/", Modifier.objects.get(code="59")),
        ("/api/v1/faqs/97124-with-97140/", Faq.objects.get(slug="97124-with-97140")),
    ):
        assert reader.get(address).status_code == 200
        entry.state = "draft"
        entry.save()
        assert reader.get(address).status_code == 404
        listed = reader.get(address.rsplit("/", 2)[0] + "/?limit=100").content.decode()
        assert f'"{address}"' not in listed


def test_an_official_descriptor_is_not_told_even_where_a_licence_is_held(reader, settings):
    settings.CPT_LICENSE_HELD = True
    Code.objects.filter(number="97140").update(licensed_descriptor="OFFICIAL WORDS")
    for address in ("/api/v1/codes/97140/", "/api/v1/codes/", "/fhir/CodeSystem/cpt"):
        assert "OFFICIAL WORDS" not in reader.get(address).content.decode()


# --- Addresses --------------------------------------------------------------------------------


def test_an_address_without_a_version_answers_with_the_newest_one(reader):
    for address in (
        "pairs/97124/97140/?date=2024-07-01",
        "visits/?line=97140:23:GP",
        "codes/",
        "search/?q=massage",
        "codes/97140/",
    ):
        with_version, without = reader.get(f"/api/v1/{address}"), reader.get(f"/api/{address}")
        assert without.status_code == 200
        assert without.json() == with_version.json()


def test_case_order_and_a_last_slash_are_forgiven(reader):
    assert reader.get("/api/v1/codes/g0283/").json()["number"] == "G0283"
    assert reader.get("/api/v1/modifiers/gp/").json()["code"] == "GP"
    assert reader.get("/api/v1/pairs/97140/97124/").json() == reader.get("/api/v1/pairs/97124/97140/").json()
    assert reader.get("/api/v1/codes/97140?x=1")["Location"] == "/api/v1/codes/97140/?x=1"
    assert reader.get("/api/codes", follow=True).json()["items"]


def test_the_document_is_where_programs_look_for_it(reader):
    response = reader.get("/api/openapi.json")
    assert response["Content-Type"].startswith("application/json")
    found = response.json()
    assert found == document()
    ids = [each["operationId"] for path in found["paths"].values() for each in path.values()]
    assert len(ids) == len(set(ids))
    assert not re.search(r"codes__|NinjaResponse", response.content.decode())


def test_every_example_of_the_page_about_the_api_answers(reader):
    response = reader.get("/api/")
    commands = re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", response.content.decode(), re.DOTALL)
    assert len(commands) > len(document()["paths"])
    for command in commands:
        program, *arguments = shlex.split(command.replace("&#x27;", "'").replace("&amp;", "&"))
        address = urlsplit(arguments[-1])
        assert (program, address.netloc) == ("curl", "testserver")
        answer = reader.get(f"{address.path}?{address.query}")
        assert answer.status_code == 200, command
        assert answer.json(), command


def test_the_page_about_the_api_explains_every_operation_and_every_value(reader):
    page = Page(reader.get("/api/"))
    for path in document()["paths"]:
        assert f"GET {path}" in page.text
    ids = {found.get("id") for _, found in page.elements}
    linked = {href[1:] for href in page.main_links if href.startswith("#")}
    assert linked <= ids
    assert {f"value-{name}" for name in document()["components"]["schemas"]} <= ids


# --- Lists in pages ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["codes", "modifiers", "faqs", "claims", "sources", "releases"])
def test_the_pages_of_a_list_hold_every_entry_once(reader, name):
    address, found, pages = f"/api/v1/{name}/?limit=7", [], 0
    while address:
        response = reader.get(address)
        data = response.json()
        assert 0 < len(data["items"]) <= 7
        assert response.get("Link", "") == (f'<{data["next"]}>; rel="next"' if data["next"] else "")
        found += data["items"]
        address, pages = data["next"], pages + 1
    whole = reader.get(f"/api/v1/{name}/?limit=100").json()
    assert found[: len(whole["items"])] == whole["items"]
    assert pages > 1
    keys = [item.get("number") or item.get("code") or item["slug"] for item in found]
    assert len(keys) == len(set(keys))


def test_the_pages_of_the_changes_go_on_where_the_last_one_ended(reader, differences):
    address, found = "/api/v1/changes/?code=97140&limit=3", []
    while address:
        data = reader.get(address).json()
        found += [each["sentence"] for each in data["items"]]
        address = data["next"]
    assert len(found) == len(set(found)) == 10
    assert found == [change.sentence for change in reader.get("/changes/?code=97140").context["changes"]]


def test_an_entry_that_comes_between_makes_nobody_read_another_twice(reader):
    first = reader.get("/api/v1/codes/?limit=5").json()
    new = Code.objects.get(number=first["items"][0]["number"])
    new.pk, new.number = None, "0001T"
    new.save()
    second = reader.get(first["next"]).json()
    assert not {each["number"] for each in second["items"]} & {each["number"] for each in first["items"]}


@pytest.mark.parametrize("cursor", ["nonsense", "W10:x", "🦴", "\0", "a" * 5000])
def test_a_cursor_of_ones_own_making_is_refused(reader, cursor):
    for name in ("codes", "releases", "changes"):
        response = reader.get(f"/api/v1/{name}/", {"cursor": cursor})
        assert (response.status_code, response["Content-Type"]) == (422, PROBLEM)
    other = reader.get("/api/v1/faqs/?limit=1").json()["next"].partition("cursor=")[2]
    assert reader.get(f"/api/v1/codes/?cursor={other}").status_code == 422


# --- Asking again -----------------------------------------------------------------------------

ADDRESSES = {
    "/api/v1/search/?q=massage": 2,
    "/api/v1/codes/": 1,
    "/api/v1/codes/97140/": 0,
    "/api/v1/modifiers/": 1,
    "/api/v1/modifiers/59/": 5,
    "/api/v1/faqs/97124-with-97140/": 4,
    "/api/v1/claims/": 1,
    "/api/v1/pairs/97124/97140/": 0,
    "/api/v1/pairs/?pair=97124-97140&pair=97110-97530&pair=97161-97750&pair=98940-97140": 0,
    "/api/v1/matrix/?code=97124&code=97140&code=98940": 0,
    "/api/v1/visits/?line=97140:23:GP&line=97110:15:GP": 0,
    "/api/v1/units/?line=97140:20": 0,
    "/api/v1/fees/97140/": 0,
    "/api/v1/releases/": 0,
    "/api/v1/changes/?code=97140": 0,
    "/api/openapi.json": 0,
    "/fhir/metadata": 0,
    "/fhir/CodeSystem": 0,
    "/fhir/CodeSystem/cpt": 4,
    "/fhir/CodeSystem/$lookup?system=http://www.ama-assn.org/go/cpt&code=97140": 3,
    "/fhir/ValueSet/codes/$expand?filter=massage": 4,
    "/fhir/ValueSet/modifiers/$validate-code?system=http://www.ama-assn.org/go/cpt&code=59": 1,
}
"""Each address with the most queries that it may need, once the version of the contents is known."""


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_answer_needs_few_queries_and_none_of_its_own_when_nothing_changed(
    reader, django_assert_max_num_queries, address, one_version
):
    reader.get(address)  # whatever is remembered between requests is remembered now
    with django_assert_max_num_queries(ADDRESSES[address]):
        response = reader.get(address)
    assert response.status_code == 200
    assert response["Cache-Control"] == "public, no-cache"
    assert "Cookie" not in response.get("Vary", "")
    with django_assert_max_num_queries(0):
        again = reader.get(address, headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", response["ETag"])
    assert again["Access-Control-Allow-Origin"] == "*"
    assert reader.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def still_holds(reader, address: str, etag: str) -> bool:
    return reader.get(address, headers={"If-None-Match": etag}).status_code == 304


def test_a_tag_of_another_address_is_no_answer(reader):
    etag = reader.get("/api/v1/codes/97140/")["ETag"]
    assert reader.get("/api/v1/codes/00000/", headers={"If-None-Match": etag}).status_code == 404
    assert not still_holds(reader, "/api/v1/codes/97124/", etag)


def test_whatever_may_change_an_answer_changes_its_tag(reader, monkeypatch):
    address = "/api/v1/pairs/97124/97140/"

    def changes(change) -> bool:
        before = reader.get(address)["ETag"]
        assert still_holds(reader, address, before)
        change()
        return not still_holds(reader, address, before)

    def save(entry):
        entry.save()

    staff = get_user_model().objects.create_user("editor")
    assert changes(lambda: save(Code.objects.get(number="97140")))
    assert changes(lambda: save(PayerRule.objects.first()))
    assert changes(lambda: save(Source.objects.first()))
    assert changes(lambda: Release.objects.filter(table="ptp").update(is_current=False))
    assert changes(
        lambda: LogEntry.objects.create(
            user=staff, action_flag=CHANGE, object_repr="a row of a table", change_message=""
        )
    )
    assert changes(
        lambda: monkeypatch.setattr("codes.contentversion.program_version", lambda: "after an update")
    )
    tomorrow = date(2026, 11, 26)
    assert changes(lambda: monkeypatch.setattr("codes.clock.today", lambda *args: tomorrow))


# --- What went wrong --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/api/v1/pairs/97124/97140/?date=soon", 400, "2024-07-01"),
        ("/api/v1/pairs/97124/97140/?date=20240701", 400, "2024-07-01"),
        ("/api/v1/pairs/97124/97140/?setting=moon", 400, "practitioner"),
        ("/api/v1/pairs/97124/banana/", 404, "five characters"),
        ("/api/v1/pairs/?pair=97124", 400, "hyphen"),
        ("/api/v1/pairs/", 400, "pair: It is required"),
        ("/api/v1/visits/", 400, "line: It is required"),
        ("/api/v1/visits/?line=banana", 400, "five characters"),
        ("/api/v1/visits/?line=97140:10&assistant=20", 422, "more minutes"),
        ("/api/v1/visits/?" + "&".join(["line=97140:15"] * 13), 400, "12"),
        ("/api/v1/matrix/?code=97140", 400, "2"),
        ("/api/v1/fees/97140/?zip=six", 400, "five digits"),
        ("/api/v1/fees/97140/?year=1066", 400, "1992"),
        ("/api/v1/changes/?quarter=summer", 400, "2026-Q4"),
        ("/api/v1/codes/?limit=1000", 400, "100"),
        ("/api/v1/modifiers/ZZ/", 404, "ZZ"),
        ("/api/v1/faqs/no-such-question/", 404, "no question"),
        ("/api/v1/nothing/", 404, ""),
        ("/api/nothing/at/all/", 404, ""),
    ],
)
def test_what_went_wrong_is_told_as_a_problem_that_says_what_to_do(reader, address, status, words):
    response = reader.get(address)
    assert (response.status_code, response["Content-Type"]) == (status, PROBLEM)
    problem = response.json()
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert words in problem.get("detail", "")
    assert "ETag" not in response
    assert response["Access-Control-Allow-Origin"] == "*"


def test_a_method_that_is_not_offered_is_told_as_a_problem(reader):
    for send in (reader.post, reader.put, reader.delete, reader.patch):
        response = send("/api/v1/codes/97140/")
        assert (response.status_code, response["Content-Type"]) == (405, PROBLEM)
        assert "GET" in response["Allow"]
        assert response.json()["detail"] == f"Allowed: {response['Allow']}."


def test_a_fault_of_ours_is_told_as_a_problem_without_its_inside(reader, monkeypatch):
    def broken(*args):
        raise RuntimeError("secret inside")

    monkeypatch.setattr(answers, "answer_pair", broken)
    reader.raise_request_exception = False
    response = reader.get("/api/v1/pairs/97124/97140/")
    assert (response.status_code, response["Content-Type"]) == (500, PROBLEM)
    assert "secret" not in response.content.decode()


# --- Other origins, HEAD ----------------------------------------------------------------------


def test_a_page_of_another_site_may_read(reader):
    response = reader.get("/api/v1/codes/97140/", headers={"Origin": "https://clinic.example"})
    assert response["Access-Control-Allow-Origin"] == "*"
    assert {"ETag", "Link", "Retry-After"} <= set(response["Access-Control-Expose-Headers"].split(", "))
    assert "Access-Control-Allow-Credentials" not in response


@pytest.mark.parametrize(
    ("address", "may_post"), [("/api/v1/codes/97140/", False), ("/fhir/CodeSystem/$lookup", True)]
)
def test_a_browser_may_ask_first(reader, django_assert_num_queries, address, may_post):
    with django_assert_num_queries(0):
        response = reader.options(
            address,
            headers={
                "Origin": "https://clinic.example",
                "Access-Control-Request-Method": "GET",
                "Access-Control-Request-Headers": "if-none-match",
            },
        )
    assert (response.status_code, response.content) == (204, b"")
    assert response["Access-Control-Allow-Origin"] == "*"
    methods = set(response["Access-Control-Allow-Methods"].split(", "))
    assert methods == {"GET", "HEAD", "OPTIONS"} | ({"POST"} if may_post else set())
    assert "If-None-Match" in response["Access-Control-Allow-Headers"]


def test_pages_for_people_are_not_opened_to_other_origins(reader):
    for address in ("/", "/codes/97140/", "/api/"):
        assert "Access-Control-Allow-Origin" not in reader.get(address)


def test_head_is_answered_like_get_without_the_body(reader):
    for address in ("/api/v1/codes/97140/", "/fhir/metadata"):
        got, head = reader.get(address), reader.head(address)
        assert (head.status_code, head.content) == (200, b"")
        assert head["ETag"] == got["ETag"]
        assert head["Content-Type"] == got["Content-Type"]


def test_programs_get_no_cookie(reader):
    for address in ADDRESSES:
        assert not reader.get(address).cookies
