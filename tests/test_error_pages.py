"""What a reader sees when something is wrong: a mistyped address, a page that takes nothing, a fault of ours."""

import pytest
from django.db import connection
from django.test import Client

from tests.pages import Page, read


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/97140", "/codes/97140/"),
        ("/97140/", "/codes/97140/"),
        ("/g0283", "/codes/G0283/"),
        ("/code/97140", "/codes/97140/"),
        ("/cpt/97140/", "/codes/97140/"),
        ("/CPT-97140/", "/codes/97140/"),
        ("/codes/CPT97140/", "/codes/97140/"),
        ("/codes/97140-59/", "/codes/97140/"),
        ("/modifier/59", "/modifiers/59/"),
        ("/mod/xs/", "/modifiers/XS/"),
        ("/pair/97140/97124", "/pairs/97124/97140/"),
        ("/97140-97124", "/pairs/97124/97140/"),
        ("/97140+97124/", "/pairs/97124/97140/"),
        ("/fee/97140", "/fees/97140/"),
        ("/faq/97124-with-97140/", "/faqs/97124-with-97140/"),
        ("/code/", "/codes/"),
        ("/question", "/faqs/"),
        ("/visit/?line=97140:23", "/visits/?line=97140:23"),
    ],
)
def test_a_mistyped_address_that_can_mean_only_one_page_leads_there(reader, typed, meant):
    response = reader.get(typed)
    assert response.status_code == 302
    assert response["Location"] == meant
    assert reader.get(meant).status_code == 200


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("/97142/", "/codes/97140/"),  # one digit wrong
        ("/codes/97142/", "/codes/97140/"),
        ("/codes/97104/", "/codes/97140/"),  # two digits swapped
        ("/codes/9714O/", "/codes/97140/"),  # the letter O for a zero
        ("/codes/97I40/", "/codes/97140/"),  # the letter I for a one
        ("/codes/GO283/", "/codes/G0283/"),
        ("/cpt/97142", "/codes/97140/"),
        ("/modifiers/PG/", "/modifiers/GP/"),
        ("/modifier/5X/", "/modifiers/59/"),
        ("/faqs/97124-with-97141/", "/faqs/97124-with-97140/"),
        ("/claim/97124-massage/", "/claims/97124-is-the-massage-code/"),
    ],
)
def test_a_mistyped_code_or_address_offers_the_nearest(reader, typed, offered):
    page = read(reader, typed)
    assert page.status == 404
    assert "Did you mean" in page.text
    assert offered in page.main_links


@pytest.mark.parametrize("typed", ["/codes/9714O/", "/codes/97I40/"])
def test_a_letter_that_looks_like_the_digit_is_offered_first(reader, typed):
    page = read(reader, typed)
    assert next(link for link in page.main_links if link.startswith("/codes/9")) == "/codes/97140/"


def test_two_digits_swapped_come_before_another_digit(reader):
    page = read(reader, "/codes/97104/")
    assert next(link for link in page.main_links if link.startswith("/codes/9")) == "/codes/97140/"


def test_a_pair_with_an_unknown_code_keeps_the_other(reader):
    page = read(reader, "/pairs/97124/9714O/")
    assert page.verdict == "not-known"
    assert "/pairs/?first=97140&second=97124" in page.main_links
    page = read(reader, "/pairs/97124/97I40/")
    assert page.status == 404
    assert page.has("input", name="first", value="97124")
    assert any("first=97124&second=97140" in link for link in page.main_links)


def test_an_address_that_means_nothing_to_us_has_a_search_with_its_words_and_costs_no_query(
    reader, django_assert_num_queries, one_version
):
    reader.get("/nothing/")  # what every page remembers is remembered now
    with django_assert_num_queries(0):
        response = reader.get("/wp-admin/setup-config.php")
    page = Page(response)
    assert page.status == 404
    assert page.has("input", name="q", value="wp admin setup config php")


def test_a_page_is_never_sent_to_itself(reader):
    for path in ("/codes/97142/", "/modifiers/ZZ/", "/faqs/nothing/", "/fees/", "/codes/"):
        response = reader.get(path)
        assert response.status_code != 302 or response["Location"] != path


def test_something_sent_to_a_page_that_takes_nothing_is_told_so(reader):
    response = reader.post("/codes/97140/")
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"
    assert "This page can only be read" in Page(response).text


def test_an_address_that_is_too_long_says_how_long_it_may_be(reader):
    response = reader.get("/search/?q=" + "massage" * 3000)
    assert response.status_code == 414
    assert "too long" in Page(response).text


def test_a_date_that_cannot_be_read_in_a_feed_says_what_was_wrong(reader):
    page = Page(reader.get("/changes/feed/?code=banana"))
    assert page.status == 400
    assert "This is not a code number." in page.text


def test_programs_get_their_errors_as_problems(reader):
    for path, status in (("/api/nothing/", 404), ("/api/pairs/97124/97140/?" + "x" * 17_000, 414)):
        response = reader.get(path)
        assert response.status_code == status
        assert response["Content-Type"] == "application/problem+json"
        assert response.json()["status"] == status
    response = reader.post("/api/pairs/97124/97140/")
    assert response.status_code == 405
    assert response.json()["title"] == "This method is not offered here"
    assert response["Allow"] == "GET"


@pytest.fixture
def broken(monkeypatch):
    """A fault in the middle of a page, told to the reader instead of to the test."""

    def fail(*args, **kwargs):
        raise RuntimeError("something inside is broken")

    monkeypatch.setattr("codes.views.home.lookups.most_asked", fail)
    return Client(raise_request_exception=False)


def test_a_fault_of_ours_says_what_to_do_and_asks_the_database_nothing(
    db, broken, django_assert_num_queries, one_version
):
    with django_assert_num_queries(0):
        response = broken.get("/")
    assert response.status_code == 500
    text = Page(response).text
    assert "Something went wrong on our side" in text
    assert "try again in a minute" in text


def test_a_fault_is_told_also_where_templates_or_static_files_are_what_is_broken(db, broken, settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    assert "Something went wrong on our side" in Page(broken.get("/")).text
    settings.TEMPLATES = [{**each, "DIRS": []} for each in settings.TEMPLATES]
    assert "Something went wrong on our side" in Page(broken.get("/")).text


def test_a_fault_is_told_also_when_the_database_is_gone(reader, monkeypatch):
    def gone(*args, **kwargs):
        raise connection.Database.OperationalError("the server closed the connection")

    with monkeypatch.context() as while_gone:
        while_gone.setattr("django.db.backends.utils.CursorWrapper.execute", gone)
        response = Client(raise_request_exception=False).get("/codes/97140/")
    assert response.status_code == 500
    assert "Something went wrong on our side" in Page(response).text


def test_the_offline_page_stands_alone_and_promises_no_old_answers(reader, django_assert_num_queries):
    with django_assert_num_queries(0):
        page = Page(reader.get("/offline/"))
    assert page.status == 200
    assert "You are offline" in page.text
    assert "We keep no old answers" in page.text


def test_the_service_worker_is_a_file_of_ours_at_the_root_that_the_policy_allows(reader):
    response = reader.get("/sw.js")
    assert "&#" not in response.content.decode(), "a script knows no references to signs"
    assert response["Content-Type"].startswith("text/javascript")
    assert response["Cache-Control"] == "no-cache"
    assert "worker-src 'self'" in response["Content-Security-Policy"]
    assert "css/site.css" in response.content.decode()
