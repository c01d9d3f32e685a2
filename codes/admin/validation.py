"""What must be true of an entry beyond its single fields, for forms and imports alike.

Each function answers with a dictionary of messages by field; empty when all is well.
"""

from datetime import date

from django.conf import settings

from codes import clock
from codes.models import Citation, Code, LookAlikeGroup, PairEdit, PayerRule, TherapyThreshold
from codes.models.base import State
from codes.rules.terms import Timing
from codes.rules.visitterms import PayerTopic

OWNER = {
    "Code": "code",
    "Modifier": "modifier",
    "Faq": "faq",
    "CirculatingClaim": "claim",
    "LookAlikeGroup": "lookalike_group",
    "GlossaryTerm": "term",
}
"""The field of `Citation` that points to an entry, by the entry's model."""

NEEDS_CITATION = (
    "A published entry needs at least one citation. Add one to the draft on its page, then publish it."
)

NEEDS_SOURCE = (
    "A published payer rule needs a source and the day on which it was checked there. Fill in both first."
)

LOOKED_AT = {"Code": ["replaced_by"], "PayerRule": ["codes"]}
"""The relations to several rows that `problems_of` wants to know, by the model."""

DECIDED_BY_FOLLOWS = (PayerTopic.UNITS, PayerTopic.PAIR_EDITS, PayerTopic.UNIT_LIMITS, PayerTopic.ADD_ONS)
LEAST_CENTS = 100_000
"""No yearly amount has been below $1,000: less was meant as dollars."""


def citations_of(entry):
    """The citations of an entry."""
    return Citation.objects.filter(**{OWNER[type(entry).__name__]: entry.pk})


def has_citation(entry):
    return bool(entry.pk) and citations_of(entry).exists()


def code_problems(code: Code, replaced_by=()) -> dict[str, str]:
    problems = {}
    if code.timing == Timing.TIMED and not code.unit_minutes:
        problems["unit_minutes"] = "A timed code needs the minutes of one unit, most often 15."
    if code.retired_on and not code.retired_year:
        problems["retired_year"] = f"Enter {code.retired_on.year}, the year of the retirement date."
    if replaced_by and not (code.retired_year or code.retired_on):
        problems["replaced_by"] = (
            "Only a retired code is replaced by another. Enter the year of retirement, or clear this field."
        )
    elif any(other.number == code.number for other in replaced_by):
        problems["replaced_by"] = "A code does not replace itself. Choose the code that took its place."
    if code.licensed_descriptor and not settings.CPT_LICENSE_HELD:
        problems["licensed_descriptor"] = (
            "The official descriptor is the AMA's text and may be entered only by the holder of a licence "
            "(setting CPT_LICENSE_HELD). Clear this field and describe the code in our own words above."
        )
    return problems


def pair_edit_problems(edit: PairEdit) -> dict[str, str]:
    never = PairEdit.Indicator.NOT_APPLICABLE
    same_day = bool(edit.effective_on) and edit.effective_on == edit.deleted_on
    if same_day and edit.indicator != never:
        return {
            "indicator": "The edit begins and ends on the same day, so it was never in force: choose 9, "
            "or correct one of the dates."
        }
    if edit.indicator == never and not same_day:
        return {
            "indicator": "Indicator 9 stands only where the effective date and the deletion date are the same "
            "day. Correct the dates, or choose 0 or 1."
        }
    if edit.indicator == never or edit.deleted_on or not edit.release_id:
        return {}
    in_force = PairEdit.objects.filter(release=edit.release_id, deleted_on=None).exclude(indicator=never)
    for one, two, what in (
        (edit.column_two, edit.column_one, "the other way round"),
        (edit.column_one, edit.column_two, "already"),
    ):
        other = in_force.filter(column_one=one, column_two=two).exclude(pk=edit.pk).first()
        if other:
            since = f", since {other.effective_on}" if other.effective_on else ""
            return {
                "column_two": f"In this release the pair is in force {what}: {other.column_one} in column one, "
                f"{other.column_two} in column two, indicator {other.indicator}{since} (row {other.pk}). "
                "End that row first, or correct this one."
            }
    return {}


def stale_limit() -> date:
    """Rules checked on this day or before it are stale today, as `PayerFact.is_stale_on` has it."""
    today = clock.today()
    try:
        return today.replace(year=today.year - 1)
    except ValueError:  # 29 February
        return date(today.year - 1, 2, 28)


def dollars(cents: int) -> str:
    return f"${cents / 100:,.2f}".removesuffix(".00")


def checked_on_problems(checked_on: date | None) -> dict[str, str]:
    if checked_on and checked_on > clock.today():
        return {"checked_on": "This day is yet to come. Enter the day on which it was last read there."}
    return {}


def payer_rule_problems(rule: PayerRule, codes=()) -> dict[str, str]:
    problems = checked_on_problems(rule.checked_on)
    if not rule.follows or not rule.topic:
        return problems
    if rule.topic not in DECIDED_BY_FOLLOWS:
        problems["follows"] = (
            "The visit check applies another's rule only for units, pair edits, unit limits and add-on codes. "
            "Leave this empty: the text says what is known."
        )
    elif rule.follows == PayerRule.Follows.AMA and rule.topic != PayerTopic.UNITS:
        problems["follows"] = (
            "The AMA's rule is about units. For this topic choose Medicare's rule, or leave this empty."
        )
    elif codes:
        problems["codes"] = (
            "The visit check applies another's rule to all codes, never to a few. Remove the codes, or leave "
            "“follows” empty."
        )
    return problems


def threshold_problems(threshold: TherapyThreshold) -> dict[str, str]:
    problems = checked_on_problems(threshold.checked_on)
    for name in ("pt_slp_cents", "ot_cents", "review_cents"):
        cents = getattr(threshold, name)
        if cents is not None and cents < LEAST_CENTS:
            problems[name] = (
                f"This would be {dollars(cents)}. Write the amount in cents, two digits more than the dollars."
            )
    return problems


def problems_of(instance, **related) -> dict[str, str]:
    """All that is wrong with a row, whichever table it belongs to."""
    if isinstance(instance, Code):
        return code_problems(instance, related.get("replaced_by", ()))
    if isinstance(instance, PairEdit):
        return pair_edit_problems(instance)
    if isinstance(instance, PayerRule):
        return payer_rule_problems(instance, related.get("codes", ()))
    if isinstance(instance, TherapyThreshold):
        return threshold_problems(instance)
    return {}


def publishing_problem(entry) -> str:
    """Why a saved entry cannot be shown to readers, or an empty text."""
    if isinstance(entry, PayerRule):
        return "" if entry.source_id and entry.checked_on else NEEDS_SOURCE
    if not has_citation(entry):
        return NEEDS_CITATION
    if isinstance(entry, LookAlikeGroup) and entry.members.count() < 2:
        return "A published group needs at least two codes. Add them on its page."
    return ""


def is_published(instance) -> bool:
    return getattr(instance, "state", None) == State.PUBLISHED
