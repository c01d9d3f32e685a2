"""WCAG 2.2 AA as far as axe-core can tell, on every kind of page, in light and dark."""

from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}
PAGES = [
    "/",
    "/search/?q=massage",
    "/search/?q=97124+97140",
    "/search/?q=xylophonics",
    "/codes/",
    "/codes/97140/",
    "/codes/97032/",
    "/codes/97001/",
    "/codes/97141/",
    "/modifiers/",
    "/modifiers/59/",
    "/faqs/",
    "/faqs/97124-with-97140/",
    "/codes/97140/edits/",
    "/claims/",
    "/pairs/",
    "/pairs/?first=massage&second=97140",
    "/pairs/97124/97140/",
    "/pairs/97161/97750/",
    "/pairs/97140/97530/",
    "/pairs/97124/97124/",
    "/pairs/97124/97141/",
    "/visits/",
    "/visits/?line=97140:23:GP&line=97124:15&line=97110:20&treated_by=pt",
    "/visits/?line=banana",
    "/units/?line=97140:20&line=97110:20",
    "/matrix/?code=97124+97140+98940+97110",
    "/releases/",
    "/changes/",
    "/self-check/",
    "/fees/",
    "/fees/97140/",
    "/about/",
    "/api/",
    "/nothing/",
    "/97142/",
    "/offline/",
    "/report/?page=/codes/97140/",
    "/report/sent/?page=/codes/97140/",
    "/corrections/",
    "/glossary/",
]


@pytest.mark.parametrize("path", PAGES)
def test_no_violation_one_main_heading_and_no_skipped_level(page, path):
    page.goto(path)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        results = Axe().run(page, options=RULES)
        assert results.violations_count == 0, results.generate_report()
    levels = page.eval_on_selector_all("h1,h2,h3,h4", "all => all.map(h => Number(h.tagName[1]))")
    assert levels.count(1) == 1
    for before, after in pairwise(levels):
        assert after <= before + 1


def test_the_first_tab_stop_skips_to_the_answer(page):
    page.goto("/codes/97140/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the answer"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
