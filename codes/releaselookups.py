"""The questions that the pages about releases and their differences ask of the database."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from codes import lookups
from codes.models import Code, Release, TableChange
from codes.remembered import Remembered

Table = Release.Table
Kind = TableChange.Kind

PAIR_TABLES = (Table.PTP, Table.ADD_ON)
"""Tables whose rows name two codes."""
KEYED_BY_PLACE = (Table.GPCI, Table.LOCALITY, Table.ZIP)
"""Tables whose rows name no code: the ZIP code 97140 is not the code 97140."""
MOST_OF_A_CODE = 20
CHANGES_ORDER = (
    "-release__effective_on",
    "closeness",
    "release__table",
    "release__setting",
    "release__program",
    "column_one",
    "column_two",
    "pk",
)
"""How differences are listed; no two stand at the same place."""


class Standing(StrEnum):
    """Whether answers are read from a release, and if not, why."""

    CURRENT = "current"
    REPLACED = "replaced"
    ROLLED_BACK = "rolled back"
    BESIDE = "beside the current one"


@dataclass(frozen=True, slots=True)
class Listed:
    """A release as the list shows it."""

    release: Release
    standing: Standing
    has_changes: bool

    @property
    def name(self) -> str:
        """The release, and the setting and the program where they need saying."""
        program = self.release.program
        return ", ".join(
            filter(
                None,
                (
                    str(self.release),
                    self.release.get_setting_display().lower(),
                    self.release.get_program_display() if program != Release.Program.MEDICARE else "",
                ),
            )
        )

    @property
    def is_removed(self) -> bool:
        """Whether only the record is left."""
        return self.release.stage == Release.Stage.REMOVED


@Remembered
def releases() -> list[Listed]:
    """Every release that is or was published, newest first. One query for each version of the contents."""
    found = list(
        Release.objects.exclude(stage=Release.Stage.LOADING)
        .select_related("source")
        .annotate(has_changes=Exists(TableChange.objects.filter(release=OuterRef("pk"))))
        .order_by("-effective_on", "table", "setting", "program", "-pk")
    )
    by_pk = {release.pk: release for release in found}
    replaced = {release.replaces_id for release in found} - {None}
    return [Listed(each, _standing(each, by_pk, replaced), each.has_changes) for each in found]


def _standing(release: Release, by_pk: dict[int, Release], replaced: set[int]) -> Standing:
    """A release that came after the current one, or that nothing replaced, was rolled back."""
    if release.is_current:
        return Standing.CURRENT
    if release.replaces_id and (release.pk not in replaced or _follows_current(release, by_pk)):
        return Standing.ROLLED_BACK
    if release.pk in replaced or release.stage == Release.Stage.REMOVED:
        return Standing.REPLACED
    return Standing.BESIDE


def _follows_current(release: Release, by_pk: dict[int, Release]) -> bool:
    seen = set()
    while release and release.replaces_id and release.pk not in seen:
        seen.add(release.pk)
        release = by_pk.get(release.replaces_id)
        if release and release.is_current:
            return True
    return False


# --- Differences ------------------------------------------------------------------------------


INDICATORS = {
    "0": "indicator 0: no modifier helps",
    "1": "indicator 1: a modifier can fit",
    "9": "indicator 9: never in force",
}
ADD_ON_TYPES = {
    "1": "type 1: all primaries listed",
    "2": "type 2: contractor decides",
    "3": "type 3: some primaries listed",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, in words."""

    pk: int
    release: Release
    kind: Kind
    codes: tuple[str, ...]
    """One code, a pair of them, or the key of a row that names none."""
    is_pair: bool
    linked: frozenset[str]
    """Those of `codes` that have a page."""
    before: str
    after: str
    on: date | None

    @property
    def title(self) -> str:
        """What it is about, in a few words."""
        if self.release.table == Table.PTP:
            return f"{self.codes[0]} over {self.codes[1]}"
        return (" with " if self.release.table == Table.ADD_ON else " ").join(self.codes)

    @property
    def day_means(self) -> str:
        """What the day of the change is."""
        if self.release.table != Table.PTP:
            return "from"
        return "last day in force" if self.kind == Kind.ENDED else "in force since"

    @property
    def sentence(self) -> str:
        """The whole difference in one sentence, for feeds."""
        words = f"{self.title}: {self.kind.label.lower()}"
        values = " → ".join(filter(None, (self.before, self.after)))
        day = f"; {self.day_means} {self.on.isoformat()}" if self.on else ""
        return f"{words} ({values}){day}." if values else f"{words}{day}."


