"""The staff side, told as what a billing expert does there."""

import csv
import io
from datetime import date, datetime
from types import SimpleNamespace

import openpyxl
import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.forms import ModelMultipleChoiceField
from django.test import Client
from django.test.testcases import LiveServerThread
from django.urls import reverse
from playwright.sync_api import sync_playwright

from codes import markdown
from codes.models import (
    Category,
    CirculatingClaim,
    Citation,
    Code,
    Faq,
    LookAlike,
    LookAlikeGroup,
    MistakeReport,
    Modifier,
    PairEdit,
    RelativeValue,
    Release,
    SearchEntry,
    Source,
    Synonym,
    UnitLimit,
)
from codes.models.base import State
from tests.needs import CHROMIUM

pytestmark = pytest.mark.django_db

REVIEWED = date(2026, 11, 1)

# --- People and rows --------------------------------------------------------------------------


def member(name, group=None):
    user = User.objects.create(
        username=name, password="a long password", is_staff=True, is_superuser=group is None
    )
    if group:
        user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture
def editor(db):
    return member("edith", "Editor")


@pytest.fixture
def reviewer(db):
    return member("rita", "Reviewer")


@pytest.fixture
def category(db):
    return Category.objects.create(slug="test-category", name="Test category")


@pytest.fixture
def source(db):
    return Source.objects.create(
        slug="test-source", title="Test manual", publisher="CMS", kind=Source.Kind.MANUAL, edition="2026"
    )


def make_code(category, number="99901", **values):
    standard = {
        "system": Code.System.CPT_1,
        "category": category,
        "name": f"Test code {number}",
        "timing": "timed",
        "summary": "A code for tests.",
        "unit_minutes": 15,
        "attendance": "constant",
        "therapy_status": "always",
        "state": State.PUBLISHED,
        "last_reviewed": REVIEWED,
    }
    return Code.objects.create(number=number, **{**standard, **values})


def make_faq(slug="test-question", **values):
    standard = {
        "question": "May I?",
        "answer": "You may.",
        "detail": "Because of **that**.",
        "topic": "units",
        "state": State.PUBLISHED,
        "last_reviewed": REVIEWED,
    }
    return Faq.objects.create(slug=slug, **{**standard, **values})


def cite(source, statement="It says so.", **owner):
    return Citation.objects.create(
        source=source, topic="answer", statement=statement, confidence="C", checked_on=REVIEWED, **owner
    )


@pytest.fixture
def code(category, source):
    code = make_code(category)
    cite(source, code=code)
    return code


@pytest.fixture
def faq(source):
    faq = make_faq()
    cite(source, faq=faq)
    return faq


@pytest.fixture
def release(source):
    return Release.objects.create(
        slug="test-ptp",
        table="ptp",
        setting="practitioner",
        name="Test PTP",
        quarter="2024 Q3",
        effective_on=date(2024, 7, 1),
        source=source,
        is_current=False,
    )


# --- Pages ------------------------------------------------------------------------------------


def page(model, view, *args):
    return reverse(f"admin:codes_{model._meta.model_name}_{view}", args=args)


def change_page(row):
    return page(type(row), "change", row.pk)


def sent(response, **changes):
    """What a browser would send for the form on a page, with some fields filled in differently."""
    forms = [response.context["adminform"].form]
    for inline in response.context.get("inline_admin_formsets") or []:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data = {}
    for form in forms:
        for field in form:
            value = field.value()
            if value is None and isinstance(field.field, ModelMultipleChoiceField):
                continue
            if isinstance(value, list | tuple):
                data[field.html_name] = [getattr(item, "pk", item) for item in value]
            elif isinstance(value, bool):
                data |= {field.html_name: "on"} if value else {}
            else:
                data[field.html_name] = "" if value is None else value
    return {**data, **changes}


def save(client, row, **changes):
    return client.post(change_page(row), sent(client.get(change_page(row)), **changes), follow=True)


def texts(response):
    return [str(message) for message in response.context["messages"]]


def errors_of(response):
    found = [str(error) for error in response.context["adminform"].form.non_field_errors()]
    for errors in response.context["adminform"].form.errors.values():
        found += errors
    for inline in response.context.get("inline_admin_formsets") or []:
        found += inline.formset.non_form_errors()
    return " ".join(found)


def act(client, action, *rows):
    return client.post(
        page(type(rows[0]), "changelist"),
        {"action": action, "_selected_action": [row.pk for row in rows]},
        follow=True,
    )


# --- Draft and published ----------------------------------------------------------------------


def test_what_an_editor_adds_is_a_draft_whatever_was_sent(editor):
    form = editor.get(page(Faq, "add"))
    data = sent(form, question="A new one?", slug="a-new-one", answer="Yes.", topic="units")
    editor.post(page(Faq, "add"), {**data, "state": "published", "last_reviewed": "2026-11-01"})
    faq = Faq.objects.get(slug="a-new-one")
    assert faq.state == State.DRAFT
    assert faq.last_reviewed is None


def test_an_editor_cannot_publish(editor, source):
    draft = make_faq("test-draft", state=State.DRAFT)
    cite(source, faq=draft)
    save(editor, draft, state="published")
    act(editor, "publish", draft)
    draft.refresh_from_db()
    assert draft.state == State.DRAFT


def test_an_editor_corrects_a_published_text_and_it_stays_published(editor, faq):
    save(editor, faq, answer="You may, on Mondays.", state="draft")
    faq.refresh_from_db()
    assert faq.answer == "You may, on Mondays."
    assert faq.state == State.PUBLISHED


