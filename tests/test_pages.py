"""Every page as a reader opens it, without JavaScript, on the launch data."""

import gzip
import re
from concurrent.futures import ThreadPoolExecutor

import brotli
import pytest
from django.urls import reverse

from codes.compression import COMPRESS, zstd
from codes.models import CirculatingClaim, Code, Faq, LookAlikeGroup, Modifier
from tests.pages import Page, read

ADDRESSES = {
    "/": ("What do you want to bill?", 3),
    "/search/?q=massage": ("results for “massage”", 2),
    "/codes/": ("Codes by category", 2),
    "/codes/97140/": ("97140", 0),
    "/codes/97140/edits/": ("All pair edits of 97140", 1),
    "/modifiers/": ("Modifiers", 1),
    "/modifiers/59/": ("59", 5),
    "/faqs/": ("Questions", 1),
    "/faqs/97124-with-97140/": ("97124", 4),
    "/claims/": ("Claims that circulate", 1),
    "/claims/{claim}/": ("What is correct", 4),
    "/pairs/": ("Can I bill two codes on the same day?", 0),
    "/pairs/97124/97140/": ("Never together", 0),
    "/pairs/97161/97750/?date=2024-07-01": ("Outpatient hospital", 0),
    "/visits/": ("Can this visit go out?", 0),
    "/visits/?line=97140:23:GP&line=97110:15:GP&treated_by=pt": ("The claim as it should go out", 0),
    "/units/?line=97140:20&line=97110:20": ("3 units for Medicare", 0),
    "/matrix/?code=97124+97140+98940": ("Codes against codes", 0),
    "/releases/": ("NCCI PTP v30.2", 0),
    "/changes/": ("What changed", 0),
    "/changes/feed/": ("", 0),
    "/self-check/": ("agree", 0),
    "/fees/": ("Medicare amount", 0),
    "/glossary/": ("medically unlikely edit", 2),
    "/report/?page=/codes/97140/": ("What is wrong?", 0),
    "/corrections/": ("No correction has been made yet.", 2),
    "/corrections/feed/": ("", 1),
    "/about/": ("Data and its age", 6),
    "/api/": ("For programs", 0),
    "/healthz": ("ok", 1),
}
"""Each address with words that its page must show and the most queries that it may need."""


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_answers_within_its_query_budget(
    reader, django_assert_max_num_queries, address, one_version
):
    words, budget = ADDRESSES[address]
    if "{claim}" in address:
        address = CirculatingClaim.objects.first().get_absolute_url()
    reader.get(address)  # whatever is remembered between requests is remembered now
    with django_assert_max_num_queries(budget):
        page = Page(reader.get(address))
    assert page.status == 200
    assert words in page.text


@pytest.mark.parametrize("model", [Code, Modifier, Faq, CirculatingClaim])
def test_every_entry_has_a_page_with_its_sources(reader, model):
    for entry in model.objects.all():
        page = read(reader, entry.get_absolute_url())
        assert page.status == 200, entry
        assert page.has("h2", id="sources"), entry
        assert "checked" in page.text, entry


def test_no_link_of_the_site_leads_nowhere(reader):
    """Follow every link of our own from the home page on; of the pairs, those that somebody wrote into a text.

    The examples of the API need their queries: `test_api` follows them.
    """
    seen, queue = set(), ["/"]
    while queue:
        path = queue.pop()
        if path in seen:
            continue
        seen.add(path)
        response = reader.get(path)
        assert response.status_code == 200, f"{path} answers {response.status_code}"
        if path.startswith("/pairs/") and path != "/pairs/":
            continue
        made_from_tables = "/pairs/" if path.startswith("/codes/") else "/nothing/"
        queue += [
            link
            for link in Page(response).own_links
            if not link.startswith(("/static/", "/search/", "/api/v1/", "/fhir/", made_from_tables))
        ]
    assert len(seen) > 350