def quarters(listed: Iterable[Listed], table: str = "") -> list[str]:
    """The quarters whose releases differ from those before, newest first. No query."""
    return list(dict.fromkeys(each.release.quarter for each in with_changes(listed, table)))


def with_changes(listed: Iterable[Listed], table: str = "") -> list[Listed]:
    """The releases with differences that hold: what was rolled back never came to be. No query."""
    return [
        each
        for each in listed
        if each.has_changes
        and each.standing != Standing.ROLLED_BACK
        and (not table or each.release.table == table)
    ]


def changes(listed: Iterable[Listed], code: str = "", table: str = "", quarter: str = "") -> QuerySet:
    """The differences that a reader asks for, newest release first and in it the catalogue's own codes first.

    `listed` comes from `releases`. One query when it is read, and one when it is counted.
    """
    among = [
        each.release.pk
        for each in with_changes(listed, table)
        if (not quarter or each.release.quarter == quarter)
        and not (code and each.release.table in KEYED_BY_PLACE)
    ]
    own = Code.objects.published().order_by().values("number")
    first, second = Q(column_one__in=own), Q(column_two__in=own)
    named = ~Q(release__table__in=KEYED_BY_PLACE)
    closeness = Case(
        When(named & first & (second | ~Q(release__table__in=PAIR_TABLES)), then=Value(0)),
        When(named & (first | second), then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    found = TableChange.objects.filter(release__in=among)
    if code:
        found = found.filter(Q(column_one=code) | Q(column_two=code))
    return found.annotate(closeness=closeness).order_by(*CHANGES_ORDER)


def in_words(rows: Iterable[TableChange], listed: Iterable[Listed]) -> list[Change]:
    """Differences as pages show them. No query but the one that reads `rows`."""
    by_pk = {each.release.pk: each.release for each in listed}
    own = frozenset(lookups.catalogue_facts())
    return [_in_words(row, by_pk[row.release_id], own) for row in rows]


def _in_words(row: TableChange, release: Release, own: frozenset[str]) -> Change:
    codes = tuple(filter(None, (row.column_one, row.column_two)))
    return Change(
        pk=row.pk,
        release=release,
        kind=Kind(row.kind),
        codes=codes,
        is_pair=release.table in PAIR_TABLES and len(codes) == 2,
        linked=own.intersection(codes) if release.table not in KEYED_BY_PLACE else frozenset(),
        before=_value(row.old, release.table),
        after=_value(row.new, release.table),
        on=row.on,
    )


def _value(text: str, table: str) -> str:
    """A value as the field says it; what is not understood is shown as it stands."""
    if table == Table.PTP:
        return INDICATORS.get(text, text)
    if table == Table.ADD_ON:
        return ADD_ON_TYPES.get(text, text)
    if table == Table.MUE and (limit := re.fullmatch(r"(\d+), (\d)", text)):
        return f"{limit[1]} unit{'' if limit[1] == '1' else 's'} (MAI {limit[2]})"
    return text


def changes_of(number: str) -> list[Change]:
    """The differences that name a code, newest first, at most 20. One query where there are differences."""
    listed = releases()
    if not with_changes(listed):
        return []
    return in_words(changes(listed, code=number)[:MOST_OF_A_CODE], listed)


def counts_of(listed: Iterable[Listed]) -> dict[int, dict[str, int]]:
    """For each of some releases how many differences of each kind it has. One query."""
    counts: dict[int, dict[str, int]] = {}
    pks = [each.release.pk for each in listed]
    for pk, kind, number in (
        TableChange.objects.filter(release__in=pks)
        .order_by()
        .values_list("release", "kind")
        .annotate(number=Count("pk"))
    ):
        counts.setdefault(pk, {})[kind] = number
    return counts


def counted(counts: dict[str, int]) -> str:
    """How many differences there are of each kind, in words: "120 added, 3 ended". No query."""
    return ", ".join(f"{counts[kind]:,} {kind.label.lower()}" for kind in Kind if counts.get(kind))
