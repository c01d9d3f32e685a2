"""Codes against codes: the verdict on each pair of a list, for one table that prints on a sheet."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from .pairs import Edit, PairQuestion, SettingAnswer, Verdict, judge_in_setting
from .terms import CodeFacts, Setting, TableRelease

MOST_CODES = 30

STRICTEST_FIRST = (Verdict.NEVER, Verdict.NOT_KNOWN, Verdict.MODIFIER, Verdict.NO_EDIT, Verdict.SAME_CODE)


@dataclass(frozen=True, slots=True)
class Cell:
    """One pair: the strictest of its answers, and whether the settings differ."""

    first: str
    second: str
    answer: SettingAnswer
    differs: bool

    @property
    def verdict(self) -> Verdict:
        return self.answer.verdict

    @property
    def headline(self) -> str:
        return self.answer.headline


def judge_matrix(
    numbers: Sequence[str],
    day: date,
    settings: Sequence[Setting],
    facts: Mapping[str, CodeFacts],
    edits: Iterable[Edit],
    releases: Mapping[Setting, TableRelease],
    today: date,
) -> dict[tuple[str, str], Cell]:
    """The cell of every pair of different codes, under both orders of its numbers.

    `edits` are all rows that name two of the codes. Where more than one setting is asked for, the strictest
    answer stands in the cell: a sheet for the front desk must not promise more than either table does.
    """
    by_pair = defaultdict(list)
    for edit in edits:
        by_pair[frozenset((edit.column_one, edit.column_two))].append(edit)
    cells = {}
    ordered = sorted(set(numbers))
    for place, first in enumerate(ordered):
        for second in ordered[place + 1 :]:
            rows = by_pair[frozenset((first, second))]
            question = PairQuestion(first, second, day)
            answers = [
                judge_in_setting(
                    question,
                    setting,
                    facts.get(first),
                    facts.get(second),
                    [edit for edit in rows if edit.setting == setting],
                    releases.get(setting),
                    today,
                )
                for setting in settings
            ]
            strictest = min(answers, key=lambda answer: STRICTEST_FIRST.index(answer.verdict))
            differs = len({answer.verdict for answer in answers}) > 1
            cells[first, second] = cells[second, first] = Cell(first, second, strictest, differs)
    return cells
