"""Releases tell how they were loaded; rows of PTP tables are stored for millions; differences between releases are kept."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('codes', '0003_staff_groups'),
    ]

    operations = [
        migrations.CreateModel(
            name='TableChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('added', 'Added'), ('ended', 'Ended'), ('indicator', 'Indicator changed'), ('re-created', 'Re-created'), ('changed', 'Changed')], max_length=10)),
                ('column_one', models.CharField(help_text='The column one code of an edit; else the code, locality or ZIP code.', max_length=14, verbose_name='code')),
                ('column_two', models.CharField(blank=True, help_text='The column two code of an edit, the primary of an add-on code.', max_length=14)),
                ('old', models.CharField(blank=True, max_length=120, verbose_name='before')),
                ('new', models.CharField(blank=True, max_length=120, verbose_name='after')),
                ('on', models.DateField(blank=True, help_text='The day that the table names for the change.', null=True)),
            ],
            options={
                'ordering': ['column_one', 'column_two'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='release',
            name='one_current_release_of_a_table',
        ),
        migrations.RemoveIndex(
            model_name='pairedit',
            name='pair_edit_by_column_one',
        ),
        migrations.RemoveIndex(
            model_name='pairedit',
            name='pair_edit_by_column_two',
        ),
        migrations.AddField(
            model_name='release',
            name='files',
            field=models.JSONField(default=list, editable=False, help_text='Name, SHA-256 and rows of each file.'),
        ),
        migrations.AddField(
            model_name='release',
            name='imported_by',
            field=models.CharField(blank=True, editable=False, max_length=150),
        ),
        migrations.AddField(
            model_name='release',
            name='program',
            field=models.CharField(choices=[('medicare', 'Medicare'), ('medicaid', 'Medicaid')], default='medicare', max_length=8),
        ),
        migrations.AddField(
            model_name='release',
            name='published_at',
            field=models.DateTimeField(editable=False, help_text='Empty for the launch data.', null=True),
        ),
        migrations.AddField(
            model_name='release',
            name='replaces',
            field=models.ForeignKey(blank=True, editable=False, help_text='The release that was current before: the one that a rollback goes back to.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='replaced_by', to='codes.release'),
        ),
        migrations.AddField(
            model_name='release',
            name='row_count',
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='release',
            name='sha256',
            field=models.CharField(blank=True, editable=False, help_text='Of the file; of several files, of their sums.', max_length=64, verbose_name='SHA-256'),
        ),
        migrations.AddField(
            model_name='release',
            name='stage',
            field=models.CharField(choices=[('loading', 'Being loaded'), ('published', 'Published'), ('removed', 'Rows removed')], default='published', editable=False, max_length=9),
        ),
        migrations.AlterField(
            model_name='pairedit',
            name='confirmed_in',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, help_text='A later release in which this row was read unchanged.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='codes.release'),
        ),
        migrations.AlterField(
            model_name='pairedit',
            name='rationale',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='codes.rationale'),
        ),
        migrations.AlterField(
            model_name='pairedit',
            name='release',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='pair_edits', to='codes.release'),
        ),
        migrations.AlterField(
            model_name='release',
            name='coverage',
            field=models.CharField(blank=True, help_text='Which part of the published table is loaded; empty: all of it.', max_length=200),
        ),
        migrations.AddIndex(
            model_name='pairedit',
            index=models.Index(fields=['release', 'column_one', 'column_two'], name='pair_edit_by_column_one'),
        ),
        migrations.AddIndex(
            model_name='pairedit',
            index=models.Index(fields=['release', 'column_two'], name='pair_edit_by_column_two'),
        ),
        migrations.AddConstraint(
            model_name='release',
            constraint=models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('table', 'setting', 'program'), name='one_current_release_of_a_table', violation_error_message='Another release of this table is current.'),
        ),
        migrations.AddField(
            model_name='tablechange',
            name='release',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='codes.release'),
        ),
        migrations.AddIndex(
            model_name='tablechange',
            index=models.Index(fields=['release', 'column_one'], name='change_by_release'),
        ),
        migrations.AddIndex(
            model_name='tablechange',
            index=models.Index(fields=['column_one'], name='change_by_column_one'),
        ),
        migrations.AddIndex(
            model_name='tablechange',
            index=models.Index(fields=['column_two'], name='change_by_column_two'),
        ),
    ]
