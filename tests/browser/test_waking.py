"""htmx comes when somebody does more than read, and nothing that was typed before is lost."""

import pytest
from playwright.sync_api import expect

from tests.browser.waiting import wait_until


def brought(page) -> list[str]:
    return page.evaluate(
        "performance.getEntriesByType('resource').map(e => e.name).filter(n => n.includes('htmx'))"
    )


def test_who_only_reads_gets_no_htmx(site, base_url):
    site.goto(f"{base_url}/pairs/97124/97140/")
    site.wait_for_load_state("networkidle")
    assert brought(site) == []
    site.keyboard.press("Tab")
    wait_until(site, "window.htmx")
    assert len(brought(site)) == 1
    site.keyboard.press("Tab")
    site.mouse.move(100, 100)
    assert len(brought(site)) == 1


@pytest.mark.parametrize(
    ("address", "field", "text", "shown"),
    [
        ("/pairs/97124/97140/", "#id_second", "971", "#list_second [role=option]"),
        ("/search/", "#q", "massage", "#results .result"),
    ],
)
def test_what_was_typed_before_htmx_came_is_answered(site, base_url, address, field, text, shown):
    held = []
    site.route("**/*htmx*", lambda route: held.append(route))
    site.goto(f"{base_url}{address}")
    site.locator(field).fill(text)
    site.wait_for_timeout(300)
    assert len(held) == 1
    assert not site.evaluate("window.htmx")
    held[0].continue_()
    expect(site.locator(shown).first).to_be_visible()


def test_without_htmx_a_form_is_a_plain_form(site, base_url):
    site.route("**/*htmx*", lambda route: None)
    site.goto(f"{base_url}/visits/")
    site.get_by_role("button", name="Add a line").click()
    site.wait_for_url("**/visits/?*add_line=1*")
    expect(site.get_by_role("group", name="Line 4")).to_be_visible()
