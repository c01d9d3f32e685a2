"""The questions that pages ask of the database, each a fixed number of queries.

What rules need comes back as their dataclasses; what a page only shows comes back as model instances
with everything it touches fetched.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations

from django.db import connections, router
from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery

from codes.models import (
    Category,
    CirculatingClaim,
    Citation,
    Code,
    CommonPartner,
    Faq,
    LookAlike,
    LookAlikeGroup,
    Modifier,
    PairEdit,
    PayerRule,
    Release,
    Source,
    TherapyThreshold,
)
from codes.remembered import Remembered
from codes.rules.pairs import Edit
from codes.rules.terms import (
    Attendance,
    Cite,
    CodeFacts,
    DateBasis,
    Limit,
    Setting,
    TableRelease,
    TherapyStatus,
    Timing,
)
from codes.rules.visitterms import Payer, PayerFact, PayerTopic, YearlyAmount

SETTINGS = list(Setting)
CITATIONS = Prefetch("citations", Citation.objects.select_related("source"))


def as_release(release: Release) -> TableRelease:
    """A release as the rules see it; its source must be fetched."""
    return TableRelease(release.name, release.quarter, release.effective_on, release.source.slug)


@Remembered
def all_releases() -> dict[int, Release]:
    """Every release with its source, by primary key. One query for each version of the contents."""
    releases = Release.objects.select_related("source").order_by("table", "setting", "-effective_on", "pk")
    return {release.pk: release for release in releases}


def table_names(tables: Iterable[TableRelease]) -> tuple[str, ...]:
    """The releases that were read, each named once. No query."""
    return tuple(sorted({str(table) for table in tables}))


@Remembered
def current_tables() -> dict[Setting, TableRelease]:
    """The PTP table in use for each setting. No query."""
    return {
        Setting(release.setting): as_release(release)
        for release in all_releases().values()
        if release.table == Release.Table.PTP and _answers(release)
    }


def whole_tables() -> frozenset[Setting]:
    """The settings whose PTP table in use is CMS's whole one, and not only its rows between codes of the catalogue. No query."""
    releases = all_releases()
    current = (releases[pk] for pk in _current_pks(Release.Table.PTP))
    return frozenset(Setting(release.setting) for release in current if not release.coverage)


EDITS = """
    SELECT e.release_id, e.column_one, e.column_two, e.indicator, e.effective_on, e.effective_basis, e.deleted_on,
        r.text, e.confirmed_in_id
    FROM codes_pairedit e LEFT JOIN codes_rationale r ON r.id = e.rationale_id
    WHERE {named}
    ORDER BY e.column_one, e.column_two, e.deleted_on IS NULL, e.deleted_on, e.id
"""
"""Written out, for it is asked most: to build it anew costs ten times what the database needs."""
COLUMNS = ("column_one", "column_two")


def _as_edits(rows: Sequence[tuple]) -> list[Edit]:
    if not rows:
        return []
    tables = _ptp_tables()
    return [
        Edit(
            setting=tables[release][0],
            column_one=one,
            column_two=two,
            indicator=indicator,
            effective_on=start,
            basis=DateBasis(basis),
            deleted_on=end,
            rationale=rationale or "",
            release=tables[release][1],
            confirmed_in=tables[confirmed][1] if confirmed else None,
        )
        for release, one, two, indicator, start, basis, end, rationale, confirmed in rows
    ]


@Remembered
def _ptp_tables() -> dict[int, tuple[Setting, TableRelease]]:
    """Each PTP release by its primary key: its setting, and as the rules see it. No query."""
    return {
        pk: (Setting(release.setting), as_release(release))
        for pk, release in all_releases().items()
        if release.table == Release.Table.PTP and release.setting
    }


def _answers(release: Release) -> bool:
    """Whether answers are read from a release: Medicaid's tables are loaded beside Medicare's, and answer nothing yet."""
    return release.is_current and release.program == Release.Program.MEDICARE


def _current_pks(table: str) -> Sequence[int]:
    return _current().get(table, ())


@Remembered
def _current() -> dict[str, tuple[int, ...]]:
    """The releases that answers are read from, by their table."""
    found = defaultdict(list)
    for pk, release in all_releases().items():
        if _answers(release):
            found[release.table].append(pk)
    return {table: tuple(pks) for table, pks in found.items()}


