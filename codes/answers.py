"""The answers that pages and the API both show: from a clean question to one value, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, combinations

from codes import feelookups, lookups, releaselookups
from codes.feelookups import FeeTables
from codes.models import Code
from codes.releaselookups import Change
from codes.rules import units
from codes.rules.claimlines import MatteringModifier, mattering_modifiers, plan_modifiers
from codes.rules.fees import NATIONAL, Fee, Place, PriceIndices, fee
from codes.rules.matrix import Cell, judge_matrix
from codes.rules.pairs import PairAnswer, PairQuestion, judge_pair
from codes.rules.partners import Partner, ended_with, partners_on
from codes.rules.standing import status_in_words
from codes.rules.terms import CodeFacts, Setting, TableRelease
from codes.rules.visitamounts import VisitAmounts, expect_amounts
from codes.rules.visitfindings import Visit
from codes.rules.visitline import VisitLine
from codes.rules.visits import Payer, VisitAnswer, judge_visit
from codes.rules.visitterms import VisitQuestion, lens_of
from codes.rules.visitunits import VisitUnits, count_visit

MOST_BANDS = 8
"""How many bands of minutes are shown at most."""


# --- Pairs ------------------------------------------------------------------------------------


def answer_pair(question: PairQuestion, today: date) -> PairAnswer:
    """The verdict on one pair. No query of its own where the catalogue describes both codes, else at most two."""
    return judge_pair(
        question,
        lookups.code_facts([question.first, question.second], beyond_catalogue=True),
        lookups.edits_between(question.first, question.second),
        lookups.current_tables(),
        today,
    )


def answer_pairs(questions: Sequence[PairQuestion], today: date) -> list[PairAnswer]:
    """The verdicts on many pairs, in their order. Queries as `answer_pair`, whatever their number."""
    numbers = {number for question in questions for number in (question.first, question.second)}
    facts = lookups.code_facts(numbers, beyond_catalogue=True)
    tables = lookups.current_tables()
    edits: dict[frozenset[str], list] = {}
    for edit in lookups.edits_among(numbers):
        edits.setdefault(frozenset((edit.column_one, edit.column_two)), []).append(edit)
    return [
        judge_pair(
            question, facts, edits.get(frozenset((question.first, question.second)), ()), tables, today
        )
        for question in questions
    ]


@dataclass(frozen=True)
class MatrixAnswer:
    """Codes against codes: the strictest verdict on each pair of a list."""

    codes: tuple[str, ...]
    day: date
    settings: tuple[Setting, ...]
    cells: tuple[Cell, ...]
    """One for each pair, the smaller code first."""
    names: dict[str, str]
    """Our own short labels of the codes that are in the catalogue."""
    tables: tuple[str, ...]
    """The releases that were read."""

    @property
    def rows(self) -> list[tuple[str, list[Cell | None]]]:
        """Each code with its cells, in the order of the codes; None where a code meets itself."""
        found = {frozenset((cell.first, cell.second)): cell for cell in self.cells}
        return [
            (number, [found.get(frozenset((number, other))) for other in self.codes]) for number in self.codes
        ]


def answer_matrix(
    numbers: Sequence[str], day: date, settings: Sequence[Setting], today: date
) -> MatrixAnswer:
    """The verdict on each pair of a list of different codes. Queries as `answer_pair`, whatever their number."""
    tables = lookups.current_tables()
    facts = lookups.code_facts(numbers, beyond_catalogue=True)
    cells = judge_matrix(numbers, day, settings, facts, lookups.edits_among(numbers), tables, today)
    return MatrixAnswer(
        tuple(numbers),
        day,
        tuple(settings),
        tuple(cells[pair] for pair in combinations(sorted(set(numbers)), 2)),
        {number: code.name for number, code in facts.items()},
        lookups.table_names(tables.values()),
    )


# --- Visits -----------------------------------------------------------------------------------


def answer_visit(question: VisitQuestion, zip_code: str, today: date) -> VisitAnswer:
    """The verdict on a whole visit, with the amounts expected in a ZIP code (or, without one, nationally).

    At most five queries, whatever the number of lines.
    """
    numbers = [line.number for line in question.lines]
    answer = judge_visit(
        question,
        lookups.code_facts(numbers),
        lookups.edits_among(numbers),
        lookups.current_tables(),
        None,
        lookups.payer_facts(question.payer),
        lookups.therapy_thresholds(),
        today,
        lookups.published_keys(),
    )
    return replace(answer, amounts=_visit_amounts(answer, zip_code))


def _visit_amounts(answer: VisitAnswer, zip_code: str) -> VisitAmounts | None:
    """What Medicare is expected to allow, where fee tables of the year are loaded; None where it cannot be told."""
    question = answer.question
    if question.payer != Payer.MEDICARE or question.setting != Setting.PRACTITIONER:
        return None
    tables = feelookups.fee_tables(question.day.year)
    rows = feelookups.relative_values_of([line.number for line in answer.proposed], tables)
    if not rows:
        return None
    indices = (zip_code and feelookups.indices_of_zip(zip_code, tables)) or NATIONAL
    values = {row.number: row for row in rows if not row.modifier}
    return expect_amounts(answer.proposed, values, Place.NON_FACILITY, indices)


@dataclass(frozen=True)
class UnitsAnswer:
    """Minutes into units, by both rules."""

    lines: tuple[VisitLine, ...]
    units: VisitUnits
    unknown: tuple[str, ...]
    """Codes that are not in our data: they are not counted."""
    names: dict[str, str]
    """Our own short labels of the codes that were counted."""


def count_units(lines: Sequence[VisitLine], today: date) -> UnitsAnswer:
    """Count the units of some lines. No query of its own. Raises ValueError for no line or more than twelve."""
    facts = lookups.code_facts([line.number for line in lines])
    visit = Visit(VisitQuestion(tuple(lines), today), facts, lens_of(Payer.MEDICARE, (), today), today)
    return UnitsAnswer(
        tuple(lines),
        count_visit(visit, visit.known),
        tuple(dict.fromkeys(line.number for line in lines if line.number not in facts)),
        {number: code.name for number, code in facts.items()},
    )


# --- Amounts ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlaceFees:
    """The amounts of a code in one locality: of the whole, then of its parts."""

    indices: PriceIndices
    fees: tuple[Fee, ...]


@dataclass(frozen=True)
class FeeAnswer:
    """What Medicare allows for one code in one year and place, or why that cannot be told."""

    number: str
    name: str
    """Our own label, or CMS's description of a HCPCS level II code; empty where there is neither."""
    in_catalogue: bool
    zip: str
    locality: str
    tables: FeeTables
    localities: dict[str, PriceIndices]
    """All localities of the year by their key."""
    asked: tuple[PriceIndices, ...]
    """The localities that the question is about."""
    places: tuple[PlaceFees, ...]
    """The amounts in each of them; none where the fee schedule does not name the code."""
    missing: str
    """Which thing is missing where no locality was found: `gpci`, `zips`, `zip` or `locality`; else empty."""
    has_rows: bool
    """Whether the fee schedule of the year names the code."""
    is_split: bool
    """Whether part of the ZIP code may lie in another locality."""

    @property
    def verdict(self) -> str:
        """`known`; `no-amount`: CMS sets none; `several`: the ZIP code has several localities; `not-known`."""
        if len(self.places) == 1:
            return "known" if self.places[0].fees[0].amounts else "no-amount"
        return "several" if self.places else "not-known"

    @property
    def year(self) -> int | None:
        """The year that was read: the one asked for, else the newest; None where no fee table is loaded."""
        return self.tables.year

    @property
    def releases(self) -> tuple[TableRelease, ...]:
        """The releases that were read."""
        return tuple(lookups.as_release(release) for release in self.tables.used)

    @property
    def is_lost(self) -> bool:
        """Whether neither the catalogue nor the fee schedule knows the code."""
        return bool(self.tables.relative_values) and not self.has_rows and not self.in_catalogue


