"""What belongs on a code's claim line whatever it is billed with: the modifiers that matter for one code."""

from dataclasses import dataclass

from .advice import CMT_REGIONAL, SPINAL_CMT, VISITS
from .terms import Cite, CodeFacts, TherapyStatus

PLANS = {"pt": "GP", "ot": "GO", "slp": "GN"}
"""The modifier of each discipline's plan of care."""


@dataclass(frozen=True, slots=True)
class MatteringModifier:
    """A modifier with the reason why it matters for a code."""

    code: str
    why: str
    cite: Cite


def plan_modifiers(facts: CodeFacts, discipline: str = "") -> tuple[str, ...]:
    """Which of GP, GO and GN can apply: the one of the code's own discipline, else all three; none for other codes.

    Source: CMS therapy services page, calendar year 2026; the modifiers name the plan, not the person's licence.
    """
    if facts.therapy_status not in (TherapyStatus.ALWAYS, TherapyStatus.SOMETIMES):
        return ()
    return (PLANS[discipline],) if discipline else tuple(PLANS.values())


def mattering_modifiers(
    facts: CodeFacts, discipline: str, has_modifier_edits: bool
) -> tuple[MatteringModifier, ...]:
    """The modifiers that matter for a code, the most needed first.

    `has_modifier_edits` says whether the code has an indicator-1 edit in force. Sources: CMS therapy services page,
    calendar year 2026 (GP, GO, GN, KX, CQ, CO); NCCI Policy Manual, 2026-01-01, ch. I §E and ch. XI §S and §U.
    """
    therapy = Cite("cms-therapy-2026")
    found = []
    plans = plan_modifiers(facts, discipline)
    always = facts.therapy_status == TherapyStatus.ALWAYS
    for plan in plans:
        when = "on every Medicare line" if always else "only when it is given under a therapy plan"
        found.append(MatteringModifier(plan, f"Names the plan of care: {when}.", therapy))
    for plan, assistant in (("GP", "CQ"), ("GO", "CO")):
        if plan in plans:
            found.append(
                MatteringModifier(
                    assistant,
                    f"Beside {plan}, when an assistant gave more than a tenth of it alone.",
                    therapy,
                )
            )
    if plans:
        found.append(
            MatteringModifier(
                "KX", "When the year's therapy costs pass the threshold and the record shows need.", therapy
            )
        )
    manual = "ncci-manual-2026"
    if facts.number in VISITS:
        found.append(
            MatteringModifier(
                "25",
                "When the visit is significant and separate from a procedure that day.",
                Cite(manual, "ch. I §E"),
            )
        )
    elif has_modifier_edits:
        if facts.number in SPINAL_CMT | CMT_REGIONAL:
            found.append(
                MatteringModifier(
                    "XS",
                    "Beside a spinal adjustment or the work that clashes with it, in another region.",
                    Cite(manual, "ch. XI §S"),
                )
            )
        found.append(
            MatteringModifier(
                "59",
                "Last resort for a pair with indicator 1, when the record shows a distinct service.",
                Cite(manual, "ch. I §E"),
            )
        )
    return tuple(found)