def test_an_editor_can_neither_delete_an_entry_nor_change_a_table(editor, faq, release):
    assert editor.post(page(Faq, "delete", faq.pk), {"post": "yes"}).status_code == 403
    assert editor.get(page(PairEdit, "add")).status_code == 403
    assert editor.get(page(PairEdit, "changelist")).status_code == 200


def test_a_reviewer_publishes_on_the_form(reviewer, source):
    draft = make_faq("test-draft", state=State.DRAFT)
    cite(source, faq=draft)
    save(reviewer, draft, state="published")
    draft.refresh_from_db()
    assert draft.is_published


def test_nothing_is_published_without_a_citation(reviewer):
    draft = make_faq("test-draft", state=State.DRAFT)
    answer = save(reviewer, draft, state="published")
    assert "A published entry needs at least one citation" in errors_of(answer)
    draft.refresh_from_db()
    assert draft.state == State.DRAFT


def test_the_last_citation_of_a_published_entry_stays(reviewer, faq):
    answer = save(reviewer, faq, **{"citations-0-DELETE": "on"})
    assert "A published entry needs at least one citation" in errors_of(answer)
    assert faq.citations.count() == 1


def test_a_citation_added_in_the_same_step_is_enough_to_publish(reviewer, source):
    draft = make_faq("test-draft", state=State.DRAFT)
    form = sent(reviewer.get(change_page(draft)), state="published")
    form |= {
        "citations-TOTAL_FORMS": 1,
        "citations-0-source": source.pk,
        "citations-0-topic": "answer",
        "citations-0-statement": "So it says.",
        "citations-0-confidence": "C",
        "citations-0-checked_on": "2026-11-01",
        "citations-0-id": "",
        "citations-0-faq": draft.pk,
    }
    reviewer.post(change_page(draft), form)
    draft.refresh_from_db()
    assert draft.is_published
    assert draft.citations.get().statement == "So it says."


def test_publish_says_which_entries_lack_a_citation_and_publishes_the_others(reviewer, source):
    ready, bare = make_faq("ready", state=State.DRAFT), make_faq("bare", question="Bare?", state=State.DRAFT)
    cite(source, faq=ready)
    answer = act(reviewer, "publish", ready, bare)
    assert any("Not published" in text and "Bare?" in text for text in texts(answer))
    assert Faq.objects.get(slug="ready").is_published
    assert not Faq.objects.get(slug="bare").is_published


def test_a_reviewer_returns_entries_to_draft(reviewer, faq):
    answer = act(reviewer, "return_to_draft", faq)
    assert texts(answer) == ["Returned to draft: May I?."]
    faq.refresh_from_db()
    assert faq.state == State.DRAFT


def test_a_reviewer_marks_entries_as_reviewed_today(reviewer, faq, today):
    act(reviewer, "mark_reviewed", faq)
    faq.refresh_from_db()
    assert faq.last_reviewed == today
    assert faq.history.first().history_change_reason == "Reviewed today"
    assert faq.history.first().history_user == reviewer.user


def test_an_editor_is_not_offered_what_only_reviewers_do(editor, faq):
    text = editor.get(page(Faq, "changelist")).content.decode()
    assert "mark_reviewed" not in text
    assert 'value="publish"' not in text


def test_a_draft_is_not_linked_to_the_site(reviewer, faq):
    address = f'href="{faq.get_absolute_url()}"'
    assert address in reviewer.get(change_page(faq)).content.decode()
    act(reviewer, "return_to_draft", faq)
    assert "View on site" not in reviewer.get(change_page(faq)).content.decode()


def test_the_address_of_a_published_entry_is_fixed(reviewer, faq, code):
    save(reviewer, faq, slug="another-address")
    save(reviewer, code, number="99999")
    faq.refresh_from_db()
    code.refresh_from_db()
    assert (faq.slug, code.number) == ("test-question", "99901")


# --- Needs review -----------------------------------------------------------------------------


def test_the_front_page_counts_what_needs_review(reviewer, today):
    before = Faq.objects.due_for_review().count()
    make_faq("old", last_reviewed=date(2024, 1, 1))
    make_faq("never", last_reviewed=None)
    make_faq("fresh", last_reviewed=today)
    answer = reviewer.get(reverse("admin:index"))
    row = next(row for row in answer.context["review"] if row["name"] == "questions")
    assert row["due"] == before + 2
    assert f"{before + 2} need review" in answer.content.decode()
    listed = reviewer.get(row["due_url"]).context["cl"].queryset
    assert {"old", "never"} <= set(listed.values_list("slug", flat=True))
    assert "fresh" not in set(listed.values_list("slug", flat=True))


@pytest.mark.parametrize(("choice", "expected"), [("never", {"never"}), ("fresh", {"fresh"})])
def test_lists_are_filtered_by_review(reviewer, today, choice, expected):
    make_faq("old", last_reviewed=date(2024, 1, 1))
    make_faq("never", last_reviewed=None)
    make_faq("fresh", last_reviewed=today)
    listed = reviewer.get(page(Faq, "changelist"), {"review": choice}).context["cl"].queryset
    assert set(listed.values_list("slug", flat=True)) & {"old", "never", "fresh"} == expected


# --- Validation -------------------------------------------------------------------------------


