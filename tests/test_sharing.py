"""What a page says of itself to those who pass it on, and to machines."""

import json
import re

import pytest

from codes.models import CirculatingClaim, Code, Faq
from tests.pages import Page, read

HOST = "http://testserver"
KINDS = {
    "/": "May I bill these together?",
    "/search/?q=massage": "May I bill these together?",
    "/codes/": "May I bill these together?",
    "/codes/97140/": "97140",
    "/codes/97140/edits/": "May I bill these together?",
    "/modifiers/": "May I bill these together?",
    "/modifiers/59/": "59",
    "/faqs/": "May I bill these together?",
    "/faqs/97124-with-97140/": "May I bill massage (97124)",
    "/claims/": "May I bill these together?",
    "/claims/{claim}/": "Our verdict",
    "/pairs/": "May I bill these together?",
    "/pairs/97124/97140/": "Never together",
    "/visits/": "May I bill these together?",
    "/visits/?line=97140:23:GP&line=97110:15:GP&treated_by=pt": "This can go out as it is",
    "/units/?line=97140:20": "May I bill these together?",
    "/matrix/?code=97124+97140": "May I bill these together?",
    "/fees/97140/": "May I bill these together?",
    "/releases/": "May I bill these together?",
    "/changes/": "May I bill these together?",
    "/self-check/": "May I bill these together?",
    "/glossary/": "May I bill these together?",
    "/about/": "May I bill these together?",
}
"""Every kind of page with words of its picture."""


def opened(reader, address: str) -> Page:
    """A page of KINDS."""
    if "{claim}" in address:
        address = CirculatingClaim.objects.first().get_absolute_url()
    page = Page(reader.get(address))
    assert page.status == 200, address
    return page


def data(page: Page, kind: str) -> dict | None:
    """A page's JSON-LD of a type of schema.org, as any parser reads it."""
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page.html, re.DOTALL)
    found = [json.loads(block) for block in blocks]
    assert all(each["@context"] == "https://schema.org" for each in found)
    return next((each for each in found if each["@type"] == kind), None)


# --- One address for one answer ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "canonical"),
    [
        ("/codes/97140/?utm_source=chat", "/codes/97140/"),
        ("/codes/?page=2", "/codes/"),
        ("/modifiers/59/?x=1", "/modifiers/59/"),
        ("/faqs/97124-with-97140/?fbclid=abc", "/faqs/97124-with-97140/"),
        ("/pairs/97124/97140/", "/pairs/97124/97140/"),
        ("/pairs/97124/97140/?utm_source=chat", "/pairs/97124/97140/"),
        ("/pairs/97124/97140/?date=&setting=", "/pairs/97124/97140/"),
        (
            "/pairs/97124/97140/?setting=practitioner&x=1&date=2024-07-01",
            "/pairs/97124/97140/?date=2024-07-01&setting=practitioner",
        ),
        (
            "/pairs/97161/97750/?setting=outpatient-hospital",
            "/pairs/97161/97750/?setting=outpatient-hospital",
        ),
        (
            "/visits/?utm_source=x&treated_by=pt&payer=medicare&line=97140:23:gp&line=+97110:15:GP",
            "/visits/?line=97140:23:GP&line=97110:15:GP&treated_by=pt",
        ),
        ("/units/?line=97140:20&line=g0283&x=y", "/units/?line=97140:20&line=G0283"),
        ("/matrix/?code=97124,g0283&code=97140&date=", "/matrix/?code=97124+G0283+97140"),
        (
            "/matrix/?code=97124+97140&setting=practitioner&date=2024-07-01",
            "/matrix/?code=97124+97140&date=2024-07-01&setting=practitioner",
        ),
        ("/matrix/", "/matrix/"),
        ("/fees/97140/?zip=60601-1234", "/fees/97140/?zip=60601"),
        ("/changes/?code=97140&table=&x=1", "/changes/?code=97140"),
    ],
)
def test_one_answer_has_one_address_whatever_hangs_on_the_link(reader, address, canonical):
    page = read(reader, address)
    assert page.status == 200
    assert page.linked("canonical") == HOST + canonical
    assert page.meta("og:url") == HOST + canonical
    assert read(reader, canonical).linked("canonical") == HOST + canonical


