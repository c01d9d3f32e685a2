"""Payer rules and yearly amounts on the staff side, told as what a billing expert does there."""

import csv
import io
import re
from datetime import date, timedelta
from importlib import import_module

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse

from codes.admin import validation
from codes.models import Category, PayerRule, Source, TherapyThreshold
from codes.models.base import State
from codes.rules.terms import Cite
from codes.rules.visitterms import Payer, PayerFact, PayerTopic
from tests.test_admin import (
    act,
    confirm,
    errors_of,
    export,
    make_code,
    member,
    page,
    problems,
    revert,
    save,
    sent,
    texts,
    upload,
    version,
)

pytestmark = pytest.mark.django_db

migration = import_module("codes.migrations.0007_payer_rights")

CHECKED = date(2026, 11, 1)


@pytest.fixture
def editor(db):
    return member("edith", "Editor")


@pytest.fixture
def reviewer(db):
    return member("rita", "Reviewer")


@pytest.fixture
def source(db):
    return Source.objects.create(slug="test-source", title="Test manual", publisher="VA", kind="manual")


@pytest.fixture
def code(db):
    return make_code(Category.objects.create(slug="test-category", name="Test category"))


def make_rule(source, slug="test-rule", **values):
    standard = {
        "payer": Payer.VA.value,
        "topic": PayerTopic.UNITS.value,
        "text": "The VA counts units as Medicare does.",
        "confidence": "S",
        "checked_on": CHECKED,
        "state": State.PUBLISHED,
        "last_reviewed": CHECKED,
    }
    return PayerRule.objects.create(slug=slug, source=source, **{**standard, **values})


@pytest.fixture
def rule(source):
    return make_rule(source)


def new_rule(client, given_source, **changes):
    """Fill in the form of a new rule; the day of the check is proposed by the form."""
    values = {
        "payer": "va",
        "topic": "units",
        "text": "The VA counts units as Medicare does.",
        "slug": "new-rule",
        "source": given_source.pk,
        "confidence": "S",
    }
    return client.post(
        page(PayerRule, "add"), {**sent(client.get(page(PayerRule, "add"))), **values, **changes}
    )


# --- Draft and published ----------------------------------------------------------------------


def test_what_an_editor_adds_is_a_draft_checked_today(editor, source, code, today):
    form = editor.get(page(PayerRule, "add")).content.decode()
    assert {"codes", "source"} == set(
        re.findall(r'data-model-name="payerrule" data-field-name="(\w+)"', form)
    )
    new_rule(editor, source, codes=[code.pk], state="published")
    rule = PayerRule.objects.get(slug="new-rule")
    assert (rule.state, rule.last_reviewed, rule.checked_on) == (State.DRAFT, None, today)
    assert list(rule.codes.all()) == [code]


def test_only_a_reviewer_publishes_marks_as_reviewed_and_deletes(editor, reviewer, source, today):
    draft = make_rule(source, state=State.DRAFT, last_reviewed=None)
    act(editor, "publish", draft)
    act(editor, "mark_reviewed", draft)
    assert editor.post(page(PayerRule, "delete", draft.pk), {"post": "yes"}).status_code == 403
    draft.refresh_from_db()
    assert (draft.state, draft.last_reviewed) == (State.DRAFT, None)
    act(reviewer, "publish", draft)
    act(reviewer, "mark_reviewed", draft)
    draft.refresh_from_db()
    assert (draft.state, draft.last_reviewed) == (State.PUBLISHED, today)
    act(reviewer, "return_to_draft", draft)
    draft.refresh_from_db()
    assert draft.state == State.DRAFT


@pytest.mark.parametrize("missing", ["source", "checked_on"])
def test_a_rule_is_published_with_its_own_source_and_day_and_needs_no_citation(reviewer, source, missing):
    answer = new_rule(reviewer, source, state="published", **{missing: ""})
    assert "This field is required" in errors_of(answer)
    assert not PayerRule.objects.filter(slug="new-rule").exists()
    new_rule(reviewer, source, state="published")
    rule = PayerRule.objects.get(slug="new-rule")
    assert rule.is_published
    setattr(rule, missing, None)
    assert validation.publishing_problem(rule) == validation.NEEDS_SOURCE


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"topic": "coverage", "follows": "cms"}, "only for units, pair edits, unit limits and add-on codes"),
        ({"topic": "pair-edits", "follows": "ama"}, "The AMA's rule is about units"),
        ({"follows": "cms", "codes": "99901"}, "applies another's rule to all codes"),
        ({"checked_on": "2062-11-01"}, "This day is yet to come"),
    ],
)
def test_a_rule_that_cannot_be_right_is_refused_with_a_reason(editor, source, code, changes, message):
    if "codes" in changes:
        changes = {**changes, "codes": [code.pk]}
    assert message in errors_of(new_rule(editor, source, **changes))
    assert not PayerRule.objects.filter(slug="new-rule").exists()
    new_rule(editor, source, follows="ama")
    assert PayerRule.objects.get(slug="new-rule").follows == "ama"


