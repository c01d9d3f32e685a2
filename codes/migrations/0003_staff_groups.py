"""The groups Editor and Reviewer with what they may do.

Editors write drafts and correct texts. Reviewers also publish, unpublish, mark as reviewed, delete, and keep
CMS's tables. Lines inside an entry (synonyms, partners, citations, members) are part of its text, so that
Editors may remove them, too.
"""

from django.db import migrations

from ._rights import ALL, give, permissions

ENTRIES = ["code", "modifier", "faq", "circulatingclaim", "lookalikegroup"]
LINES = ["synonym", "commonpartner", "lookalike", "citation"]
SUPPORT = ["category", "source"]
TABLES = ["release", "rationale", "pairedit", "unitlimit", "addonlink", "medicarestatus"]

RIGHTS = {
    "Editor": {
        **dict.fromkeys(ENTRIES + SUPPORT, ["view", "add", "change"]),
        **dict.fromkeys(LINES, ALL),
        **dict.fromkeys(TABLES, ["view"]),
    },
    "Reviewer": {
        **dict.fromkeys(ENTRIES, [*ALL, "publish"]),
        **dict.fromkeys(LINES + SUPPORT + TABLES, ALL),
    },
}


def make_groups(apps, schema_editor):
    alias = schema_editor.connection.alias
    found = permissions(apps, alias, ENTRIES + LINES + SUPPORT + TABLES)
    for name, rights in RIGHTS.items():
        group, _ = apps.get_model("auth", "Group").objects.using(alias).get_or_create(name=name)
        give(group, rights, found)


def remove_groups(apps, schema_editor):
    alias = schema_editor.connection.alias
    apps.get_model("auth", "Group").objects.using(alias).filter(name__in=RIGHTS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("codes", "0002_search_index"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_groups, remove_groups)]
