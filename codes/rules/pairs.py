"""May two codes be billed together on one day? The rules behind the pair checker.

Sources: NCCI Policy Manual for Medicare, 2026-01-01, introduction, ch. I and ch. XI; the PTP edit tables.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from . import advice
from .standing import StandingTest, tests_for_pair
from .terms import Cite, CodeFacts, DateBasis, Setting, TableRelease

NCCI_BEGAN = date(1996, 1, 1)
"""The first day that the PTP tables reach (NCCI began on it). Nothing is known of days before."""


class Verdict(StrEnum):
    """The five answers of the pair checker. There is no bare yes."""

    NEVER = "never-together"
    MODIFIER = "modifier"
    NO_EDIT = "no-edit"
    SAME_CODE = "same-code"
    NOT_KNOWN = "not-known"


class EditState(StrEnum):
    """Where one row of the table stands on one day."""

    IN_FORCE = "in force"
    ENDED = "ended"
    NOT_YET = "not yet in force"
    NEVER = "never in force"
    NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Edit:
    """One row of a PTP table: `column_one` may be paid, `column_two` is denied."""

    setting: Setting
    column_one: str
    column_two: str
    indicator: int
    """Modifier indicator: 0 no modifier helps, 1 a modifier can fit, 9 never in force."""
    effective_on: date | None
    basis: DateBasis
    deleted_on: date | None
    """The last day in force; None while in force."""
    rationale: str
    release: TableRelease
    confirmed_in: TableRelease | None = None

    def state_on(self, day: date) -> EditState:
        """Where this row stands on a date of service.

        An effective date that is unknown stays unknown: before the day on which the table itself took
        effect nothing is said about such a row, except on days after it ended.
        Source: NCCI Policy Manual, 2026-01-01, ch. I §E; deletion date = last day in force.
        """
        if self.indicator == 9 or (self.effective_on is not None and self.effective_on == self.deleted_on):
            return EditState.NEVER
        if self.deleted_on is not None and day > self.deleted_on:
            return EditState.ENDED
        if self.effective_on is not None and day >= self.effective_on:
            return EditState.IN_FORCE
        if self.effective_on is not None and self.basis == DateBasis.EXACT:
            return EditState.NOT_YET
        if day >= self.release.effective_on or day == self.deleted_on:
            return EditState.IN_FORCE
        return EditState.NOT_KNOWN

    @property
    def since(self) -> str:
        """When it began, with how sure that is, in words."""
        if self.effective_on is None:
            return "start date not in our data"
        if self.basis == DateBasis.INFERRED:
            return f"since about {self.effective_on:%B %Y}, not verified"
        return f"since {self.effective_on.isoformat()}"

    @property
    def story(self) -> str:
        """Its whole life, in one phrase."""
        if self.indicator == 9 or (self.effective_on is not None and self.effective_on == self.deleted_on):
            day = self.deleted_on or self.effective_on
            when = f" on {day.isoformat()}" if day else ""
            return f"created and deleted the same day{when}: never in force"
        if self.deleted_on is None:
            return f"in force {self.since}" if self.effective_on else f"in force; {self.since}"
        if self.effective_on is None:
            return f"ended {self.deleted_on.isoformat()}; {self.since}"
        return f"{self.effective_on.isoformat()} to {self.deleted_on.isoformat()}"


@dataclass(frozen=True, slots=True)
class PairQuestion:
    """Two code numbers, a date of service, and one setting or (None) both."""

    first: str
    second: str
    day: date
    setting: Setting | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence of why, with the place it comes from."""

    text: str
    cite: Cite | None = None


@dataclass(frozen=True, slots=True)
class SettingAnswer:
    """The answer for one setting."""

    setting: Setting
    verdict: Verdict
    headline: str
    reasons: tuple[Reason, ...]
    release: TableRelease | None
    edit: Edit | None = None
    """The edit in force that decides, if there is one."""
    history: tuple[Edit, ...] = ()
    cautions: tuple[str, ...] = ()
    """What a reader must know of the answer's limits: the table's age, a date that is not verified."""

    @property
    def actions(self) -> tuple[str, ...]:
        """What to do now, step by step."""
        return advice.actions(self.verdict, self.edit and (self.edit.column_one, self.edit.column_two))