# --- Needs review, and stale ------------------------------------------------------------------


def test_the_front_page_counts_the_payer_rules_that_need_review(reviewer, source):
    before = PayerRule.objects.due_for_review().count()
    make_rule(source, "old", last_reviewed=date(2024, 1, 1))
    make_rule(source, "never", last_reviewed=None, state=State.DRAFT)
    answer = reviewer.get(reverse("admin:index"))
    row = next(row for row in answer.context["review"] if row["name"] == "payer rules")
    assert (row["due"], row["drafts"]) == (before + 2, 1)
    listed = reviewer.get(row["due_url"]).context["cl"].queryset
    assert {"old", "never"} <= set(listed.values_list("slug", flat=True))
    groups = {group["name"]: group["models"] for group in answer.context["app_list"]}
    assert "PayerRule" in [model["object_name"] for model in groups["Entries"]]
    assert "TherapyThreshold" in [model["object_name"] for model in groups["Where we have it from"]]


def test_a_rule_checked_a_year_ago_is_shown_as_stale_and_found_by_the_filter(editor, source):
    make_rule(source, "year-old", checked_on=date(2025, 11, 25))
    make_rule(source, "day-younger", checked_on=date(2025, 11, 26))
    listed = editor.get(page(PayerRule, "changelist"), {"check": "stale"})
    assert [rule.slug for rule in listed.context["cl"].queryset] == ["year-old"]
    assert '<td class="field-freshness">stale</td>' in listed.content.decode()
    fresh = editor.get(page(PayerRule, "changelist"), {"check": "fresh"})
    assert "day-younger" in set(fresh.context["cl"].queryset.values_list("slug", flat=True))
    assert '<td class="field-freshness">stale</td>' not in fresh.content.decode()


def test_the_list_and_the_visit_check_agree_on_what_is_stale(monkeypatch):
    for today in map(date.fromisoformat, "2028-02-28 2028-02-29 2028-03-01 2029-02-28 2029-03-01".split()):
        monkeypatch.setattr("codes.clock.today", lambda today=today: today)
        for days in range(362, 370):
            checked_on = today - timedelta(days=days)
            fact = PayerFact(Payer.VA, PayerTopic.UNITS, "So it is.", Cite("test-source"), checked_on)
            assert fact.is_stale_on(today) == (checked_on <= validation.stale_limit()), (today, checked_on)


# --- History ----------------------------------------------------------------------------------


def test_the_old_text_and_codes_of_a_rule_come_back_also_after_its_deletion(editor, reviewer, rule, code):
    PayerRule.history.all().delete()
    save(editor, rule, text="The VA counts in its own way.", codes=[code.pk])
    shown = editor.get(page(PayerRule, "history", rule.pk)).content.decode()
    assert "edith" in shown
    assert "<ins>in its own way</ins>" in shown
    answer = revert(editor, rule, version(rule, 0))
    rule.refresh_from_db()
    assert "is back at its version of" in texts(answer)[0]
    assert rule.text == "The VA counts units as Medicare does."
    assert rule.is_published
    assert not rule.codes.exists()
    pk = rule.pk
    reviewer.post(page(PayerRule, "delete", pk), {"post": "yes"})
    record = PayerRule.history.filter(id=pk).first()
    address = page(PayerRule, "simple_history", pk, record.pk)
    assert address in reviewer.get(page(PayerRule, "deleted")).content.decode()
    reviewer.post(address, sent(reviewer.get(address)))
    assert PayerRule.objects.get(pk=pk).is_published


# --- Yearly amounts ---------------------------------------------------------------------------


def test_an_editor_enters_next_years_amounts_and_dollars_are_not_taken_for_cents(editor, source):
    values = {"year": 2031, "pt_slp_cents": 260000, "source": source.pk, "confidence": "C"}
    form = {**sent(editor.get(page(TherapyThreshold, "add"))), **values}
    answer = editor.post(page(TherapyThreshold, "add"), {**form, "ot_cents": 2600})
    assert "This would be $26. Write the amount in cents" in errors_of(answer)
    editor.post(page(TherapyThreshold, "add"), {**form, "ot_cents": 260050})
    assert TherapyThreshold.objects.get(year=2031).review_cents is None
    listed = editor.get(page(TherapyThreshold, "changelist")).content.decode()
    assert "$2,600<" in listed
    assert "$2,600.50<" in listed
    assert "not given" in listed
    threshold = TherapyThreshold.objects.get(year=2031)
    save(editor, threshold, ot_cents=999900)
    revert(editor, threshold, version(threshold, 0))
    threshold.refresh_from_db()
    assert threshold.ot_cents == 260050


# --- Import and export ------------------------------------------------------------------------


@pytest.mark.parametrize("model", [PayerRule, TherapyThreshold])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_comes_back_unchanged(editor, rule, model, kind):
    content = export(editor, model, kind).content
    file = SimpleUploadedFile(f"back.{kind}", content)
    answer = editor.post(page(model, "import"), {"import_file": file, "resource": "0"})
    assert f"0 new, 0 changed, {model.objects.count()} unchanged" in answer.content.decode()


