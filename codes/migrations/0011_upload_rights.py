"""What Editors and Reviewers may do with uploads of CMS's files: both see them, Reviewers upload, stop and delete."""

from django.db import migrations

MODELS = ["upload"]
ALL = ["view", "add", "change", "delete"]

RIGHTS = {"Editor": {"upload": ["view"]}, "Reviewer": {"upload": ALL}}


def permissions(apps, alias):
    """Every permission named above, made here if Django has not come to it yet: it does so after all migrations."""
    ContentType, Permission = apps.get_model("contenttypes", "ContentType"), apps.get_model("auth", "Permission")
    found = {}
    for model in MODELS:
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


def groups(apps, alias):
    """The two groups. One that a site has deleted stays deleted."""
    return apps.get_model("auth", "Group").objects.using(alias).filter(name__in=RIGHTS)


def give_rights(apps, schema_editor):
    alias = schema_editor.connection.alias
    found = permissions(apps, alias)
    for group in groups(apps, alias):
        rights = RIGHTS[group.name]
        group.permissions.add(*(found[f"{verb}_{model}"] for model, verbs in rights.items() for verb in verbs))


def take_rights(apps, schema_editor):
    alias = schema_editor.connection.alias
    given = apps.get_model("auth", "Permission").objects.using(alias).filter(
        content_type__app_label="codes", content_type__model__in=MODELS
    )
    for group in groups(apps, alias):
        group.permissions.remove(*given)


class Migration(migrations.Migration):
    dependencies = [
        ("codes", "0010_uploads"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give_rights, take_rights)]
