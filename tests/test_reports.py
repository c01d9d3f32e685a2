"""A reader reports a mistake; staff look into it; what was corrected is told to everybody."""

import re
from importlib import import_module

import pytest
from django.contrib.auth.models import Group
from django.core.cache import caches
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from codes import corrections
from codes.models import MistakeReport
from codes.reportforms import tidy_page
from tests.pages import Page, read
from tests.test_admin import act, errors_of, member, save, texts

State = MistakeReport.State
MIGRATION = import_module("codes.migrations.0009_reports")
OPENED = 1_790_000_000
WRONG = "The summary says that lymph drainage is massage."


@pytest.fixture(autouse=True)
def fresh():
    """Nobody has sent a form yet."""
    caches["limits"].clear()


@pytest.fixture
def clock(monkeypatch):
    """The clock by which forms are dated, moved by hand."""
    moment = [OPENED]
    monkeypatch.setattr("django.core.signing.time.time", lambda: moment[0])
    return moment


@pytest.fixture
def send(reader, clock):
    """Open the form of a page, take a minute to fill it in, and send it."""

    def sent(page="/codes/97140/", after=60, headers=None, **written):
        address = reverse("report", query={"page": page} if page else None)
        opened = Page(reader.get(address))
        token = next(
            found["value"]
            for tag, found in opened.elements
            if tag == "input" and found.get("name") == "token"
        )
        clock[0] += after
        filled = {"wrong": WRONG, "should_be": "", "contact": "", "website": "", "token": token, **written}
        return reader.post(address, filled, headers=headers)

    return sent


@pytest.fixture
def report(db):
    return MistakeReport.objects.create(page="/codes/97140/", wrong=WRONG, contact="reader@example.org")


@pytest.fixture
def editor(db):
    return member("edith", "Editor")


@pytest.fixture
def reviewer(db):
    return member("rita", "Reviewer")


# --- The form -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/codes/97140/",
        "/pairs/97124/97140/?date=2024-07-01",
        "/search/?q=massage",
        "/faqs/",
        "/nothing/",
    ],
)
def test_every_page_has_a_link_to_report_a_mistake_on_it(reader, path):
    page = read(reader, path)
    link = next(link for link in page.links if link.startswith("/report/?page="))
    form = read(reader, link)
    assert form.status == 200
    assert path in form.links


@pytest.mark.parametrize(
    "path", ["/codes/97140/", "/pairs/97124/97140/", "/modifiers/59/", "/visits/?line=97140:23"]
)
def test_an_answer_has_the_link_beside_its_sources(reader, path):
    page = read(reader, path)
    assert "Something wrong here? Report it" in page.main_text
    assert any(link.startswith("/report/") for link in page.main_links)


def test_a_report_lands_with_its_page_and_the_reader_is_thanked(send):
    response = send(should_be="Lymph drainage is 97140: https://www.cms.gov/x", contact="reader@example.org")
    assert response.status_code == 303
    assert response["Location"] == "/report/sent/?page=/codes/97140/"
    thanks = read(Client(), response["Location"])
    assert "Thank you, your report has arrived" in thanks.text
    assert "/codes/97140/" in thanks.main_links
    report = MistakeReport.objects.get()
    assert (report.page, report.path, report.wrong) == ("/codes/97140/", "/codes/97140/", WRONG)
    assert report.contact == "reader@example.org"
    assert report.state == State.NEW


def test_a_report_about_one_answer_keeps_the_whole_question(send):
    send(page="/pairs/97124/97140/?date=2019-06-01&setting=practitioner")
    report = MistakeReport.objects.get()
    assert report.page == "/pairs/97124/97140/?date=2019-06-01&setting=practitioner"
    assert report.path == "/pairs/97124/97140/"


def test_a_report_about_the_site_as_a_whole_is_taken_too(send):
    assert send(page="").status_code == 303
    assert MistakeReport.objects.get().page == ""


def test_no_cookie_is_set_and_none_is_needed(reader, send):
    assert not reader.get("/report/?page=/codes/97140/").cookies
    assert not send().cookies
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/report/", {"wrong": WRONG}).status_code == 400, (
        "refused for its token, not for a cookie"
    )


