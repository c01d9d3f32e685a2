"""The therapy modifiers of a visit's lines: GP, GO, GN for the plan of care, CQ and CO for the assistant."""

from collections import defaultdict
from collections.abc import Mapping

from . import assistants
from .claimlines import PLANS
from .terms import Cite, TherapyStatus, Timing
from .units import QUARTER_HOUR
from .visitcodes import SPINAL_CMT
from .visitfindings import ProposedModifier, Visit, listed
from .visitterms import TreatedBy
from .visitunits import VisitUnits

THERAPY_PAGE = Cite("cms-therapy-2026", "Therapy modifiers")
PLAN_OF = {
    TreatedBy.PT: "GP",
    TreatedBy.PTA: "GP",
    TreatedBy.OT: "GO",
    TreatedBy.OTA: "GO",
    TreatedBy.SLP: "GN",
}
"""The plan that each of them works under."""
ASSISTANT_OF = {"GP": "CQ", "GO": "CO"}


def judge_plans(visit: Visit) -> dict[int, str]:
    """GP, GO or GN on therapy lines; hands back the plan of each line as it should be.

    The modifier names the plan, not the person's license. Source: CMS therapy services page, 2026.
    """
    plans, missing, sometimes = {}, defaultdict(list), []
    for place in visit.billed:
        code = visit.code(place)
        chosen = [modifier for modifier in visit.modifiers(place) if modifier in PLANS.values()]
        expected = PLANS.get(code.discipline) or PLAN_OF.get(visit.question.treated_by, "")
        if chosen:
            plans[place] = _chosen_plan(visit, place, chosen, expected)
        elif code.therapy_status == TherapyStatus.ALWAYS:
            missing[expected].append(place)
            plans[place] = expected
        elif code.therapy_status == TherapyStatus.SOMETIMES:
            sometimes.append(place)
    for expected, places in missing.items():
        numbers = listed(visit.numbers(places))
        wanted = expected or "GP, GO or GN, whichever names the plan of care,"
        why = "Always therapy: every Medicare line names its plan of care"
        visit.failed(
            "plan",
            "Plan of care (GP, GO, GN)",
            f"{why}. It is missing on {numbers}.",
            f"Add {wanted} to {numbers}.",
            THERAPY_PAGE,
            places,
            adds=tuple((place, ProposedModifier(expected, f"{why}.", THERAPY_PAGE)) for place in places)
            if expected
            else (),
        )
    if sometimes:
        numbers = listed(visit.numbers(sometimes))
        wanted = PLAN_OF.get(visit.question.treated_by, "GP, GO or GN")
        text = f"{numbers}: sometimes therapy. It needs {wanted} only when it is given under a therapy plan."
        visit.not_known("plan", "Plan of care (GP, GO, GN)", text, THERAPY_PAGE, sometimes)
    return plans


def _chosen_plan(visit: Visit, place: int, chosen: list[str], expected: str) -> str:
    number, name = visit.lines[place].number, f"Plan of care on {visit.lines[place].number}"
    if len(chosen) > 1:
        text = f"{listed(chosen)} name different plans, and a line belongs to one."
        visit.failed("plan", name, text, f"Keep one of {listed(chosen)} on {number}.", THERAPY_PAGE, (place,))
        return expected if expected in chosen else ""
    plan = chosen[0]
    if not expected or plan == expected:
        visit.passed("plan", name, f"{plan} names the plan of care.", THERAPY_PAGE, (place,))
        return plan
    whose = (
        f"{number} belongs to another discipline"
        if visit.code(place).discipline
        else f"the {visit.question.treated_by.label} works under {expected}"
    )
    visit.failed(
        "plan",
        name,
        f"{plan} names a plan that does not fit: {whose}.",
        f"Put {expected} instead of {plan} on {number}, or correct who treated.",
        THERAPY_PAGE,
        (place,),
        removes=((place, plan),),
        adds=((place, ProposedModifier(expected, "Names the plan of care.", THERAPY_PAGE)),),
    )
    return expected


def judge_plans_elsewhere(visit: Visit) -> None:
    """Which therapy modifiers and notices another payer wants is in no source of ours."""
    therapy = [place for place in visit.billed if visit.code(place).therapy_status == TherapyStatus.ALWAYS]
    cmt = [place for place in visit.billed if visit.lines[place].number in SPINAL_CMT]
    if therapy:
        visit.not_known(
            "plan",
            "Plan of care (GP, GO, GN)",
            "Medicare wants the plan of care on every therapy line. Whether this payer does, our sources do not "
            "tell: ask.",
            lines=therapy,
        )
    if cmt:
        text = (
            "Medicare wants AT on a spinal adjustment. Whether this payer does, our sources do not tell: ask."
        )
        visit.not_known("active-treatment", "Active treatment (AT)", text, lines=cmt)


