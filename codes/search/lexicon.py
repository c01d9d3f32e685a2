"""The words of the whole index, kept in the process: for inflected, unfinished and mistyped words.

How it is kept fresh across processes: every change to the index writes a new random stamp in the
same transaction. A search reads the stamp (one row) and loads the words again only if it differs
from that of its copy. Random rather than counted, so that a transaction that is rolled back can
never leave a copy that a later change matches by accident.
"""

import gc
import sys
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from math import log
from threading import Lock

from django.db import connections, router
from django.db.models import CharField, F, IntegerField, Value

from codes.models.searching import SearchEntry, SearchWord

from .found import Known
from .stemming import stem

FAMILY_LIMIT = 16
LAST = chr(sys.maxunicode)
"""Comes behind every letter."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What one state of the index knows of words and numbers."""

    stamp: str
    entries: dict[str, int]
    """Every word, with the number of entries that it occurs in."""
    families: dict[str, tuple[str, ...]]
    """Stem: the words that share it, the commonest first."""
    ordered: list[str]
    """All words in order, for prefixes."""
    codes: list[str]
    """Published code numbers in order."""
    modifiers: frozenset[str]
    most: int
    """In how many entries the commonest word occurs."""
    known: Known = field(default_factory=Known)
    """The entries that have been read of this state."""

    def family(self, word: str) -> tuple[str, ...]:
        """The words that count as this one, itself among them; empty if none is known."""
        return self.families.get(stem(word), ())[:FAMILY_LIMIT]

    def has_code(self, number: str) -> bool:
        """Whether a code of this number is published."""
        place = bisect_left(self.codes, number)
        return place < len(self.codes) and self.codes[place] == number

    def starting(self, start: str) -> frozenset[str]:
        """All words that start so."""
        return frozenset(_starting(self.ordered, start))

    def codes_with(self, part: str, limit: int = 30) -> list[str]:
        """Code numbers that start with a part of a number, else those that contain it."""
        found = _starting(self.codes, part)[:limit]
        if not found and len(part) >= 3:
            found = [number for number in self.codes if part in number][:limit]
        return found

    def rarity(self, words: tuple[str, ...]) -> float:
        """How much a word tells: about 1 for one that is everywhere, more for a rare one."""
        occurrences = sum(self.entries.get(word, 0) for word in words)
        return 1 + log((self.most + 1) / (occurrences + 1)) if occurrences < self.most else 1.0


def _starting(ordered: list[str], start: str) -> list[str]:
    """Those that start so."""
    return ordered[bisect_left(ordered, start) : bisect_left(ordered, f"{start}{LAST}")]


EMPTY = Lexicon("", {}, {}, [], [], frozenset(), 0)
_copies: dict[str, Lexicon] = {}
_loading = Lock()


def current() -> Lexicon:
    """The lexicon of the index as it is now. One query, and two more when the index has changed."""
    alias = router.db_for_read(SearchEntry)
    # Written out, for each search asks it: to build it anew costs ten times what the database needs.
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT stamp FROM codes_searchstamp")
        row = cursor.fetchone()
    if row is None:
        return EMPTY
    stamp = row[0]
    copy = _copies.get(alias)
    if copy is None or copy.stamp != stamp:
        with _loading:
            copy = _copies.get(alias)
            if copy is None or copy.stamp != stamp:
                copy = _copies[alias] = _load(alias, stamp)
                # What was loaded stays as long as the index does: to look through it for garbage, now and then, would
                # stop every reader. What has become garbage of the copy before, and of all else, goes first.
                gc.unfreeze()
                gc.collect()
                gc.freeze()
    return copy


def _load(alias: str, stamp: str) -> Lexicon:
    """Read all words and all code and modifier keys, in one query, and the entries in a second."""
    words = SearchWord.objects.using(alias).annotate(
        label=F("word"), root=F("stem"), number=F("entries"), kind=Value("", output_field=CharField())
    )
    keys = (
        SearchEntry.objects.using(alias)
        .filter(kind__in=(SearchEntry.Kind.CODE, SearchEntry.Kind.MODIFIER))
        .annotate(
            label=F("key"),
            root=Value("", output_field=CharField()),
            number=Value(1, output_field=IntegerField()),
        )
    )
    fields = ("label", "root", "number", "kind")
    rows = words.values_list(*fields).union(keys.values_list(*fields), all=True)
    entries, families, keys_of = {}, defaultdict(list), defaultdict(list)
    for label, root, number, kind in rows:
        if kind:
            keys_of[kind].append(label)
        else:
            entries[label] = number
            families[root].append(label)
    return Lexicon(
        stamp,
        entries,
        # As tuples of words, which the search for garbage passes over.
        {
            root: tuple(sorted(family, key=lambda word: (-entries[word], word)))
            for root, family in families.items()
        },
        sorted(entries),
        sorted(keys_of[SearchEntry.Kind.CODE]),
        frozenset(keys_of[SearchEntry.Kind.MODIFIER]),
        max(entries.values(), default=0),
        Known.of_index(alias),
    )
