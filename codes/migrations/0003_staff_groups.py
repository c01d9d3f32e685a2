"""The groups Editor and Reviewer with what they may do.

Editors write drafts and correct texts. Reviewers also publish, unpublish, mark as reviewed, delete, and keep
CMS's tables. Lines inside an entry (synonyms, partners, citations, members) are part of its text, so that
Editors may remove them, too.
"""

from django.db import migrations

ENTRIES = ["code", "modifier", "faq", "circulatingclaim", "lookalikegroup"]
LINES = ["synonym", "commonpartner", "lookalike", "citation"]
SUPPORT = ["category", "source"]
TABLES = ["release", "rationale", "pairedit", "unitlimit", "addonlink", "medicarestatus"]
ALL = ["view", "add", "change", "delete"]

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


def permissions(apps, alias):
    """Every permission named above, made here if Django has not come to it yet: it does so after all migrations."""
    ContentType, Permission = apps.get_model("contenttypes", "ContentType"), apps.get_model("auth", "Permission")
    found = {}
    for model in ENTRIES + LINES + SUPPORT + TABLES:
        options = apps.get_model("codes", model)._meta
        names = {f"{verb}_{model}": f"Can {verb} {options.verbose_name_raw}" for verb in ALL}
        names.update(options.permissions)
        content_type, _ = ContentType.objects.using(alias).get_or_create(app_label="codes", model=model)
        there = Permission.objects.using(alias).filter(content_type=content_type)
        there = {permission.codename: permission for permission in there}
        for codename, name in names.items():
            found[codename] = there.get(codename) or Permission.objects.using(alias).create(
                content_type=content_type, codename=codename, name=name
            )
    return found


def make_groups(apps, schema_editor):
    alias = schema_editor.connection.alias
    found = permissions(apps, alias)
    for name, rights in RIGHTS.items():
        group, _ = apps.get_model("auth", "Group").objects.using(alias).get_or_create(name=name)
        group.permissions.add(*(found[f"{verb}_{model}"] for model, verbs in rights.items() for verb in verbs))


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
