"""The units of a visit by both rules, and the tests on them: same code twice, no unit, MUE, add-on, minutes."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from .advice import THERAPY_EVALUATIONS
from .allocation import Counting, UnitRule, count_ama, count_cms, split
from .standing import SUPERVISED_MODALITIES
from .terms import Cite, TherapyStatus, Timing
from .units import QUARTER_HOUR
from .visitfindings import Visit, listed, units_in_words
from .visitline import write_line

THERAPY = (TherapyStatus.ALWAYS, TherapyStatus.SOMETIMES)
MANUAL = "ncci-manual-2026"


@dataclass(frozen=True, slots=True)
class LineUnits:
    """The units of one line by each rule; None where they cannot be told."""

    place: int
    number: str
    cms: int | None
    ama: int | None
    note: str = ""

    def by(self, rule: UnitRule | None) -> int | None:
        """By one rule; with no rule known only what both agree on."""
        if rule is None:
            return self.cms if self.cms == self.ama else None
        return self.cms if rule == UnitRule.CMS else self.ama


@dataclass(frozen=True, slots=True)
class VisitUnits:
    """Both ways of counting side by side, with the working, and each line's units."""

    cms: Counting
    ama: Counting
    lines: tuple[LineUnits, ...]
    untimed: tuple[str, ...] = ()
    """The codes whose minutes do not count as timed."""
    notes: tuple[str, ...] = ()

    @property
    def differ(self) -> bool:
        """Whether the two rules give any line different units."""
        return any(line.cms != line.ama for line in self.lines)

    def line(self, place: int) -> LineUnits | None:
        return next((line for line in self.lines if line.place == place), None)


def count_visit(visit: Visit, places: Iterable[int]) -> VisitUnits:
    """Count the lines at some places. 15-minute codes are counted by both rules, the others by themselves.

    Source: Pub. 100-04, ch. 5 §20.2, and the midpoint rule. The sources tell them for codes of 15 minutes; of a
    code with another length only its full lengths are counted.
    """
    places = list(places)
    pooled = [p for p in places if _is_quarter(visit, p) and visit.lines[p].minutes is not None]
    minutes = [(visit.lines[p].number, visit.lines[p].minutes) for p in pooled]
    cms, ama = count_cms(minutes), count_ama(minutes)
    shared = {UnitRule.CMS: _to_lines(visit, pooled, cms), UnitRule.AMA: _to_lines(visit, pooled, ama)}
    lines = []
    for place in places:
        if place in pooled:
            of_cms, of_ama = shared[UnitRule.CMS][place], shared[UnitRule.AMA][place]
            lines.append(LineUnits(place, visit.lines[place].number, of_cms, of_ama))
        else:
            lines.append(_by_itself(visit, place))
    untimed = [p for p in places if visit.code(p).timing != Timing.TIMED]
    return VisitUnits(cms, ama, tuple(lines), visit.numbers(untimed), tuple(_notes(visit, places, pooled)))


def _is_quarter(visit: Visit, place: int) -> bool:
    code = visit.code(place)
    return code.timing == Timing.TIMED and code.unit_minutes == QUARTER_HOUR


def _to_lines(visit: Visit, pooled: list[int], counting: Counting) -> dict[int, int]:
    """Each line's units. Lines of one code that are equal are served by what they say, never by their place."""
    units = {}
    for number in visit.numbers(pooled):
        own = sorted(visit.places_of(number, pooled), key=lambda place: write_line(visit.lines[place]))
        given = split(counting.units_of(number), [visit.lines[place].minutes for place in own])
        units |= dict(zip(own, given, strict=True))
    return units


def _by_itself(visit: Visit, place: int) -> LineUnits:
    line, code = visit.lines[place], visit.code(place)
    if line.units is not None:
        return LineUnits(place, line.number, line.units, line.units, "Units as you gave them.")
    if code.timing == Timing.BANDED:
        return LineUnits(place, line.number, 1, 1, "One unit: the time chooses the code, not the units.")
    if code.timing != Timing.TIMED:
        return LineUnits(place, line.number, 1, 1, "Untimed: one unit, whatever the minutes.")
    if line.minutes is None:
        return LineUnits(place, line.number, None, None, "Timed: give its minutes or its units.")
    whole, rest = divmod(line.minutes, code.unit_minutes)
    if not whole:
        why = f"Less than the {code.unit_minutes} minutes of one unit: our sources do not tell the rule for that."
        return LineUnits(place, line.number, None, None, why)
    note = f"One unit stands for {code.unit_minutes} minutes."
    if rest:
        note += f" Whether the {rest} minutes left make another unit, our sources do not tell."
    return LineUnits(place, line.number, whole, whole, note)


