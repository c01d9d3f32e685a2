"""Finding entries with SQLite's FTS5. The index `codes_search_fts` and its triggers come from migration 0002."""

from collections.abc import Iterable

from .found import Found, Known
from .query import Atom, Term

WEIGHTS = "bm25(10.0, 6.0, 1.0)"  # names, synonyms, body


def find(
    known: Known,
    alias: str,
    terms: tuple[Term, ...],
    *,
    every: bool,
    keys: Iterable[tuple[str, str]] = (),
    kind: str | None = None,
    limit: int = 60,
) -> list[Found]:
    """Entries that contain every term (or any of them), the `limit` best, and those with the given keys.

    `keys` are pairs of kind and key; `kind` restricts what is found by words. Queries as of Known.read, no order.
    """
    sources, params = [], []
    if terms:
        narrowed = "JOIN codes_searchentry AS e ON e.id = f.rowid AND e.kind = %s" if kind else ""
        narrow = [kind] if kind else []
        found = f"SELECT f.rowid AS id FROM codes_search_fts AS f {narrowed} WHERE codes_search_fts MATCH %s"  # noqa: S608  (constants)
        best = f"SELECT id FROM ({found} AND f.rank MATCH '{WEIGHTS}' ORDER BY f.rank LIMIT %s)"  # noqa: S608
        wanted = (" AND " if every else " OR ").join(map(expression, terms))
        if every:
            # To weigh an entry costs more than to find it. Those with all terms in their names and synonyms come first;
            # of others the text says the same.
            sources.append(f"SELECT id FROM ({best} UNION ALL {found} LIMIT %s)")  # noqa: S608
            params += [*narrow, f"{{names synonyms}} : ({wanted})", limit, *narrow, wanted, limit]
        else:
            sources.append(best)
            params += [*narrow, wanted, limit]
    for kind_of_key, key in keys:
        sources.append("SELECT id FROM codes_searchentry WHERE kind = %s AND key = %s")
        params += [kind_of_key, key]
    return known.read(alias, sources, params)


def expression(term: Term) -> str:
    """A term in FTS5's language. Words hold letters and digits only, and are quoted: nothing can be an operator."""
    return _any(" AND ".join(map(_atom, atoms)) for atoms in term.alternatives)


def _atom(atom: Atom) -> str:
    starts = [f'"{atom.prefix}"*'] if atom.prefix else []
    return _any([f'"{word}"' for word in atom.words] + starts)


def _any(choices: Iterable[str]) -> str:
    return f"({' OR '.join(choices)})"