def test_no_page_loads_anything_from_another_host(reader):
    for address in (
        "/",
        "/codes/97140/",
        "/pairs/97124/97140/",
        "/search/?q=massage",
        "/about/",
        "/modifiers/59/",
    ):
        page = read(reader, address)
        for tag, found in page.elements:
            loaded = found.get("src") or (found.get("href") if tag in ("link", "image", "use") else None)
            if loaded and found.get("rel") != "canonical":
                assert loaded.startswith("/"), f"{address} loads {loaded}"


def test_pages_hold_no_inline_script_or_style_and_say_so_in_their_policy(reader):
    for address in ("/", "/codes/97140/", "/pairs/97161/97750/", "/search/?q=massage"):
        response = reader.get(address)
        policy = response["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        for tag, found in Page(response).elements:
            assert "style" not in found, tag
            assert not any(name.startswith("on") for name in found), tag
            assert tag != "style"
            assert tag != "script" or "src" in found or found["type"] == "application/ld+json"


def test_every_page_names_the_owner_of_cpt_and_says_that_it_is_no_advice(reader):
    for address in ("/", "/codes/97140/", "/pairs/97124/97140/", "/faqs/", "/nothing-here/"):
        text = read(reader, address).text
        assert "CPT® is a registered trademark of the American Medical Association." in text
        assert "not billing or legal advice" in text
        assert "not the official descriptors" in text
        assert "not affiliated" in text


def test_readers_get_no_cookie(reader):
    for address in ("/", "/codes/97140/", "/pairs/97124/97140/", "/search/?q=massage"):
        assert not reader.get(address).cookies


def test_the_search_box_is_in_focus_on_the_home_page(reader):
    page = read(reader, "/")
    assert any(
        tag == "input" and found.get("name") == "q" and "autofocus" in found for tag, found in page.elements
    )


def test_a_timed_code_says_how_minutes_turn_into_units(reader):
    text = read(reader, "/codes/97124/").text
    for words in ("one unit stands for 15 minutes", "8–22", "23–37", "38–52", "53–67"):
        assert words in text
    assert "68–82" not in text, "the MUE of 97124 is 4"


def test_an_untimed_code_is_one_unit_whatever_the_minutes(reader):
    text = read(reader, "/codes/97161/").text
    assert "one unit, whatever the minutes" in text
    assert "How minutes turn into units" not in text


def test_a_code_page_answers_what_a_biller_asks(reader):
    text = read(reader, "/codes/97140/").text
    for words in (
        "Always therapy: every Medicare line needs GP or GO or GN",
        "Active: paid separately when covered",
        "Most units a day (MUE)",
        "clinical benchmark",
        "Can I bill 97140 with",
        "Never together",
        "Modifiers that matter here",
        "Sources",
    ):
        assert words in text


def test_bundled_invalid_and_uncovered_codes_say_so_in_plain_words(reader):
    assert "Medicare never pays it separately" in read(reader, "/codes/97010/").text
    text = read(reader, "/codes/97014/").text
    assert "Not valid for Medicare" in text
    assert "G0283" in text
    assert "Not covered by Medicare" in read(reader, "/codes/98943/").text


def test_limits_that_differ_by_setting_are_both_shown(reader):
    text = read(reader, "/codes/97010/").text
    assert "Practitioner: 0" in text
    assert "Outpatient hospital: 1" in text


def test_add_on_codes_name_their_primaries_and_the_other_way_round(reader):
    assert "Paid only beside 97810 or 97813" in read(reader, "/codes/97811/").text
    text = read(reader, "/codes/97810/").text
    assert "Its add-on codes" in text
    assert "97811" in text


@pytest.mark.parametrize(
    ("number", "successors", "when"),
    [
        ("97001", ["97161", "97162", "97163"], "January 1, 2017"),
        ("97250", ["97140"], "1999"),
        ("97762", ["97763"], "January 1, 2018"),
        ("97127", ["97129", "97130"], "January 1, 2020"),
        ("97532", ["97129", "97130"], "January 1, 2018"),
    ],
)
def test_a_retired_code_says_what_replaced_it_and_when(reader, number, successors, when):
    page = read(reader, f"/codes/{number}/")
    assert f"Retired {'on' if ',' in when else 'in'} {when}" in page.text
    for successor in successors:
        assert f"/codes/{successor}/" in page.main_links


def test_every_edit_of_a_code_in_force_is_listed_with_who_is_paid_and_since_when(reader):
    assert "/codes/97140/edits/" in read(reader, "/codes/97140/").main_links
    page = read(reader, "/codes/97140/edits/")
    assert "97124 Massage NeverNever 9714097124 start date not in our data" in page.main_text
    assert "/pairs/97124/97140/" in page.main_links
    assert "Only codes of our catalogue are in this list." in page.main_text
    assert "/codes/97140/" in page.main_links


def test_the_edits_of_a_code_that_is_not_here_are_not_called_none(reader):
    answer = reader.get("/codes/97141/edits/")
    assert answer.status_code == 404
    assert "97140" in Page(answer).main_text
    assert reader.get("/codes/ 97140/edits/").headers["Location"] == "/codes/97140/edits/"


def test_a_retired_code_without_a_successor_says_that(reader):
    assert "no direct successor" in read(reader, "/codes/64550/").text


@pytest.mark.parametrize(("number", "others"), [("97032", ["97014", "G0283"]), ("97124", ["97140"])])
def test_look_alikes_stand_side_by_side(reader, number, others):
    page = read(reader, f"/codes/{number}/")
    assert page.has("table", class_="lookalikes")
    table = page.html.split('class="lookalikes"', 1)[1].split("</table>")[0]
    for other in others:
        assert f"/codes/{other}/" in table


def test_a_modifier_page_says_what_it_can_and_cannot_bypass_and_common_mistakes(reader):
    text = read(reader, "/modifiers/59/").text
    for words in (
        "Can bypass a pair edit with indicator 1",
        "Never one with indicator 0",
        "Common mistakes",
        "cannot do",
    ):
        assert words in text
    assert "Cannot bypass a pair edit" in read(reader, "/modifiers/GP/").text


def test_what_is_not_verified_is_marked(reader):
    assert "Not verified" in read(reader, "/codes/97001/").text


def test_case_and_spaces_in_addresses_are_forgiven(reader):
    assert reader.get("/codes/g0283/")["Location"] == "/codes/G0283/"
    assert reader.get("/codes/ 97140 /")["Location"] == "/codes/97140/"
    assert reader.get("/modifiers/xs/")["Location"] == "/modifiers/XS/"
    assert reader.get("/codes/97140")["Location"] == "/codes/97140/"


def test_a_mistyped_code_offers_the_nearest_ones(reader):
    page = Page(reader.get("/codes/97142/"))
    assert page.status == 404
    assert "/codes/97140/" in page.main_links
    assert "does not mean that it does not exist" in page.text


@pytest.mark.parametrize(
    "address", ["/nothing/", "/codes/banana/", "/modifiers/ZZ/", "/faqs/nothing/", "/claims/x/"]
)
def test_addresses_that_lead_nowhere_help_on(reader, address):
    page = read(reader, address)
    assert page.status == 404
    assert "/codes/" in page.links


@pytest.mark.parametrize("address", ["/", "/codes/97140/", "/pairs/97124/97140/", "/search/"])
def test_pages_are_only_read_never_posted_to(reader, address):
    assert reader.post(address).status_code == 405


def test_a_draft_is_invisible_everywhere(reader):
    code, modifier = Code.objects.get(number="97124"), Modifier.objects.get(code="59")
    faq, claim = Faq.objects.get(slug="97124-with-97140"), CirculatingClaim.objects.first()
    group = LookAlikeGroup.objects.filter(codes=code).first()
    titles = {"code": "Quince jelly", "question": "Quince jam?", "claim": "Quince pie.", "group": "Quinces"}
    code.name, faq.question, claim.text, group.title = titles.values()
    for entry in (code, modifier, faq, claim, group):
        entry.state = "draft"
        entry.save()
    for address in (
        code.get_absolute_url(),
        modifier.get_absolute_url(),
        faq.get_absolute_url(),
        claim.get_absolute_url(),
    ):
        assert reader.get(address).status_code == 404
    for address in (
        "/",
        "/codes/",
        "/modifiers/",
        "/faqs/",
        "/claims/",
        "/codes/97140/",
        "/modifiers/XS/",
        "/search/?q=massage",
        "/search/?q=modifier+59",
        "/search/?q=can+I+bill+97124+and+97140+together",
    ):
        page = read(reader, address)
        assert page.status == 200
        for kind, title in titles.items():
            assert title not in page.main_text, f"{address} shows the {kind} of a draft"
        for entry in (code, modifier, faq, claim):
            assert entry.get_absolute_url() not in page.main_links, address
    page = read(reader, "/pairs/97124/97140/")
    assert page.verdict == "not-known"
    assert "97124" not in read(reader, "/codes/suggestions/?first=massage").text


def test_a_licensed_descriptor_is_shown_only_under_a_licence(reader, settings):
    Code.objects.filter(number="97140").update(licensed_descriptor="the licensed words")
    assert "the licensed words" not in read(reader, "/codes/97140/").text
    settings.CPT_LICENSE_HELD, settings.CPT_LICENSE_YEAR = True, 2026
    text = read(reader, "/codes/97140/").text
    assert "the licensed words" in text
    assert "CPT © 2026 American Medical Association" in text


def test_the_launch_data_holds_no_licensed_descriptor(db):
    assert not Code.objects.exclude(licensed_descriptor="").exists()


def test_links_to_pages_of_entries_are_permanent(db):
    assert Code.objects.get(number="97140").get_absolute_url() == "/codes/97140/"
    assert reverse("pair", args=["97124", "97140"]) == "/pairs/97124/97140/"
    assert Modifier.objects.get(code="59").get_absolute_url() == "/modifiers/59/"


def test_pages_travel_as_the_browser_can_read_them(reader):
    plain = reader.get("/codes/97140/")
    zipped = reader.get("/codes/97140/", headers={"accept-encoding": "gzip"})
    packed = reader.get("/codes/97140/", headers={"accept-encoding": "gzip, br"})
    newest = reader.get("/codes/97140/", headers={"accept-encoding": "gzip, deflate, br, zstd"})
    refused = reader.get("/codes/97140/", headers={"accept-encoding": "br;q=0, zstd;q=0.0, identity"})
    assert gzip.decompress(zipped.content) == plain.content
    assert brotli.decompress(packed.content) == plain.content
    assert zstd.decompress(newest.content) == plain.content
    assert [each.get("Content-Encoding") for each in (plain, zipped, packed, newest, refused)] == [
        None,
        "gzip",
        "br",
        "zstd",
        None,
    ]
    assert all("Accept-Encoding" in each["Vary"] for each in (plain, zipped, packed, newest))
    assert "Content-Encoding" not in reader.get("/healthz", headers={"accept-encoding": "br, zstd"})


@pytest.mark.parametrize("encoding", COMPRESS)
@pytest.mark.parametrize("kept", [False, True])
def test_many_pages_are_compressed_at_the_same_time_and_none_gets_a_piece_of_another(encoding, kept):
    unpack = {"zstd": zstd.decompress, "br": brotli.decompress, "gzip": gzip.decompress}[encoding]
    pages = [f"<p>{number}</p>".encode() * 500 for number in range(200)]
    with ThreadPoolExecutor(8) as readers:
        sent = list(readers.map(COMPRESS[encoding][kept], pages))
    assert [unpack(each) for each in sent] == pages


@pytest.mark.parametrize("address", ["/pairs/97124/97140/", "/codes/97140/", "/modifiers/59/"])
def test_the_closest_six_questions_have_their_answers_and_the_others_are_a_link_away(reader, address):
    html = read(reader, address).html
    cards, further = html.split('<ul class="question-cards">')[1].split("</ul>")[:2]
    assert cards.count("<li>") == cards.count("<p>") == 6
    assert further.count("<li>") == int(re.search(r"<summary>(\d+) more questions</summary>", further)[1])
    assert "<p>" not in further.split("<summary>")[1]