def _notes(visit: Visit, places: list[int], pooled: list[int]):
    untimed = [p for p in places if visit.code(p).timing == Timing.UNTIMED and visit.lines[p].minutes]
    if untimed:
        yield (
            f"{listed(visit.numbers(untimed))}: untimed, so one unit whatever the minutes, and "
            f"{sum(visit.lines[p].minutes for p in untimed)} minutes that do not count as timed."
        )
    other = [p for p in places if visit.code(p).timing == Timing.TIMED and not _is_quarter(visit, p)]
    if other:
        yield (
            f"{listed(visit.numbers(other))}: not a 15-minute code. Our sources tell both rules for 15-minute codes "
            "only, so its minutes are not pooled."
        )
    outside = [p for p in pooled if visit.code(p).therapy_status == TherapyStatus.NO]
    if outside and len(visit.numbers(pooled)) > 1:
        yield (
            f"{listed(visit.numbers(outside))}: not on Medicare's therapy list. The 8-minute rule stands in the "
            "chapter on therapy; whether such minutes are pooled with others, our sources do not tell."
        )


def judge_same_code(visit: Visit) -> None:
    """Two lines of one code are units: they are added up before units are counted.

    Lines with different modifiers may stand apart, as units with and without CQ do.
    Source: Pub. 100-04, ch. 5 §20.2; NCCI Policy Manual, 2026-01-01, ch. I §V.
    """
    for number in visit.numbers(visit.kept):
        places = visit.places_of(number, visit.kept)
        if len(places) == 1:
            continue
        sets = [frozenset(visit.modifiers(place)) for place in places]
        name, cite = f"{number} on {len(places)} lines", Cite("claims-manual-5", "§20.2")
        text = "Two lines of one code are units, not a pair: their minutes are added up before units are counted."
        if len(set(sets)) < len(sets):
            change = f"Put the lines of {number} together on one line with all its units."
            visit.failed("same-code", name, text, change, cite, places)
        else:
            visit.passed("same-code", name, f"{text} They stand apart by their modifiers.", cite, places)


def judge_evaluations(visit: Visit) -> None:
    """One PT and one OT evaluation or re-evaluation a day. Source: NCCI Policy Manual, 2026-01-01, ch. XI §P.1."""
    by_discipline = defaultdict(list)
    for place in visit.known:
        if visit.lines[place].number in THERAPY_EVALUATIONS and visit.code(place).discipline:
            by_discipline[visit.code(place).discipline].append(place)
    for discipline, places in by_discipline.items():
        name, cite = f"One {discipline.upper()} evaluation a day", Cite(MANUAL, "ch. XI §P.1")
        numbers = visit.numbers(places)
        if len(numbers) == 1:
            if numbers[0] in ("97164", "97168"):
                text = f"{numbers[0]} is not routine: the record must show that the patient's status changed."
                visit.not_known("evaluation", "Re-evaluation", text, Cite(MANUAL, "ch. XI §P.3"), places)
            continue
        text = f"{listed(numbers)}: each discipline evaluates or re-evaluates once a day, at one level."
        change = f"Bill one of {listed(numbers)}, the one that your record supports."
        visit.fails_if(visit.lens.pair_edits, "evaluation", name, text, change, cite, places)


def judge_units(visit: Visit, units: VisitUnits) -> None:
    """Units that cannot be told, that the rules count apart, or that are none."""
    rule = visit.lens.unit_rule
    missing = [line for line in units.lines if line.cms is None]
    if missing:
        for line in missing:
            visit.not_known(
                "units",
                f"Units of {line.number}",
                f"{line.number}: {line.note}",
                lines=(line.place,),
                decisive=True,
            )
    if rule is None and units.differ:
        apart = [line for line in units.lines if line.cms is not None and line.cms != line.ama]
        told = ", ".join(f"{line.number} {line.cms} or {line.ama}" for line in apart)
        visit.not_known(
            "units",
            "Which unit rule",
            f"The CMS and the AMA rule give different units ({told}). Which of them this payer uses is a matter of "
            "its contract, and not in our sources: ask.",
            Cite("webpt-midpoint"),
            [line.place for line in apart],
            decisive=True,
        )
    _unfinished_pool(visit, units)
    _no_unit(visit, units)
    if units.cms.units and not missing and not (rule is None and units.differ):
        counted = rule or UnitRule.CMS
        counting = units.cms if counted == UnitRule.CMS else units.ama
        told = ", ".join(f"{share.number} {share.units}" for share in counting.shares)
        by = rule.label if rule else "both rules agree"
        choice = "".join(
            f" {listed(tie.numbers)} are equal: which of them gets the last unit is your choice."
            for tie in counting.ties
        )
        visit.passed("units", "Units from minutes", f"{by}: {told}.{choice}", counting.cite)


