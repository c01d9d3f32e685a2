"""The PTP edits among all lines of a visit: which line is lost, and what can save it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from .advice import FittingModifier
from .pairs import Edit, PairQuestion, SettingAnswer, Verdict, judge_pair
from .standing import Outcome as TestOutcome
from .terms import Cite, Setting, TableRelease
from .visitfindings import OTHER_RULE, ProposedModifier, Visit, listed

DISTINCT = frozenset({"59", "XE", "XS", "XP", "XU"})
BYPASS = DISTINCT | frozenset(
    "E1 E2 E3 E4 FA F1 F2 F3 F4 F5 F6 F7 F8 F9 TA T1 T2 T3 T4 T5 T6 T7 T8 T9 LT RT LC LD LM RC RI "
    "24 25 57 58 78 79 27 91".split()
)
"""The closed list of modifiers that can lift an indicator-1 edit.
Source: NCCI Policy Manual, 2026-01-01, ch. I §E."""
EITHER_LINE_SINCE = date(2019, 7, 1)
"""From this day on 59 and X count on either line. Source: CR 11168."""
CITE = Cite("ncci-manual-2026", "ch. I §E")


@dataclass(frozen=True, slots=True)
class PairFinding:
    """One pair of a visit's codes with what the table says, and what that does to the claim."""

    answer: SettingAnswer
    numbers: tuple[str, str]
    lines: tuple[int, ...]
    outcome: TestOutcome
    text: str
    kept: str = ""
    lost: str = ""
    claimed: tuple[str, ...] = ()
    """Modifiers already chosen that can lift the edit, each with its line: `59 on 97140`."""
    must_show: tuple[str, ...] = ()
    fitting: tuple[FittingModifier, ...] = ()

    @property
    def verdict(self) -> Verdict:
        return self.answer.verdict

    @property
    def edit(self) -> Edit | None:
        return self.answer.edit


def judge_pairs(
    visit: Visit,
    edits: Iterable[Edit],
    releases: dict[Setting, TableRelease],
    valid: Iterable[int],
    unitless: frozenset[str] = frozenset(),
) -> tuple[PairFinding, ...]:
    """Judge every pair of the codes at `valid` places (those that existed that day); add a test for each edit.

    `unitless` are codes whose minutes earn no unit: they are not billed, so they take nothing from another.

    Hands back a finding for each pair with an edit in force, with one that ended, or that cannot be told.
    Sources: NCCI Policy Manual, 2026-01-01, ch. I §A and §E; the PTP table of the setting.
    """
    rows = defaultdict(list)
    for edit in edits:
        rows[frozenset((edit.column_one, edit.column_two))].append(edit)
    findings, clear, ended = [], 0, []
    pairs = list(combinations(sorted(visit.numbers(valid)), 2))
    for first, second in pairs:
        if frozenset((first, second)) not in rows and releases.get(visit.question.setting):
            clear += 1
            continue
        question = PairQuestion(first, second, visit.question.day, visit.question.setting)
        answer = judge_pair(question, visit.facts, rows[frozenset((first, second))], releases, visit.today)
        if answer.verdict == Verdict.NO_EDIT:
            clear += 1
            ended += [edit for edit in answer.lead.history if edit.deleted_on and edit.indicator != 9][-1:]
            continue
        places = visit.places_of(first, valid) + visit.places_of(second, valid)
        finding = _find(visit, answer.lead, (first, second), places, answer.modifiers, unitless)
        findings.append(finding)
    if clear:
        text = _clear(visit, clear, len(pairs), releases)
        visit.passed("pair-edits", "Pair edits", text, _table(visit, releases))
    if ended and not visit.lens.medicare:
        old = listed(dict.fromkeys(f"{edit.column_one} over {edit.column_two}" for edit in ended))
        visit.not_known(
            "pair-edits",
            "Old pair edits",
            f"Medicare's edits {old} have ended, but some payers still run old edits: ask.",
            _table(visit, releases),
        )
    return tuple(findings)