def test_the_form_says_what_is_kept(reader):
    text = read(reader, "/report/").text
    for words in (
        "We set no cookie",
        "do not store your internet address",
        "No patient data",
        "We delete it as soon as",
    ):
        assert words in text


def test_no_address_of_the_sender_is_stored(send):
    send()
    report = MistakeReport.objects.get()
    assert not any("127.0.0.1" in str(value) for value in vars(report).values())


def test_an_empty_report_says_what_is_missing_and_keeps_the_rest(send):
    response = send(wrong="", should_be="Something else.")
    page = Page(response)
    assert page.status == 400
    assert "Say in a sentence what is wrong." in page.text
    assert "Something else." in page.text
    assert not MistakeReport.objects.exists()


def test_an_e_mail_address_that_cannot_be_one_is_said(send):
    page = Page(send(contact="reader@"))
    assert "This e-mail address cannot be right." in page.text
    assert page.has("input", name="contact", value="reader@", **{"aria-invalid": "true"})


@pytest.mark.parametrize(
    "page",
    [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "x",
        "/" + "a" * 600,
    ],
)
def test_only_pages_of_this_site_can_be_reported(reader, page):
    assert tidy_page(page) == ""
    text = read(reader, f"/report/?page={page}").html
    assert "evil" not in text
    assert "alert(1)" not in text


def test_what_readers_write_is_shown_as_text_and_never_as_code(send, reviewer):
    send(wrong="<script>alert(1)</script>")
    report = MistakeReport.objects.get()
    shown = reviewer.get(reverse("admin:codes_mistakereport_change", args=[report.pk])).content.decode()
    assert "<script>alert(1)" not in shown
    assert "&lt;script&gt;alert(1)" in shown


# --- Floods -------------------------------------------------------------------------------------


def test_a_program_that_fills_in_every_field_is_caught(send):
    page = Page(send(website="https://spam.example"))
    assert page.status == 400
    assert "must stay empty" in page.text
    assert not MistakeReport.objects.exists()


def test_a_form_sent_faster_than_people_type_is_not_taken_but_a_second_click_is(send, reader, clock):
    page = Page(send(after=1))
    assert page.status == 400
    assert "faster than people type" in page.text
    assert WRONG in page.html
    token = next(found["value"] for _, found in page.elements if found.get("name") == "token")
    clock[0] += 5
    address = "/report/?page=/codes/97140/"
    assert reader.post(address, {"wrong": WRONG, "token": token}).status_code == 303


def test_a_form_that_was_open_for_days_keeps_the_text_and_needs_one_more_click(send):
    page = Page(send(after=3 * 24 * 60 * 60))
    assert "open for more than a day" in page.text
    assert WRONG in page.html


def test_a_token_is_good_for_its_own_page_only_and_cannot_be_made_up(send, reader, clock):
    for token in ("", "made:up", "1u0000:abc"):
        assert send(token=token).status_code == 400
    opened = Page(reader.get("/report/?page=/codes/97124/"))
    other = next(found["value"] for _, found in opened.elements if found.get("name") == "token")
    assert send(token=other).status_code == 400
    assert not MistakeReport.objects.exists()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://testserver"}, 303),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({}, 303),
    ],
)
def test_another_site_cannot_have_its_visitors_send_reports(send, headers, status):
    response = send(headers=headers)
    assert response.status_code == status
    assert MistakeReport.objects.exists() == (status == 303)
    if status == 403:
        assert WRONG in response.content.decode(), "what was typed is kept"


def test_the_same_report_twice_is_one(send):
    assert send().status_code == 303
    assert send().status_code == 303
    assert MistakeReport.objects.count() == 1
    send(wrong="Something else is wrong, too.")
    assert MistakeReport.objects.count() == 2


def test_many_links_are_not_taken(send):
    page = Page(send(should_be=" ".join(["https://spam.example"] * 6)))
    assert "At most 5 links" in page.text


def test_texts_and_forms_have_a_size(send, reader):
    assert send(wrong="a" * 2001).status_code == 400
    assert reader.post("/report/", {"wrong": "a" * 60_000}).status_code == 413
    assert not MistakeReport.objects.exists()