def _unfinished_pool(visit: Visit, units: VisitUnits) -> None:
    """The 8-minute rule needs the minutes of every timed code; some lines give units alone."""
    without = [p for p in visit.kept if _is_quarter(visit, p) and visit.lines[p].units is not None]
    if not without:
        return
    numbers = listed(visit.numbers(without))
    open_ended = any(share.remainder for share in units.cms.shares)
    if open_ended and visit.lens.unit_rule != UnitRule.AMA:
        visit.not_known(
            "units",
            "Minutes of all timed codes",
            f"The 8-minute rule adds up all timed minutes, and {numbers} came with units only. Give its minutes.",
            Cite("claims-manual-5", "§20.2"),
            without,
            decisive=True,
        )
    else:
        visit.not_known(
            "units",
            "Units against minutes",
            f"{numbers} came with units and no minutes, so we cannot check whether the minutes bear them.",
            Cite("claims-manual-5", "§20.2"),
            without,
        )


def _no_unit(visit: Visit, units: VisitUnits) -> None:
    rule = visit.lens.unit_rule
    empty = [line for line in units.lines if line.by(rule) == 0]
    if not empty:
        return
    counting = units.ama if rule == UnitRule.AMA else units.cms
    visit.without_unit.update(line.place for line in empty)
    served = {line.number for line in units.lines if line.by(rule)}
    numbers = listed(
        dict.fromkeys(
            f"one line of {line.number}" if line.number in served else line.number for line in empty
        )
    )
    if rule is None:
        text = f"{numbers}: neither the CMS nor the AMA rule gives it a unit."
    elif counting.units == 0:
        text = "No timed code reaches a unit: fewer than 8 minutes are not billed."
    elif rule == UnitRule.AMA:
        text = f"{numbers}: fewer than 8 minutes, and this rule counts each code alone."
    else:
        text = f"The total gives {units_in_words(counting.units)}, and longer remainders come first: none for {numbers}."
    change = f"Leave {numbers} off the claim, and keep the minutes in the record."
    tied = [tie for tie in counting.ties if any(line.number in tie.numbers for line in empty)]
    for tie in tied:
        change += f" {listed(tie.numbers)} are equal, so the choice is yours."
    visit.failed("units", "Lines without a unit", text, change, counting.cite, [line.place for line in empty])


def judge_limits(visit: Visit, units: VisitUnits) -> None:
    """Units against the MUE: by line for indicator 1, by day for 2 and 3.

    Source: NCCI Policy Manual, 2026-01-01, ch. I §V; the MUE table of the setting.
    """
    for number in visit.numbers(visit.billed):
        places = [p for p in visit.places_of(number, visit.billed) if not visit.for_denial(p)]
        if not places:
            continue
        code, name = visit.facts[number], f"Most units of {number} a day (MUE)"
        limit = code.limit(visit.question.setting)
        if limit is None:
            visit.not_known(
                "unit-limit", name, f"No MUE of {number} in our data for this setting.", lines=places
            )
            continue
        if not limit.value:
            continue
        counted = [line.by(visit.lens.unit_rule) for p in places if (line := units.line(p))]
        cite = Cite(limit.release.source, f"row {number}")
        if None in counted or not counted:
            text = f"The MUE is {limit.value} ({limit.release.name}); the units are not told yet."
            visit.not_known("unit-limit", name, text, cite, places)
            continue
        most = max(counted) if limit.mai == 1 else sum(counted)
        if most <= limit.value:
            text = f"{units_in_words(most)}; the MUE is {limit.value} ({limit.release.name})."
            if not visit.lens.unit_limits:
                text += " It is Medicare's: this payer's own caps are not in our sources."
            visit.passed("unit-limit", name, text, cite, places)
            continue
        further = f" Further time belongs to {' or '.join(code.add_ons)}." if code.add_ons else ""
        appeal = (
            " If the record proves more, bill what it proves, expect a denial, and appeal."
            if limit.mai == 3 and not further
            else ""
        )
        visit.fails_if(
            visit.lens.unit_limits,
            "unit-limit",
            name,
            f"{units_in_words(most)} of {number}, and the MUE is {limit.value} ({limit.release.name}). {limit.meaning}",
            f"Bill at most {units_in_words(limit.value)} of {number}.{further}{appeal}",
            cite,
            places,
        )