def _table(visit: Visit, releases) -> Cite | None:
    release = releases.get(visit.question.setting)
    return Cite(release.source) if release else None


def _clear(visit: Visit, clear: int, pairs: int, releases) -> str:
    release = releases.get(visit.question.setting)
    if pairs == 1:
        asked = "The one pair of codes has"
    elif clear == pairs:
        asked = f"The {pairs} pairs of codes have"
    else:
        asked = f"{clear} of {pairs} pairs of codes {'has' if clear == 1 else 'have'}"
    text = f"{asked} no edit in force in Medicare's {visit.question.setting.label.lower()} table ({release})."
    return text if visit.lens.pair_edits else text + " This payer's own edits are not in our sources."


def _find(visit: Visit, answer: SettingAnswer, numbers, places, fitting, unitless) -> PairFinding:
    name = f"Pair edit: {numbers[0]} with {numbers[1]}"
    if answer.verdict == Verdict.NOT_KNOWN:
        text = f"{answer.headline}."
        cite = next((reason.cite for reason in answer.reasons if reason.cite), None)
        visit.not_known("pair-edits", name, text, cite, places, decisive=True)
        return PairFinding(answer, numbers, places, TestOutcome.NOT_KNOWN, text)
    edit = answer.edit
    kept, lost = edit.column_one, edit.column_two
    cite = Cite(edit.release.source, f"{kept} over {lost}, indicator {edit.indicator}")
    about = {"answer": answer, "numbers": numbers, "lines": places, "kept": kept, "lost": lost}
    if moot := _moot(visit, numbers, lost):
        visit.passed("pair-edits", name, moot, cite, places)
        return PairFinding(outcome=TestOutcome.PASSED, text=moot, **about)
    if kept in unitless and visit.lens.pair_edits:
        return _without_unit(visit, name, cite, about)
    lost_at = visit.places_of(lost, visit.kept)
    if answer.verdict == Verdict.NEVER:
        text = (
            f"{kept} is paid, {lost} is denied, and no modifier helps (indicator 0, {edit.release.quarter}): not for "
            "another region, another time or another diagnosis."
        )
        visit.fails_if(
            visit.lens.pair_edits,
            "pair-edits",
            name,
            text,
            f"Take {lost} off: beside {kept} it is denied, and 59 or an X modifier does not help. If your record "
            f"supports {lost} instead, bill it without {kept}. Neither is the patient's debt.",
            cite,
            places,
            drops=lost_at,
        )
        return PairFinding(outcome=visit.tests[-1].outcome, text=visit.tests[-1].text, **about)
    return _with_modifier(visit, name, cite, about, fitting)


def _without_unit(visit: Visit, name: str, cite: Cite, about: dict) -> PairFinding:
    """Column one has too few minutes to be billed. Under indicator 0 its minutes leave the count with it."""
    kept, lost = about["kept"], about["lost"]
    text = f"{kept} would be paid before {lost}, but its minutes earn no unit, so it is not billed."
    if about["answer"].verdict == Verdict.NEVER:
        change = f"Leave {kept} off, with its minutes, and bill {lost}."
        places = visit.places_of(kept, visit.kept)
        visit.failed("pair-edits", name, text, change, cite, about["lines"], drops=places)
        return PairFinding(outcome=TestOutcome.FAILED, text=text, **about)
    visit.passed("pair-edits", name, text, cite, about["lines"])
    return PairFinding(outcome=TestOutcome.PASSED, text=text, **about)


def _moot(visit: Visit, numbers, lost: str) -> str:
    for number in numbers:
        if not visit.places_of(number, visit.kept):
            return f"The edit falls away with {number}, which has to leave the claim in any case."
    if all(visit.for_denial(place) for place in visit.places_of(lost, visit.kept)):
        return f"{lost} is billed only to get a denial (GY), so the edit takes nothing away."
    return ""


