"""Links that are copied, and pages that are printed."""

from xml.etree import ElementTree

import pytest

from tests.pages import read
from tests.test_sharing import HOST, opened

# --- Links and paper --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "/codes/97140/",
        "/modifiers/59/",
        "/faqs/97124-with-97140/",
        "/claims/{claim}/",
        "/pairs/97124/97140/",
        "/visits/?line=97140:23",
        "/units/?line=97140:23",
        "/matrix/?code=97124+97140",
        "/fees/97140/",
    ],
)
def test_every_answer_has_a_place_for_the_button_that_copies_its_link(reader, address):
    page = opened(reader, address)
    assert any("data-copy" in found for _, found in page.elements)
    assert "Copy link" not in page.text, "without JavaScript there is no button that does nothing"


@pytest.mark.parametrize(
    "address",
    [
        "/codes/97140/",
        "/pairs/97161/97750/?date=2024-07-01&setting=practitioner",
        "/visits/?line=97140:23:GP&line=97110:15:GP&treated_by=pt",
        "/matrix/?code=97124+97140+98940&date=2024-07-01",
    ],
)
def test_paper_has_the_address_as_text_and_for_a_camera(reader, address):
    page = read(reader, address)
    assert HOST + address in page.main_text
    [picture] = [found for tag, found in page.elements if tag == "img"]
    assert picture["loading"] == "lazy", "it is not fetched for the screen"
    response = reader.get(picture["src"])
    assert response["Content-Type"] == "image/svg+xml"
    assert "immutable" in response["Cache-Control"]
    root = ElementTree.fromstring(response.content)  # noqa: S314  (our own answer)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("viewBox").startswith("0 0 ")


@pytest.mark.parametrize(
    "path", ["nothing/", "/evil.example/", "https://evil.example/", "codes/97140/?" + "x" * 1000]
)
def test_no_camera_is_sent_elsewhere(reader, path):
    assert reader.get(f"/qr/{path}").status_code == 404
