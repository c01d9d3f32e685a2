"""Reports of mistakes, and what Editors and Reviewers may do with them.

Both look into reports and answer them; Reviewers also publish corrections, and delete. What a reader wrote is theirs: nobody
of the two changes it.
"""

import django.utils.timezone
from django.db import migrations, models

MODELS = ["mistakereport"]
ALL = ["view", "add", "change", "delete"]
RIGHTS = {
    "Editor": {"mistakereport": ["view", "add", "change"]},
    "Reviewer": {"mistakereport": [*ALL, "publish"]},
}


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
        ('codes', '0007_payer_rights'),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.CreateModel(
            name='MistakeReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('page', models.CharField(blank=True, help_text='The address on this site, from the first / on. Empty: the site as a whole.', max_length=500)),
                ('path', models.CharField(blank=True, db_index=True, editable=False, help_text="The page's address without what stands behind the question mark.", max_length=500)),
                ('wrong', models.TextField(max_length=2000, verbose_name='what is wrong')),
                ('should_be', models.TextField(blank=True, max_length=2000, verbose_name='what it should say, and where it was read')),
                ('contact', models.EmailField(blank=True, help_text='Only if the reader wants an answer. It is deleted when the report is closed.', max_length=254, verbose_name='e-mail for an answer')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='reported')),
                ('state', models.CharField(choices=[('new', 'New'), ('accepted', 'Accepted: to be corrected'), ('rejected', 'Rejected: no mistake'), ('fixed', 'Corrected: shown to readers')], db_index=True, default='new', max_length=8)),
                ('staff_note', models.TextField(blank=True, verbose_name='note for staff')),
                ('was', models.CharField(blank=True, help_text='One sentence for readers.', max_length=400, verbose_name='what was wrong')),
                ('says_now', models.CharField(blank=True, help_text='One sentence for readers, with the source.', max_length=400, verbose_name='what it says now')),
                ('corrected_at', models.DateTimeField(editable=False, null=True, verbose_name='corrected')),
            ],
            options={
                'verbose_name': 'report of a mistake',
                'verbose_name_plural': 'reports of mistakes',
                'ordering': ['-created_at'],
                'permissions': [('publish_mistakereport', 'Can publish corrections')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state', 'fixed'), _negated=True), models.Q(models.Q(('was', ''), _negated=True), models.Q(('says_now', ''), _negated=True), ('corrected_at__isnull', False)), _connector='OR'), name='a_correction_says_what_it_corrects', violation_error_message='A correction needs what was wrong and what it says now.')],
            },
        ),
        migrations.RunPython(give_rights, take_rights),
    ]
