"""Does the checker say what the table says? Its answers beside the rows, read a second time in another way.

The checker reads through `codes.lookups` and decides with `codes.rules`. What is expected is read here by two plain
SQL queries of its own, and decided by the few lines of `_expected`: so a fault in either shows as a difference.
"""

import random
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations

from django.core.cache import cache
from django.db import connections, router
from django.utils import timezone

from codes import clock, lookups
from codes.models import Code, PairEdit, Release
from codes.rules.pairs import PairQuestion, Verdict, judge_in_setting
from codes.rules.terms import CodeFacts, Setting

SAMPLED = 100
"""How many pairs of the full table are drawn each day, and as many that are mixed from their codes."""
DRAWN = 1000
"""How many places in the table are looked at to find them: not each holds a row of a current release."""
KEPT_FOR = 24 * 60 * 60
KEPT_WITH_DIFFERENCES_FOR = 5 * 60

Pair = tuple[str, str]
"""Two code numbers, the smaller first."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A pair on which the checker and the table do not agree."""

    first: str
    second: str
    setting: Setting
    answered: str
    """What the checker says."""
    expected: str
    """What the rows say."""


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """What the check of one day has found."""

    day: date
    made_at: datetime
    seconds: float
    releases: tuple[str, ...]
    catalogue: int
    """Answers on the catalogue's own pairs, one for each setting."""
    sample: int
    """Answers on pairs with a code beyond the catalogue."""
    never: int
    """How many of all answers are "never together", and so on."""
    modifier: int
    no_edit: int
    not_known: int
    differences: tuple[Difference, ...]

    @property
    def answers(self) -> int:
        return self.catalogue + self.sample

    @property
    def percent(self) -> str:
        """The share of answers that agree, never rounded up to 100."""
        agree = self.answers - len(self.differences)
        if agree == self.answers:
            return "100"
        return f"{int(agree * 10_000 / self.answers) / 100:.2f}"


def self_check() -> SelfCheck | None:
    """The check of today for the releases that are current; None where no table is loaded.

    Kept for the day. One query when it is remembered, else at most 15, whatever the size of the table.
    """
    day = clock.today()
    current = [
        release
        for release in lookups.all_releases().values()
        if release.table == Release.Table.PTP
        and release.is_current
        and release.program == Release.Program.MEDICARE
    ]
    if not current:
        return None
    names = "-".join(f"{release.pk}.{release.row_count or 0}" for release in current)
    key = f"self-check:{day.isoformat()}:{names}"
    found = cache.get(key)
    if found is None:
        found = _check(day, current)
        cache.set(key, found, KEPT_WITH_DIFFERENCES_FOR if found.differences else KEPT_FOR)
    return found


def _check(day: date, current: Sequence[Release]) -> SelfCheck:
    began = time.perf_counter()
    own = sorted(Code.objects.published().values_list("number", flat=True))
    pairs = list(combinations(own, 2))
    sample = _sample(day, current, frozenset(own))
    facts = lookups.code_facts(own)
    answered = _answers(pairs, facts, day)
    outlived = _outlived(day)
    expected = _expected(pairs, _rows_of_catalogue(current), current, day, outlived)
    if sample:
        beyond = {number: facts.get(number) or CodeFacts(number, "") for pair in sample for number in pair}
        answered |= _answers(sample, beyond, day)
        expected |= _expected(sample, _rows_of_pairs(sample, current), current, day, outlived)
    verdicts = list(answered.values())
    settings = len({setting for _, setting in answered})
    return SelfCheck(
        day=day,
        made_at=timezone.now(),
        seconds=time.perf_counter() - began,
        releases=tuple(f"{release}, {Setting(release.setting).label.lower()}" for release in current),
        catalogue=len(pairs) * settings,
        sample=len(sample) * settings,
        never=verdicts.count(Verdict.NEVER),
        modifier=verdicts.count(Verdict.MODIFIER),
        no_edit=verdicts.count(Verdict.NO_EDIT),
        not_known=verdicts.count(Verdict.NOT_KNOWN),
        differences=tuple(
            Difference(*pair, setting, answer, expected[pair, setting])
            for (pair, setting), answer in answered.items()
            if answer != expected[pair, setting]
        ),
    )


# --- What the checker says ---------------------------------------------------------------------


def _answers(
    pairs: Iterable[Pair], facts: dict[str, CodeFacts], day: date
) -> dict[tuple[Pair, Setting], str]:
    """The checker's verdict on each pair in each setting that has a table. One query."""
    rows = defaultdict(list)
    for edit in lookups.edits_among(facts):
        rows[
            min(edit.column_one, edit.column_two), max(edit.column_one, edit.column_two), edit.setting
        ].append(edit)
    return {
        (pair, setting): judge_in_setting(
            PairQuestion(*pair, day, setting),
            setting,
            facts.get(pair[0]),
            facts.get(pair[1]),
            rows.get((*pair, setting), []),
            table,
            day,
        ).verdict.value
        for setting, table in lookups.current_tables().items()
        for pair in pairs
    }


# --- What the table says -----------------------------------------------------------------------


COLUMNS = "column_one, column_two, release_id, effective_on, effective_basis, deleted_on, indicator"
OWN = "SELECT number FROM codes_code WHERE state = 'published'"


