"""The groups Editor and Reviewer: made by a migration, with rights that fit."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

pytestmark = pytest.mark.django_db

migration = import_module("codes.migrations.0003_staff_groups")


class Schema:
    connection = connection


def rights(group):
    return set(Group.objects.get(name=group).permissions.values_list("codename", flat=True))


def test_an_editor_writes_entries_and_reads_tables():
    editor = rights("Editor")
    assert {"view_code", "add_code", "change_code", "add_faq", "change_source", "change_category"} <= editor
    assert {"add_citation", "delete_citation", "delete_synonym"} <= editor
    assert {"view_pairedit", "view_release", "view_unitlimit"} <= editor


def test_an_editor_cannot_publish_delete_entries_or_change_tables():
    editor = rights("Editor")
    assert not {right for right in editor if right.startswith("publish_")}
    assert not {"delete_code", "delete_faq", "delete_source"} & editor
    assert not {"add_pairedit", "change_pairedit", "change_release"} & editor


def test_a_reviewer_may_do_all_that_an_editor_may_and_publish_and_delete():
    reviewer = rights("Reviewer")
    assert rights("Editor") <= reviewer
    assert {f"publish_{model}" for model in migration.ENTRIES} <= reviewer
    assert {"delete_code", "change_pairedit", "delete_release"} <= reviewer


def test_neither_group_manages_users():
    assert not {
        right for right in rights("Reviewer") | rights("Editor") if right.endswith(("_user", "_group"))
    }


def test_every_right_counts_for_a_member():
    user = User.objects.create(username="member", is_staff=True)
    user.groups.add(Group.objects.get(name="Reviewer"))
    assert user.has_perm("codes.publish_faq")
    assert user.has_perm("codes.change_pairedit")


def test_the_groups_are_made_where_no_permission_exists_yet():
    Permission.objects.filter(content_type__app_label="codes").delete()
    Group.objects.all().delete()
    migration.make_groups(historical_apps(), Schema)
    assert "publish_code" in rights("Reviewer")
    names = Permission.objects.filter(content_type__app_label="codes")
    assert names.get(codename="publish_code").name == "Can publish codes"
    assert names.get(codename="change_pairedit").name == "Can change PTP edit"


def test_making_the_groups_again_changes_nothing():
    before = rights("Editor"), rights("Reviewer"), Permission.objects.count()
    migration.make_groups(historical_apps(), Schema)
    assert (rights("Editor"), rights("Reviewer"), Permission.objects.count()) == before


def test_the_migration_can_be_undone():
    migration.remove_groups(apps, Schema)
    assert not Group.objects.filter(name__in=["Editor", "Reviewer"]).exists()


def historical_apps():
    """The models as the migration sees them."""
    executor = MigrationExecutor(connection)
    return executor.loader.project_state([("codes", "0003_staff_groups")]).apps