def answer_fee(number: str, zip_code: str, locality: str, year: int | None) -> FeeAnswer:
    """What Medicare allows for a code in a ZIP code or locality, or nationally without either. At most four queries.

    With both, the locality is the one meant among those of the ZIP code.
    """
    tables = feelookups.fee_tables(year)
    rows = feelookups.relative_values(number, tables)
    zips = feelookups.zip_localities(zip_code, tables) if zip_code else []
    localities = feelookups.localities(tables)
    asked, missing = _localities_asked(zip_code, locality, zips, localities, tables)
    name, in_catalogue = feelookups.name_of(number, tables)
    return FeeAnswer(
        number,
        name,
        in_catalogue,
        zip_code,
        locality,
        tables,
        localities,
        tuple(asked),
        tuple(PlaceFees(indices, tuple(fee(row, indices) for row in rows)) for indices in asked)
        if rows
        else (),
        missing,
        bool(rows),
        any(row.is_split for row in zips),
    )


def _localities_asked(zip_code, locality, zips, localities, tables) -> tuple[list[PriceIndices], str]:
    """The localities that a question is about, and, when there is none, which thing is missing."""
    if not zip_code and not locality:
        return [NATIONAL], ""
    if tables.gpci is None:
        return [], "gpci"
    if zip_code and tables.zips is None:
        return [], "zips"
    keys = [f"{row.mac}-{row.locality}" for row in zips] if zip_code else [locality]
    found = [localities[key] for key in keys if key in localities and locality in ("", key)]
    if found:
        return found, ""
    return [], "locality" if locality and (zips or not zip_code) else "zip"


