"""The launch data: which fixtures there are, and how a database gets them."""

from django.core.management import call_command
from django.db import transaction
from django.db.models import Max

from codes import search
from codes.models import HISTORIC, Code
from codes.models.base import remembered_natural_keys

FIXTURES = (
    "sources",
    "categories",
    "codes_a",
    "codes_b",
    "synonyms_a",
    "synonyms_b",
    "common_partners",
    "lookalikes",
    "modifiers",
    "faqs",
    "claims",
    "glossary",
    "citations_codes_a",
    "citations_codes_b",
    "citations_lookalikes",
    "citations_modifiers",
    "citations_faqs",
    "citations_claims",
    "citations_glossary",
    "releases",
    "rationales",
    "pair_edits_practitioner",
    "pair_edits_outpatient_hospital",
    "unit_limits",
    "add_on_links",
    "medicare_statuses",
    "payer_rules",
    "therapy_thresholds",
)
REASON = "Loaded with the launch data"


def is_loaded() -> bool:
    """Whether the database holds any entry already: then it is staff's, and fixtures never touch it."""
    return Code.objects.exists()


@transaction.atomic
def load() -> None:
    """Load every fixture into an empty database, all or nothing, and make it searchable.

    The first state of each entry goes into its history, so that staff's first edit has a way back.
    """
    with remembered_natural_keys():
        call_command("loaddata", *FIXTURES, verbosity=0)
    _begin_histories()
    search.rebuild()


def _begin_histories() -> None:
    """Write the first state of every entry, with what it is linked to, into its history: once each.

    Loading an entry's links has written its history already, a record for each kind of link: the last is whole.
    """
    for model in HISTORIC:
        last = [
            record["last"]
            for record in model.history.order_by().values("id").annotate(last=Max("history_id"))
        ]
        model.history.exclude(history_id__in=last).delete()
        model.history.update(history_type="+", history_change_reason=REASON)
        without = model.objects.exclude(pk__in=model.history.values("id"))
        model.history.bulk_history_create(without, batch_size=500, default_change_reason=REASON)