def new_code(client, category, **changes):
    form = sent(client.get(page(Code, "add")))
    values = {
        "number": "99950",
        "system": "cpt1",
        "category": category.pk,
        "name": "New",
        "summary": "New.",
        "timing": "timed",
        "unit_minutes": 15,
        "attendance": "constant",
        "therapy_status": "no",
    }
    return client.post(page(Code, "add"), {**form, **values, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"number": "9714"}, "A code has five characters"),
        ({"unit_minutes": ""}, "A timed code needs the minutes of one unit"),
        ({"timing": "untimed"}, "Only a timed code has minutes"),
        ({"retired_on": "2020-01-01"}, "Enter 2020, the year of the retirement date"),
        ({"retired_on": "2020-01-01", "retired_year": 2019}, "must be the year of the retirement date"),
        ({"licensed_descriptor": "Their words"}, "may be entered only by the holder of a licence"),
        ({"summary": ""}, "This field is required"),
    ],
)
def test_a_code_that_cannot_be_right_is_refused_with_a_reason(editor, category, changes, message):
    assert message in errors_of(new_code(editor, category, **changes))
    assert not Code.objects.filter(number="99950").exists()


def test_only_a_retired_code_is_replaced_by_another(editor, category, code):
    answer = new_code(editor, category, replaced_by=[code.pk])
    assert "Only a retired code is replaced by another" in errors_of(answer)
    new_code(editor, category, replaced_by=[code.pk], retired_year=2020)
    assert Code.objects.get(number="99950").replaced_by.get() == code


def test_small_letters_and_spaces_in_a_number_are_forgiven(editor, category):
    new_code(editor, category, number=" g9995 ", system="hcpcs2")
    assert Code.objects.filter(number="G9995").exists()


def new_edit(client, release, **changes):
    values = {
        "release": release.pk,
        "column_one": "99901",
        "column_two": "99902",
        "indicator": 1,
        "effective_basis": "exact",
        "effective_on": "2020-01-01",
    }
    return client.post(
        page(PairEdit, "add"), {**sent(client.get(page(PairEdit, "add"))), **values, **changes}
    )


def test_a_pair_in_force_in_both_directions_is_refused_and_the_other_row_named(reviewer, release):
    other = PairEdit.objects.create(
        release=release, column_one="99902", column_two="99901", indicator=0, effective_on=date(2019, 1, 1)
    )
    message = errors_of(new_edit(reviewer, release))
    assert "the other way round: 99902 in column one, 99901 in column two" in message
    assert "since 2019-01-01" in message
    assert f"(row {other.pk})" in message
    other.deleted_on = date(2019, 12, 31)
    other.save()
    new_edit(reviewer, release)
    assert PairEdit.objects.filter(column_one="99901", column_two="99902").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"deleted_on": "2020-01-01"}, "never in force: choose 9"),
        ({"indicator": 9}, "Indicator 9 stands only where"),
        ({"indicator": 9, "deleted_on": "2020-02-01"}, "Indicator 9 stands only where"),
        ({"column_two": "99901"}, "must hold different codes"),
        ({"deleted_on": "2019-01-01"}, "lies before the effective date"),
    ],
)
def test_an_edit_that_cannot_be_right_is_refused_with_a_reason(reviewer, release, changes, message):
    assert message in errors_of(new_edit(reviewer, release, **changes))


def test_indicator_9_is_accepted_where_both_dates_are_the_same(reviewer, release):
    new_edit(reviewer, release, indicator=9, deleted_on="2020-01-01")
    assert PairEdit.objects.filter(column_one="99901", indicator=9).exists()


def test_a_published_group_of_look_alikes_needs_two_codes(reviewer, source, code):
    group = LookAlikeGroup.objects.create(slug="test-group", title="Test group")
    LookAlike.objects.create(group=group, code=code, difference="This one.")
    cite(source, lookalike_group=group)
    assert "needs at least two codes" in errors_of(save(reviewer, group, state="published"))


# --- History ----------------------------------------------------------------------------------


def version(row, number=-1):
    """A version of a row by its place, oldest first."""
    return list(row.history.order_by("history_date", "history_id"))[number]


def revert(client, row, record):
    address = page(type(row), "simple_history", row.pk, record.pk)
    return client.post(address, sent(client.get(address)), follow=True)


def test_the_history_shows_who_changed_what(editor, faq):
    save(editor, faq, answer="You may, on Mondays.", topic="massage")
    text = editor.get(page(Faq, "history", faq.pk)).content.decode()
    assert "edith" in text
    assert '<strong>Answer:</strong> <span class="diff">You may<ins>, on Mondays</ins>.</span>' in text
    assert "<del>Minutes and units</del> → <ins>Massage therapists</ins>" in text


def test_one_step_is_one_version(editor, faq, code):
    Faq.history.all().delete()
    save(editor, faq, answer="Other.", codes=[code.pk], **{"citations-0-statement": "It says otherwise."})
    assert [record.history_change_reason for record in faq.history.order_by("history_id")] == [
        "Before the first change",
        "",
    ]


def test_a_new_entry_has_one_version(editor, code):
    form = sent(
        editor.get(page(Faq, "add")), question="N?", slug="n", answer="Y.", topic="units", codes=[code.pk]
    )
    editor.post(page(Faq, "add"), form)
    record = Faq.objects.get(slug="n").history.get()
    assert record.history_type == "+"
    assert [link.code for link in record.codes.all()] == [code]


def test_revert_brings_the_old_text_back(editor, faq):
    save(editor, faq, answer="You may not.", detail="For\r\nno reason.")
    answer = revert(editor, faq, version(faq, 0))
    faq.refresh_from_db()
    assert faq.answer == "You may."
    assert faq.detail == "Because of **that**."
    assert "is back at its version of" in texts(answer)[0]
    assert "Back to the version of" in faq.history.first().history_change_reason


