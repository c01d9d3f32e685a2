"""Which of the found entries comes first. Pure, and the same for every database.

Word queries: what the query names by number comes first, then entries that contain all its words,
then those with one word less, and so on. Within one of these groups the better place of the words
decides: names before synonyms before text; codes before modifiers before questions before claims.

Questions ("how many minutes is a unit"): the question of ours that is most like it comes first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from codes.models.searching import SearchEntry

from .found import Found
from .query import Atom, Query, Term
from .words import STOP_WORDS, WEAK_WORDS

Kind = SearchEntry.Kind

# How a word is found: not at all, as a beginning, or whole; and what that is worth.
NOT, START, WHOLE = range(3)
IN_NAMES = (0.0, 7.0, 10.0)
IN_SYNONYMS = (0.0, 5.0, 7.0)
IN_BODY = (0.0, 1.0, 2.0)
WEAK_SHARE = 0.25  # of the worth of a word that need not occur
WHOLE_LINE = 5.0  # the query is a whole name or synonym, not a piece of one
SAME_QUESTION = 6.0
LIKE_QUESTION = 5.0
FURTHER_WORDS = 0.9  # of that, for a question as others put it
OF_KIND = {Kind.CODE: 3.0, Kind.MODIFIER: 1.5, Kind.FAQ: 0.0, Kind.CLAIM: -0.5, Kind.TERM: -3.5}
OF_KIND_IN_QUESTION = {Kind.CODE: 0.0, Kind.MODIFIER: 0.0, Kind.FAQ: 4.0, Kind.CLAIM: 1.0, Kind.TERM: 0.5}
MODIFIER_WANTED = 4.0
PAST = -3.0
LEAST_SHARE = 0.3  # of the query's words, by number or by rarity: an entry with less is not worth showing


@dataclass(frozen=True, slots=True)
class Sought:
    """A query as each entry is measured by it."""

    query: Query
    terms: tuple[tuple[Term, bool], ...]
    """Each with whether it counts."""
    weight: float
    """The rarities of those that count, together."""
    words: tuple[frozenset[str], ...]
    """For each that counts, all words that it may be found by."""


def _sought(query: Query) -> Sought:
    required = query.required
    words = (
        frozenset().union(*(atom.starts.union(atom.words) for atoms in term.alternatives for atom in atoms))
        for term in required
    )
    return Sought(
        query,
        tuple((term, term in required) for term in query.terms),
        sum(term.rarity for term in required) or 1.0,
        tuple(words),
    )


def rank(query: Query, entries: Iterable[Found]) -> list[Found]:
    """The entries worth showing, best first. Entries that fit too little are left out."""
    judged = []
    sought = _sought(query)
    for entry in entries:
        place = _place_of_named(query, entry)
        missing, share, score = judge(sought, entry)
        if place is None and (share < LEAST_SHARE or not query.terms):
            continue
        tie = (entry.standing, entry.kind, entry.key)
        if query.is_question:
            judged.append(((0, 0, -score, *tie), entry))
        elif place is not None:
            judged.append(((0, place, 0.0, *tie), entry))
        else:
            judged.append(((1, missing, -score, *tie), entry))
    judged.sort(key=lambda pair: pair[0])
    return [entry for _, entry in judged]


def _place_of_named(query: Query, entry: Found) -> int | None:
    """For an entry that the query names by number or part of a number: its place among those."""
    if entry.kind == Kind.CODE:
        if entry.key in query.codes:
            return query.codes.index(entry.key)
        if entry.key in query.parts:
            return 100 + query.parts.index(entry.key) + 1000 * entry.is_past
    if entry.kind == Kind.MODIFIER and entry.key in query.modifiers:
        return 50 + query.modifiers.index(entry.key)
    return None


def judge(sought: Sought, entry: Found) -> tuple[int, float, float]:
    """How an entry fits: the number of terms that count and it lacks, the share that it has, and its score."""
    query = sought.query
    had = missing = 0
    score = rarity = others = 0.0
    for term, counts in sought.terms:
        worth = _worth(term, entry)
        if not counts:
            others += worth
        elif worth:
            had += 1
            rarity += term.rarity
            score += term.rarity * worth
        else:
            missing += 1
    share = max(rarity / sought.weight, had / max(had + missing, 1))
    score = score / sought.weight + WEAK_SHARE * others / max(len(sought.terms), 1)
    if query.is_question:
        score += OF_KIND_IN_QUESTION[entry.kind] + _likeness(query, entry)
    else:
        score += OF_KIND[entry.kind] + WHOLE_LINE * _best_cover(entry, sought.words)
    if query.wants_modifier and entry.kind == Kind.MODIFIER:
        score += MODIFIER_WANTED
    if entry.is_past:
        score += PAST
    return missing, share, score


def _worth(term: Term, entry: Found) -> float:
    """What an entry gets for one term: the best place in which one of its alternatives stands."""
    return max(
        [
            _worth_of_one(*atoms, entry) if len(atoms) == 1 else _worth_of_all(atoms, entry)
            for atoms in term.alternatives
        ]
    )


def _worth_of_one(atom: Atom, entry: Found) -> float:
    """What `_worth_of_all` says of one atom, which most alternatives are, for a third of the time."""
    if not entry.names.isdisjoint(atom.words):
        return IN_NAMES[WHOLE]
    if not entry.synonyms.isdisjoint(atom.words):
        return IN_SYNONYMS[WHOLE]
    if not entry.names.isdisjoint(atom.starts):
        return IN_NAMES[START]
    if not entry.synonyms.isdisjoint(atom.starts):
        return IN_SYNONYMS[START]
    return IN_BODY[_found_in_text(atom, entry.body)]


def _worth_of_all(atoms: Sequence[Atom], entry: Found) -> float:
    """What an entry gets for atoms that must all stand in one place."""
    return max(
        IN_NAMES[min(_found(atom, entry.names) for atom in atoms)],
        IN_SYNONYMS[min(_found(atom, entry.synonyms) for atom in atoms)],
        IN_BODY[min(_found_in_text(atom, entry.body) for atom in atoms)],
    )


def _found(atom: Atom, words: frozenset[str]) -> int:
    """WHOLE if a word of the atom's family is among the words, START if one starts as the atom does, else NOT."""
    if not words.isdisjoint(atom.words):
        return WHOLE
    return NOT if words.isdisjoint(atom.starts) else START


