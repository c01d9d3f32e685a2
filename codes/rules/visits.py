"""Can a whole visit go out as it is? One verdict over all its lines, with the claim proposed and every test.

Sources are named by each test's own module: `visitcodes`, `visitpairs`, `visitunits`, `visitplans`,
`visitmodifiers`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from .pairs import Edit
from .standing import Outcome as TestOutcome
from .terms import Cite, CodeFacts, Setting, TableRelease
from .visitcodes import in_reach, judge_codes
from .visitfindings import ProposedModifier, Visit, VisitTest, listed, units_in_words
from .visitline import VisitLine, parse_line, write_line
from .visitmodifiers import judge_modifiers
from .visitpairs import DISTINCT, PairFinding, judge_pairs
from .visitterms import (
    Lens,
    Payer,
    PayerFact,
    PayerTopic,
    TreatedBy,
    VisitQuestion,
    YearlyAmount,
    lens_of,
)
from .visitunits import (
    VisitUnits,
    count_visit,
    judge_add_ons,
    judge_evaluations,
    judge_limits,
    judge_minutes,
    judge_same_code,
    judge_units,
)

__all__ = [
    "Lens",
    "Outcome",
    "Payer",
    "PayerFact",
    "PayerTopic",
    "ProposedLine",
    "ProposedModifier",
    "TestOutcome",
    "TreatedBy",
    "VisitAnswer",
    "VisitLine",
    "VisitQuestion",
    "VisitTest",
    "YearlyAmount",
    "judge_visit",
    "parse_line",
    "write_line",
]


class Outcome(StrEnum):
    """The three answers of the visit page."""

    READY = "ready"
    CHANGE = "change"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """A line as it should go out, or (not billed) why it should not."""

    number: str
    units: int | None
    modifiers: tuple[ProposedModifier, ...]
    lines: tuple[int, ...]
    """The places of the asked lines that it stands for."""
    billed: bool = True
    note: str = ""

    @property
    def modifier_codes(self) -> tuple[str, ...]:
        return tuple(modifier.code for modifier in self.modifiers)

    @property
    def to_be_shown(self) -> tuple[ProposedModifier, ...]:
        """The modifiers that may stand only when the record passes their test."""
        return tuple(modifier for modifier in self.modifiers if modifier.test)


@dataclass(frozen=True, slots=True)
class VisitAnswer:
    """The whole answer: what the page, its JSON twin and its picture all show."""

    question: VisitQuestion
    lens: Lens
    outcome: Outcome
    headline: str
    tests: tuple[VisitTest, ...]
    units: VisitUnits
    """Both rules over all lines as they were asked."""
    proposed: tuple[ProposedLine, ...]
    pairs: tuple[PairFinding, ...]
    payer_facts: tuple[PayerFact, ...]
    """What staff entered about this payer and these codes; ask `is_stale_on` of each."""
    unknown_codes: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    """The age of the tables against the date. Each pair finding has cautions of its own (`answer.cautions`)."""
    amounts: Any = None
    """The VisitAmounts of `visitamounts`, where fee tables are loaded."""

    @property
    def changes(self) -> tuple[VisitTest, ...]:
        """What to change, in order: each with its lines, what to do (`change`) and the source."""
        return tuple(test for test in self.tests if test.outcome == TestOutcome.FAILED)

    @property
    def missing(self) -> tuple[VisitTest, ...]:
        """What must be known before the visit can be told."""
        return tuple(test for test in self.tests if test.decisive)

    @property
    def caveats(self) -> tuple[VisitTest, ...]:
        """What no table tells, and does not stand in the way."""
        return tuple(
            test for test in self.tests if test.outcome == TestOutcome.NOT_KNOWN and not test.decisive
        )

    @property
    def cites(self) -> tuple[Cite, ...]:
        """Every place that the answer rests on, each once, in the order of the page."""
        found: dict[Cite, None] = {}
        for test in self.tests:
            if test.cite:
                found[test.cite] = None
        for counting in (self.units.cms, self.units.ama):
            if counting.shares:
                found[counting.cite] = None
        for line in self.proposed:
            for modifier in line.modifiers:
                if modifier.cite:
                    found[modifier.cite] = None
        for finding in self.pairs:
            for modifier in finding.fitting:
                found[modifier.cite] = None
        for fact in self.payer_facts:
            found[fact.cite] = None
        if self.amounts:
            found[self.amounts.cite] = None
        return tuple(found)


def judge_visit(
    question: VisitQuestion,
    facts: Mapping[str, CodeFacts],
    edits: Iterable[Edit],
    releases: Mapping[Setting, TableRelease],
    amounts: Any,
    payer_rules: Iterable[PayerFact],
    thresholds: Mapping[int, YearlyAmount],
    today: date,
    known_modifiers: frozenset[str] | None = None,
) -> VisitAnswer:
    """Answer a visit question.

    `facts` holds those of its codes that are in our data, `edits` every row that names two of them (rows of the
    other setting are skipped), `releases` the current table of each setting, `payer_rules` what staff entered
    about payers, `thresholds` the KX amounts by year. `amounts` is handed on as it is. `today` bounds the future.
    `known_modifiers` are those in our data, where the caller can tell; a line with another one cannot be told.
    Raises nothing: what cannot be told makes the outcome UNKNOWN, unless something must be changed in any case.
    """
    rules = tuple(rule for rule in payer_rules if rule.payer == question.payer)
    numbers = {line.number for line in question.lines}
    known = {number: facts[number] for number in facts if number in numbers}
    visit = Visit(question, known, lens_of(question.payer, rules, today), today)
    judge_codes(visit)
    if known_modifiers is not None:
        _unknown_modifiers(visit, known_modifiers)
    asked = count_visit(visit, visit.known)
    pairs: tuple[PairFinding, ...] = ()
    reached = in_reach(visit)
    if reached:
        invalid = {place for test in visit.tests if test.subject == "valid" for place in test.lines}
        valid = [place for place in visit.known if place not in invalid]
        rows = [edit for edit in edits if edit.setting == question.setting]
        pairs = judge_pairs(visit, rows, dict(releases), valid, _unitless(visit))
        judge_evaluations(visit)
    judge_same_code(visit)
    units = count_visit(visit, visit.kept)
    judge_units(visit, units)
    if reached:
        judge_limits(visit, units)
        judge_add_ons(visit, units)
        judge_modifiers(visit, units, pairs, thresholds)
    judge_minutes(visit, units)
    _coverage(visit)
    tests = tuple(visit.tests)
    outcome = _outcome(tests)
    return VisitAnswer(
        question=question,
        lens=visit.lens,
        outcome=outcome,
        headline=_headline(outcome, tests),
        tests=tests,
        units=asked,
        proposed=_propose(visit, units),
        pairs=pairs,
        payer_facts=tuple(rule for rule in rules if not rule.codes or numbers & set(rule.codes)),
        unknown_codes=tuple(dict.fromkeys(n.number for n in question.lines if n.number not in known)),
        cautions=_cautions(visit, releases.get(question.setting)),
        amounts=amounts,
    )


def _unitless(visit: Visit) -> frozenset[str]:
    """The codes all of whose lines get no unit."""
    units: dict[str, set] = {}
    for line in count_visit(visit, visit.kept).lines:
        units.setdefault(line.number, set()).add(line.by(visit.lens.unit_rule))
    return frozenset(number for number, counts in units.items() if counts == {0})


def _cautions(visit: Visit, release: TableRelease | None) -> tuple[str, ...]:
    """The age of the tables against the date of service. What concerns one pair stands with its finding."""
    day, cautions = visit.question.day, []
    if release and (day.year - release.effective_on.year) * 12 + day.month - release.effective_on.month >= 3:
        cautions.append(
            f"Your date lies after {release.quarter}, the newest whole table of pair edits that we hold. Edits change each "
            "quarter: before you rely on it, check the current CMS file."
        )
    releases = [code.status_release for code in visit.facts.values() if code.status_release]
    releases += [limit.release for code in visit.facts.values() for limit in code.unit_limits]
    later = sorted({each.name for each in releases if each.effective_on > day})
    if later:
        cautions.append(
            f"Your date lies before {listed(later)}, from which status and unit limits are read. Medicare's other rules "
            "are told as our sources of today have them."
        )
    return tuple(cautions)


def _unknown_modifiers(visit: Visit, known: frozenset[str]) -> None:
    """A modifier that we have no data for is never passed over as if it were right."""
    for place in visit.places:
        strange = [code for code in visit.modifiers(place) if code not in known]
        if strange:
            visit.not_known(
                "modifier-code",
                f"Modifier {listed(strange)}",
                f"{listed(strange)} on {visit.lines[place].number} is not in our data. Check it for a typing error.",
                lines=(place,),
                decisive=True,
            )


def _coverage(visit: Visit) -> None:
    """What no table tells. It never decides."""
    visit.not_known(
        "coverage",
        "Coverage and medical necessity",
        "Depends on the patient's condition, the plan of care and the payer's coverage rules. No table can tell.",
    )
    if visit.question.payer == Payer.COMMERCIAL_CMS:
        text = (
            "You chose a plan that follows CMS, so its edits, unit limits and unit rule are taken to be Medicare's. Its "
            "contract decides the rest."
        )
        visit.not_known("payer", "This payer's own rules", text)
    elif not visit.lens.medicare:
        text = "This payer's own edits, caps, modifiers and coverage are not in our sources. Read the contract, or ask."
        visit.not_known("payer", "This payer's own rules", text)


def _outcome(tests: tuple[VisitTest, ...]) -> Outcome:
    """Something known to be wrong comes first: it must be changed whatever else is not known."""
    if any(test.outcome == TestOutcome.FAILED for test in tests):
        return Outcome.CHANGE
    return Outcome.UNKNOWN if any(test.decisive for test in tests) else Outcome.READY


def _headline(outcome: Outcome, tests: tuple[VisitTest, ...]) -> str:
    if outcome == Outcome.READY:
        return "This can go out as it is"
    if outcome == Outcome.UNKNOWN:
        return f"Cannot be told: {next(test.text for test in tests if test.decisive)}"
    first, *others = [test.change for test in tests if test.outcome == TestOutcome.FAILED]
    return f"Change this first: {first}" if not others else f"Change {len(others) + 1} things first"


def _propose(visit: Visit, units: VisitUnits) -> tuple[ProposedLine, ...]:
    """The claim as it should go out: lines of one code with the same modifiers together, lost lines told as such."""
    lines: list[ProposedLine] = []
    for place, asked in enumerate(visit.lines):
        line = ProposedLine(asked.number, None, _proposed_modifiers(visit, place), (place,))
        counted = units.line(place)
        if place not in visit.known:
            line = replace(line, units=asked.units, note="Not in our data.")
        elif place in visit.dropped:
            why = next(test.text for test in visit.tests if place in test.drops)
            line = replace(line, units=0, billed=False, note=why, modifiers=())
        else:
            number = counted.by(visit.lens.unit_rule)
            line = replace(line, units=number, note=counted.note, billed=number != 0)
            if number == 0:
                line = replace(line, note="Not enough minutes for a unit of its own.", modifiers=())
        lines += _split(visit, line)
    return _with_limits(visit, _together(lines))


def _proposed_modifiers(visit: Visit, place: int) -> tuple[ProposedModifier, ...]:
    removed = {code for test in visit.tests for at, code in test.removes if at == place}
    modifiers = [
        ProposedModifier(code, "As you chose.", chosen=True)
        for code in visit.modifiers(place)
        if code not in removed
    ]
    for test in sorted(visit.tests, key=lambda test: test.subject == "pair-edits"):
        for at, added in test.adds:
            have = {modifier.code for modifier in modifiers}
            distinct = added.code in DISTINCT and have & DISTINCT
            if at == place and added.code not in have and not distinct:
                modifiers.append(added)
    return tuple(modifiers)


def _split(visit: Visit, line: ProposedLine) -> list[ProposedLine]:
    for test in visit.tests:
        for place, marked, modifier in test.splits:
            if line.lines == (place,) and line.units:
                plain = tuple(each for each in line.modifiers if each.code != modifier)
                mark = ProposedModifier(modifier, test.text, test.cite)
                return [
                    replace(line, units=marked, modifiers=(*plain, mark)),
                    replace(line, units=line.units - marked, modifiers=plain),
                ]
    return [line]


def _together(lines: list[ProposedLine]) -> list[ProposedLine]:
    merged: dict[tuple, ProposedLine] = {}
    for line in lines:
        key = (line.number, line.billed, frozenset(line.modifier_codes))
        before = merged.get(key)
        if before is None:
            merged[key] = line
        else:
            known = before.units is not None and line.units is not None
            total = before.units + line.units if known else None
            merged[key] = replace(before, units=total, lines=before.lines + line.lines)
    return list(merged.values())


def _with_limits(visit: Visit, lines: list[ProposedLine]) -> tuple[ProposedLine, ...]:
    """Units above an absolute MUE (indicator 2) are brought down to it where the payer has it."""
    told = []
    for line in lines:
        code = visit.facts.get(line.number)
        limit = code.limit(visit.question.setting) if code else None
        over = limit and line.billed and line.units is not None and limit.value and line.units > limit.value
        if over and limit.mai == 2 and visit.lens.unit_limits:
            note = f"{units_in_words(line.units)} asked; the MUE of {limit.value} is absolute."
            if code.add_ons:
                note += f" Further time belongs to {listed(code.add_ons)}."
            line = replace(line, units=limit.value, note=note)
        told.append(line)
    return tuple(told)