def test_revert_works_for_entries_that_were_loaded_and_have_no_history(editor, faq):
    Faq.history.all().delete()
    save(editor, faq, answer="You may not.")
    revert(editor, faq, version(faq, 0))
    faq.refresh_from_db()
    assert faq.answer == "You may."


def test_revert_brings_codes_and_citations_back(editor, faq, code, source, category):
    Citation.history.all().delete()
    faq.codes.set([code])
    other = make_code(category, "99902")
    first = faq.citations.get()
    save(
        editor,
        faq,
        codes=[other.pk],
        **{"citations-0-statement": "It says otherwise."},
        **{"citations-TOTAL_FORMS": 2, "citations-1-source": source.pk, "citations-1-topic": "answer"},
        **{"citations-1-statement": "So does this.", "citations-1-confidence": "C"},
        **{"citations-1-checked_on": "2026-11-01", "citations-1-faq": faq.pk},
    )
    assert faq.citations.count() == 2
    before = next(record for record in faq.history.order_by("-history_id")[1:])
    shown = editor.get(page(Faq, "simple_history", faq.pk, before.pk)).content.decode()
    assert "It says so." in shown
    assert "So does this." not in shown
    revert(editor, faq, before)
    assert list(faq.codes.all()) == [code]
    assert faq.citations.get().pk == first.pk
    assert faq.citations.get().statement == "It says so."
    revert(editor, faq, version(faq, -2))
    assert set(faq.citations.values_list("statement", flat=True)) == {"It says otherwise.", "So does this."}
    assert list(faq.codes.all()) == [other]


def test_a_removed_citation_comes_back(editor, faq, source):
    Citation.history.all().delete()
    second = cite(source, "Second.", faq=faq)
    Citation.history.all().delete()
    save(editor, faq, **{"citations-1-DELETE": "on"})
    assert faq.citations.count() == 1
    assert "Removed" in editor.get(page(Faq, "history", faq.pk)).content.decode()
    revert(editor, faq, version(faq, 0))
    assert faq.citations.get(pk=second.pk).statement == "Second."


def test_an_editor_who_goes_back_does_not_publish(editor, reviewer, faq):
    act(reviewer, "return_to_draft", faq)
    published = next(record for record in faq.history.all() if record.state == State.PUBLISHED)
    revert(editor, faq, published)
    faq.refresh_from_db()
    assert faq.state == State.DRAFT


def test_a_deleted_entry_can_be_brought_back(reviewer, faq):
    pk = faq.pk
    reviewer.post(page(Faq, "delete", pk), {"post": "yes"})
    assert not Faq.objects.filter(pk=pk).exists()
    listed = reviewer.get(page(Faq, "deleted")).content.decode()
    record = Faq.history.filter(id=pk).first()
    address = page(Faq, "simple_history", pk, record.pk)
    assert address in listed
    reviewer.post(address, sent(reviewer.get(address), state="draft"))
    assert Faq.objects.get(pk=pk).answer == "You may."
    assert Citation.objects.get(faq=pk).statement == "It says so."


def test_a_history_that_is_not_there_is_not_found(editor, faq):
    assert editor.get(page(Faq, "simple_history", faq.pk, 999999)).status_code == 404
    assert editor.get(f"/admin/codes/faq/{faq.pk}/history/x/").status_code == 404


@pytest.mark.parametrize("model", [Code, Modifier, Faq, CirculatingClaim, LookAlikeGroup, Source])
def test_these_keep_their_history(reviewer, model):
    assert hasattr(model, "history")
    assert reverse(f"admin:codes_{model._meta.model_name}_simple_history", args=[1, 1])


# --- Markdown ---------------------------------------------------------------------------------


def test_the_form_shows_the_text_as_the_site_will_show_it(editor, faq):
    text = editor.get(change_page(faq)).content.decode()
    assert "<p>Because of <strong>that</strong>.</p>" in text


def test_the_preview_answers_with_the_same_html_as_the_site(editor):
    answer = editor.post(page(Faq, "preview"), {"text": "- **one**\n- two"})
    assert answer.content.decode() == markdown.render("- **one**\n- two")


def test_the_preview_is_for_staff_only(client):
    assert client.post(page(Faq, "preview"), {"text": "x"}).status_code == 302


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a **b** *c* `d`", "<p>a <strong>b</strong> <em>c</em> <code>d</code></p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("[a](/codes/97140/)", '<p><a href="/codes/97140/">a</a></p>'),
        ("[a](https://www.cms.gov/)", '<p><a href="https://www.cms.gov/">a</a></p>'),
        ("[a](http://www.cms.gov/)", "<p><a>a</a></p>"),
        ("[a](//elsewhere.example/)", "<p><a>a</a></p>"),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"),
        ("[a](mailto:a@b.c)", "<p><a>a</a></p>"),
        ("# big", "<h3>big</h3>"),
        ("#### small", "<h4>small</h4>"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("![x](https://a.example/b.png)", "<p></p>"),
        ("", ""),
    ],
)
def test_markdown_is_rendered_safely(text, html):
    assert markdown.render(text) == html


def test_markdown_tables_carry_no_style():
    html = markdown.render("| a | b |\n| --- | ---: |\n| 1 | 2 |")
    assert "<td>2</td>" in html
    assert "style" not in html


# --- Import and export ------------------------------------------------------------------------


