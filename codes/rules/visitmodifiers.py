"""The modifiers of a visit's lines besides those of therapy plans: AT, notices, KX, 59 and X, 25."""

from collections.abc import Mapping
from datetime import date

from .advice import VISITS
from .pairs import Verdict
from .terms import Cite
from .visitcodes import ACUPUNCTURE, DRY_NEEDLING, SPINAL_CMT
from .visitfindings import ProposedModifier, Visit, listed
from .visitpairs import DISTINCT, PairFinding, must_show
from .visitplans import judge_assistants, judge_plans, judge_plans_elsewhere
from .visitterms import YearlyAmount
from .visitunits import VisitUnits

MANUAL = "ncci-manual-2026"
AT_WITH_GA_REJECTED_SINCE = date(2015, 11, 1)
"""Source: Palmetto GBA, 2020-05-29."""
CONTRADICTIONS = (
    ("GA", "GZ", "GA says that the required notice is on file, GZ that there is none", "GA and GZ"),
    ("GX", "GZ", "GX says that a notice was given, GZ that there is none", "GX and GZ"),
    ("GA", "GX", "GA is for a required notice, GX for a voluntary one", "GX and GA"),
    ("GA", "GY", "GA is for covered care that may be denied, GY for what the law excludes", "GY, GA and GZ"),
    ("GY", "GZ", "GZ is for covered care that may be denied, GY for what the law excludes", "GZ and GY"),
)
"""Notices that say opposite things. Source: NGS page on GA, GX, GY and GZ."""


def judge_modifiers(
    visit: Visit, units: VisitUnits, pairs: tuple[PairFinding, ...], thresholds: Mapping[int, YearlyAmount]
) -> None:
    """All tests on modifiers, in the order in which a claim is put right."""
    if visit.lens.medicare:
        plans = judge_plans(visit)
        judge_assistants(visit, units, plans)
        _active_treatment(visit)
        _notices(visit, pairs)
        _threshold(visit, plans, thresholds)
        _acupuncture(visit)
    else:
        judge_plans_elsewhere(visit)
    _distinct(visit, pairs)
    _separate_visit(visit, pairs)


def _active_treatment(visit: Visit) -> None:
    """AT on a spinal adjustment, and never with GA.

    Sources: NGS, Noridian; Palmetto 2020-05-29 (AT with GA, dates of service from 2015-11-01); HCPCS (AT's codes).
    """
    for place in visit.billed:
        number, chosen = visit.lines[place].number, visit.modifiers(place)
        name = f"Active treatment (AT) on {number}"
        if "AT" in chosen and number not in SPINAL_CMT:
            text = f"AT is meant for 98940, 98941 and 98942, not for {number}."
            visit.failed(
                "active-treatment",
                name,
                text,
                f"Take AT off {number}.",
                Cite("hcpcs-2025-10", "AT"),
                (place,),
                removes=((place, "AT"),),
            )
        elif "AT" in chosen and "GA" in chosen:
            if visit.question.day >= AT_WITH_GA_REJECTED_SINCE:
                text = (
                    "AT with GA on one line is rejected: active care, or a notice that a denial is expected."
                )
                change = (
                    f"Keep AT on {number} for active care, or GA for maintenance with a notice, not both."
                )
                cite = Cite("palmetto-at-2020", "AT and GA")
                visit.failed("active-treatment", name, text, change, cite, (place,))
        elif number in SPINAL_CMT and "AT" in chosen:
            text = "AT says that it was active treatment: the record must show it."
            visit.passed("active-treatment", name, text, Cite("ngs-modifiers", "AT"), (place,))
        elif number in SPINAL_CMT and not {"GA", "GZ", "GY"} & set(chosen):
            text = "Without AT a spinal adjustment is denied as maintenance."
            reason = ProposedModifier(
                "AT",
                "Active treatment.",
                Cite("ngs-modifiers", "AT"),
                test="It was active treatment (acute or corrective), not maintenance.",
            )
            visit.failed(
                "active-treatment",
                name,
                text,
                f"Add AT to {number} if it was active treatment. If it was maintenance, Medicare does not pay: GA with "
                "the required notice on file, GZ without one.",
                Cite("ngs-modifiers", "AT"),
                (place,),
                adds=((place, reason),),
            )


def _notices(visit: Visit, pairs: tuple[PairFinding, ...]) -> None:
    """GA, GX, GY and GZ: what they say, and which contradict one another. Source: NGS page."""
    lost = {finding.lost for finding in pairs if finding.lost}
    for place in visit.billed:
        number, chosen = visit.lines[place].number, set(visit.modifiers(place))
        for one, other, why, locator in CONTRADICTIONS:
            if {one, other} <= chosen:
                visit.failed(
                    "notice",
                    f"Notices on {number}",
                    f"{why}.",
                    f"Keep {one} or {other} on {number}, not both.",
                    Cite("ngs-modifiers", locator),
                    (place,),
                )
        if chosen & {"GA", "GX"} and number in lost:
            text = f"A notice to the patient does not help {number} against a pair edit: a denial is not its debt."
            visit.not_known("notice", f"Notices on {number}", text, Cite(MANUAL, "introduction"), (place,))
        if chosen & {"GA", "GZ"}:
            text = f"{number} is billed with a denial expected."
            if "GZ" in chosen:
                text += " Without a notice the cost stays with you."
            visit.not_known(
                "notice", f"Notices on {number}", text, Cite("ngs-modifiers", "GA and GZ"), (place,)
            )