@Remembered
def _fee_schedules() -> list[int]:
    """The fee schedules that statuses are read from, the newest last: what is later than the current was rolled back."""
    published = [
        release
        for release in all_releases().values()
        if release.table == Release.Table.FEE_SCHEDULE
        and release.program == Release.Program.MEDICARE
        and release.stage == Release.Stage.PUBLISHED
    ]
    published.sort(key=lambda release: (release.effective_on, release.is_current, release.pk))
    current = next((place for place, release in enumerate(published) if release.is_current), len(published))
    return [release.pk for release in published[: current + 1]]


@Remembered
def catalogue_edits() -> dict[str, dict[str, list[Edit]]]:
    """Every row of the current tables that names two published codes, by the one and then by the other.

    One query for each version of the contents.
    """
    numbers = list(catalogue_facts())
    found = {number: defaultdict(list) for number in numbers}
    for edit in _edits_among(numbers):
        found[edit.column_one][edit.column_two].append(edit)
        found[edit.column_two][edit.column_one].append(edit)
    return {number: dict(edits) for number, edits in found.items()}


def edits_between(first: str, second: str) -> list[Edit]:
    """Every row of the current tables that names both codes, in either order. One query, or none: see `edits_among`."""
    catalogue = catalogue_edits()
    if first in catalogue and second in catalogue:
        return catalogue[first].get(second, [])
    return _edits_among(sorted({first, second}))


def edits_among(numbers: Iterable[str]) -> list[Edit]:
    """Every row of the current tables that names two codes of `numbers`.

    No query of its own where the catalogue describes all of them; else one, whatever their number.
    """
    numbers = sorted(set(numbers))
    catalogue = catalogue_edits()
    if not all(number in catalogue for number in numbers):
        return _edits_among(numbers)
    found = [edit for first, second in combinations(numbers, 2) for edit in catalogue[first].get(second, ())]
    return sorted(found, key=lambda edit: (edit.column_one, edit.column_two))


def _edits_among(numbers: Sequence[str]) -> list[Edit]:
    if len(numbers) == 2:  # each order by itself is fewer looks into the index
        return _edits_where(numbers, (((0,), (1,)), ((1,), (0,))))
    every = tuple(range(len(numbers)))
    return _edits_where(numbers, ((every, every),))


def edits_of(number: str) -> list[Edit]:
    """Every row of the current tables that names one code, in either column. One query."""
    return _edits_where([number], (((0,), ()), ((), (0,))))


Columns = tuple[Sequence[int], Sequence[int]]
"""Which of some codes are asked for in column one, and which in column two; none for any."""


def _edits_where(numbers: Sequence[str], ways: Sequence[Columns]) -> list[Edit]:
    """The rows of the current tables that hold, in any of these ways, one of its codes in each column. One query."""
    current = _current_pks(Release.Table.PTP)
    if not current or not numbers:
        return []
    return _as_edits(_rows(_edits_sql(current, ways), numbers))


@lru_cache(maxsize=100)
def _edits_sql(releases: Sequence[int], ways: Sequence[Columns]) -> str:
    """The statement for these ways."""
    # Each release in each way: SQLite would look through the whole table for several that are asked for once.
    named = (
        [f"e.release_id = {release}"]
        + [f"{column} IN ({_marks(places)})" for column, places in zip(COLUMNS, way, strict=True) if places]
        for release in releases
        for way in ways
    )
    return EDITS.format(named=" OR ".join(f"({' AND '.join(way)})" for way in named))


def pairs_of_catalogue() -> set[tuple[str, str]]:
    """The pairs of published codes that the current tables hold an edit for, in force or ended, the smaller code first.

    Three queries, each answered from an index.
    """
    numbers = list(Code.objects.published().order_by().values_list("number", flat=True))
    rows = PairEdit.objects.filter(
        column_one__in=numbers,
        column_two__in=numbers,
        release__in=_current_pks(Release.Table.PTP),
    )
    return {(min(pair), max(pair)) for pair in rows.order_by().values_list("column_one", "column_two")}


@Remembered
def catalogue_facts() -> dict[str, CodeFacts]:
    """What the rules need of every published code. Three queries for each version of the contents."""
    codes = Code.objects.published().select_related("category").prefetch_related("replaced_by")
    of_tables = _facts_of_tables([code.number for code in codes])
    return {
        code.number: CodeFacts(
            number=code.number,
            name=code.name,
            category=code.category.slug,
            timing=Timing(code.timing),
            unit_minutes=code.unit_minutes,
            attendance=Attendance(code.attendance),
            therapy_status=TherapyStatus(code.therapy_status),
            introduced_year=code.introduced_year,
            retired_on=code.retired_on,
            retired_year=code.retired_year,
            replaced_by=tuple(sorted(new.number for new in code.replaced_by.all() if new.is_published)),
            discipline=code.discipline,
            **of_tables[code.number],
        )
        for code in codes
    }


