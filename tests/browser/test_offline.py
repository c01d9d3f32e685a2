"""With the network cut: a page that says so, and never an old answer."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.waiting import wait_until

pytestmark = pytest.mark.browser


@pytest.fixture
def settled(page):
    """A reader's browser in which the service worker is at work, as it is from the second page on."""
    page.goto("/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    wait_until(page, "navigator.serviceWorker.controller")
    return page


def test_without_a_network_a_page_says_so_and_the_way_back_works(settled, context):
    context.set_offline(True)
    settled.goto("/pairs/97124/97140/")
    expect(settled.locator("h1")).to_have_text("You are offline")
    assert settled.evaluate("getComputedStyle(document.querySelector('.site-header')).backgroundColor") != (
        "rgba(0, 0, 0, 0)"
    ), "the page has lost its style"
    context.set_offline(False)
    settled.get_by_role("link", name="try this page again").click()
    expect(settled).to_have_url(re.compile(r"/pairs/97124/97140/$"))
    expect(settled.locator("h1")).to_have_attribute("data-verdict", "never-together")


def test_an_answer_seen_before_is_not_shown_again_from_memory(settled, context):
    settled.goto("/pairs/97124/97140/")
    expect(settled.locator("h1")).to_have_attribute("data-verdict", "never-together")
    settled.goto("/about/")
    context.set_offline(True)
    settled.goto("/pairs/97124/97140/")
    expect(settled.locator("h1")).to_have_text("You are offline")


def test_nothing_is_kept_but_the_offline_page_and_its_style(settled):
    settled.goto("/codes/97140/")
    settled.goto("/pairs/97124/97140/")
    kept = settled.evaluate(
        "caches.keys().then(names => Promise.all(names.map(name => caches.open(name).then(cache => cache.keys()))))"
        ".then(all => all.flat().map(request => new URL(request.url).pathname))"
    )
    assert sorted(kept)[0] == "/offline/"
    assert len(kept) == 2
    assert kept[1].startswith("/static/css/site.")


def test_with_a_network_pages_come_from_the_server(settled):
    response = settled.goto("/codes/97140/")
    assert response.status == 200
    expect(settled.locator("h1")).to_contain_text("97140")