def _rows_of_catalogue(current: Sequence[Release]) -> list[tuple]:
    """All rows of the current tables among the catalogue's codes. One query."""
    return _select(f"column_one IN ({OWN}) AND column_two IN ({OWN})", current)


def _rows_of_pairs(pairs: Sequence[Pair], current: Sequence[Release]) -> list[tuple]:
    """All rows of the current tables that stand for one of some pairs. One query."""
    both_ways = [number for pair in pairs for number in (*pair, *reversed(pair))]
    places = ", ".join(["(%s, %s)"] * (len(both_ways) // 2))
    # A join in this order: SQLite reads the whole table for `(column_one, column_two) IN (VALUES …)`.
    return _select(
        "column_one = one AND column_two = two",
        current,
        f"WITH wanted (one, two) AS (VALUES {places})",
        "wanted CROSS JOIN",
        both_ways,
    )


def _select(
    condition: str, current: Sequence[Release], before: str = "", joined: str = "", values: Sequence[str] = ()
) -> list[tuple]:
    marks = ", ".join(["%s"] * len(current))
    with _cursor() as cursor:
        cursor.execute(
            f"{before} SELECT {COLUMNS} FROM {joined} codes_pairedit"  # noqa: S608
            f" WHERE release_id IN ({marks}) AND {condition}",
            [*values, *(release.pk for release in current)],
        )
        return cursor.fetchall()


def _cursor():
    """A cursor to the database that the checker's own answers are read from."""
    return connections[router.db_for_read(PairEdit)].cursor()


def _outlived(day: date) -> set[str]:
    """The catalogue's codes that cannot be reported on a day: the table is not asked about them. One query."""
    with _cursor() as cursor:
        cursor.execute(
            "SELECT number FROM codes_code WHERE state = 'published' AND (retired_on <= %s"
            " OR (retired_on IS NULL AND retired_year <= %s) OR introduced_year > %s)",
            [day.isoformat(), day.year, day.year],
        )
        return {number for (number,) in cursor.fetchall()}


def _expected(
    pairs: Sequence[Pair], rows: Iterable[tuple], current: Sequence[Release], day: date, outlived: set[str]
) -> dict[tuple[Pair, Setting], str]:
    """What the rows say of each pair in each setting. Rows that contradict one another are said to. No query."""
    table = {release.pk: release for release in current}
    found = defaultdict(set)
    for one, two, release_id, start, basis, end, indicator in rows:
        release = table[release_id]
        said = _said(_day(start), basis, _day(end), indicator, release.effective_on, day)
        if said:
            found[(min(one, two), max(one, two)), Setting(release.setting)].add((said, one))
    expected = {}
    for setting in (Setting(release.setting) for release in current):
        for pair in pairs:
            said = found.get((pair, setting), set())
            certain = {(verdict, one) for verdict, one in said if verdict != Verdict.NOT_KNOWN}
            said = certain or said
            if outlived.intersection(pair):
                expected[pair, setting] = Verdict.NOT_KNOWN.value
            elif not said:
                expected[pair, setting] = Verdict.NO_EDIT.value
            elif len(said) > 1:
                expected[pair, setting] = "rows that contradict one another"
            else:
                expected[pair, setting] = next(iter(said))[0]
    return expected


def _said(
    start: date | None, basis: str, end: date | None, indicator: int, table_from: date, day: date
) -> str:
    """What one row says of a day; empty when it says nothing."""
    if indicator == 9 or (start and start == end) or (end and end < day):
        return ""
    if start and start > day and basis == "exact":
        return ""
    if not (start and start <= day) and day < table_from and day != end:
        return Verdict.NOT_KNOWN.value
    return {0: Verdict.NEVER.value, 1: Verdict.MODIFIER.value}.get(
        indicator, f"indicator {indicator}, which is none"
    )


def _day(value) -> date | None:
    """A day as a plain query gives it: a date on PostgreSQL, text on SQLite."""
    return date.fromisoformat(value) if isinstance(value, str) else value


# --- The sample of the day ---------------------------------------------------------------------


def _sample(day: date, current: Sequence[Release], own: frozenset[str]) -> list[Pair]:
    """Pairs with a code beyond the catalogue: some that stand in the table, and as many mixed from their codes.

    The same all day, others tomorrow. Three queries.
    """
    places = PairEdit.objects.values_list("pk", flat=True)
    first, last = places.order_by("pk").first(), places.order_by("-pk").first()
    if first is None:
        return []
    chance = random.Random(day.isoformat())  # noqa: S311  (a draw that can be repeated, no secret)
    places = range(first, last + 1)
    # By primary key alone: asked for the release, too, SQLite would read all of it by its index.
    drawn = PairEdit.objects.filter(pk__in=chance.sample(places, min(DRAWN, len(places)))).order_by()
    releases = {release.pk for release in current}
    listed = sorted(
        {
            (min(pair), max(pair))
            for release, *pair in drawn.values_list("release_id", "column_one", "column_two")
            if release in releases and not own.issuperset(pair)
        }
    )
    listed = chance.sample(listed, min(SAMPLED, len(listed)))
    seconds = [second for _, second in listed]
    chance.shuffle(seconds)
    mixed = {
        (min(first, second), max(first, second))
        for (first, _), second in zip(listed, seconds, strict=True)
        if first != second and not own.issuperset((first, second))
    }
    return sorted(mixed.union(listed))
