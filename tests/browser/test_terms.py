"""A term of the trade opens its explanation where it stands, in Chromium."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def code_page(request, browser, base_url):
    context = browser.new_context(
        java_script_enabled=request.param,
        base_url=base_url,
        has_touch=True,
        viewport={"width": 390, "height": 800},
    )
    page = context.new_page()
    page.goto("/codes/97140/")
    yield page
    context.close()


def test_it_opens_under_the_mouse_and_stays_while_the_mouse_is_on_it(code_page):
    meaning = code_page.locator("#t-mue")
    expect(meaning).to_be_hidden()
    code_page.get_by_role("button", name="MUE").hover()
    expect(meaning).to_be_visible()
    meaning.hover()
    code_page.wait_for_timeout(800)
    expect(meaning).to_be_visible()
    code_page.keyboard.press("Escape")
    expect(meaning).to_be_hidden()


def test_it_opens_with_a_finger_and_closes_when_the_finger_goes_elsewhere(code_page):
    code_page.get_by_role("button", name="MUE").tap()
    expect(code_page.locator("#t-mue")).to_contain_text("The most units that Medicare expects")
    code_page.locator("h1").tap()
    expect(code_page.locator("#t-mue")).to_be_hidden()


def test_it_opens_from_the_keyboard_and_the_next_stop_leads_to_the_glossary(code_page):
    code_page.get_by_role("button", name="MUE").focus()
    code_page.keyboard.press("Enter")
    expect(code_page.locator("#t-mue")).to_be_visible()
    code_page.keyboard.press("Tab")
    code_page.keyboard.press("Enter")
    expect(code_page).to_have_url(re.compile(r"/glossary/#mue$"))


def test_it_stands_beside_its_word_and_inside_the_window(code_page):
    for button in code_page.locator("dfn > button").all():
        if not button.is_visible():  # in a list that is not opened
            continue
        button.tap()
        opened = code_page.locator(".term:popover-open")
        expect(opened).to_have_count(1)
        word, meaning = button.bounding_box(), opened.bounding_box()
        assert meaning["x"] >= 0
        assert meaning["x"] + meaning["width"] <= 390
        assert meaning["y"] >= 0
        assert meaning["y"] + meaning["height"] <= 800
        gap = max(meaning["y"] - (word["y"] + word["height"]), word["y"] - (meaning["y"] + meaning["height"]))
        assert 0 <= gap < 30, button.text_content()
        code_page.keyboard.press("Escape")
