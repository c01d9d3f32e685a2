"""Search as a reader uses it: the form, the piece that htmx asks for, and what to do when nothing is found."""

import pytest

from tests.pages import Page, read

HTMX = {"HTTP_HX_REQUEST": "true"}


def test_the_plain_form_shows_results_as_links_best_first(reader):
    page = read(reader, "/search/?q=deep+tissue")
    assert page.main_links[0] == "/codes/97124/"


def test_htmx_gets_only_the_results_from_the_same_address(reader):
    whole, piece = reader.get("/search/?q=massage"), reader.get("/search/?q=massage", **HTMX)
    assert "<html" in whole.content.decode()
    assert "<html" not in piece.content.decode()
    assert [link for link in Page(whole).main_links if link.startswith("/codes/")] == [
        link for link in Page(piece).links if link.startswith("/codes/")
    ]
    for response in (whole, piece):
        assert "HX-Request" in response["Vary"]


def test_a_page_restored_from_history_is_whole(reader):
    response = reader.get(
        "/search/?q=massage", HTTP_HX_REQUEST="true", HTTP_HX_HISTORY_RESTORE_REQUEST="true"
    )
    assert "<html" in response.content.decode()


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ("97140", "/codes/97140/"),
        (" g0283 ", "/codes/G0283/"),
        ("XS", "/modifiers/XS/"),
        ("modifier 59", "/modifiers/59/"),
    ],
)
def test_an_exact_code_or_modifier_goes_to_its_page(reader, query, address):
    response = reader.get("/search/", {"q": query})
    assert (response.status_code, response["Location"]) == (302, address)
    assert reader.get("/search/", {"q": query}, **HTMX).status_code == 200, "not while somebody is typing"


@pytest.mark.parametrize("query", ["97124 97140", "can I bill 97124 and 97140 together", "97140+97124"])
def test_two_codes_offer_the_pair(reader, query):
    page = Page(reader.get("/search/", {"q": query}))
    assert page.main_links[0] == "/pairs/97124/97140/"


def test_a_typing_error_is_mended_and_said(reader):
    page = read(reader, "/search/?q=acupunture")
    assert page.main_links[0] == "/codes/97810/"
    assert "Showing results for" in page.text


def test_no_result_offers_the_nearest_words_and_what_to_try(reader):
    page = read(reader, "/search/?q=xylophonics")
    assert page.status == 200
    assert "Nothing found for “xylophonics”" in page.text
    assert "/codes/" in page.main_links


def test_an_empty_search_asks_for_a_word(reader):
    assert "Type a code, a word or a question." in read(reader, "/search/").text
    assert "Type a code, a word or a question." in read(reader, "/search/?q=+++").text


@pytest.mark.parametrize(
    "query", ["<script>alert(1)</script>", '"', "NEAR(", "a" * 10_000, "\x00", "مساج", "💆", "' OR 1=1"]
)
def test_hostile_and_odd_queries_get_a_page(reader, query):
    response = reader.get("/search/", {"q": query})
    assert response.status_code == 200
    assert b"<script>alert" not in response.content