def judge_add_ons(visit: Visit, units: VisitUnits) -> None:
    """An add-on code needs one of its primaries on the claim; a primary alone is fine.

    Source: NCCI Policy Manual, 2026-01-01, ch. I §R and §W; add-on file of June 2024.
    """
    present = {
        line.number
        for line in units.lines
        if line.place in visit.billed and line.by(visit.lens.unit_rule) != 0
    }
    for number in visit.numbers(visit.billed):
        code, places = visit.facts[number], visit.places_of(number, visit.billed)
        if not code.primaries:
            continue
        name, cite = f"{number} is an add-on code", Cite("ncci-aoc-2024-06", f"row {number}")
        found = [primary for primary in code.primaries if primary in present]
        if found:
            visit.passed("add-on", name, f"Its primary {listed(found)} is on the claim.", cite, places)
        else:
            wanted = " or ".join(code.primaries)
            visit.fails_if(
                visit.lens.add_ons,
                "add-on",
                name,
                f"{number} is paid only with {wanted}, and that is not on the claim.",
                f"Add {wanted} if it was given and your record shows it; else take {number} off.",
                cite,
                places,
            )


def judge_minutes(visit: Visit, units: VisitUnits) -> None:
    """No minute counts twice: the minutes of the lines against the treatment time, when it is given.

    Only the supervised modalities 97010 to 97028 may share time.
    Source: NCCI Policy Manual, 2026-01-01, ch. XI §P.2.
    """
    name, cite = "Not the same minutes twice", Cite(MANUAL, "ch. XI §P.2")
    own = [
        place
        for place in visit.kept
        if visit.code(place).timing == Timing.TIMED or visit.code(place).therapy_status in THERAPY
        if visit.lines[place].number not in SUPERVISED_MODALITIES
    ]
    given = visit.question.treatment_minutes
    if given is None:
        if len(own) > 1:
            text = (
                "You did not give the treatment time. Your record decides: no 15 minutes count for two therapy "
                "services, edit or no edit."
            )
            visit.not_known("minutes", name, text, cite, own)
        return
    timed = [p for p in own if visit.code(p).timing == Timing.TIMED and visit.lines[p].minutes]
    untimed = [p for p in own if visit.code(p).timing != Timing.TIMED and visit.lines[p].minutes]
    claimed = sum(visit.lines[p].minutes for p in timed)
    beside = sum(visit.lines[p].minutes for p in untimed)
    least = _least_minutes(visit, units)
    if claimed > given:
        text = f"The timed lines add up to {claimed} minutes, and the treatment took {given}."
        change = f"Correct the minutes: {claimed - given} of them are counted twice or were not given."
        visit.failed("minutes", name, text, change, cite, timed)
    elif claimed + beside > given:
        numbers = listed(visit.numbers(untimed))
        text = f"{claimed} timed minutes and {beside} of {numbers} do not fit into a treatment of {given}."
        change = f"Correct the minutes: {numbers} cannot share time with another therapy service."
        visit.fails_if(visit.lens.pair_edits, "minutes", name, text, change, cite, [*timed, *untimed])
    elif least > given:
        text = f"The units need at least {least} timed minutes, and the treatment took {given}."
        change = "Correct the units: the minutes do not bear them."
        visit.failed("minutes", name, text, change, Cite("claims-manual-5", "§20.2"), timed)
    else:
        text = f"{claimed} timed minutes fit into a treatment of {given}."
        visit.passed("minutes", name, text, cite, own)


def _least_minutes(visit: Visit, units: VisitUnits) -> int:
    """The fewest timed minutes that bear the units of the 15-minute codes, by the kindest rule that may apply."""
    own: dict[str, int] = {}
    for line in units.lines:
        if line.place in visit.kept and _is_quarter(visit, line.place):
            own[line.number] = own.get(line.number, 0) + (line.by(visit.lens.unit_rule) or 0)
    if visit.lens.unit_rule == UnitRule.CMS:
        total = sum(own.values())
        return total * QUARTER_HOUR - 7 if total else 0
    return sum(units * QUARTER_HOUR - 7 for units in own.values() if units)
