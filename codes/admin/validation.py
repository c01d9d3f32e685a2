"""What must be true of an entry beyond its single fields, for forms and imports alike.

Each function answers with a dictionary of messages by field; empty when all is well.
"""

from django.conf import settings

from codes.models import Citation, Code, LookAlikeGroup, PairEdit
from codes.models.base import State
from codes.rules.terms import Timing

OWNER = {
    "Code": "code",
    "Modifier": "modifier",
    "Faq": "faq",
    "CirculatingClaim": "claim",
    "LookAlikeGroup": "lookalike_group",
}
"""The field of `Citation` that points to an entry, by the entry's model."""

NEEDS_CITATION = (
    "A published entry needs at least one citation. Add one to the draft on its page, then publish it."
)


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


def problems_of(instance, **related) -> dict[str, str]:
    """All that is wrong with a row, whichever table it belongs to."""
    if isinstance(instance, Code):
        return code_problems(instance, related.get("replaced_by", ()))
    if isinstance(instance, PairEdit):
        return pair_edit_problems(instance)
    return {}


def publishing_problem(entry) -> str:
    """Why a saved entry cannot be shown to readers, or an empty text."""
    if not has_citation(entry):
        return NEEDS_CITATION
    if isinstance(entry, LookAlikeGroup) and entry.members.count() < 2:
        return "A published group needs at least two codes. Add them on its page."
    return ""


def is_published(instance) -> bool:
    return getattr(instance, "state", None) == State.PUBLISHED