@pytest.mark.parametrize(
    ("address", "moved"),
    [
        ("/pairs/97140/97124/?date=2024-07-01", "/pairs/97124/97140/?date=2024-07-01"),
        ("/pairs/g0283/97032/", "/pairs/97032/G0283/"),
        ("/codes/g0283/", "/codes/G0283/"),
        ("/modifiers/xs/", "/modifiers/XS/"),
        ("/faqs/97124-With-97140/", "/faqs/97124-with-97140/"),
    ],
)
def test_another_order_or_case_leads_to_the_one_address_for_good(reader, address, moved):
    response = reader.get(address)
    assert (response.status_code, response["Location"]) == (301, moved)


@pytest.mark.parametrize(
    ("address", "kept_out"),
    [
        ("/codes/97140/", False),
        ("/pairs/97124/97140/", False),
        ("/pairs/97161/97750/?setting=outpatient-hospital", False),
        ("/pairs/97124/97140/?date=2024-07-01", True),
        ("/pairs/97140/97141/", True),
        ("/visits/?line=97140:23", True),
        ("/visits/", False),
        ("/units/?line=97140:23", True),
        ("/matrix/?code=97124+97140", True),
        ("/matrix/", False),
        ("/fees/97140/?zip=60601", True),
        ("/search/?q=massage", True),
    ],
)
def test_search_engines_are_kept_from_pages_without_end(reader, address, kept_out):
    assert (read(reader, address).meta("robots") == "noindex") is kept_out


def test_a_ready_made_sheet_may_be_found(reader):
    sheet = next(link for link in read(reader, "/matrix/").main_links if "code=97124" in link)
    page = read(reader, sheet)
    assert "97124 with" in page.text
    assert page.meta("robots") is None


@pytest.mark.parametrize(
    "address", ["/codes/97142/", "/nothing/", "/pairs/97124/97140/?date=banana", "/visits/?line=x"]
)
def test_what_is_no_page_of_ours_has_no_address_to_be_known_by(reader, address):
    page = Page(reader.get(address))
    assert page.status >= 400
    assert page.linked("canonical") is None


# --- Previews ---------------------------------------------------------------------------------


@pytest.mark.parametrize("address", KINDS)
def test_every_kind_of_page_has_a_whole_preview(reader, address):
    page = opened(reader, address)
    assert page.meta("og:site_name") == "cptref"
    assert page.meta("og:type") == ("website" if address == "/" else "article")
    assert len(page.meta("og:title")) > 3
    assert page.meta("twitter:title") == page.meta("og:title")
    assert len(page.meta("og:description")) > 30
    assert page.meta("og:description") == page.meta("description")
    assert page.meta("twitter:card") == "summary_large_image"
    assert (page.meta("og:image:width"), page.meta("og:image:height")) == ("1200", "630")
    assert page.meta("og:image").startswith(HOST)
    assert page.meta("twitter:image") == page.meta("og:image")
    assert KINDS[address] in page.meta("og:image:alt")
    assert page.meta("twitter:image:alt") == page.meta("og:image:alt")


def test_a_preview_states_the_verdict_in_its_words(reader):
    page = read(reader, "/pairs/97124/97140/?date=2024-07-01")
    assert "Never together: 97140 is paid, 97124 is not" in page.meta("og:title")
    assert "on July 1, 2024: Never together" in page.meta("og:description")
    page = read(reader, "/visits/?line=97140:23:GP&line=97124:15:GP&treated_by=pt")
    assert page.meta("og:description").startswith("97140:23:GP, 97124:15:GP: Change")
    assert "Can bypass a pair edit" in read(reader, "/modifiers/59/").meta("og:description")
    claim = CirculatingClaim.objects.filter(verdict="wrong").first()
    assert read(reader, claim.get_absolute_url()).meta("og:title").startswith("Wrong: “")