def upload(client, model, rows, name="file.csv"):
    if name.endswith(".xlsx"):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        stream = io.BytesIO()
        book.save(stream)
        content = stream.getvalue()
    else:
        stream = io.StringIO()
        csv.writer(stream).writerows(rows)
        content = stream.getvalue().encode("utf-8-sig")
    return client.post(
        page(model, "import"), {"import_file": SimpleUploadedFile(name, content), "resource": "0"}
    )


def confirm(client, model, response):
    form = response.context["confirm_form"]
    return client.post(
        page(model, "process_import"), {field.name: field.value() for field in form}, follow=True
    )


def problems(response):
    return [(row["row"], row["column"], row["message"]) for row in response.context["preview"]["problems"]]


def export(client, model, kind, **search):
    address = page(model, "export") + ("?" + "&".join(f"{key}={value}" for key, value in search.items()))
    number = {"csv": "0", "xlsx": "1"}[kind]
    return client.post(address, {"format": number, "resource": "0"})


FAQ_HEADINGS = ["slug", "question", "answer", "topic"]


def test_importing_a_csv_shows_what_would_change_and_changes_nothing_until_confirmed(editor, faq):
    rows = [
        FAQ_HEADINGS,
        ["test-question", "May I?", "You may, on Mondays.", "units"],
        ["new", "N?", "Y.", "units"],
    ]
    answer = upload(editor, Faq, rows)
    text = answer.content.decode()
    assert "1 new, 1 changed, 0 unchanged" in text
    assert "You may<ins>, on Mondays</ins>." in text
    faq.refresh_from_db()
    assert faq.answer == "You may."
    assert not Faq.objects.filter(slug="new").exists()

    done = confirm(editor, Faq, answer)
    assert texts(done) == ["Import finished: 1 new, 1 changed, 0 unchanged."]
    faq.refresh_from_db()
    assert faq.answer == "You may, on Mondays."
    assert Faq.objects.get(slug="new").state == State.DRAFT


def test_an_import_is_in_the_history_with_the_file_and_the_person(editor, faq):
    confirm(editor, Faq, upload(editor, Faq, [["slug", "answer"], ["test-question", "Other."]], "march.csv"))
    record = faq.history.first()
    assert record.history_change_reason == "Import of march.csv"
    assert record.history_user == editor.user
    assert faq.history.last().answer == "You may."


def test_columns_that_are_left_out_stay_as_they_are(editor, faq, code):
    faq.codes.set([code])
    confirm(editor, Faq, upload(editor, Faq, [["slug", "answer"], ["test-question", "Other."]]))
    faq.refresh_from_db()
    assert faq.detail == "Because of **that**."
    assert faq.is_published
    assert list(faq.codes.all()) == [code]


def test_an_empty_state_does_not_unpublish(reviewer, faq):
    rows = [["slug", "answer", "state"], ["test-question", "Other.", ""]]
    confirm(reviewer, Faq, upload(reviewer, Faq, rows))
    faq.refresh_from_db()
    assert (faq.answer, faq.state) == ("Other.", State.PUBLISHED)


def test_an_import_cannot_publish_for_an_editor(editor, source):
    draft = make_faq("test-draft", state=State.DRAFT)
    cite(source, faq=draft)
    answer = upload(editor, Faq, [["slug", "state"], ["test-draft", "published"]])
    assert problems(answer) == [
        (2, "state", "You may not publish or unpublish. Leave the column out, or ask a reviewer.")
    ]
    assert "confirm_form" not in answer.context
    reviewed = upload(editor, Faq, [["slug", "last_reviewed"], ["test-draft", "2026-11-20"]])
    assert problems(reviewed)[0][:2] == (2, "last_reviewed")


def test_an_import_publishes_for_a_reviewer_only_what_has_a_citation(reviewer, source):
    draft = make_faq("test-draft", state=State.DRAFT)
    answer = upload(reviewer, Faq, [["slug", "state"], ["test-draft", "published"]])
    assert "needs at least one citation" in problems(answer)[0][2]
    cite(source, faq=draft)
    confirm(reviewer, Faq, upload(reviewer, Faq, [["slug", "state"], ["test-draft", "Published"]]))
    draft.refresh_from_db()
    assert draft.is_published


def test_errors_are_told_by_row_and_column_in_plain_words(editor, category):
    rows = [
        [
            "number",
            "system",
            "category",
            "name",
            "summary",
            "timing",
            "attendance",
            "therapy_status",
            "unit_minutes",
        ],
        ["99960", "cpt1", "test-category", "Good", "Good.", "untimed", "constant", "no", ""],
        ["9714", "cpt1", "test-category", "Short", "S.", "untimed", "constant", "no", ""],
        ["99961", "cpt1", "nowhere", "N", "N.", "sometimes", "constant", "no", "many"],
        ["99962", "cpt1", "test-category", "T", "T.", "timed", "constant", "no", ""],
    ]
    found = problems(upload(editor, Code, rows))
    assert (4, "category", "There is no category “nowhere”.") in found
    assert (4, "timing", "“sometimes” is not one of: timed, untimed, banded.") in found
    assert (4, "unit_minutes", "“many” is not a whole number.") in found
    assert (5, "unit_minutes", "A timed code needs the minutes of one unit, most often 15.") in found
    assert any(row == 3 and column == "number" and "five characters" in text for row, column, text in found)
    assert not [row for row, _, _ in found if row == 2]
    assert not Code.objects.filter(number="99960").exists()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["question"], ["x"]], "no column “slug”"),
        ([["slug", "anwser"], ["a", "b"]], "“anwser” is not known"),
        ([["slug"], ["a"], ["A"]], "Rows 2 and 3 are both about a"),
    ],
)
def test_what_is_wrong_with_a_whole_file_is_told_at_once(editor, rows, message):
    answer = upload(editor, Faq, rows)
    assert message in problems(answer)[0][2]
    assert "Traceback" not in answer.content.decode()