def _threshold(visit: Visit, plans: Mapping[int, str], thresholds: Mapping[int, YearlyAmount]) -> None:
    """A reminder of the year's KX amount. Source: CMS therapy services page and the contractor's, by year."""
    if not plans:
        return
    year, name, places = visit.question.day.year, "Therapy threshold (KX)", tuple(plans)
    amount = thresholds.get(year)
    if amount is None:
        text = f"The amount of {year} is not in our data."
        visit.not_known("threshold", name, text, lines=places)
        return
    text = (
        f"{year}: {_dollars(amount.pt_slp)} for PT and SLP together, {_dollars(amount.ot)} for OT. Above it each line "
        "needs KX, and the record must show the need."
    )
    if amount.review:
        text += f" Above {_dollars(amount.review)} Medicare may review."
    if missing := [place for place in places if "KX" not in visit.modifiers(place)]:
        text += (
            f" How much the patient has used, we do not know: {listed(visit.numbers(missing))} without KX."
        )
    visit.not_known("threshold", name, text, amount.cite, places)


def _dollars(cents: int) -> str:
    return f"${cents / 100:,.2f}".removesuffix(".00")


def _acupuncture(visit: Visit) -> None:
    """Source: NCD 30.3.3, in force since 2020-01-21."""
    places = [place for place in visit.billed if visit.lines[place].number in ACUPUNCTURE | DRY_NEEDLING]
    if places:
        text = (
            "Medicare covers it only for non-specific low-back pain of 12 weeks or longer: 12 visits in 90 days, 8 "
            "more if the patient improves, 20 a year. KX goes on visits 13 to 20."
        )
        visit.not_known("coverage", "Acupuncture and dry needling", text, Cite("ncd-30-3-3"), places)


def _distinct(visit: Visit, pairs: tuple[PairFinding, ...]) -> None:
    """59 and X: never both on one line, only for an indicator-1 edit, believed not for office visits.

    Source: NCCI Policy Manual, 2026-01-01, ch. I §E.
    """
    cite = Cite(MANUAL, "ch. I §E")
    lifted = {n for finding in pairs if finding.verdict == Verdict.MODIFIER for n in finding.numbers}
    doubtful = {n for finding in pairs if finding.verdict == Verdict.NOT_KNOWN for n in finding.numbers}
    for place in visit.billed:
        number = visit.lines[place].number
        chosen = [modifier for modifier in visit.modifiers(place) if modifier in DISTINCT]
        if not chosen:
            continue
        name = f"{listed(chosen)} on {number}"
        if "59" in chosen and len(chosen) > 1:
            text = "59 and an X modifier do not stand together on one line."
            change = f"Keep the X modifier that fits on {number}, and take 59 off."
            if visit.lens.pair_edits:
                visit.failed("distinct", name, text, change, cite, (place,), removes=((place, "59"),))
            else:
                visit.not_known("distinct", name, f"Medicare: {text} Ask this payer.", cite, (place,))
        if number not in lifted | doubtful:
            text = "No edit of this visit can be lifted by it: it belongs only to an edit with indicator 1."
            if visit.lens.pair_edits:
                visit.failed(
                    "distinct",
                    name,
                    text,
                    f"Take {listed(chosen)} off {number}.",
                    cite,
                    (place,),
                    removes=tuple((place, modifier) for modifier in chosen),
                )
            else:
                text = "Medicare has no edit here that it could lift. Some payers run older edits: ask."
                visit.not_known("distinct", name, text, cite, (place,))
        elif number in VISITS and "59" in chosen:
            text = "59 is believed not to belong on an office visit (not verified): 25 is for visits."
            visit.not_known("distinct", name, text, Cite("cptref-catalogue", "modifier 59"), (place,))


def _separate_visit(visit: Visit, pairs: tuple[PairFinding, ...]) -> None:
    """25 belongs on an office visit, beside a procedure with a global period of 000.

    Where the table has an edit for the two, the edit's own test asks for it.
    Source: NCCI Policy Manual, 2026-01-01, ch. I §E.b and ch. XI §U.
    """
    cite = Cite(MANUAL, "ch. I §E.b; ch. XI §U")
    for place in visit.billed:
        number, chosen = visit.lines[place].number, visit.modifiers(place)
        if "25" in chosen and number not in VISITS:
            visit.fails_if(
                visit.lens.pair_edits,
                "separate-visit",
                f"25 on {number}",
                "25 marks a significant, separate visit and goes on the office visit, not on the treatment.",
                f"Take 25 off {number}.",
                cite,
                (place,),
                removes=((place, "25"),),
            )
    procedures = sorted(n for n in visit.numbers(visit.billed) if visit.facts[n].global_days == "000")
    for place in visit.billed:
        number = visit.lines[place].number
        if number not in VISITS or "25" in visit.modifiers(place):
            continue
        judged = {n for finding in pairs if number in finding.numbers for n in finding.numbers}
        beside = [n for n in procedures if n not in judged]
        if beside:
            test = must_show("25")
            visit.fails_if(
                visit.lens.pair_edits,
                "separate-visit",
                f"{number} beside {listed(beside)}",
                f"{listed(beside)} includes the usual work of a visit that day (global period 000).",
                f"If your record passes the test, add 25 to {number}: {test} If not, take {number} off.",
                cite,
                (place,),
                adds=((place, ProposedModifier("25", "Separate visit.", cite, test=test)),),
            )