# --- Codes ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CodeSheet:
    """Everything that a code's page tells. `code` comes from `lookups.code_entry`."""

    code: Code
    facts: CodeFacts
    asked: list[tuple[PairAnswer, str, str]]
    """The verdict with each code that people ask about together with it, its number and its name."""
    partners: tuple[Partner, ...]
    """The edits in force today with other codes of the catalogue."""
    ended: tuple[str, ...]
    """The codes of the catalogue whose edit with it has ended."""
    names: dict[str, str]
    bands: tuple[units.Band, ...]
    add_ons: list[Code]
    plans: tuple[str, ...]
    mattering: list[MatteringModifier]
    """The modifiers that matter by a rule and are not linked by staff; only published ones."""
    modifier_names: dict[str, str]
    status_words: str
    unverified: frozenset[str]
    tables: tuple[str, ...]
    changes: list[Change]
    keys: frozenset[str]
    today: date


def code_sheet(number: str, today: date) -> CodeSheet | None:
    """Everything that a code's page tells; None when the code is not published. No query of its own, and one
    where tables have been compared.

    Of the pair edits those with other codes of the catalogue; `edit_sheet` has all.
    """
    code = lookups.code_entry(number)
    if code is None:
        return None
    facts = lookups.catalogue_facts()
    edits = lookups.catalogue_edits()[number]
    rows = list(chain.from_iterable(edits.values()))
    asked_numbers = [row.partner.number for row in code.published_partners]
    own = facts[number]
    partners = partners_on(number, rows, today)
    ended = ended_with(number, rows, today)
    tables = lookups.current_tables()
    modifiers = mattering_modifiers(own, code.discipline, any(not partner.never for partner in partners))
    linked = {row.code for row in code.published_modifiers}
    keys = lookups.published_keys()
    return CodeSheet(
        code=code,
        facts=own,
        asked=[
            (
                judge_pair(
                    PairQuestion(*sorted((number, other)), today),
                    facts,
                    edits.get(other, ()),
                    tables,
                    today,
                ),
                other,
                facts[other].name,
            )
            for other in asked_numbers
        ],
        partners=partners,
        ended=ended,
        names=lookups.code_names(),
        bands=units.bands(_most_units(own)) if own.unit_minutes == units.QUARTER_HOUR else (),
        add_ons=lookups.code_entries(own.add_ons),
        plans=plan_modifiers(own, code.discipline),
        mattering=[each for each in modifiers if each.code in keys and each.code not in linked],
        modifier_names=lookups.modifier_names(),
        status_words=status_in_words(own.status),
        unverified=lookups.unverified_topics(code.citations.all()),
        tables=lookups.table_names(tables.values()),
        changes=releaselookups.changes_of(number),
        keys=keys,
        today=today,
    )


@dataclass(frozen=True)
class EditSheet:
    """Every pair edit in force with one code, of the catalogue or not."""

    number: str
    name: str
    """Our own label, or CMS's description of a HCPCS level II code; empty where there is neither."""
    in_catalogue: bool
    day: date
    partners: tuple[Partner, ...]
    names: dict[str, str]
    """Our own labels of the codes that are in the catalogue."""
    tables: tuple[str, ...]
    """The releases that were read."""
    whole: frozenset[Setting]
    """The settings whose whole table was read; of others only the rows between codes of the catalogue."""

    @property
    def partial(self) -> list[Setting]:
        """The settings of whose table only the rows between codes of the catalogue were read."""
        return [setting for setting in Setting if setting not in self.whole]

    def in_words(self, partner: Partner) -> dict[Setting, str]:
        """What each setting's table says of a partner. No row in a part of a table says nothing of other codes."""
        described = self.in_catalogue and partner.number in self.names
        said = {}
        for setting, edit in partner.by_setting.items():
            if edit:
                said[setting] = "Modifier" if edit.indicator else "Never"
            else:
                said[setting] = "No edit" if described or setting in self.whole else "Not in our data"
        return said


def edit_sheet(number: str, day: date) -> EditSheet | None:
    """Every pair edit in force with a code on a day; None when our data does not hold the code. At most two queries."""
    facts = lookups.code_facts([number], beyond_catalogue=True).get(number)
    if facts is None:
        return None
    tables = lookups.current_tables()
    return EditSheet(
        number,
        facts.name,
        facts.in_catalogue,
        day,
        partners_on(number, lookups.edits_of(number), day),
        lookups.code_names(),
        lookups.table_names(tables.values()),
        lookups.whole_tables(),
    )


def _most_units(facts: CodeFacts) -> int:
    """How many bands of minutes to show: up to the MUE; four where no MUE is known."""
    limit = facts.limit(Setting.PRACTITIONER)
    return min(limit.value, MOST_BANDS) if limit and limit.value else 4
