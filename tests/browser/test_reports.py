"""Reporting a mistake, in Chromium: with scripts, without them, and with a site that cannot be reached."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.waiting import wait_until

pytestmark = pytest.mark.browser

LONG_ENOUGH = 3500
"""Milliseconds that somebody takes to write; what comes sooner is taken for a program."""


def test_a_mistake_is_reported_from_the_page_it_is_on_without_leaving_the_form(site):
    site.goto("/codes/97140/")
    site.get_by_role("link", name="Report a mistake").click()
    expect(site.get_by_role("link", name="Code 97140")).to_have_attribute("href", "/codes/97140/")
    site.get_by_label("What is wrong?").fill("The summary leaves out lymph drainage.")
    site.get_by_label("Your e-mail").fill("reader@example.org")
    site.wait_for_timeout(LONG_ENOUGH)
    site.get_by_role("button", name="Send the report").click()
    expect(site.get_by_role("status")).to_contain_text("your report has arrived")
    expect(site.locator("form[method=post]")).to_have_count(0)
    expect(site).to_have_url(re.compile(r"/report/\?page="))
    assert site.evaluate("document.activeElement.id") == "report"
    assert not site.context.cookies()


def test_what_is_wrong_in_the_form_is_said_in_its_place_and_what_was_typed_stays(site):
    site.goto("/report/?page=/codes/97124/")
    site.get_by_label("What is wrong?").fill("Sent too fast.")
    site.get_by_role("button", name="Send the report").click()
    expect(site.get_by_role("alert")).to_contain_text("faster than people type")
    expect(site.get_by_label("What is wrong?")).to_have_value("Sent too fast.")
    assert site.evaluate("document.activeElement.getAttribute('role')") == "alert"
    site.wait_for_timeout(LONG_ENOUGH)
    site.get_by_role("button", name="Send the report").click()
    expect(site.get_by_role("status")).to_contain_text("your report has arrived")


def test_a_report_that_cannot_be_sent_says_so_and_stays(page):
    page.goto("/report/?page=/codes/97140/")
    wait_until(page, "window.htmx")  # which comes by itself here, before anything is typed
    page.route("**/report/**", lambda route: route.abort())
    page.get_by_label("What is wrong?").fill("Written in a tunnel.")
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("alert")).to_contain_text("Not sent: the site could not be reached.")
    expect(page.get_by_label("What is wrong?")).to_have_value("Written in a tunnel.")


def test_it_works_the_same_without_javascript_and_by_keyboard(browser, base_url):
    context = browser.new_context(java_script_enabled=False, base_url=base_url)
    page = context.new_page()
    page.goto("/report/?page=/modifiers/59/")
    page.get_by_label("What is wrong?").focus()
    page.keyboard.type("A source is outdated.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.locator(":focus").text_content() == "Send the report", "the field for programs is no tab stop"
    page.wait_for_timeout(LONG_ENOUGH)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/report/sent/"))
    expect(page.get_by_role("status")).to_contain_text("your report has arrived")
    page.get_by_role("link", name="Back to Modifier 59").click()
    expect(page.locator("h1")).to_contain_text("59")
    assert not context.cookies()
    context.close()
