"""What browsers, telephones and robots ask of the site beside its pages."""

from datetime import UTC, date, datetime
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import pytest

from codes.models import CirculatingClaim, Code, Faq, Modifier, Release
from tests.pages import Page, read

HOST = "http://testserver"

# --- Browsers and telephones ------------------------------------------------------------------


def test_a_browser_finds_out_how_to_search_from_its_address_bar(reader):
    where = read(reader, "/codes/97140/").linked("search")
    response = reader.get(where)
    assert response["Content-Type"] == "application/opensearchdescription+xml"
    space = "{http://a9.com/-/spec/opensearch/1.1/}"
    root = ElementTree.fromstring(response.content)  # noqa: S314  (our own answer)
    assert root.tag == f"{space}OpenSearchDescription"
    assert len(root.find(f"{space}ShortName").text) <= 16
    assert root.find(f"{space}Description").text
    templates = {each.get("type"): each.get("template") for each in root.iter(f"{space}Url")}
    asked = templates["text/html"].replace("{searchTerms}", "97140").removeprefix(HOST)
    assert reader.get(asked)["Location"] == "/codes/97140/"
    suggested = templates["application/x-suggestions+json"].replace("{searchTerms}", "massa")
    response = reader.get(suggested.removeprefix(HOST))
    assert response["Content-Type"] == "application/x-suggestions+json"
    typed, titles, texts, addresses = response.json()
    assert (typed, titles[0], addresses[0]) == ("massa", "97124 Massage", f"{HOST}/codes/97124/")
    assert len(titles) == len(texts) == len(addresses) <= 8
    assert read(reader, f"/search/?q={titles[0]}").main_links[0] == "/codes/97124/"


@pytest.mark.parametrize("typed", ["", " ", "qqqqqq", "\x00", "x" * 5000])
def test_the_address_bar_gets_an_empty_list_where_nothing_is_found(reader, typed):
    answer = reader.get("/search/suggestions/", {"q": typed}).json()
    assert answer == [typed[:200], [], [], []]


def test_the_site_can_be_put_on_a_start_screen(reader):
    page = read(reader, "/")
    response = reader.get(page.linked("manifest"))
    assert response["Content-Type"] == "application/manifest+json"
    manifest = response.json()
    assert (manifest["short_name"], manifest["start_url"]) == ("cptref", "/")
    sizes = {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]}
    assert sizes == {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}
    assert page.linked("apple-touch-icon") == "/static/img/apple-touch-icon.png"


# --- Robots and the map -----------------------------------------------------------------------

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def locations(reader, address: str) -> dict[str, str | None]:
    """The addresses of a sitemap, each with the day of its last change."""
    response = reader.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/xml"
    root = ElementTree.fromstring(response.content)  # noqa: S314  (our own answer)
    return {
        each.find(f"{SITEMAP}loc").text: getattr(each.find(f"{SITEMAP}lastmod"), "text", None)
        for each in root
    }


def test_robots_are_told_where_the_map_is_and_what_is_none_of_theirs(reader):
    text = reader.get("/robots.txt").content.decode()
    assert f"Sitemap: {HOST}/sitemap.xml\n" in text
    assert "Disallow: /admin/\n" in text
    assert "/pictures/" not in text, "previews are fetched by robots that obey"


def test_the_map_names_every_page_and_each_of_them_answers_as_itself(reader):
    Faq.objects.filter(slug="97124-with-97140").update(state="draft")
    named = {}
    for file in locations(reader, "/sitemap.xml"):
        named |= locations(reader, file.removeprefix(HOST))
    for model in (Code, Modifier, Faq, CirculatingClaim):
        for entry in model.objects.published():
            day = named[HOST + entry.get_absolute_url()]
            assert day >= entry.last_reviewed.isoformat()
    assert f"{HOST}/faqs/97124-with-97140/" not in named
    for address in ("/", "/codes/", "/visits/", "/about/", "/pairs/97124/97140/", "/pairs/97032/G0283/"):
        assert HOST + address in named
    assert f"{HOST}/pairs/97140/97124/" not in named
    assert not any("date=" in address for address in named)
    pairs = [address for address in named if "/pairs/9" in address]
    assert len(pairs) > 1000
    tried = [address for address in named if "/pairs/" not in address] + pairs[::100]
    for address in tried:
        page = Page(reader.get(address.removeprefix(HOST)))
        assert page.status == 200, address
        assert page.linked("canonical") == address
        assert page.meta("robots") is None, address


def test_the_map_says_when_a_page_last_changed(reader):
    Code.objects.filter(number="97140").update(updated_at=datetime(2031, 5, 4, 12, tzinfo=UTC))
    Modifier.objects.filter(code="59").update(last_reviewed=date(2032, 6, 5))
    Release.objects.filter(is_current=True).update(published_at=datetime(2030, 4, 3, 12, tzinfo=UTC))
    codes, modifiers = locations(reader, "/sitemap-codes.xml"), locations(reader, "/sitemap-modifiers.xml")
    assert codes[f"{HOST}/codes/97140/"] == "2031-05-04"
    assert codes[f"{HOST}/codes/97124/"] == "2030-04-03", "its page shows rows of the new table"
    assert modifiers[f"{HOST}/modifiers/59/"] == "2032-06-05"
    assert locations(reader, "/sitemap-pairs.xml")[f"{HOST}/pairs/97124/97140/"] == "2030-04-03"
    assert locations(reader, "/sitemap-pages.xml")[f"{HOST}/codes/"] == "2031-05-04"
    assert locations(reader, "/sitemap.xml")[f"{HOST}/sitemap-codes.xml"].startswith("2031-05-04")


@pytest.mark.parametrize(
    ("address", "budget"),
    [
        ("/sitemap.xml", 13),
        ("/sitemap-pages.xml", 4),
        ("/sitemap-codes.xml", 2),
        ("/sitemap-modifiers.xml", 1),
        ("/sitemap-faqs.xml", 1),
        ("/sitemap-claims.xml", 1),
        ("/sitemap-pairs.xml", 4),
        ("/robots.txt", 0),
        ("/opensearch.xml", 0),
        ("/site.webmanifest", 0),
        ("/qr/codes/97140/", 0),
        ("/search/suggestions/?q=massage", 4),
    ],
)
def test_machines_are_answered_within_a_query_budget(
    reader, django_assert_max_num_queries, address, budget, one_version
):
    reader.get(address)
    with django_assert_max_num_queries(budget):
        response = reader.get(address)
    assert response.status_code == 200
    assert not response.cookies


def test_a_part_of_the_map_that_does_not_exist_is_said_to(reader):
    assert reader.get("/sitemap-nothing.xml").status_code == 404
    assert reader.get("/sitemap-codes.xml?p=9").status_code == 404


def test_a_long_map_goes_on_over_several_files(reader, monkeypatch):
    monkeypatch.setattr("codes.sitemaps.Pairs.limit", 1000)
    files = [file for file in locations(reader, "/sitemap.xml") if "pairs" in file]
    assert len(files) > 2
    parts = [set(locations(reader, file.removeprefix(HOST))) for file in files]
    assert not parts[0] & parts[1]
    assert all(parse_qs(urlsplit(unquote(file)).query).get("p") for file in files[1:])