def code_facts(numbers: Iterable[str], *, beyond_catalogue: bool = False) -> dict[str, CodeFacts]:
    """What the rules need of the published codes among `numbers`. No query of its own.

    With `beyond_catalogue` also what the whole tables say of codes that the catalogue does not describe: one query
    where whole tables are loaded and there are such codes that have not been asked for before.
    """
    numbers, catalogue = set(numbers), catalogue_facts()
    facts = {number: catalogue[number] for number in numbers if number in catalogue}
    others = numbers - facts.keys()
    return facts | _facts_beyond_catalogue(others) if others and beyond_catalogue else facts


MOST_KEPT_BEYOND_CATALOGUE = 4096
"""So many codes that only whole tables name are kept, those first asked for: some 6 MB."""


@Remembered
def _kept_beyond_catalogue() -> dict[str, CodeFacts]:
    """What has been read of single codes that the catalogue does not describe."""
    return {}


def _facts_beyond_catalogue(numbers: set[str]) -> dict[str, CodeFacts]:
    """What whole tables say of the codes among `numbers` that they name. One query, or none where all are kept."""
    kept = _kept_beyond_catalogue()
    facts = {number: kept[number] for number in numbers if number in kept}
    if len(facts) == len(numbers):
        return facts
    read = {
        number: CodeFacts(number=number, in_catalogue=False, **of_tables)
        for number, of_tables in _facts_of_tables(numbers - facts.keys(), whole=True).items()
    }
    if len(kept) + len(read) <= MOST_KEPT_BEYOND_CATALOGUE:
        kept.update(read)
    return facts | read


FACTS = """
    SELECT number, 'limit', release_id, value, mai, rationale, confirmed_in_id
    FROM codes_unitlimit WHERE number IN ({asked}) AND release_id IN ({mue})
    UNION ALL SELECT number, 'status', release_id, 0, 0, letter || ' ' || global_days, NULL
    FROM codes_medicarestatus WHERE number IN ({asked}) AND release_id IN ({schedules})
    UNION ALL SELECT add_on, 'add-on', release_id, 0, 0, "primary", NULL
    FROM codes_addonlink WHERE (add_on IN ({asked}) OR "primary" IN ({asked})) AND release_id IN ({links})
"""
"""What three tables say of codes, in one look into their indexes."""
NAMED = """
    UNION ALL SELECT named.number, 'name', 0, 0, 0, COALESCE(h.description, ''), NULL
    FROM ({each}) named LEFT JOIN codes_hcpcscode h ON h.number = named.number AND h.release_id IN ({whole})
    WHERE h.number IS NOT NULL
        OR EXISTS (SELECT 1 FROM codes_pairedit e WHERE e.release_id IN ({whole}) AND e.column_one = named.number)
        OR EXISTS (SELECT 1 FROM codes_pairedit e WHERE e.release_id IN ({whole}) AND e.column_two = named.number)
        OR EXISTS (SELECT 1 FROM codes_unitlimit u WHERE u.release_id IN ({whole}) AND u.number = named.number)
"""
"""Each of these codes, if a table names it, with its description: a look into each index, and no more."""


def _facts_of_tables(numbers: Iterable[str], *, whole: bool = False) -> dict[str, dict]:
    """What the current tables say of each code: fields of its CodeFacts. One query, or none without codes.

    With `whole` only of those that a whole table names, with CMS's own description as their name, or nothing: only HCPCS
    level II has descriptions that may be shown. Tables that hold only the catalogue's codes do not count there: a code
    that they lack may well be in the whole one. No query without whole tables.
    """
    found, releases, schedules = list(numbers), all_releases(), _fee_schedules()
    sql = _facts_sql()[whole]
    if not found or not sql:
        return {}
    places = range(len(found))
    asked = _marks(places)
    each = " UNION ALL ".join(f"SELECT CAST({_marks([place])} AS varchar(5)) AS number" for place in places)
    limits, statuses = defaultdict(list), defaultdict(list)
    primaries, add_ons, names = defaultdict(list), defaultdict(list), {}
    for number, kind, release, value, mai, text, confirmed_in in _rows(
        sql.format(asked=asked, each=each), found
    ):
        if kind == "limit":
            limits[number].append(_as_limit(release, value, mai, text, confirmed_in))
        elif kind == "status":
            letter, _, global_days = text.partition(" ")
            statuses[number].append((schedules.index(release), letter, global_days))
        elif kind == "name":
            names[number] = text
        else:
            primaries[number].append(text)
            add_ons[text].append(number)

    def of_tables(number: str) -> dict:
        schedule, letter, global_days = max(statuses[number], default=(None, None, ""))
        return {
            "status": letter,
            "status_release": None if schedule is None else as_release(releases[schedules[schedule]]),
            "unit_limits": tuple(sorted(limits[number], key=lambda limit: SETTINGS.index(limit.setting))),
            "primaries": tuple(sorted(primaries[number])),
            "add_ons": tuple(sorted(add_ons[number])),
            "global_days": global_days,
        }

    if whole:
        return {number: {"name": name, **of_tables(number)} for number, name in names.items()}
    return {number: of_tables(number) for number in found}