def judge_assistants(visit: Visit, units: VisitUnits, plans: Mapping[int, str]) -> None:
    """CQ beside GP, CO beside GO, and the 10% rule with its two exceptions.

    Source: CMS therapy services page, 2026; in force for dates of service from 2022-01-01.
    """
    for place in visit.billed:
        _assistant_pairing(visit, place)
    if visit.question.day < assistants.BEGAN:
        if visit.question.treated_by in (TreatedBy.PTA, TreatedBy.OTA):
            text = "The 10% rule holds since 2022-01-01. What applied on your date, our sources do not tell."
            visit.not_known("assistant", "Assistant (CQ, CO)", text, assistants.CITE)
        return
    by_code = defaultdict(list)
    for place, plan in plans.items():
        if plan in ASSISTANT_OF:
            by_code[visit.lines[place].number, ASSISTANT_OF[plan]].append(place)
    whole: dict[str, list[int]] = defaultdict(list)
    for (number, modifier), places in by_code.items():
        given = [visit.question.assistant_on(place) for place in places]
        minutes = [visit.lines[place].minutes for place in places]
        if None not in given and None not in minutes:
            _by_minutes(visit, units, number, modifier, places)
        elif visit.question.treated_by in (TreatedBy.PTA, TreatedBy.OTA):
            whole[modifier] += [place for place in places if modifier not in visit.modifiers(place)]
        elif any(modifier in visit.modifiers(place) for place in places):
            text = f"{modifier} says that the assistant alone gave more than a tenth of {number}. The record decides."
            visit.not_known("assistant", f"Assistant on {number}", text, assistants.CITE, places)
    for modifier, places in whole.items():
        if places:
            numbers = listed(visit.numbers(places))
            why = f"The assistant gave it: {modifier} when that is more than a tenth of the service or unit"
            visit.failed(
                "assistant",
                "Assistant (CQ, CO)",
                f"{why}. Medicare then pays 85%.",
                f"Add {modifier} to {numbers}. If a therapist gave part of it, give the assistant's minutes.",
                assistants.CITE,
                places,
                adds=tuple((p, ProposedModifier(modifier, f"{why}.", assistants.CITE)) for p in places),
            )


def _assistant_pairing(visit: Visit, place: int) -> None:
    chosen, number = visit.modifiers(place), visit.lines[place].number
    name, cite = f"Assistant on {number}", assistants.CITE
    if "CQ" in chosen and "CO" in chosen:
        text = "CQ is for a physical, CO for an occupational therapy assistant: never both on one line."
        visit.failed("assistant", name, text, f"Keep CQ or CO on {number}, not both.", cite, (place,))
        return
    for plan, modifier in ASSISTANT_OF.items():
        if modifier not in chosen or plan in chosen:
            continue
        others = [each for each in chosen if each in PLANS.values()]
        beside = f", not beside {listed(others)}" if others else ""
        text = f"{modifier} stands beside {plan}{beside}."
        visit.failed(
            "assistant",
            name,
            text,
            f"Put {plan} beside {modifier} on {number}, or take {modifier} off.",
            cite,
            (place,),
        )


def _by_minutes(visit: Visit, units: VisitUnits, number: str, modifier: str, places: list[int]) -> None:
    code = visit.facts[number]
    minutes = sum(visit.lines[place].minutes for place in places)
    given = sum(visit.question.assistant_on(place) for place in places)
    counts = {place: line.cms for place in places if (line := units.line(place))}
    if None in counts.values() or not sum(counts.values()):
        return
    total = sum(counts.values())
    quarter = code.timing == Timing.TIMED and code.unit_minutes == QUARTER_HOUR
    rule = assistants.share_of_units if quarter else assistants.share_of_service
    share = rule(minutes, given, total)
    name, cite, needed = f"Assistant on {number}", assistants.CITE, share.with_modifier
    if needed is None:
        visit.not_known("assistant", name, f"{share.why}.".capitalize(), cite, places)
        return
    marked = sum(counts[place] for place in places if modifier in visit.modifiers(place))
    if marked == needed:
        told = f"{modifier} on {needed} of {total} units" if needed else f"No {modifier}"
        visit.passed("assistant", name, f"{told}: {share.why}.", cite, places)
        return
    text = f"{modifier} belongs on {needed} of {total} units: {share.why}."
    about = {"cite": cite, "lines": places}
    plain = [place for place in places if modifier not in visit.modifiers(place)]
    if needed == total:
        adds = tuple((place, ProposedModifier(modifier, f"{share.why}.", cite)) for place in plain)
        visit.failed("assistant", name, text, f"Add {modifier} to {number}.", **about, adds=adds)
    elif needed == 0:
        removes = tuple((place, modifier) for place in places if place not in plain)
        visit.failed("assistant", name, text, f"Take {modifier} off {number}.", **about, removes=removes)
    else:
        change = f"Bill {number} on two lines: {needed} with {modifier}, {total - needed} without."
        splits = ((places[0], needed, modifier),) if len(places) == 1 else ()
        visit.failed("assistant", name, text, change, **about, splits=splits)
