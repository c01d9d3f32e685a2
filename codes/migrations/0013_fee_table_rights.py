"""Editors and Reviewers look into the fee tables and the changes between releases. Nobody edits them by hand."""

from django.db import migrations

from ._rights import changes

MODELS = ["relativevalue", "gpci", "localitycounties", "ziplocality", "hcpcscode", "tablechange"]

RIGHTS = dict.fromkeys(["Editor", "Reviewer"], dict.fromkeys(MODELS, ["view"]))

give_rights, take_rights = changes(RIGHTS, MODELS)


class Migration(migrations.Migration):
    dependencies = [
        ("codes", "0012_narrow_pair_edits"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give_rights, take_rights)]
