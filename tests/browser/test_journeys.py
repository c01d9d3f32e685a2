"""Journeys of readers, in Chromium."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.waiting import wait_until

pytestmark = pytest.mark.browser


def test_results_come_while_typing_and_the_address_can_be_shared(site):
    site.goto("/")
    assert site.evaluate("document.activeElement.id") == "q"
    site.keyboard.type("deep tiss")
    first = site.locator("#results a").first
    expect(first).to_have_attribute("href", "/codes/97124/")
    site.goto("/search/")
    site.locator("#q").fill("cupping")
    expect(site).to_have_url(re.compile(r"/search/\?q=cupping$"))
    expect(site).to_have_title(re.compile("cupping"))
    expect(site.locator("#results")).to_contain_text("result")


def test_from_search_to_code_to_pair_to_a_shared_link(site, context, base_url):
    site.goto("/")
    site.locator("#q").fill("massage")
    site.locator("#results a", has_text="97124").first.click()
    expect(site.locator("h1")).to_contain_text("97124")
    site.locator(".answers a", has_text="97140").first.click()
    expect(site.locator("h1")).to_have_attribute("data-verdict", "never-together")
    link = site.locator(".again a").get_attribute("href")
    fresh = context.new_page()
    fresh.goto(base_url + link)
    expect(fresh.locator("h1")).to_have_attribute("data-verdict", "never-together")


def test_a_pair_is_chosen_by_word_with_the_keyboard_alone(site):
    site.goto("/pairs/")
    site.locator("#id_first").focus()
    site.keyboard.type("massage")
    expect(site.locator("#list_first [role=option]").first).to_contain_text("97124")
    site.keyboard.press("ArrowDown")
    expect(site.locator("#id_first")).to_have_attribute("aria-activedescendant", "list_first-0")
    site.keyboard.press("Enter")
    expect(site.locator("#id_first")).to_have_value("97124")
    expect(site.locator("#list_first")).to_be_hidden()
    site.keyboard.press("Tab")
    site.keyboard.type("9714")
    expect(site.locator("#list_second [role=option]").first).to_contain_text("97140")
    site.keyboard.press("ArrowDown")
    site.keyboard.press("Enter")
    site.keyboard.press("Enter")
    expect(site).to_have_url(re.compile(r"/pairs/97124/97140/$"))


def test_escape_closes_the_suggestions_and_keeps_what_was_typed(site):
    site.goto("/pairs/")
    site.locator("#id_first").press_sequentially("mass")
    expect(site.locator("#list_first")).to_be_visible()
    site.keyboard.press("Escape")
    expect(site.locator("#list_first")).to_be_hidden()
    expect(site.locator("#id_first")).to_have_value("mass")


def test_a_suggestion_is_chosen_with_a_finger(site):
    site.goto("/pairs/")
    site.locator("#id_second").press_sequentially("hot pack")
    first = site.locator("#list_second [role=option]").first
    expect(first).to_contain_text("97010")
    first.click()
    expect(site.locator("#id_second")).to_have_value("97010")


def test_the_slash_key_goes_to_the_search_box(site):
    site.goto("/codes/97140/")
    site.keyboard.press("/")
    assert site.evaluate("document.activeElement.name") == "q"


def test_a_failed_search_says_so_and_keeps_what_was_typed(page):
    page.goto("/search/")
    page.route("**/search/?q=*", lambda route: route.abort())
    page.locator("#q").fill("massage")
    expect(page.locator("#results")).to_contain_text("could not be reached")
    expect(page.locator("#q")).to_have_value("massage")


def test_everything_works_without_javascript(browser, base_url):
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    page = context.new_page()
    page.goto("/")
    page.locator("#q").fill("hot pack")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".results a").first).to_have_attribute("href", "/codes/97010/")
    page.goto("/pairs/")
    page.locator("#id_first").fill("massage")
    page.locator("#id_second").fill("97140")
    page.locator("#id_date").fill("2024-07-01")
    page.get_by_role("button", name="Check the pair").click()
    expect(page.locator("[role=alert]")).to_contain_text("Which code do you mean")
    page.locator(".candidates a", has_text="97124").click()
    expect(page).to_have_url(base_url + "/pairs/97124/97140/?date=2024-07-01")
    expect(page.locator("h1")).to_have_attribute("data-verdict", "never-together")
    context.close()


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/",
            "/codes/",
            "/codes/97140/",
            "/codes/97032/",
            "/pairs/",
            "/pairs/97161/97750/",
            "/search/?q=massage",
        ),
        *("/visits/", "/visits/?line=97140:23&line=97124:15", "/units/?line=97140:20&line=97110:20"),
        *(
            "/matrix/?code=97124+97140+98940+97110+97112+97530+97535",
            "/modifiers/59/",
            "/faqs/",
            "/claims/",
            "/about/",
            "/nothing/",
            "/glossary/",
            "/report/?page=/codes/97140/",
        ),
    ],
)
def test_no_page_scrolls_sideways(site, path):
    site.goto(path)
    for width in (1280, 390, 320):
        site.set_viewport_size({"width": width, "height": 800})
        assert site.evaluate("document.documentElement.scrollWidth") <= width


def test_a_filter_changes_the_page_in_place_and_its_address_heading_and_title_with_it(site):
    site.goto("/changes/")
    site.evaluate("window.stays = true")
    site.locator("#id_code").fill("97140")
    wait_until(site, "window.htmx")
    site.keyboard.press("Enter")
    heading = site.locator("h1")
    expect(heading).to_have_text("What changed for 97140")
    expect(heading).to_be_focused()
    expect(site).to_have_url(re.compile(r"/changes/\?code=97140"))
    expect(site).to_have_title("Changes of 97140 – cptref")
    assert site.evaluate("window.stays")
    site.go_back()
    expect(heading).to_have_text("What changed")
    expect(site).to_have_url(re.compile(r"/changes/$"))
    expect(site.locator("#id_code")).to_have_value("")


def test_a_filter_that_cannot_be_read_is_answered_with_the_whole_page(site):
    site.goto("/changes/")
    site.locator("#id_code").fill("banana")
    site.keyboard.press("Enter")
    expect(site.get_by_role("alert")).to_contain_text("A code has five characters")
    expect(site.locator("#id_code")).to_have_value("banana")
