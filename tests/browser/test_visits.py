"""A visit built line by line, and the sheet from the keyboard, in Chromium."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_visit_is_built_line_by_line_and_its_link_opens_fresh(site, context, base_url):
    site.goto("/visits/")
    site.locator("#code_1").fill("97140")
    site.locator("#amount_1").fill("23")
    site.locator("#modifiers_1").fill("GP")
    for _ in range(2):
        site.get_by_role("button", name="Remove line 3").click()
        expect(site.locator(".visit-line")).to_have_count(2)
        site.get_by_role("button", name="Add a line").click()
        expect(site.locator(".visit-line")).to_have_count(3)
        expect(site.locator("#code_3")).to_be_focused()  # which else might take what is typed next
    expect(site.locator("#code_1")).to_have_value("97140")
    site.locator("#code_2").fill("97124")
    site.locator("#amount_2").fill("15")
    site.locator("#modifiers_2").fill("GP")
    site.locator("#id_treated_by").select_option("pt")
    site.get_by_role("button", name="Check the visit").click()
    expect(site).to_have_url(re.compile(r"line=97140:23:GP&line=97124:15:GP&treated_by=pt"))
    expect(site.locator("h1")).to_have_attribute("data-outcome", "change")
    fresh = context.new_page()
    fresh.goto(base_url + site.locator("[data-copy]").get_attribute("href"))
    expect(fresh.locator("h1")).to_have_attribute("data-outcome", "change")


def test_a_visit_works_without_javascript(browser, base_url):
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    page = context.new_page()
    page.goto("/visits/")
    page.locator("#code_1").fill("97140")
    page.get_by_role("button", name="Add a line").click()
    expect(page.locator("#code_1")).to_have_value("97140")
    page.locator("#amount_1").fill("23")
    page.get_by_role("button", name="Check the visit").click()
    expect(page.locator("h1")).to_have_attribute("data-outcome", re.compile("ready|change|unknown"))
    context.close()


def test_the_sheet_is_walked_with_the_arrow_keys(site):
    site.goto("/matrix/?code=97124+97140+98940")
    site.locator("table.matrix a").first.focus()
    site.keyboard.press("ArrowRight")
    expect(site.locator("table.matrix a:focus")).to_have_attribute("href", "/pairs/97124/98940/")
    site.keyboard.press("ArrowDown")
    expect(site.locator("table.matrix a:focus")).to_have_attribute("href", "/pairs/97140/98940/")
    site.keyboard.press("Enter")
    expect(site.locator("h1")).to_have_attribute("data-verdict", "modifier")


def test_a_sheet_of_thirty_codes_fits_on_one_printed_page(site):
    numbers = "97161+97162+97163+97164+97110+97112+97113+97116+97124+97140+97150+97530+97533+97535+97537+97542+97750"
    numbers += "+97755+97760+97761+97763+97012+97016+97018+97022+97032+97033+97035+G0283+20560"
    site.goto(f"/matrix/?code={numbers}")
    pdf = site.pdf(format="Letter", landscape=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 1