def test_a_file_of_another_kind_is_refused(editor):
    answer = upload(editor, Faq, [["slug"], ["a"]], "file.txt")
    assert "ends in .csv or .xlsx" in answer.content.decode()
    broken = SimpleUploadedFile("broken.xlsx", b"this is no workbook")
    answer = editor.post(page(Faq, "import"), {"import_file": broken, "resource": "0"})
    assert "could not be read" in answer.content.decode()


def test_unchanged_rows_are_skipped(editor, code):
    Synonym.objects.create(code=code, term="rubbing")
    Synonym.objects.create(code=code, term="MFX", kind="abbreviation")
    dataset = export(editor, Code, "csv", q="99901").content.decode()
    answer = editor.post(
        page(Code, "import"),
        {"import_file": SimpleUploadedFile("codes.csv", dataset.encode()), "resource": "0"},
    )
    assert "0 new, 0 changed, 1 unchanged" in answer.content.decode()


def test_synonyms_are_one_column_with_semicolons(editor, code):
    Synonym.objects.create(code=code, term="rubbing")
    Synonym.objects.create(code=code, term="kneading")
    rows = [["number", "synonyms"], ["99901", "rubbing; MFX (abbreviation)"]]
    answer = upload(editor, Code, rows)
    assert "kneading" in answer.content.decode()
    confirm(editor, Code, answer)
    assert set(code.synonyms.values_list("term", "kind")) == {("rubbing", "lay"), ("MFX", "abbreviation")}


def test_relations_are_written_as_numbers_with_spaces(editor, faq, code, category):
    make_code(category, "99902")
    confirm(editor, Faq, upload(editor, Faq, [["slug", "codes"], ["test-question", "99901 99902"]]))
    assert set(faq.codes.values_list("number", flat=True)) == {"99901", "99902"}
    rows = list(csv.DictReader(io.StringIO(export(editor, Faq, "csv", q="test-question").content.decode())))
    assert rows[0]["codes"] == "99901 99902"
    assert "There is no code “99909”." in str(
        problems(upload(editor, Faq, [["slug", "codes"], ["new", "99909"]]))
    )


def test_a_workbook_from_excel_with_numbers_and_dates_is_understood(reviewer, category):
    rows = [
        [
            *("number", "system", "category", "name", "summary", "timing", "unit_minutes", "attendance"),
            *("therapy_status", "last_reviewed"),
        ],
        [
            99970,
            "CPT category I",
            "test-category",
            "N",
            "S.",
            "Timed",
            15.0,
            "constant",
            "no",
            datetime(2026, 1, 2),
        ],
        [None] * 10,
    ]
    answer = upload(reviewer, Code, rows, "codes.xlsx")
    assert "preview" in answer.context, answer.content.decode()
    confirm(reviewer, Code, answer)
    made = Code.objects.get(number="99970")
    assert (made.unit_minutes, made.last_reviewed, made.timing) == (15, date(2026, 1, 2), "timed")


