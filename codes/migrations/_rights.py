"""What migrations give the groups Editor and Reviewer, and take away again. For migrations alone."""

ALL = ["view", "add", "change", "delete"]


def permissions(apps, alias, models):
    """Every permission of some models by its name, made here if Django has not come to it yet: it does so after all
    migrations."""
    ContentType, Permission = apps.get_model("contenttypes", "ContentType"), apps.get_model("auth", "Permission")
    found = {}
    for model in models:
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


def give(group, rights, found):
    """Give a group its rights: for each model the verbs, of permissions as `permissions` finds them."""
    group.permissions.add(*(found[f"{verb}_{model}"] for model, verbs in rights.items() for verb in verbs))


def changes(rights, models):
    """Two functions for RunPython: one gives both groups their rights on some models, one takes them.

    A group that a site has deleted stays deleted.
    """

    def groups(apps, alias):
        return apps.get_model("auth", "Group").objects.using(alias).filter(name__in=rights)

    def give_rights(apps, schema_editor):
        alias = schema_editor.connection.alias
        found = permissions(apps, alias, models)
        for group in groups(apps, alias):
            give(group, rights[group.name], found)

    def take_rights(apps, schema_editor):
        alias = schema_editor.connection.alias
        given = apps.get_model("auth", "Permission").objects.using(alias).filter(
            content_type__app_label="codes", content_type__model__in=models
        )
        for group in groups(apps, alias):
            group.permissions.remove(*given)

    return give_rights, take_rights