def test_from_one_place_only_some_reports_an_hour_are_taken(send):
    statuses = [send(wrong=f"Mistake {number}.").status_code for number in range(11)]
    assert statuses == [303] * 10 + [429]


def test_when_staff_have_more_than_they_can_read_readers_are_asked_to_come_back(send, settings):
    settings.REPORTS_A_DAY = 2
    for number in range(2):
        assert send(wrong=f"Mistake {number}.").status_code == 303
    page = Page(send())
    assert page.status == 503
    assert "send it again tomorrow" in page.text
    MistakeReport.objects.first().delete()
    assert send().status_code == 303


def test_htmx_gets_the_form_or_the_thanks_alone(send):
    htmx = {"HX-Request": "true"}
    assert "<html" not in send(wrong="", headers=htmx).content.decode()
    response = send(headers=htmx)
    assert response.status_code == 303
    part = Client().get(response["Location"], headers=htmx).content.decode()
    assert "<html" not in part
    assert "your report has arrived" in part


# --- Staff --------------------------------------------------------------------------------------


def test_the_start_page_of_staff_lists_what_waits(editor, report):
    MistakeReport.objects.create(page="/", wrong="Else.", state=State.ACCEPTED)
    text = Page(editor.get(reverse("admin:index"))).text
    assert "1 report to be looked at" in text
    assert "1 report to be corrected" in text


def test_a_report_links_to_its_page_and_to_the_form_of_its_entry(editor, report):
    page = read(editor, reverse("admin:codes_mistakereport_change", args=[report.pk]))
    assert "/codes/97140/" in page.links
    assert any(re.fullmatch(r"/admin/codes/code/\d+/change/", link) for link in page.links)
    assert "reader@example.org" in page.text


def test_closing_a_report_deletes_the_e_mail_address(editor, reviewer, report):
    save(editor, report, state=State.ACCEPTED)
    report.refresh_from_db()
    assert report.contact == "reader@example.org", "it is still needed for the answer"
    save(editor, report, state=State.REJECTED, staff_note="It is right as it stands.")
    report.refresh_from_db()
    assert (report.state, report.contact) == (State.REJECTED, "")
    other = MistakeReport.objects.create(page="/", wrong="Else.", contact="other@example.org")
    save(reviewer, other, state=State.FIXED, was="It said A.", says_now="It says B.")
    other.refresh_from_db()
    assert other.contact == ""


def test_reports_are_accepted_and_rejected_from_the_list(editor, report):
    response = act(editor, "accept", report)
    assert "1 accepted." in texts(response)
    act(editor, "reject", report)
    report.refresh_from_db()
    assert (report.state, report.contact) == (State.REJECTED, "")


def test_an_editor_prepares_a_correction_and_a_reviewer_publishes_it(reader, editor, reviewer, report):
    save(editor, report, was="It said A.", says_now="It says B.")
    assert "is not one of the available choices" in errors_of(save(editor, report, state=State.FIXED))
    assert "It said A." not in read(reader, "/corrections/").text
    save(reviewer, report, state=State.FIXED)
    assert "It said A." in read(reader, "/corrections/").text
    save(editor, report, was="Nothing at all.", state=State.NEW)
    report.refresh_from_db()
    assert (report.was, report.state) == ("It said A.", State.FIXED)
    act(editor, "reject", report)
    report.refresh_from_db()
    assert report.state == State.FIXED


def test_a_correction_needs_both_sentences(reviewer, report):
    errors = errors_of(save(reviewer, report, state=State.FIXED, was="It said A."))
    assert "Readers are told what it says now." in errors
    with pytest.raises(IntegrityError), transaction.atomic():
        MistakeReport.objects.filter(pk=report.pk).update(state=State.FIXED)


def test_what_a_reader_wrote_cannot_be_changed_by_staff(reviewer, report):
    save(reviewer, report, wrong="Nothing is wrong.", page="/", state=State.ACCEPTED)
    report.refresh_from_db()
    assert (report.wrong, report.page, report.state) == (WRONG, "/codes/97140/", State.ACCEPTED)