@dataclass(frozen=True, slots=True)
class PairAnswer:
    """The whole answer: what the page, its JSON twin and its picture all show."""

    question: PairQuestion
    first: CodeFacts | None
    second: CodeFacts | None
    answers: tuple[SettingAnswer, ...]
    tests: tuple[StandingTest, ...] = ()
    modifiers: tuple[advice.FittingModifier, ...] = ()
    unknown_codes: tuple[str, ...] = field(default=())

    @property
    def lead(self) -> SettingAnswer:
        """The answer that the heading gives: the setting asked for, else the practitioner's."""
        return self.answers[0]

    @property
    def verdict(self) -> Verdict:
        return self.lead.verdict

    @property
    def headline(self) -> str:
        return self.lead.headline

    @property
    def short(self) -> str:
        """The heading's answer without its first words, as lists of answers show it beside the verdict."""
        if self.lead.edit is None:
            return "" if self.verdict == Verdict.NO_EDIT else self.headline.removeprefix("Not known: ")
        one, two = self.lead.edit.column_one, self.lead.edit.column_two
        return (
            f"{one} is paid, {two} is not."
            if self.verdict == Verdict.NEVER
            else f"Without one, {two} is denied."
        )

    @property
    def settings_differ(self) -> bool:
        """Whether the two settings must be shown side by side."""
        return len({(answer.verdict, answer.edit and answer.edit.column_one) for answer in self.answers}) > 1

    @property
    def cites(self) -> tuple[Cite, ...]:
        """Every place that the answer rests on, each once, in the order of the page."""
        found: dict[Cite, None] = {}
        for answer in self.answers:
            if answer.release:
                found[Cite(answer.release.source)] = None
            if answer.edit and answer.edit.confirmed_in:
                found[Cite(answer.edit.confirmed_in.source)] = None
            for reason in answer.reasons:
                if reason.cite:
                    found[reason.cite] = None
        for test in self.tests:
            if test.cite:
                found[test.cite] = None
        for modifier in self.modifiers:
            found[modifier.cite] = None
        return tuple(found)


def judge_pair(
    question: PairQuestion,
    facts: dict[str, CodeFacts],
    edits: Iterable[Edit],
    releases: dict[Setting, TableRelease],
    today: date,
) -> PairAnswer:
    """Answer a pair question.

    `facts` holds the codes that are in our data, `edits` every row of both tables that names both codes
    (in either order), `releases` the current table of each setting. `today` bounds the future: no table
    reaches a day that has not come. Raises nothing: what cannot be told is the verdict NOT_KNOWN.
    """
    first, second = facts.get(question.first), facts.get(question.second)
    settings = [question.setting] if question.setting else list(Setting)
    edits = list(edits)
    unknown = tuple(
        number for number in dict.fromkeys((question.first, question.second)) if number not in facts
    )
    answers = tuple(
        judge_in_setting(
            question,
            setting,
            first,
            second,
            [edit for edit in edits if edit.setting == setting],
            releases.get(setting),
            today,
        )
        for setting in settings
    )
    if not (first and second):
        return PairAnswer(question, first, second, answers, unknown_codes=unknown)
    fitting = (
        advice.fitting_modifiers(first, second)
        if any(answer.verdict == Verdict.MODIFIER for answer in answers)
        else ()
    )
    return PairAnswer(
        question,
        first,
        second,
        answers,
        tests=tests_for_pair(first, second, question.day, question.setting),
        modifiers=fitting,
    )


