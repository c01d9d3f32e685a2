"""Lists and forms of what is known of payers, and of Medicare's yearly amounts."""

from django.contrib import admin

from codes.models import PayerRule, TherapyThreshold

from . import resources, validation
from .base import EntryAdmin, HistoryAdmin
from .filters import StaleFilter

WHERE_READ = (
    "Where it was read",
    {
        "fields": [("source", "locator"), ("confidence", "checked_on")],
        "description": "Put the day forward only after reading it there again.",
    },
)


@admin.register(PayerRule)
class PayerRuleAdmin(EntryAdmin):
    resource_classes = [resources.PayerRuleResource]
    slug_from = ("payer", "text")
    list_display = [
        *("text", "payer", "topic", "follows", "checked_on", "freshness"),
        *("state", "last_reviewed", "review"),
    ]
    list_filter = [StaleFilter, "payer", "topic", "follows", "confidence"]
    search_fields = ["text", "slug", "source__title", "codes__number"]
    search_help_text = "By words of the rule, its source or a code."
    autocomplete_fields = ["codes", "source"]
    fieldsets = [
        (
            None,
            {
                "fields": [("payer", "topic"), "text", "slug"],
                "description": "One statement on one kind of payer. Readers see it beside a visit that is checked "
                "for this payer.",
            },
        ),
        EntryAdmin.state_fieldset,
        (
            "What the visit check does with it",
            {
                "fields": ["follows", "codes"],
                "description": "Left empty, the text is shown and decides nothing. Choose Medicare's or the AMA's "
                "rule only where the source says that this payer follows it: only then does the visit check apply "
                "that rule to this payer. Medicare's can be chosen for units, pair edits, unit limits and add-on "
                "codes, the AMA's for units, and either counts for all codes. Medicare and the two commercial "
                "plans keep the unit rule that they are named after.",
            },
        ),
        (
            WHERE_READ[0],
            {
                **WHERE_READ[1],
                "description": "A rule has no citations: this is its source, and a published rule needs it with "
                "the day on which it was read there. A year after that day the rule is shown as stale and the "
                f"visit check no longer applies it. {WHERE_READ[1]['description']} Marking the rule as reviewed "
                "leaves this day as it is.",
            },
        ),
    ]

    @admin.display(description="check")
    def freshness(self, rule):
        return "stale" if rule.checked_on <= validation.stale_limit() else ""


@admin.register(TherapyThreshold)
class TherapyThresholdAdmin(HistoryAdmin):
    resource_classes = [resources.TherapyThresholdResource]
    list_display = ["year", "pt_and_slp", "ot", "review_from", "source", "confidence", "checked_on"]
    list_filter = ["confidence"]
    list_select_related = ["source"]
    search_fields = ["year", "source__title"]
    search_help_text = "By year or source."
    autocomplete_fields = ["source"]
    fieldsets = [
        (None, {"fields": ["year"]}),
        (
            "Amounts",
            {
                "fields": ["pt_slp_cents", "ot_cents", "review_cents"],
                "description": "In cents: $2,410 is 241000. Above the first two Medicare asks for modifier KX; "
                "above the third it may review. Leave the third empty while the source does not give it.",
            },
        ),
        WHERE_READ,
    ]

    @admin.display(description="PT and SLP", ordering="pt_slp_cents")
    def pt_and_slp(self, threshold):
        return validation.dollars(threshold.pt_slp_cents)

    @admin.display(description="OT", ordering="ot_cents")
    def ot(self, threshold):
        return validation.dollars(threshold.ot_cents)

    @admin.display(description="targeted review", ordering="review_cents", empty_value="not given")
    def review_from(self, threshold):
        return None if threshold.review_cents is None else validation.dollars(threshold.review_cents)