def _found_in_text(atom: Atom, text: str) -> int:
    """The same for the words of a body: it is too long to be taken apart each time."""
    for word in atom.words:
        if f" {word} " in text:
            return WHOLE
    return START if atom.prefix is not None and f" {atom.prefix}" in text else NOT


def _best_cover(entry: Found, sought: Sequence[frozenset[str]]) -> float:
    """How nearly the query is one of an entry's names or synonyms, as a whole."""
    hits = [each & entry.told for each in sought]
    if not any(hits):
        return 0.0
    either = frozenset().union(*hits)
    return max(_cover(line, hits) for line in entry.lines if not line.isdisjoint(either))


def _cover(line: frozenset[str], hits: Sequence[frozenset[str]]) -> float:
    """How nearly a name or synonym is the query: the share of its words that the terms explain,
    times the share of the terms that occur in it. `hits` are the words that each of the terms explains."""
    here = [line & hit for hit in hits]
    explained = frozenset().union(*here)
    # In a short line the same letters are an abbreviation: "AT eval".
    telling = len(line - STOP_WORDS | explained if len(line) > 3 else line)
    return len(explained) / telling * sum(map(bool, here)) / len(hits)


def _likeness(query: Query, entry: Found) -> float:
    """What a question, claim or term gets for being what was asked, or nearly so, in its own or in further words."""
    if entry.kind not in (Kind.FAQ, Kind.CLAIM, Kind.TERM):
        return 0.0
    own = [_same(query, line) for line in entry.name_lines]
    further = [FURTHER_WORDS * _same(query, line) for line in entry.synonym_lines]
    return max(own + further, default=0.0)


def _same(query: Query, line: str) -> float:
    """How much a line is the question that was asked: the share of telling words that the two have in common."""
    words = line.split()
    if tuple(words) == query.words:
        return LIKE_QUESTION + SAME_QUESTION
    telling = frozenset(words) - STOP_WORDS - WEAK_WORDS.difference(query.words)
    hits = sum(
        any(min(_found(atom, telling) for atom in atoms) for atoms in term.alternatives)
        for term in query.terms
    )
    return LIKE_QUESTION * 2 * hits / (len(telling) + len(query.terms)) if hits else 0.0