def judge_in_setting(
    question: PairQuestion,
    setting: Setting,
    first: CodeFacts | None,
    second: CodeFacts | None,
    edits: list[Edit],
    release: TableRelease | None,
    today: date,
) -> SettingAnswer:
    """The answer for one setting. `edits` are the rows of that setting's table; None of a code: not in our data."""

    def not_known(headline: str, *reasons: Reason) -> SettingAnswer:
        return SettingAnswer(setting, Verdict.NOT_KNOWN, headline, reasons, release, history=_in_order(edits))

    day = question.day
    if not (first and second):
        missing = [
            number for number in (question.first, question.second) if number not in _numbers(first, second)
        ]
        missing = list(dict.fromkeys(missing))
        names = " and ".join(missing)
        return not_known(
            f"Not known: {names} {'is' if len(missing) == 1 else 'are'} not in our data",
            Reason(
                "We can only answer for codes that we hold tables for. Not having data is not a permission: "
                "check the current NCCI files of CMS, or the payer."
            ),
        )
    if day < NCCI_BEGAN:
        return not_known(
            f"Not known: no table reaches back to {day.isoformat()}",
            Reason(
                f"The NCCI edits began on {NCCI_BEGAN.isoformat()}. There is nothing to check an earlier day against."
            ),
        )
    if day > today:
        return not_known(
            f"Not known yet: {day.isoformat()} lies in the future",
            Reason(
                "CMS publishes the edits anew each quarter (1 January, 1 April, 1 July, 1 October). "
                "Ask again on the day, or ask for today.",
                Cite("ncci-manual-2026", "introduction"),
            ),
        )
    both = (first,) if first.number == second.number else (first, second)
    retired = [facts for facts in both if facts.is_retired_on(day)]
    if retired:
        return not_known(_retired_headline(retired), *(_retired_reason(facts) for facts in retired))
    not_yet = [facts for facts in both if facts.introduced_year and day.year < facts.introduced_year]
    if not_yet:
        return not_known(
            f"Not known: {not_yet[0].number} did not exist on {day.isoformat()}",
            Reason(f"{not_yet[0].number} is new since {not_yet[0].introduced_year}."),
        )
    if question.first == question.second:
        return _same_code(first, setting, release)
    if release is None:
        return not_known(
            f"Not known: no {setting.label.lower()} table is loaded",
            Reason("Without the table of this setting there is nothing to check against."),
        )
    return _read_table(question, setting, edits, release)


def _read_table(question, setting, edits, release) -> SettingAnswer:
    """Find the row that decides on the day; a row whose state cannot be told stops the answer."""
    day = question.day
    states = [(edit, edit.state_on(day)) for edit in edits]
    history = _in_order(edits)
    in_force = next((edit for edit, state in states if state == EditState.IN_FORCE), None)
    if in_force:
        verdict = Verdict.NEVER if in_force.indicator == 0 else Verdict.MODIFIER
        return SettingAnswer(
            setting,
            verdict,
            _edit_headline(in_force),
            _edit_reasons(in_force),
            release,
            in_force,
            history,
            _cautions(day, release, in_force),
        )
    doubtful = next((edit for edit, state in states if state == EditState.NOT_KNOWN), None)
    if doubtful:
        return SettingAnswer(
            setting,
            Verdict.NOT_KNOWN,
            f"Not known for {day.isoformat()}: our data does not say when this edit began",
            (
                Reason(
                    f"{doubtful.column_one} over {doubtful.column_two} (indicator {doubtful.indicator}): "
                    f"{doubtful.story}. For this day we cannot tell whether it applied.",
                    Cite(release.source),
                ),
            ),
            release,
            history=history,
        )
    return SettingAnswer(
        setting,
        Verdict.NO_EDIT,
        "No edit in force between these two codes",
        _no_edit_reasons(history, setting, release),
        release,
        history=history,
        cautions=_cautions(day, release, None),
    )


def _numbers(*facts: CodeFacts | None) -> set[str]:
    return {known.number for known in facts if known}


