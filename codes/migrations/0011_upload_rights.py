"""What Editors and Reviewers may do with uploads of CMS's files: both see them, Reviewers upload, stop and delete."""

from django.db import migrations

from ._rights import ALL, changes

MODELS = ["upload"]

RIGHTS = {"Editor": {"upload": ["view"]}, "Reviewer": {"upload": ALL}}

give_rights, take_rights = changes(RIGHTS, MODELS)


class Migration(migrations.Migration):
    dependencies = [
        ("codes", "0010_uploads"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give_rights, take_rights)]
