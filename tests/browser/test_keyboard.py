"""What a billing clerk does all day without a mouse; and what the browser, and nobody else, remembers of it."""

import json
import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def tab_to(page, selector: str, most: int = 80) -> None:
    """Press Tab until the element has the focus, which must then be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{selector} has the focus, and nobody can see it"
            return
    raise AssertionError(f"{selector} cannot be reached with the Tab key")


def test_from_a_word_to_a_verdict_without_a_mouse(site):
    site.goto("/about/")
    site.keyboard.press("/")
    site.keyboard.type("deep tissue")
    site.keyboard.press("Enter")
    expect(site).to_have_url(re.compile(r"/search/\?q=deep\+tissue"))
    tab_to(site, "#results a[href='/codes/97124/']")
    site.keyboard.press("Enter")
    expect(site.locator("h1")).to_contain_text("97124")
    tab_to(site, "a[href='/pairs/97124/97140/']", most=150)
    site.keyboard.press("Enter")
    expect(site.locator("h1")).to_have_attribute("data-verdict", "never-together")


def test_the_first_tab_skips_to_the_answer(site):
    site.goto("/pairs/97124/97140/")
    site.keyboard.press("Tab")
    expect(site.locator("a.skip")).to_be_focused()
    expect(site.locator("a.skip")).to_be_in_viewport()
    site.keyboard.press("Enter")
    assert site.evaluate("document.activeElement.id") == "main"


def test_a_visit_is_built_line_by_line_without_a_mouse(site):
    site.goto("/visits/")
    site.locator("main input[type=text], main input:not([type])").first.focus()
    site.keyboard.type("97140")
    site.keyboard.press("Tab")
    site.keyboard.type("23")
    site.keyboard.press("Enter")
    expect(site).to_have_url(re.compile(r"line=97140(:|%3A)23"))
    expect(site.locator("h1[data-outcome]")).to_be_visible()


def test_who_adds_or_removes_a_line_goes_on_where_it_happened(site):
    site.goto("/visits/")
    site.locator("#code_1").fill("97140")
    tab_to(site, "button[name=add_line]")
    site.keyboard.press("Enter")
    expect(site.locator("#code_4")).to_be_focused()
    expect(site.locator("#code_1")).to_have_value("97140")
    site.keyboard.type("97110")
    tab_to(site, "button[name=remove_line][value='3']")
    site.keyboard.press("Enter")
    expect(site.locator("#code_4")).to_have_count(0)
    expect(site.locator("#code_3")).to_be_focused()


def test_going_back_shows_what_was_there(site):
    site.goto("/search/")
    site.locator("#q").fill("cupping")
    expect(site).to_have_url(re.compile(r"q=cupping$"))
    site.locator("#results a").first.click()
    expect(site.locator("h1")).not_to_have_text("Search")
    site.go_back()
    expect(site.locator("#q")).to_have_value("cupping")
    expect(site.locator("#results a").first).to_be_visible()
    expect(site).to_have_title(re.compile("cupping"))


def test_the_checks_of_before_are_links_in_this_browser_until_they_are_forgotten(site, browser, base_url):
    site.goto("/")
    expect(site.locator("[data-recent]")).to_be_hidden()
    for path in (
        "/pairs/97124/97140/",
        "/codes/97140/",
        "/pairs/97124/97140/?date=2024-07-01",
        "/codes/97140/",
    ):
        site.goto(path)
    site.goto("/")
    links = site.locator("[data-recent] a")
    expect(links).to_have_text(
        [re.compile("^97140 Manual therapy"), "97124 with 97140, July 1, 2024", "97124 with 97140"]
    )
    expect(links.nth(1)).to_have_attribute("href", "/pairs/97124/97140/?date=2024-07-01")
    assert site.context.cookies() == []
    other = browser.new_page(base_url=base_url)
    other.goto("/")
    expect(other.locator("[data-recent]")).to_be_hidden()
    other.close()
    tab_to(site, "[data-recent] button")
    site.keyboard.press("Enter")
    expect(site.locator("[data-recent]")).to_be_hidden()
    assert site.evaluate("document.activeElement.id") == "q"
    site.reload()
    expect(site.locator("[data-recent]")).to_be_hidden()


@pytest.mark.parametrize(
    "kept", ["nonsense", json.dumps([{"path": "https://evil.example/", "title": "x"}, 7, None]), "{}"]
)
def test_nonsense_in_the_browsers_memory_harms_nothing(site, kept):
    site.goto("/")
    site.evaluate("kept => localStorage.setItem('recent-checks', kept)", kept)
    site.goto("/")
    expect(site.locator("[data-recent]")).to_be_hidden()
    site.goto("/codes/97140/")
    site.goto("/")
    expect(site.locator("[data-recent] a")).to_have_count(1)


@pytest.mark.parametrize("path", ["/", "/codes/97140/", "/pairs/97124/97140/", "/visits/"])
def test_forced_colours_and_less_motion_leave_everything_visible(browser, base_url, path):
    context = browser.new_context(base_url=base_url, forced_colors="active", reduced_motion="reduce")
    page = context.new_page()
    page.goto(path)
    expect(page.locator("h1")).to_be_visible()
    moving = page.evaluate(
        "[...document.querySelectorAll('*')].filter(each => ['animationDuration', 'transitionDuration']"
        ".some(name => parseFloat(getComputedStyle(each)[name]) > 0.01)).length"
    )
    assert moving == 0
    for verdict in page.locator(".verdict .icon, .badge .icon").all():
        expect(verdict).to_be_visible()
    context.close()