@Remembered
def _facts_sql() -> tuple[str, str]:
    """The statement for facts of codes that are described, and of those that whole tables name, each with places for the
    codes; the second is empty where there are no whole tables."""
    whole = [pk for pk, release in all_releases().items() if _answers(release) and not release.coverage]
    known = {
        "asked": "{asked}",
        "each": "{each}",
        "mue": _listed(_current_pks(Release.Table.MUE)),
        "schedules": _listed(_fee_schedules()),
        "links": _listed(_current_pks(Release.Table.ADD_ON)),
        "whole": _listed(whole),
    }
    return FACTS.format(**known), (FACTS + NAMED).format(**known) if whole else ""


def _marks(places: Iterable[int]) -> str:
    """Where the values at these places stand in a list of SQL."""
    return ", ".join(f"%(n{place})s" for place in places)


def _listed(pks: Iterable[int]) -> str:
    """Primary keys as SQL lists them; for none a list in which nothing is."""
    return ", ".join(map(str, pks)) or "NULL"


def _rows(sql: str, values: Sequence[str]) -> list[tuple]:
    """What a statement finds, written out because it is asked often: see EDITS. One query.

    Values go by their names (see `_marks`): Django looks through each statement that has them by their order.
    """
    with connections[router.db_for_read(PairEdit)].cursor() as cursor:
        cursor.execute(sql, {f"n{place}": value for place, value in enumerate(values)})
        return cursor.fetchall()


def _as_limit(release_pk: int, value: int, mai: int, rationale: str, confirmed_in: int | None) -> Limit:
    releases = all_releases()
    release = releases[release_pk]
    return Limit(
        setting=Setting(release.setting),
        value=value,
        mai=mai,
        rationale=rationale,
        release=as_release(release),
        confirmed_in=as_release(releases[confirmed_in]) if confirmed_in else None,
    )


@Remembered
def all_sources() -> dict[str, Source]:
    """Every source by its slug. One query for each version of the contents."""
    return {source.slug: source for source in Source.objects.all()}


def sources_for(cites: Iterable[Cite]) -> list[tuple[Source, str]]:
    """The sources behind the cites of an answer, each once with all its places, in their order. No query of its own."""
    places: dict[str, list[str]] = {}
    for cite in cites:
        locators = places.setdefault(cite.source, [])
        if cite.locator and cite.locator not in locators:
            locators.append(cite.locator)
    found = all_sources()
    return [(found[slug], "; ".join(locators)) for slug, locators in places.items() if slug in found]


# --- Entries that pages show ------------------------------------------------------------------


def categories_with_codes() -> list[Category]:
    """All categories that have published codes, with them. Two queries."""
    published = Prefetch("codes", Code.objects.published().order_by("number"), to_attr="published_codes")
    return [category for category in Category.objects.prefetch_related(published) if category.published_codes]


@Remembered
def _code_entries() -> dict[str, Code]:
    """Every published code with everything that its page shows of it. Sixteen queries for each version of the contents."""
    groups = Prefetch(
        "lookalike_groups",
        LookAlikeGroup.objects.published().prefetch_related(
            Prefetch(
                "members",
                LookAlike.objects.filter(code__state="published")
                .select_related("code")
                .order_by("group", "order", "code__number"),
                to_attr="published_members",
            ),
            CITATIONS,
        ),
        to_attr="published_groups",
    )
    codes = (
        Code.objects.published()
        .select_related("category")
        .prefetch_related(
            "synonyms",
            CITATIONS,
            Prefetch("replaced_by", Code.objects.published(), to_attr="successors"),
            Prefetch("replaces", Code.objects.published(), to_attr="predecessors"),
            Prefetch("faqs", closest_first(Faq.objects.published()), to_attr="published_faqs"),
            Prefetch(
                "claims", closest_first(CirculatingClaim.objects.published()), to_attr="published_claims"
            ),
            Prefetch("modifiers", Modifier.objects.published(), to_attr="published_modifiers"),
            Prefetch(
                "common_partners",
                CommonPartner.objects.filter(partner__state="published")
                .select_related("partner")
                .order_by("code", "order", "partner__number"),
                to_attr="published_partners",
            ),
            groups,
        )
    )
    return {code.number: code for code in codes}


