"""Reports of mistakes and the glossary, and what Editors and Reviewers may do with them.

Both groups answer reports and write terms; Reviewers also publish terms and corrections, and delete.
"""

import django.utils.timezone
import django.db.models.deletion
import django.db.models.functions.text
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from ._rights import ALL, changes

MODELS = ["mistakereport", "glossaryterm"]
RIGHTS = {
    "Editor": dict.fromkeys(MODELS, ["view", "add", "change"]),
    "Reviewer": dict.fromkeys(MODELS, [*ALL, "publish"]),
}

give_rights, take_rights = changes(RIGHTS, MODELS)


class Migration(migrations.Migration):

    dependencies = [
        ('codes', '0008_pair_edit_partitions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
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
        migrations.CreateModel(
            name='GlossaryTerm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('published', 'Published')], db_index=True, default='draft', help_text='A draft is invisible outside the admin.', max_length=10)),
                ('last_reviewed', models.DateField(blank=True, help_text='The day on which somebody last checked every statement of this entry.', null=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('slug', models.SlugField(max_length=60, unique=True)),
                ('term', models.CharField(help_text='As people say it: MUE, add-on code.', max_length=60)),
                ('long_form', models.CharField(blank=True, help_text='What an abbreviation stands for. Empty for other terms.', max_length=100)),
                ('short', models.CharField(help_text='One plain sentence. It opens wherever a page first uses the term, so keep it short.', max_length=160)),
                ('explanation', models.TextField(blank=True, help_text='Markdown: more, for the glossary alone.')),
                ('spellings', models.TextField(blank=True, help_text='One a line: how the term is written in our texts. Small letters also fit at the start of a sentence, and an s at the end is always allowed. Empty: the term stands in the glossary and is marked nowhere.')),
                ('search_words', models.TextField(blank=True, help_text='Further words under which people look for it.')),
            ],
            options={
                'ordering': [django.db.models.functions.text.Lower('term')],
                'permissions': [('publish_glossaryterm', 'Can publish glossary terms')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalGlossaryTerm',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('published', 'Published')], db_index=True, default='draft', help_text='A draft is invisible outside the admin.', max_length=10)),
                ('last_reviewed', models.DateField(blank=True, help_text='The day on which somebody last checked every statement of this entry.', null=True)),
                ('updated_at', models.DateTimeField(blank=True, editable=False)),
                ('slug', models.SlugField(max_length=60)),
                ('term', models.CharField(help_text='As people say it: MUE, add-on code.', max_length=60)),
                ('long_form', models.CharField(blank=True, help_text='What an abbreviation stands for. Empty for other terms.', max_length=100)),
                ('short', models.CharField(help_text='One plain sentence. It opens wherever a page first uses the term, so keep it short.', max_length=160)),
                ('explanation', models.TextField(blank=True, help_text='Markdown: more, for the glossary alone.')),
                ('spellings', models.TextField(blank=True, help_text='One a line: how the term is written in our texts. Small letters also fit at the start of a sentence, and an s at the end is always allowed. Empty: the term stands in the glossary and is marked nowhere.')),
                ('search_words', models.TextField(blank=True, help_text='Further words under which people look for it.')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical glossary term',
                'verbose_name_plural': 'historical glossary terms',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.RemoveConstraint(
            model_name='citation',
            name='citation_belongs_to_one_entry',
        ),
        migrations.AlterField(
            model_name='searchentry',
            name='kind',
            field=models.CharField(choices=[('code', 'Code'), ('modifier', 'Modifier'), ('faq', 'Question'), ('claim', 'Claim'), ('term', 'Term')], max_length=8),
        ),
        migrations.AddField(
            model_name='citation',
            name='term',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='citations', to='codes.glossaryterm'),
        ),
        migrations.AddField(
            model_name='historicalcitation',
            name='term',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='codes.glossaryterm'),
        ),
        migrations.AddConstraint(
            model_name='citation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('claim__isnull', True), ('code__isnull', False), ('faq__isnull', True), ('lookalike_group__isnull', True), ('modifier__isnull', True), ('term__isnull', True)), models.Q(('claim__isnull', True), ('code__isnull', True), ('faq__isnull', True), ('lookalike_group__isnull', True), ('modifier__isnull', False), ('term__isnull', True)), models.Q(('claim__isnull', True), ('code__isnull', True), ('faq__isnull', False), ('lookalike_group__isnull', True), ('modifier__isnull', True), ('term__isnull', True)), models.Q(('claim__isnull', False), ('code__isnull', True), ('faq__isnull', True), ('lookalike_group__isnull', True), ('modifier__isnull', True), ('term__isnull', True)), models.Q(('claim__isnull', True), ('code__isnull', True), ('faq__isnull', True), ('lookalike_group__isnull', False), ('modifier__isnull', True), ('term__isnull', True)), models.Q(('claim__isnull', True), ('code__isnull', True), ('faq__isnull', True), ('lookalike_group__isnull', True), ('modifier__isnull', True), ('term__isnull', False)), _connector='OR'), name='citation_belongs_to_one_entry', violation_error_message='A citation belongs to exactly one entry.'),
        ),
        migrations.AddField(
            model_name='historicalglossaryterm',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.RunPython(give_rights, take_rights),
    ]