def test_rules_are_imported_by_slug_with_the_rules_of_the_form(editor, reviewer, rule, code):
    rows = [
        ["slug", "payer", "topic", "text", "follows", "codes", "source", "confidence", "checked_on", "state"],
        ["test-rule", "va", "units", "As Medicare.", "cms", "99901", "test-source", "S", "2026-11-20", ""],
        ["n1", "VA community care", "Units", "As the AMA.", "ama", "", "nowhere", "S", "2026-11-20", ""],
        ["n2", "va", "coverage", "It pays.", "", "", "", "S", "2026-11-20", "published"],
    ]
    found = {(row, column): text for row, column, text in problems(upload(reviewer, PayerRule, rows))}
    assert "applies another's rule to all codes" in found[2, "codes"]
    assert found[3, "source"] == "There is no source “nowhere”."
    assert found[4, "state"] == validation.NEEDS_SOURCE
    rows = [["slug", "text", "follows"], ["test-rule", "As Medicare.", "Medicare's rule"]]
    confirm(editor, PayerRule, upload(editor, PayerRule, rows))
    rule.refresh_from_db()
    assert (rule.text, rule.follows, rule.state) == ("As Medicare.", "cms", State.PUBLISHED)
    refused = upload(editor, PayerRule, [["slug", "state"], ["test-rule", "draft"]])
    assert "You may not publish or unpublish" in problems(refused)[0][2]
    PayerRule.objects.filter(pk=rule.pk).update(follows="")
    rule.codes.set([code])
    refused = upload(editor, PayerRule, [["slug", "follows"], ["test-rule", "cms"]])
    assert problems(refused)[0][:2] == (2, "codes")


def test_amounts_are_imported_by_year(editor, source):
    rows = [
        ["year", "pt_slp_cents", "ot_cents", "source", "confidence"],
        [2024, 240000, 240000, "test-source", "C"],
        [2031, 260000.0, 260000, "test-source", "Medicare page"],
    ]
    answer = upload(editor, TherapyThreshold, rows, "amounts.xlsx")
    assert "1 new, 1 changed, 0 unchanged" in answer.content.decode()
    confirm(editor, TherapyThreshold, answer)
    assert TherapyThreshold.objects.get(year=2024).ot_cents == 240000
    assert TherapyThreshold.objects.get(year=2031).pt_slp_cents == 260000
    wrong = upload(editor, TherapyThreshold, [["year", "ot_cents"], [2024, 2400]], "amounts.xlsx")
    assert "This would be $24." in problems(wrong)[0][2]
    lines = list(csv.DictReader(io.StringIO(export(editor, TherapyThreshold, "csv").content.decode())))
    assert next(line for line in lines if line["year"] == "2031")["source"] == "test-source"


# --- Lists and rights -------------------------------------------------------------------------


def test_the_lists_need_no_query_for_each_row(reviewer, source, django_assert_max_num_queries):
    for model in (PayerRule, TherapyThreshold):
        reviewer.get(page(model, "changelist"))
        with django_assert_max_num_queries(40) as few:
            reviewer.get(page(model, "changelist"))
        amounts = {"pt_slp_cents": 260000, "ot_cents": 260000, "confidence": "C"}
        for number in range(9):
            if model is PayerRule:
                make_rule(source, f"rule-{number}")
            else:
                TherapyThreshold.objects.create(year=2040 + number, source=source, **amounts)
        with django_assert_max_num_queries(len(few)):
            reviewer.get(page(model, "changelist"))


def rights(group):
    held = Group.objects.get(name=group).permissions.filter(content_type__model__in=migration.MODELS)
    return set(held.values_list("codename", flat=True))


class Schema:
    connection = connection


def test_the_groups_get_their_rights_and_the_migration_can_be_undone():
    threshold = {f"{verb}_therapythreshold" for verb in ("view", "add", "change")}
    editors = {"view_payerrule", "add_payerrule", "change_payerrule"} | threshold
    reviewers = editors | {"delete_payerrule", "publish_payerrule", "delete_therapythreshold"}
    assert (rights("Editor"), rights("Reviewer")) == (editors, reviewers)

    apps = MigrationExecutor(connection).loader.project_state([("codes", "0007_payer_rights")]).apps
    others = Group.objects.get(name="Editor").permissions.count() - len(editors)
    migration.take_rights(apps, Schema)
    assert (rights("Editor"), rights("Reviewer")) == (set(), set())
    assert Group.objects.get(name="Editor").permissions.count() == others
    Permission.objects.filter(content_type__model__in=migration.MODELS).delete()
    migration.give_rights(apps, Schema)
    migration.give_rights(apps, Schema)
    assert (rights("Editor"), rights("Reviewer")) == (editors, reviewers)
    assert Permission.objects.get(codename="publish_payerrule").name == "Can publish payer rules"