def code_entry(number: str) -> Code | None:
    """One published code with everything that its page shows of it; None when there is none. No query of its own."""
    return _code_entries().get(number)


def code_entries(numbers: Iterable[str]) -> list[Code]:
    """The published codes among `numbers`, in their order. No query of its own."""
    entries = _code_entries()
    return [entries[number] for number in numbers if number in entries]


@Remembered
def code_names() -> dict[str, str]:
    """Our short labels of the published codes. No query of its own."""
    return {number: code.name for number, code in catalogue_facts().items()}


@Remembered
def modifier_names() -> dict[str, str]:
    """Our short labels of the published modifiers. One query for each version of the contents."""
    return dict(Modifier.objects.published().values_list("code", "name"))


def modifier_entry(code: str) -> Modifier | None:
    """One published modifier with everything its page shows; None when there is none. Five queries."""
    return (
        Modifier.objects.published()
        .prefetch_related(
            CITATIONS,
            Prefetch("codes", Code.objects.published(), to_attr="published_codes"),
            Prefetch("faqs", Faq.objects.published(), to_attr="published_faqs"),
            Prefetch("claims", CirculatingClaim.objects.published(), to_attr="published_claims"),
        )
        .filter(code=code)
        .first()
    )


def _question_entry(queryset, slug):
    return (
        queryset.published()
        .prefetch_related(
            CITATIONS,
            Prefetch("codes", Code.objects.published(), to_attr="published_codes"),
            Prefetch("modifiers", Modifier.objects.published(), to_attr="published_modifiers"),
        )
        .filter(slug=slug)
        .first()
    )


def faq_entry(slug: str) -> Faq | None:
    """One published question with its codes, modifiers and citations. Four queries."""
    return _question_entry(Faq.objects, slug)


def claim_entry(slug: str) -> CirculatingClaim | None:
    """One published claim with its codes, modifiers and citations. Four queries."""
    return _question_entry(CirculatingClaim.objects, slug)


def cited_entry(model, **key):
    """One published entry of a model with its citations, found by a field that is unique; None when there is none. Two queries."""
    return model.objects.published().prefetch_related(CITATIONS).filter(**key).first()


def most_asked() -> list[Faq]:
    """The questions of the home page. One query."""
    return list(Faq.objects.published().filter(most_asked=True))


def faqs_by_topic() -> list[tuple[str, list[Faq]]]:
    """All published questions under the names of their topics, in the topics' order. One query."""
    by_topic = defaultdict(list)
    for faq in Faq.objects.published():
        by_topic[faq.topic].append(faq)
    return [(topic.label, by_topic[topic]) for topic in Faq.Topic if by_topic[topic]]


def published_claims() -> list[CirculatingClaim]:
    """All published circulating claims, in their order. One query."""
    return list(CirculatingClaim.objects.published())


def modifiers_by_relevance() -> list[tuple[str, list[Modifier]]]:
    """All published modifiers under how often they are met, the everyday ones first. One query."""
    found = list(Modifier.objects.published())
    return [
        (grade.label, [modifier for modifier in found if modifier.relevance == grade])
        for grade in Modifier.Relevance
    ]


@Remembered
def published_keys() -> frozenset[str]:
    """The numbers of all published codes and the modifiers: what texts may link to. One query for each version."""
    numbers = Code.objects.published().order_by().values_list("number", flat=True)
    modifiers = Modifier.objects.published().order_by().values_list("code", flat=True)
    return frozenset(numbers.union(modifiers))


def closest_first(entries: QuerySet) -> QuerySet:
    """Questions or claims, those that name the fewest codes first: they say the most about each. No query."""
    through = entries.model.codes.through
    owner = entries.model._meta.model_name
    named = through.objects.filter(**{owner: OuterRef("pk")}).order_by().values(owner)
    return entries.annotate(
        codes_named=Subquery(named.annotate(number=Count("pk")).values("number"))
    ).order_by("codes_named", *entries.model._meta.ordering)


