"""What to do now: the steps for each verdict, and the modifiers that can fit an indicator-1 edit."""

from dataclasses import dataclass

from .terms import Cite, CodeFacts

SPINAL_CMT = frozenset({"98940", "98941", "98942"})
CMT_REGIONAL = frozenset({"97112", "97124", "97140"})
"""Services that are not separate in a spinal region being adjusted.
Source: NCCI Policy Manual, 2026-01-01, ch. XI §S."""
REEVALUATIONS = frozenset({"97164", "97168"})
TESTS_WITH_EVALUATION = frozenset({"97750", "97755", "97763"})
"""Not together with a same-day evaluation by the same specialty.
Source: NCCI Policy Manual, 2026-01-01, ch. XI §P.8."""
THERAPY_EVALUATIONS = frozenset({"97161", "97162", "97163", "97164", "97165", "97166", "97167", "97168"})
ANATOMIC_CATEGORIES = frozenset({"strapping", "compression"})
THERAPY_CATEGORIES = frozenset(
    {
        "supervised-modality",
        "attended-modality",
        "therapeutic-procedure",
        "hcpcs-modality",
        "test-and-measurement",
        "orthotics-and-prosthetics",
        "work-program",
        "vestibular",
        "biofeedback",
        "evaluation",
    }
)
VISITS = frozenset({"99202", "99203", "99204", "99205", "99211", "99212", "99213", "99214", "99215"})
"""Office visits (evaluation and management)."""

MANUAL = "ncci-manual-2026"


@dataclass(frozen=True, slots=True)
class FittingModifier:
    """A modifier that can fit, on which line, and the test that the record must pass."""

    code: str
    """One modifier, or several that do the same with a slash between them."""
    line: str
    test: str
    cite: Cite

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(self.code.split(" / "))


EITHER_LINE = "either line (Medicare accepts both since 2019-07-01; many other payers expect column two)"


def fitting_modifiers(first: CodeFacts, second: CodeFacts) -> tuple[FittingModifier, ...]:
    """The modifiers that can fit an indicator-1 edit between two codes, the likeliest first.

    Sources: NCCI Policy Manual, 2026-01-01, ch. I §E (list of modifiers and tests for 59), ch. XI §P and §S.
    """
    numbers = {first.number, second.number}
    if numbers & VISITS:
        return _visit_modifier(first, second, numbers)
    if numbers & SPINAL_CMT:
        return _regional(numbers)
    if numbers & REEVALUATIONS:
        return _reevaluation()
    if numbers & TESTS_WITH_EVALUATION and numbers & THERAPY_EVALUATIONS:
        return _other_specialty()
    if {first.category, second.category} & ANATOMIC_CATEGORIES:
        return _other_site(numbers)
    if {first.category, second.category} & THERAPY_CATEGORIES:
        return _separate_time()
    return _other_site(numbers) + _separate_encounter()


def _visit_modifier(first, second, numbers):
    visits = sorted(numbers & VISITS)
    if len(visits) == 2:
        return (
            FittingModifier(
                "25",
                "the visit that was separate",
                "Two office visits on one day: the second must be significant and separate from the first, and the "
                "record must tell both.",
                Cite(MANUAL, "ch. I §E"),
            ),
        )
    other = second if first.number == visits[0] else first
    return (
        FittingModifier(
            "25",
            visits[0],
            f"The visit was significant and separate from {other.number}: it has its own history, findings and "
            "decision in the record. A new patient alone is not enough.",
            Cite(MANUAL, "ch. I §E; ch. XI §U"),
        ),
    )


def _regional(numbers):
    whole_spine = "98942" in numbers
    region = (
        "All five spinal regions were adjusted, so only work outside the spine can be another region."
        if whole_spine
        else "The record names the regions adjusted and another region for the other service. Muscles next to an "
        "adjusted region belong to it."
    )
    cite = Cite(MANUAL, "ch. XI §S" if numbers & CMT_REGIONAL else "ch. I §E")
    return (
        FittingModifier("XS", EITHER_LINE, region, cite),
        FittingModifier("59", EITHER_LINE, region + " Use it where the payer does not take XS.", cite),
    )


def _reevaluation():
    test = (
        "The patient's status changed, or something new came up, so that a re-evaluation was needed that is not part "
        "of the day's treatment. It is not routine."
    )
    cite = Cite(MANUAL, "ch. XI §P.3")
    return (FittingModifier("XU", EITHER_LINE, test, cite), FittingModifier("59", EITHER_LINE, test, cite))


def _other_specialty():
    test = (
        "Another specialty did the evaluation (for instance an occupational therapist beside a physical therapist). "
        "Within one specialty the two do not go together on one day."
    )
    cite = Cite(MANUAL, "ch. XI §P.8")
    return (FittingModifier("XP", EITHER_LINE, test, cite), FittingModifier("59", EITHER_LINE, test, cite))


def _other_site(numbers):
    test = (
        "Another part of the body, which the record names. Neighboring structures in one region are one site."
    )
    cite = Cite(MANUAL, "ch. I §E")
    return (
        FittingModifier("XS", EITHER_LINE, test, cite),
        FittingModifier(
            "RT / LT", "the line it describes", "One service on the right, the other on the left.", cite
        ),
        FittingModifier("59", EITHER_LINE, test, cite),
    )


def _separate_time():
    test = (
        "The two were given in different 15-minute blocks, and the record shows the minutes of each. They may take "
        "turns, but no minute counts twice."
    )
    cite = Cite(MANUAL, "ch. XI §P.2; ch. I §E")
    return (
        FittingModifier("XU", EITHER_LINE, test, cite),
        FittingModifier("59", EITHER_LINE, test, cite),
        *_separate_encounter(),
    )


def _separate_encounter():
    return (
        FittingModifier(
            "XE",
            EITHER_LINE,
            "Two encounters on the same day, for instance morning and afternoon, each with its own record.",
            Cite(MANUAL, "ch. I §E"),
        ),
    )


def actions(verdict: str, columns: tuple[str, str] | None) -> tuple[str, ...]:
    """What to do now, step by step. `columns` are the edit's codes when one decides.

    Sources: NCCI Policy Manual, 2026-01-01, introduction (no charge to the patient), ch. I §A and §E.
    """
    if verdict == "never-together" and columns:
        one, two = columns
        return (
            f"Bill {one} or {two}, whichever your record supports. If both are on the claim, Medicare pays {one}.",
            "Do not add 59 or an X modifier: it does not lift this edit.",
            "Do not bill the patient for the denied line: neither an ABN nor a signed form makes it the patient's debt.",
            "Do not move the work to another day to get round the edit.",
            "Another payer? Its contract decides: ask whether it follows NCCI.",
        )
    if verdict == "modifier" and columns:
        _, two = columns
        return (
            "Check your record against the tests below.",
            "If one is passed, add that one modifier to one of the two lines, never 59 and an X modifier together.",
            f"If none is passed, leave {two} off the claim.",
            "Do not bill the patient for the denied line: an ABN does not help.",
        )
    if verdict == "no-edit":
        return (
            "Bill both without 59 when your record shows both.",
            "Count each minute once, and look at the other tests below.",
            "If a payer denies the pair, ask which edit it used and for which date.",
        )
    if verdict == "same-code":
        return (
            "Count the units of the whole day once, not visit by visit.",
            "Compare the units with the MUE. It is a limit for review, not a target.",
        )
    return (
        "Do not take this as a yes. Check the current NCCI file of CMS or ask the payer.",
        "Look at the numbers and the date again: a typing error is the most common cause.",
    )
