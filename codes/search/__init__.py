"""Search over codes, modifiers, questions, circulating claims and terms of the trade, best first.

How it works: `documents` makes one SearchEntry for each published page, with its words in three
fields (names, synonyms, body). `query` understands what was typed with the help of the `lexicon`,
the words of the whole index: inflected forms, unfinished and mistyped words become the words that the
index has. `sqlite` or `postgres` fetches some 60 candidates with plain words, and `ranking` puts them
in order in Python, so that both databases give the same answer.

`signals` keeps the index in step; after `loaddata`, call `rebuild()` or `manage.py rebuild_search`.
"""

from dataclasses import dataclass

from django.db import connections, router

from codes.models.searching import SearchEntry

from . import lexicon as lexicons
from . import postgres, ranking, spelling, sqlite
from .found import Found, Hit
from .index import rebuild
from .query import Query, clean, parse

__all__ = ["Hit", "Results", "nearest_codes", "rebuild", "search", "suggest_codes"]

Kind = SearchEntry.Kind
BACKENDS = {"sqlite": sqlite, "postgresql": postgres}
CANDIDATES = 60
ENOUGH = 10
NEAREST = 5


@dataclass(frozen=True, slots=True)
class Results:
    """What was found, and what the query was understood to be."""

    query: str
    """As cleaned: no control characters, single spaces, at most 200 characters."""
    hits: tuple[Hit, ...] = ()
    """Best first."""
    codes: tuple[str, ...] = ()
    """Published code numbers that the query names, in its order; one that is named twice is in it twice."""
    exact: Hit | None = None
    """Where the query is nothing but one code number or modifier ("97140", "modifier 59"): that entry."""
    did_you_mean: str | None = None
    """The query with typing errors mended, where there were any; the hits are those of the mended one."""
    nearest: tuple[str, ...] = ()
    """Where there are no hits: the words or code numbers nearest to the query that would find something."""


def search(text: str, limit: int = 30) -> Results:
    """Find entries by number, part of a number, word, or question.

    At most three queries, whatever is asked: the index's stamp; entries with all words; entries with any, if those were
    few. Two more read the index's words and entries when they have changed since this process last read them, and in an
    index too large to be kept one more for each of the last two.
    """
    lexicon = lexicons.current()
    query = parse(text, lexicon)
    ranked = ranking.rank(query, _candidates(query, lexicon))[:limit]
    hits = tuple(entry.hit for entry in ranked)
    named = query.codes + query.modifiers
    exact = None
    if query.only_keys and len(named) == 1:
        exact = next(
            (hit for hit in hits if hit.key == named[0] and hit.kind in (Kind.CODE, Kind.MODIFIER)), None
        )
    return Results(
        query.text,
        hits,
        query.codes,
        exact,
        query.mended if hits else None,
        () if hits else _nearest(query, lexicon),
    )


def suggest_codes(text: str, limit: int = 8) -> tuple[Hit, ...]:
    """Published codes by number, part of a number or word, for choosing one while typing. Queries as `search`."""
    lexicon = lexicons.current()
    query = parse(text, lexicon)
    ranked = ranking.rank(query, _candidates(query, lexicon, Kind.CODE))
    if query.parts:
        # Whoever types a number wants numbers, not codes that mention them.
        ranked = [entry for entry in ranked if entry.key in query.parts]
    return tuple(entry.hit for entry in ranked[:limit])


def nearest_codes(number: str, limit: int = NEAREST) -> tuple[Hit, ...]:
    """Published codes whose numbers are nearest to a mistyped one, nearest first. At most three queries."""
    lexicon = lexicons.current()
    numbers = spelling.nearest_numbers(clean(number)[:12], lexicon, limit)
    found = _find(lexicon, (), every=True, keys=[(Kind.CODE, key) for key in numbers])
    hits = {entry.key: entry.hit for entry in found}
    return tuple(hits[key] for key in numbers if key in hits)


def _find(lexicon: lexicons.Lexicon, terms, **options) -> list[Found]:
    """Ask the backend of the database in use."""
    alias = router.db_for_read(SearchEntry)
    return BACKENDS[connections[alias].vendor].find(lexicon.known, alias, terms, **options)


def _candidates(query: Query, lexicon: lexicons.Lexicon, kind: Kind | None = None) -> list[Found]:
    """Everything that may be worth showing, in no order. One query or two, and as many for entries not known."""
    keys = [(Kind.CODE, key) for key in dict.fromkeys(query.codes + query.parts)]
    if kind is None:
        keys += [(Kind.MODIFIER, key) for key in dict.fromkeys(query.modifiers)]
    terms = query.required
    options = {"keys": keys, "kind": kind, "limit": CANDIDATES}
    found = _find(lexicon, terms, every=not query.is_question, **options)
    if len(terms) > 1 and not query.is_question and len(found) - len(keys) < ENOUGH:
        known = {entry.id for entry in found}
        found += [entry for entry in _find(lexicon, terms, every=False, **options) if entry.id not in known]
    return found


def _nearest(query: Query, lexicon: lexicons.Lexicon) -> tuple[str, ...]:
    """What to try instead of a query that found nothing."""
    near = {}
    for word in query.unknown:
        numbered = any(letter.isdigit() for letter in word)
        for other in (spelling.nearest_numbers if numbered else spelling.nearest_words)(word, lexicon):
            near[other] = True
    return tuple(near)[:NEAREST]