def test_staff_who_find_a_mistake_themselves_write_a_report_too(editor):
    response = editor.post(
        reverse("admin:codes_mistakereport_add"),
        {"page": "/modifiers/59/", "wrong": "A source is outdated.", "should_be": "", "state": "new"}
        | {"staff_note": "", "was": "", "says_now": ""},
    )
    assert response.status_code == 302
    assert MistakeReport.objects.get().path == "/modifiers/59/"


def test_editors_answer_reports_and_reviewers_also_publish_and_delete(db):
    rights = {
        name: set(Group.objects.get(name=name).permissions.values_list("codename", flat=True))
        for name in ("Editor", "Reviewer")
    }
    assert {"view_mistakereport", "change_mistakereport", "add_mistakereport"} <= rights["Editor"]
    assert not {"publish_mistakereport", "delete_mistakereport"} & rights["Editor"]
    assert {"publish_mistakereport", "delete_mistakereport"} <= rights["Reviewer"]


def test_somebody_without_the_right_sees_no_report(report, db):
    outsider = member("otto", "Editor")
    outsider.user.groups.clear()
    assert outsider.get(reverse("admin:codes_mistakereport_changelist")).status_code == 403
    assert "Mistakes that readers report" not in Page(outsider.get(reverse("admin:index"))).text


def test_the_rights_can_be_taken_back_and_given_again(db):
    from django.apps import apps
    from django.db import connection

    class Schema:
        pass

    Schema.connection = connection
    MIGRATION.take_rights(apps, Schema)
    assert not Group.objects.filter(permissions__codename="change_mistakereport").exists()
    MIGRATION.give_rights(apps, Schema)
    assert Group.objects.filter(permissions__codename="change_mistakereport").count() == 2


# --- Corrections --------------------------------------------------------------------------------


@pytest.fixture
def corrected(report):
    report.state, report.was, report.says_now = State.FIXED, "It said A.", "It says B, after CMS."
    report.staff_note = "Between us."
    report.save()
    return report


def test_before_the_first_correction_the_list_says_so_and_since_when_it_is_kept(reader):
    text = read(reader, "/corrections/").text
    assert "No correction has been made yet." in text
    assert re.search(r"This list starts on \w+ \d+, \d{4}\.", text)


def test_a_correction_tells_page_mistake_and_what_it_says_now_and_nothing_of_the_reader(reader, corrected):
    page = read(reader, "/corrections/")
    for words in ("Code 97140", "It said A.", "It says B, after CMS.", "Corrected on"):
        assert words in page.text
    assert "/codes/97140/" in page.main_links
    for secret in (WRONG, "Between us.", "reader@example.org"):
        assert secret not in page.html


def test_a_correction_stands_on_the_page_that_it_corrects_and_on_no_other(reader, corrected):
    assert "It says B, after CMS." in read(reader, "/codes/97140/").main_text
    assert "It says B, after CMS." not in read(reader, "/codes/97124/").text


def test_a_report_that_is_not_corrected_is_shown_nowhere(reader, report):
    for path in ("/codes/97140/", "/corrections/", "/corrections/feed/"):
        assert WRONG not in reader.get(path).content.decode()


def test_corrections_cost_pages_no_query(reader, corrected, django_assert_max_num_queries, one_version):
    reader.get("/codes/97140/")
    with django_assert_max_num_queries(29):
        reader.get("/codes/97140/")


def test_corrections_can_be_followed_with_a_feed_reader(reader, corrected):
    assert reader.get("/corrections/feed/")["Content-Type"].startswith("application/atom+xml")
    feed = reader.get("/corrections/feed/").content.decode()
    assert "Corrected: Code 97140" in feed
    assert "It was wrong: It said A. It says now: It says B, after CMS." in feed
    assert f"/corrections/#correction-{corrected.pk}" in feed


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("/codes/97140/", "Code 97140"),
        ("/pairs/97124/97140/?date=2024-07-01", "97124 with 97140"),
        ("/faqs/massage-code/", "Question: massage code"),
        ("/visits/?line=97140:23", "/visits/?line=97140:23"),
        ("/", "The home page"),
        ("", "The site as a whole"),
    ],
)
def test_pages_are_called_by_name(page, name):
    assert corrections.page_name(page) == name
