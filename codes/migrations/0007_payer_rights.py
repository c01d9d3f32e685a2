"""What Editors and Reviewers may do with payer rules and therapy thresholds.

As with entries, Editors write payer rules and Reviewers also publish and delete them. Thresholds are kept as
sources are: both correct them, Reviewers also delete.
"""

from django.db import migrations

from ._rights import ALL, changes

MODELS = ["payerrule", "therapythreshold"]

RIGHTS = {
    "Editor": dict.fromkeys(MODELS, ["view", "add", "change"]),
    "Reviewer": {"payerrule": [*ALL, "publish"], "therapythreshold": ALL},
}

give_rights, take_rights = changes(RIGHTS, MODELS)


class Migration(migrations.Migration):
    dependencies = [
        ("codes", "0006_payer_rules"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give_rights, take_rights)]