def test_xlsx_export_opens_with_openpyxl(editor, code):
    answer = export(editor, Code, "xlsx", q="99901")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    headings = [cell.value for cell in sheet[1]]
    row = dict(zip(headings, [cell.value for cell in sheet[2]], strict=True))
    assert row["number"] == "99901"
    assert row["category"] == "test-category"
    assert row["unit_minutes"] == 15
    assert row["last_reviewed"].date() == REVIEWED
    assert "xlsx" in answer["Content-Disposition"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_holds_no_formulas_and_comes_back_unchanged(editor, kind):
    texts_ = ["=1+1", "+1", "-1\n- two", "@SUM(A1)", "plain"]
    for number, text in enumerate(texts_):
        make_faq(f"test-formula-{number}", detail=text)
    content = export(editor, Faq, kind, q="test-formula").content
    if kind == "csv":
        cells = [row["detail"] for row in csv.DictReader(io.StringIO(content.decode()))]
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        place = [cell.value for cell in sheet[1]].index("detail")
        cells = [row[place].value for row in sheet.iter_rows(min_row=2)]
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert sorted(cells) == sorted([f"'{text}" for text in texts_[:-1]] + ["plain"])
    answer = editor.post(
        page(Faq, "import"), {"import_file": SimpleUploadedFile(f"back.{kind}", content), "resource": "0"}
    )
    assert "0 new, 0 changed, 5 unchanged" in answer.content.decode()


def test_only_csv_and_xlsx_are_offered(editor):
    form = editor.get(page(Code, "export")).context["form"]
    assert [label for _, label in form.fields["format"].choices] == ["CSV", "XLSX"]


def test_an_import_needs_the_right_to_change(editor, release):
    assert editor.get(page(PairEdit, "import")).status_code == 403
    assert editor.get(page(PairEdit, "export")).status_code == 200


def test_pair_edits_are_imported_with_the_rules_of_the_form(reviewer, release):
    PairEdit.objects.create(release=release, column_one="99902", column_two="99901", indicator=0)
    headings = ["release", "column_one", "column_two", "effective_on", "deleted_on", "indicator"]
    rows = [
        headings,
        ["test-ptp", "99901", "99902", "2020-01-01", "", "1"],
        ["test-ptp", "99903", "99904", "1/31/2020", "2020-01-31", "1"],
        ["test-ptp", "99905", "99906", "soon", "", "1"],
        ["test-ptp", "99905", "99906", "", "later", "1"],
    ]
    found = problems(upload(reviewer, PairEdit, rows))
    assert [(row, column) for row, column, _ in found] == [
        (2, "column_two"),
        (3, "indicator"),
        (4, "effective_on"),
        (5, "deleted_on"),
    ]
    confirm(reviewer, PairEdit, upload(reviewer, PairEdit, [headings, ["test-ptp", 99903, 99904, "", "", 0]]))
    assert PairEdit.objects.get(column_one="99903").effective_on is None


def test_an_import_ends_an_edit_and_adds_the_next_period(reviewer, release):
    pair = {"release": release, "column_one": "99903", "column_two": "99904"}
    first = PairEdit.objects.create(**pair, indicator=1, deleted_on=date(2019, 12, 31))
    second = PairEdit.objects.create(**pair, indicator=1)
    headings = ["release", "column_one", "column_two", "effective_on", "deleted_on", "indicator"]
    rows = [
        headings,
        ["test-ptp", "99903", "99904", "", "2019-12-31", "1"],
        ["test-ptp", "99903", "99904", "", "2024-12-31", "1"],
        ["test-ptp", "99903", "99904", "2025-01-01", "", "0"],
    ]
    answer = upload(reviewer, PairEdit, rows)
    assert "1 new, 1 changed, 1 unchanged" in answer.content.decode()
    confirm(reviewer, PairEdit, answer)
    periods = PairEdit.objects.filter(**pair).order_by("pk").values_list("pk", "deleted_on", "indicator")
    assert list(periods[:2]) == [(first.pk, date(2019, 12, 31), 1), (second.pk, date(2024, 12, 31), 1)]
    assert list(periods[2:].values_list("effective_on", "deleted_on")) == [(date(2025, 1, 1), None)]


def test_a_stored_upload_is_found_only_by_its_signed_name(editor, faq):
    form = {"import_file_name": "passwd", "original_file_name": "x.csv", "format": "0", "resource": "0"}
    answer = editor.post(page(Faq, "process_import"), form)
    assert "This preview is too old" in answer.content.decode()


def test_an_import_that_no_longer_fits_changes_nothing(editor, reviewer, category):
    rows = [
        ["number", "system", "category", "name", "summary", "timing", "attendance", "therapy_status"],
        ["99981", "cpt1", "test-category", "A", "A.", "untimed", "constant", "no"],
        ["99982", "cpt1", "test-category", "B", "B.", "untimed", "constant", "no"],
    ]
    answer = upload(editor, Code, rows)
    User.objects.get(username="edith").groups.clear()
    User.objects.get(username="edith").user_permissions.add(*permissions("view_code", "change_code"))
    done = confirm(editor, Code, answer)
    assert "Nothing was imported" in texts(done)[0]
    assert not Code.objects.filter(number__in=["99981", "99982"]).exists()


def permissions(*codenames):
    return Permission.objects.filter(content_type__app_label="codes", codename__in=codenames)


# --- Lists ------------------------------------------------------------------------------------

LISTS = [
    *(Code, Modifier, Faq, CirculatingClaim, LookAlikeGroup, Source, Category, Release, PairEdit, UnitLimit),
]


def fill(model, number, category, source, release):
    """A few rows of a table."""
    for index in range(number):
        key = f"{model._meta.model_name}-{number}-{index}"
        if model is Code:
            own = Category.objects.create(slug=key, name=key)
            make_code(own, f"Z{number:02}{index:02}")
        elif model is Modifier:
            Modifier.objects.create(
                code=f"{number % 10}{chr(65 + index)}", name=key, kind="other", bypasses_ptp=False
            )
        elif model is Faq:
            make_faq(key)
        elif model is CirculatingClaim:
            values = {
                "number": 9000 + number * 20 + index,
                "text": key,
                "verdict": "true",
                "correction": "C.",
            }
            CirculatingClaim.objects.create(slug=key, **values)
        elif model is LookAlikeGroup:
            LookAlikeGroup.objects.create(slug=key, title=key)
        elif model is Source:
            Source.objects.create(slug=key, title=key, publisher="CMS", kind="manual")
        elif model is Category:
            Category.objects.create(slug=key, name=key)
        elif model is Release:
            values = {"name": key, "quarter": "Q", "effective_on": REVIEWED, "source": source}
            Release.objects.create(slug=key, table="ptp", **values)
        elif model is PairEdit:
            PairEdit.objects.create(
                release=release, column_one="99901", column_two=f"98{number:02}{index}"[:5], indicator=0
            )
        elif model is UnitLimit:
            UnitLimit.objects.create(release=release, number=f"9{number:02}{index:02}", value=1, mai=2)


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model.__name__)
def test_list_pages_need_a_constant_number_of_queries(
    reviewer, category, source, release, model, django_assert_max_num_queries
):
    fill(model, 2, category, source, release)
    reviewer.get(page(model, "changelist"))
    with django_assert_max_num_queries(40) as few:
        reviewer.get(page(model, "changelist"))
    fill(model, 9, category, source, release)
    with django_assert_max_num_queries(len(few)):
        assert reviewer.get(page(model, "changelist")).status_code == 200


