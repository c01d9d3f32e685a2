"""Entries of the index as both backends read them: plain rows, since sixty models cost more than finding them."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connections


class Found(NamedTuple):
    """A row of the index: see codes.models.searching.SearchEntry. Each word of the body has a space on both sides."""

    id: int
    kind: str
    key: str
    title: str
    summary: str
    badge: str
    standing: int
    is_past: bool
    names: str
    synonyms: str
    body: str


def read(alias: str, sources: Sequence[str], params: Sequence) -> list[Found]:
    """The entries whose keys one of the queries in `sources` gives, each once, in no order. One query, or none."""
    if not sources:
        return []
    columns = f"{', '.join(Found._fields[:-1])}, ' ' || replace(body, '\n', ' ') || ' '"
    sql = f"SELECT {columns} FROM codes_searchentry WHERE id IN ({' UNION '.join(sources)})"  # noqa: S608  (constants)
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, params)
        return list(map(Found._make, cursor.fetchall()))
