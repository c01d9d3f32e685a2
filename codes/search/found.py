"""Entries of the index as both backends find them: plain rows with their words, kept for one state of the index."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import connections

from codes.addresses import address_of

MOST_KNOWN = 4000
"""So many entries are kept, some 25 MB at most: all of an index such as ours, of a larger one those first found."""
COLUMNS = "id, kind, key, title, summary, badge, standing, is_past, names, synonyms, body"


@dataclass(frozen=True, slots=True)
class Hit:
    """One result."""

    kind: str
    """"code", "modifier", "faq", "claim" or "term"."""
    key: str
    """Code number, modifier or slug."""
    title: str
    summary: str
    badge: str
    """A word beside the title: a claim's verdict, "Retired 2017", a question's topic. May be empty."""
    url: str


class Found(NamedTuple):
    """An entry, see codes.models.searching.SearchEntry, with its words as ranking looks at them."""

    id: int
    kind: str
    key: str
    hit: Hit
    standing: int
    is_past: bool
    name_lines: tuple[str, ...]
    synonym_lines: tuple[str, ...]
    lines: tuple[frozenset[str], ...]
    """The words of each name and synonym."""
    names: frozenset[str]
    synonyms: frozenset[str]
    told: frozenset[str]
    """The names and the synonyms."""
    body: str
    """Its text in one line, with a space on both sides of each word."""


@dataclass(slots=True)
class Known:
    """The entries that a process has read of one state of the index."""

    rows: dict[int, Found] = field(default_factory=dict)

    @classmethod
    def of_index(cls, alias: str) -> "Known":
        """All entries of the index as it is now; none of one that is too large to be kept. One query."""
        with connections[alias].cursor() as cursor:
            cursor.execute(f"SELECT {COLUMNS} FROM codes_searchentry LIMIT {MOST_KNOWN + 1}")  # noqa: S608  (constants)
            rows = cursor.fetchall()
        return cls({} if len(rows) > MOST_KNOWN else {row[0]: _found(*row) for row in rows})

    def read(self, alias: str, sources: Sequence[str], params: Sequence) -> list[Found]:
        """The entries whose keys one of the queries in `sources` gives, each once, in no order.

        One query, and a second for those that are not known yet; none without sources.
        """
        if not sources:
            return []
        with connections[alias].cursor() as cursor:
            cursor.execute(" UNION ".join(sources), params)
            ids = list(dict.fromkeys(pk for (pk,) in cursor.fetchall()))
            rows, read = self.rows, {}
            missing = [pk for pk in ids if pk not in rows]
            if missing:
                marks = ", ".join(["%s"] * len(missing))
                cursor.execute(f"SELECT {COLUMNS} FROM codes_searchentry WHERE id IN ({marks})", missing)  # noqa: S608  (constants)
                read = {row[0]: _found(*row) for row in cursor.fetchall()}
                if len(rows) + len(read) <= MOST_KNOWN:
                    rows |= read
        found = (rows.get(pk) or read.get(pk) for pk in ids)
        return [entry for entry in found if entry]  # one may be gone since its key was found


def _found(pk, kind, key, title, summary, badge, standing, is_past, names, synonyms, body) -> Found:
    name_lines, synonym_lines = tuple(names.splitlines()), tuple(synonyms.splitlines())
    in_names, in_synonyms = frozenset(names.split()), frozenset(synonyms.split())
    return Found(
        pk,
        kind,
        key,
        # Each kind of page has an address of the same name.
        Hit(kind, key, title, summary, badge, address_of(kind, key)),
        standing,
        is_past,
        name_lines,
        synonym_lines,
        tuple([frozenset(line.split()) for line in (*name_lines, *synonym_lines)]),
        in_names,
        in_synonyms,
        in_names | in_synonyms,
        f" {body} ".replace("\n", " "),
    )