def test_pairs_are_found_by_both_codes_in_either_order(editor, release):
    PairEdit.objects.create(release=release, column_one="99901", column_two="99902", indicator=0)
    PairEdit.objects.create(release=release, column_one="99901", column_two="99903", indicator=0)
    for words in ("99901 99902", "99902 99901"):
        found = editor.get(page(PairEdit, "changelist"), {"q": words}).context["cl"].queryset
        assert [edit.column_two for edit in found] == ["99902"]


def test_rows_of_fee_tables_and_changes_are_looked_up_and_not_edited(editor, reviewer, release):
    row = RelativeValue.objects.create(
        release=release, number="97140", status="A", work="0.43", non_facility_pe="0.35", facility_pe="0.35",
        malpractice="0.01", non_facility_na=False, facility_na=False, conversion_factor="32.3465",
    )  # fmt: skip
    RelativeValue.objects.create(
        release=release, number="97124", status="A", work="0.35", non_facility_pe="0.50", facility_pe="0.50",
        malpractice="0.01", non_facility_na=False, facility_na=False, conversion_factor="32.3465",
    )  # fmt: skip
    for person in (editor, reviewer):
        found = person.get(page(RelativeValue, "changelist"), {"q": "97140"})
        assert list(found.context["cl"].queryset) == [row]
        assert "32.3465" in person.get(change_page(row)).content.decode()
        assert person.post(change_page(row), {"work": "9"}).status_code == 403
        assert person.post(page(RelativeValue, "delete", row.pk), {"post": "yes"}).status_code == 403
    row.refresh_from_db()
    assert str(row.work) == "0.43"


def test_of_a_long_table_the_first_rows_are_listed_and_it_is_said_so(editor, release, monkeypatch):
    for two in ("99902", "99903", "99904"):
        PairEdit.objects.create(release=release, column_one="99901", column_two=two, indicator=0)
    words = "search or filter to find the others"
    assert words not in editor.get(page(PairEdit, "changelist")).content.decode()
    monkeypatch.setattr("codes.admin.base.FirstRows.most", 2)
    listed = editor.get(page(PairEdit, "changelist"))
    assert words in listed.content.decode()
    assert listed.context["cl"].result_count == 2
    assert editor.get(page(PairEdit, "changelist"), {"q": "99904"}).context["cl"].result_count == 1


def test_codes_are_found_by_synonym(editor, code):
    Synonym.objects.create(code=code, term="zwieback press")
    found = editor.get(page(Code, "changelist"), {"q": "zwieback"}).context["cl"].queryset
    assert list(found) == [code]


def test_every_list_and_form_opens_for_an_editor_and_a_reviewer(editor, reviewer, code, faq, release):
    MistakeReport.objects.create(page="/codes/97140/", wrong="A mistake.")
    for model, model_admin in admin.site._registry.items():
        if model._meta.app_label != "codes":
            continue
        for person in (editor, reviewer):
            assert person.get(page(model, "changelist")).status_code == 200
            row = model._default_manager.first()
            if row:
                assert person.get(change_page(row)).status_code == 200
                assert person.get(page(model, "history", row.pk)).status_code == 200
        may_add = model_admin.has_add_permission(SimpleNamespace(user=reviewer.user))
        assert reviewer.get(page(model, "add")).status_code == (200 if may_add else 403)
        if hasattr(model_admin, "import_action"):
            assert reviewer.get(page(model, "import")).status_code == 200


def test_the_front_page_is_ours_and_leads_to_the_site(editor):
    text = editor.get(reverse("admin:index")).content.decode()
    assert "cptref staff" in text
    assert '<a href="/">View site</a>' in text
    assert text.index("CMS tables") > text.index("Where we have it from") > text.index("Entries")


def test_readers_are_asked_to_log_in(client):
    assert client.get(page(Code, "changelist")).status_code == 302


def test_the_search_index_is_not_edited_by_hand(reviewer):
    assert SearchEntry not in admin.site._registry


# --- In a real browser ------------------------------------------------------------------------


@pytest.fixture
def address_of_server(db, settings):
    """The site, served from inside this test's transaction, so that nothing is left behind."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    connection = connections["default"]
    connection.inc_thread_sharing()
    server = LiveServerThread("127.0.0.1", StaticFilesHandler, connections_override={"default": connection})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert not server.error
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()
    connection.dec_thread_sharing()


@pytest.mark.browser
def test_staff_pages_work_under_the_strict_policy_and_the_preview_follows_the_typing(
    address_of_server, reviewer, faq, code
):
    session = {"name": "sessionid", "value": reviewer.cookies["sessionid"].value, "url": address_of_server}
    paths = [
        *(reverse("admin:index"), page(Code, "changelist"), change_page(code), page(Faq, "history", faq.pk)),
        *(
            page(Faq, "simple_history", faq.pk, faq.history.first().pk),
            page(Faq, "import"),
            page(Faq, "export"),
        ),
        *(page(Faq, "delete", faq.pk), change_page(faq)),
    ]
    wrong = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        tab = browser.new_page()
        tab.context.add_cookies([session])
        tab.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        for path in paths:
            assert tab.goto(address_of_server + path).ok, path
        tab.fill("#id_detail", "- typed **now**")
        tab.wait_for_selector("[data-preview=detail] li strong")
        shown = tab.inner_text("[data-preview=detail]")
        tab.click(".field-codes .select2-container")
        tab.keyboard.type("99901")
        tab.wait_for_selector(".select2-results__option--highlighted")
        browser.close()
    assert shown.strip() == "typed now"
    assert wrong == []
