"""Links that are copied, pages that are printed, and what a browser makes of what we say to machines."""

from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from tests.browser.waiting import wait_until

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("address", "types"),
    [
        ("/", ["WebSite"]),
        ("/codes/97140/", ["MedicalCode", "BreadcrumbList"]),
        ("/faqs/97124-with-97140/", ["FAQPage", "BreadcrumbList"]),
        ("/pairs/97124/97140/", ["BreadcrumbList"]),
    ],
)
def test_data_for_machines_is_read_and_breaks_no_policy(site, address, types):
    site.goto(address)
    blocks = site.eval_on_selector_all(
        "script[type='application/ld+json']", "all => all.map(each => JSON.parse(each.textContent)['@type'])"
    )
    assert blocks == types


@pytest.mark.parametrize(
    ("address", "copied"),
    [
        ("/codes/97140/?utm_source=chat", "/codes/97140/"),
        ("/modifiers/59/", "/modifiers/59/"),
        ("/faqs/97124-with-97140/", "/faqs/97124-with-97140/"),
        (
            "/pairs/97124/97140/?date=2024-07-01&setting=practitioner",
            "/pairs/97124/97140/?date=2024-07-01&setting=practitioner",
        ),
        ("/visits/?payer=medicare&line=97140:23:gp", "/visits/?line=97140:23:GP"),
        ("/units/?line=97140:23", "/units/?line=97140:23"),
        ("/matrix/?code=97124,97140", "/matrix/?code=97124+97140"),
    ],
)
def test_a_button_copies_the_link_of_the_answer_and_says_so(site, context, base_url, address, copied):
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=base_url)
    site.goto(address)
    site.get_by_role("button", name="Copy link").click()
    said = site.locator("[data-copy] [role=status], [data-copy] ~ [role=status]")
    expect(said).to_have_text("Copied")
    assert site.evaluate("navigator.clipboard.readText()") == base_url + copied


def test_without_javascript_there_is_no_button_and_the_link_itself_can_be_copied(browser, base_url):
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    page = context.new_page()
    page.goto("/codes/97140/")
    expect(page.get_by_text("Copy link")).to_have_count(0)
    page.goto("/pairs/97124/97140/")
    expect(page.get_by_text("Copy link")).to_have_count(0)
    expect(page.locator("a[data-copy]")).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_when_the_button_arrives(site, width):
    site.set_viewport_size({"width": width, "height": 900})
    # The script comes late, as on a slow line: the answer stands there before it.
    site.route("**/site*.js", lambda route: (site.wait_for_timeout(600), route.continue_()))
    site.goto("/codes/97140/")
    expect(site.get_by_role("button", name="Copy link")).to_be_visible()
    moved = site.evaluate(
        """() => new Promise((done) => {
          let sum = 0;
          new PerformanceObserver((list) => list.getEntries().forEach((each) => (sum += each.value)))
            .observe({ type: "layout-shift", buffered: true });
          setTimeout(() => done(sum), 300);
        })"""
    )
    assert moved < 0.01


@pytest.mark.parametrize(
    "address",
    [
        "/codes/97140/",
        "/pairs/97161/97750/?date=2024-07-01&setting=practitioner",
        "/visits/?line=97140:23:GP&line=97110:15:GP&treated_by=pt",
        "/matrix/?code=97124+97140+98940",
    ],
)
def test_a_camera_reads_the_address_from_the_printed_page(site, base_url, address):
    fetched = []
    site.on("request", lambda request: fetched.append(request.url))
    site.goto(address)
    site.wait_for_load_state("networkidle")
    assert not any("/qr/" in url for url in fetched), "a screen needs no picture for a camera"
    expect(site.locator(".paper")).to_be_hidden()
    sheet = pypdfium2.PdfDocument(site.pdf(format="Letter"))[0]
    assert base_url + address in sheet.get_textpage().get_text_range().replace("\r\n", "")
    [code] = zxingcpp.read_barcodes(sheet.render(scale=3).to_pil())
    assert code.text == base_url + address


def test_a_reader_who_comes_back_prints_it_too(site, base_url):
    site.goto("/")
    site.evaluate("navigator.serviceWorker.ready.then(() => true)")
    site.goto("/codes/97140/")
    wait_until(site, "navigator.serviceWorker.controller")
    site.wait_for_load_state("networkidle")
    sheet = pypdfium2.PdfDocument(site.pdf(format="Letter"))[0]
    [code] = zxingcpp.read_barcodes(sheet.render(scale=3).to_pil())
    assert code.text == base_url + "/codes/97140/"


def test_the_browser_takes_the_manifest_and_its_icons_without_complaint(site, context, base_url):
    site.goto("/")
    answer = context.new_cdp_session(site).send("Page.getAppManifest")
    assert answer["errors"] == []
    assert answer["url"] == f"{base_url}/site.webmanifest"
    manifest = site.request.get(answer["url"]).json()
    for icon in manifest["icons"]:
        image = Image.open(BytesIO(site.request.get(icon["src"]).body()))
        assert f"{image.width}x{image.height}" == icon["sizes"]
    apple = site.locator("link[rel=apple-touch-icon]").get_attribute("href")
    assert Image.open(BytesIO(site.request.get(apple).body())).size == (180, 180)


@pytest.mark.parametrize("address", ["/", "/codes/97140/", "/pairs/97124/97140/", "/claims/"])
def test_the_picture_of_a_page_is_served_as_a_chat_would_fetch_it(site, address):
    site.goto(address)
    picture = site.locator("meta[property='og:image']").get_attribute("content")
    response = site.request.get(picture)
    assert response.status == 200
    assert Image.open(BytesIO(response.body())).size == (1200, 630)
    assert "immutable" in response.headers["cache-control"]