# --- For machines -----------------------------------------------------------------------------


def test_every_code_says_to_machines_what_it_is_in_our_own_words(reader):
    Code.objects.filter(number="97140").update(licensed_descriptor="the licensed words")
    systems = {}
    for code in Code.objects.all():
        found = data(Page(reader.get(code.get_absolute_url())), "MedicalCode")
        assert found["codeValue"] == code.number
        assert (found["name"], found["description"]) == (code.name, code.summary)
        assert found["url"] == HOST + code.get_absolute_url()
        systems[code.number] = found["codingSystem"]
    assert (systems["97140"], systems["0552T"], systems["G0283"]) == ("CPT", "CPT", "HCPCS")


def test_every_question_gives_machines_its_answer(reader):
    for faq in Faq.objects.all():
        found = data(Page(reader.get(faq.get_absolute_url())), "FAQPage")
        [question] = found["mainEntity"]
        assert question["@type"] == "Question"
        assert question["name"] == faq.question
        assert question["acceptedAnswer"] == {"@type": "Answer", "text": faq.answer}


def test_every_claim_carries_our_verdict_for_machines(reader):
    for claim in CirculatingClaim.objects.all():
        found = data(Page(reader.get(claim.get_absolute_url())), "ClaimReview")
        assert found["claimReviewed"] == claim.text
        assert found["url"] == HOST + claim.get_absolute_url()
        assert found["reviewRating"] == {"@type": "Rating", "alternateName": claim.get_verdict_display()}
        assert found["author"]["@type"] == "Organization"
        assert found["author"]["name"] == "cptref"
        assert found["datePublished"] == claim.last_reviewed.isoformat()


def test_the_home_page_says_how_the_site_is_searched(reader):
    found = data(read(reader, "/"), "WebSite")
    action = found["potentialAction"]
    assert (found["url"], action["@type"]) == (f"{HOST}/", "SearchAction")
    assert action["query-input"] == "required name=search_term_string"
    template = action["target"]["urlTemplate"]
    assert template.startswith(HOST)
    asked = template.replace("{search_term_string}", "massage").removeprefix(HOST)
    assert "results for “massage”" in read(reader, asked).text


@pytest.mark.parametrize("address", [each for each in KINDS if each not in ("/", "/search/?q=massage")])
def test_the_way_back_is_the_same_for_eyes_and_for_machines(reader, address):
    page = opened(reader, address)
    nav = page.html.split('<nav class="crumbs"', 1)[1].split(">", 1)[1].split("</nav>")[0]
    seen = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", nav)).split(" / ")
    items = data(page, "BreadcrumbList")["itemListElement"]
    assert [item["name"] for item in items] == seen
    assert seen[0] == "Home"
    assert [item["position"] for item in items] == list(range(1, len(items) + 1))
    targets = [item["item"] for item in items if "item" in item]
    assert targets == [HOST + href for href in re.findall(r'href="([^"]+)"', nav)]
    assert all("item" in item for item in items[:-1])
    for target in targets:
        path, _, place = target.removeprefix(HOST).partition("#")
        step = read(reader, path)
        assert step.status == 200
        assert not place or step.has("h2", id=place)


def test_a_text_with_the_end_of_a_script_in_it_ends_none(reader):
    evil = "</script><script>alert(1)</script><!-- & \u2028"
    Code.objects.filter(number="97140").update(name=evil[:80])
    Faq.objects.filter(slug="97124-with-97140").update(question=evil)
    for address, kind in (("/codes/97140/", "MedicalCode"), ("/faqs/97124-with-97140/", "FAQPage")):
        page = Page(reader.get(address))
        found = data(page, kind)
        assert evil in (found.get("name"), found.get("mainEntity", [{}])[0].get("name"))
        assert "<script>alert" not in page.html
