"""Finding entries with PostgreSQL's full text. The columns `heads` (names and synonyms) and
`document` (those and the body) and their GIN indexes come from migration 0002."""

from collections.abc import Iterable

from .found import Found, Known
from .query import Atom, Term

WEIGHTS = "{0.1, 0.1, 0.6, 1.0}"  # of D, C (body), B (synonyms), A (names)
# Weighing a document means reading it: of the entries that have the words only in their text, at most so many.
WEIGHED = 1000


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
        wanted = (" & " if every else " | ").join(map(expression, terms))
        narrowed = "AND kind = %s" if kind else ""
        rank = f"ORDER BY ts_rank('{WEIGHTS}', words, wanted) DESC, id LIMIT %s"
        for column, weighed in (("heads", ""), ("document", f"LIMIT {WEIGHED}")):
            sources.append(
                f"(SELECT id FROM (SELECT id, {column} AS words, wanted "  # noqa: S608  (constants)
                f"FROM codes_searchentry, CAST(%s AS tsquery) AS wanted "
                f"WHERE {column} @@ wanted {narrowed} {weighed}) AS found {rank})"
            )
            params += [wanted, *([kind] if kind else []), limit]
    for kind_of_key, key in keys:
        sources.append("SELECT id FROM codes_searchentry WHERE kind = %s AND key = %s")
        params += [kind_of_key, key]
    return known.read(alias, sources, params)


def expression(term: Term) -> str:
    """A term as a tsquery. Words hold letters and digits only, and are quoted: nothing can be an operator."""
    return _any(" & ".join(map(_atom, atoms)) for atoms in term.alternatives)


def _atom(atom: Atom) -> str:
    starts = [f"'{atom.prefix}':*"] if atom.prefix else []
    return _any([f"'{word}'" for word in atom.words] + starts)


def _any(choices: Iterable[str]) -> str:
    return f"({' | '.join(choices)})"