def _with_modifier(visit: Visit, name: str, cite: Cite, about: dict, fitting) -> PairFinding:
    kept, lost, places = about["kept"], about["lost"], about["lines"]
    chosen = [
        (place, modifier)
        for place in places
        if place in visit.kept
        for modifier in visit.modifiers(place)
        if modifier in BYPASS
    ]
    claimed = tuple(dict.fromkeys(f"{modifier} on {visit.lines[place].number}" for place, modifier in chosen))
    about |= {"claimed": claimed, "fitting": fitting}
    if not chosen:
        first = fitting[0]
        target = first.line if first.line in about["numbers"] else lost
        modifier = ProposedModifier(first.code, f"{kept} with {lost}", first.cite, test=first.test)
        others = [m.code for m in fitting[1:]]
        either = f" (or {', '.join(others)})" if others else ""
        visit.fails_if(
            visit.lens.pair_edits,
            "pair-edits",
            name,
            f"Without a modifier {lost} is denied beside {kept} (indicator 1, {about['answer'].edit.release.quarter}). "
            "A modifier is possible, not promised: the record decides.",
            f"If your record passes the test, add {first.code}{either} to {target}: {_lower(first.test)} If not, take "
            f"{lost} off.",
            cite,
            places,
            adds=tuple((place, modifier) for place in visit.places_of(target, visit.kept)),
        )
        return PairFinding(outcome=visit.tests[-1].outcome, text=visit.tests[-1].text, **about)
    too_early = _only_on_column_one_too_early(visit, chosen, lost)
    if too_early and visit.lens.pair_edits:
        place, modifier = too_early
        visit.failed(
            "pair-edits",
            name,
            f"{modifier} counts on either line only since {EITHER_LINE_SINCE.isoformat()}. Your date lies before.",
            f"Put {modifier} on {lost} instead of {kept}.",
            Cite("cr-11168"),
            places,
            removes=((place, modifier),),
            adds=(
                (
                    visit.places_of(lost, visit.kept)[0],
                    ProposedModifier(
                        modifier, f"{kept} with {lost}", cite, test=must_show(modifier, fitting)
                    ),
                ),
            ),
        )
        return PairFinding(outcome=TestOutcome.FAILED, text=visit.tests[-1].text, **about)
    shows = tuple(dict.fromkeys(f"{modifier}: {must_show(modifier, fitting)}" for _, modifier in chosen))
    text = f"Claimed with {listed(claimed)}. The record must show it. {' '.join(shows)}"
    if not visit.lens.medicare and all(visit.lines[place].number == kept for place, _ in chosen):
        text += f" Many payers other than Medicare expect the modifier on {lost}."
    if not visit.lens.pair_edits:
        text += f" The edit is Medicare's.{OTHER_RULE}"
    visit.passed("pair-edits", name, text, cite, places)
    return PairFinding(outcome=TestOutcome.PASSED, text=text, must_show=shows, **about)


def _only_on_column_one_too_early(visit: Visit, chosen, lost):
    if visit.question.day >= EITHER_LINE_SINCE:
        return None
    if any(visit.lines[place].number == lost or modifier not in DISTINCT for place, modifier in chosen):
        return None
    return chosen[0]


_MUST_SHOW = {
    "59": "Another site, another encounter, or for timed codes another block of time, on the same day. A different "
    "procedure or diagnosis alone is not enough.",
    "XE": "Two encounters on the same day, each with its own record.",
    "XS": "Another part of the body, which the record names. Neighboring structures in one region are one site.",
    "XP": "Another practitioner gave the other service.",
    "XU": "The service does not overlap the usual parts of the other one, for instance other minutes.",
    "25": "The visit was significant and separate from the procedure. A new patient alone is not enough.",
}


def must_show(modifier: str, fitting: Iterable[FittingModifier] = ()) -> str:
    """What the record must show for a modifier that can lift an edit. Source: NCCI Policy Manual, ch. I §E."""
    own = next((each.test for each in fitting if modifier in each.codes), None)
    return own or _MUST_SHOW.get(
        modifier, "That the two services were distinct in the way that this modifier says."
    )


def _lower(text: str) -> str:
    return text[0].lower() + text[1:] if text else text
