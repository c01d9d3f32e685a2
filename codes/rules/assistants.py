"""How many units an assistant's share gives to CQ or CO: the 10% rule with its two exceptions.

Source: CMS therapy services page, calendar year 2026: more than 10% of a service or unit by the assistant alone is
paid at 85%, since 2022-01-01.
"""

from dataclasses import dataclass
from datetime import date

from .terms import Cite
from .units import QUARTER_HOUR

CITE = Cite("cms-therapy-2026", "Assistants")
BEGAN = date(2022, 1, 1)
"""From this day on the mark changes the payment. What was asked before it is not in our sources."""


@dataclass(frozen=True, slots=True)
class AssistantShare:
    """The units of one code that carry the assistant's modifier; None where the rule does not reach."""

    with_modifier: int | None
    why: str


def share_of_service(minutes: int, assistant: int, units: int) -> AssistantShare:
    """A code that is not counted by 15 minutes: more than a tenth of the whole service marks all of it."""
    if assistant * 10 > minutes:
        return AssistantShare(
            units, f"the assistant gave {assistant} of {minutes} minutes, more than a tenth"
        )
    return AssistantShare(0, f"the assistant gave {assistant} of {minutes} minutes, a tenth or less")


def share_of_units(minutes: int, assistant: int, units: int) -> AssistantShare:
    """A 15-minute code: how many of its units carry the modifier.

    Whole quarter hours belong to whoever gave them. What is left is judged unit by unit: a last unit goes
    without the modifier when the therapist alone gave 8 minutes or more of it; two units left, with 9 to 14
    minutes of each and 23 to 28 together, are one with and one without. What the source does not tell is None.
    """
    if assistant == 0:
        return AssistantShare(0, "the assistant gave none of it")
    if assistant == minutes:
        return AssistantShare(units, "the assistant gave all of it")
    share = _unit_by_unit(minutes, assistant, units)
    if assistant * 10 > minutes or share.with_modifier == 0:
        return share
    return AssistantShare(
        None,
        "it is a tenth or less of the service, yet more than a tenth of a unit: our source does not decide",
    )


def _unit_by_unit(minutes: int, assistant: int, units: int) -> AssistantShare:
    therapist = minutes - assistant
    without = min(units, therapist // QUARTER_HOUR)
    marked = min(units - without, assistant // QUARTER_HOUR)
    left = units - without - marked
    own, theirs = therapist - without * QUARTER_HOUR, assistant - marked * QUARTER_HOUR
    if left == 0:
        return AssistantShare(
            marked, f"whole quarter hours: {without} by the therapist, {marked} by the assistant"
        )
    if left == 1 and own >= 8:
        return AssistantShare(marked, f"the therapist alone gave {own} minutes of the last unit (8 or more)")
    if left == 1:
        more = theirs * 10 > own + theirs
        return AssistantShare(
            marked + more,
            f"of the last unit the therapist alone gave {own} minutes and the assistant {theirs}: "
            + ("more than a tenth" if more else "a tenth or less"),
        )
    if left == 2 and 9 <= own <= 14 and 9 <= theirs <= 14 and 23 <= own + theirs <= 28:
        return AssistantShare(
            marked + 1,
            f"two units are left with {own} and {theirs} minutes: one goes with the modifier, one without",
        )
    return AssistantShare(None, "our source does not tell how to mark what is left over here")