MOST_CODES_OF_A_PAIR_ENTRY = 4
"""An entry that names more codes than this says too little about any two of them."""


@Remembered
def _asked_about_pairs() -> dict[str, list[tuple[frozenset[str], Faq | CirculatingClaim]]]:
    """The published questions and claims with the codes that they name, the closest first. Four queries for each version."""

    def about_few(queryset):
        named = closest_first(queryset.published()).prefetch_related("codes")
        close = named.filter(codes_named__range=(2, MOST_CODES_OF_A_PAIR_ENTRY))
        return [(frozenset(code.number for code in entry.codes.all()), entry) for entry in close]

    return {"faqs": about_few(Faq.objects), "claims": about_few(CirculatingClaim.objects)}


def pair_entries(first: str, second: str) -> dict[str, list]:
    """The published questions and claims that are about a pair, the closest first. No query of its own."""
    pair = {first, second}
    return {
        name: [entry for codes, entry in entries if pair <= codes and len(pair) == 2]
        for name, entries in _asked_about_pairs().items()
    }


def current_releases() -> list[Release]:
    """The releases that answers are read from, with their sources. One query."""
    return [release for release in all_releases().values() if _answers(release)]


def about() -> dict:
    """What the about page tells of our data: its releases, its sources, its size. At most seven queries."""
    releases = all_releases()
    loading = {each.source_id for each in releases.values() if each.stage == Release.Stage.LOADING}
    known = {each.source_id for each in releases.values() if each.stage != Release.Stage.LOADING}
    sources = Source.objects.exclude(pk__in=loading - known)
    return {
        "releases": [each for each in releases.values() if _answers(each) or _stands_beside(each, releases)],
        "sources": list(sources.annotate(uses=Count("citations")).order_by("kind", "title", "slug")),
        "counts": {
            "codes": Code.objects.published().count(),
            "modifiers": Modifier.objects.published().count(),
            "questions": Faq.objects.published().count(),
            "claims": CirculatingClaim.objects.published().count(),
            "edits": _number_of_edits(releases),
        },
    }


def _stands_beside(release: Release, releases: dict[int, Release]) -> bool:
    """Whether a release is launch data that was never current: a part of a table that confirms another."""
    was_current = release.is_current or release.pk in {each.replaces_id for each in releases.values()}
    return bool(release.coverage) and release.published_at is None and not was_current


def _number_of_edits(releases: dict[int, Release]) -> int:
    """How many PTP edits answers are read from. One query at most: an imported table was counted when it was loaded."""
    tables = [releases[pk] for pk in _current_pks(Release.Table.PTP)]
    counted = [release.row_count for release in tables if release.row_count is not None]
    others = [release.pk for release in tables if release.row_count is None]
    return sum(counted) + (PairEdit.objects.filter(release__in=others).count() if others else 0)


def unverified_topics(citations: Iterable[Citation]) -> frozenset[str]:
    """The topics of an entry that rest on nothing but what has not been verified. No query."""
    verified = {citation.topic for citation in citations if citation.is_verified}
    return frozenset({citation.topic for citation in citations} - verified)


# --- Payers and years -------------------------------------------------------------------------


@Remembered
def _payer_facts() -> dict[Payer, list[PayerFact]]:
    """What staff have published about each kind of payer. Two queries for each version of the contents."""
    facts = defaultdict(list)
    for rule in PayerRule.objects.published().select_related("source").prefetch_related("codes"):
        payer = Payer(rule.payer)
        facts[payer].append(
            PayerFact(
                payer=payer,
                topic=PayerTopic(rule.topic),
                text=rule.text,
                cite=Cite(rule.source.slug, rule.locator),
                checked_on=rule.checked_on,
                follows=rule.follows,
                codes=tuple(code.number for code in rule.codes.all()),
            )
        )
    return dict(facts)


def payer_facts(payer: Payer) -> list[PayerFact]:
    """What staff have published about a kind of payer. No query of its own."""
    return _payer_facts().get(payer, [])


@Remembered
def therapy_thresholds() -> dict[int, YearlyAmount]:
    """The KX amounts by year. One query for each version of the contents."""
    return {
        row.year: YearlyAmount(
            row.year, row.pt_slp_cents, row.ot_cents, Cite(row.source.slug, row.locator), row.review_cents
        )
        for row in TherapyThreshold.objects.select_related("source")
    }