def _in_order(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Oldest first; a row without a start is placed by its end, one that goes on last."""
    return tuple(
        sorted(
            edits,
            key=lambda e: (e.deleted_on or date.max, e.effective_on or date.min, e.column_one, e.indicator),
        )
    )


def _edit_headline(edit: Edit) -> str:
    if edit.indicator == 0:
        return f"Never together: {edit.column_one} is paid, {edit.column_two} is not"
    return f"Only with a modifier: without one, {edit.column_two} is denied"


def _edit_reasons(edit: Edit) -> tuple[Reason, ...]:
    row = Reason(
        f"Medicare's edit table lists {edit.column_one} in column one and {edit.column_two} in column two with "
        f"modifier indicator {edit.indicator}, {edit.story}."
        + (f" CMS gives the reason “{edit.rationale}”." if edit.rationale else ""),
        Cite(edit.release.source),
    )
    if edit.indicator == 0:
        rule = Reason(
            "Indicator 0 means that no modifier helps: not for another body region, another time block or "
            "another diagnosis.",
            Cite("ncci-manual-2026", "ch. I §E"),
        )
    else:
        rule = Reason(
            "Indicator 1 means that a modifier can fit, and promises nothing: the record must show that the two "
            "services were distinct. “A different procedure” and different diagnoses are not enough.",
            Cite("ncci-manual-2026", "ch. I §E"),
        )
    return (row, rule)


def _no_edit_reasons(
    history: tuple[Edit, ...], setting: Setting, release: TableRelease
) -> tuple[Reason, ...]:
    reasons = [
        Reason(
            f"Medicare's {setting.label.lower()} edit table has no edit in force for this pair, in either order, "
            "on that day. No modifier is needed because of the pair.",
            Cite(release.source),
        )
    ]
    ended = [edit for edit in history if edit.deleted_on and edit.indicator != 9]
    never = [edit for edit in history if edit.indicator == 9]
    if ended:
        last = ended[-1]
        reasons.append(
            Reason(
                f"There was one: {last.column_one} over {last.column_two} (indicator {last.indicator}) ended on "
                f"{last.deleted_on.isoformat()}, its last day in force. Some payers still run old edits.",
                Cite(last.release.source),
            )
        )
    if never:
        days = ", ".join(dict.fromkeys(e.deleted_on.isoformat() for e in never if e.deleted_on))
        reasons.append(
            Reason(
                "A row with indicator 9 was created and deleted the same day"
                + (f" ({days})" if days else "")
                + ": it was never in force.",
                Cite("ncci-manual-2026", "ch. I §E"),
            )
        )
    reasons.append(
        Reason(
            "No edit is not a promise of payment: the other tests below still apply.",
            Cite("ncci-manual-2026", "ch. XI §P.2"),
        )
    )
    return tuple(reasons)


def _cautions(day: date, release: TableRelease, edit: Edit | None) -> tuple[str, ...]:
    cautions = []
    if edit and edit.basis == DateBasis.INFERRED and edit.effective_on and day < release.effective_on:
        cautions.append(
            f"The start of this edit, about {edit.effective_on:%B %Y}, is believed and not verified. "
            "For a claim of that time, check the table of its quarter."
        )
    confirmed = edit and edit.confirmed_in
    if confirmed:
        return tuple(cautions)
    if day >= _next_quarter(release.effective_on):
        cautions.append(
            f"Your date lies after {release.quarter}, the newest table that we hold for this pair. "
            "Edits change each quarter: before you rely on it, check the current CMS file."
        )
    return tuple(cautions)


def _next_quarter(start: date) -> date:
    """The first day of the quarter after the one that starts on `start`."""
    month = start.month + 3
    return date(start.year + (month > 12), (month - 1) % 12 + 1, 1)


def _retired_headline(retired: list[CodeFacts]) -> str:
    if len(retired) == 1:
        return f"Not known: {retired[0].number} was no longer valid on that day"
    return f"Not known: {retired[0].number} and {retired[1].number} were no longer valid on that day"


def _retired_reason(facts: CodeFacts) -> Reason:
    when = facts.retired_on.isoformat() if facts.retired_on else str(facts.retired_year)
    instead = (
        f" It was replaced by {', '.join(facts.replaced_by)}: ask again with the new code."
        if facts.replaced_by
        else ""
    )
    return Reason(
        f"{facts.number} ended in the code set: {when}. It cannot be billed for this date.{instead}"
    )


def _same_code(facts: CodeFacts, setting: Setting, release: TableRelease | None) -> SettingAnswer:
    """The same code twice is a question of units. Source: NCCI Policy Manual, 2026-01-01, ch. I §V."""
    reasons = [
        Reason(
            f"Two lines of {facts.number} are not a pair: they are more units of one code. "
            + (
                f"Add up the minutes of the day and turn them into units once; one unit stands for "
                f"{facts.unit_minutes} minutes."
                if facts.unit_minutes
                else "It is not counted by minutes: usually one unit a day."
                if facts.in_catalogue
                else "Our catalogue does not describe the code: how it is counted is not known here."
            )
        )
    ]
    limit = facts.limit(setting)
    if limit is None:
        reasons.append(Reason("Our data has no MUE for this code: the most units a day are not known."))
    else:
        units = "unit" if limit.value == 1 else "units"
        reasons.append(
            Reason(
                f"The MUE is {limit.value} {units} for one patient and day ({setting.label.lower()}). {limit.meaning}",
                Cite(limit.release.source),
            )
        )
    return SettingAnswer(
        setting, Verdict.SAME_CODE, "The same code twice: count units, not pairs", tuple(reasons), release
    )
