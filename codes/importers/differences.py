"""What changed between two releases of a table, found by the database and kept."""

from django.db import DEFAULT_DB_ALIAS, transaction

from codes.models import PairEdit, Release, TableChange

from .bulk import connection
from .layouts import Layout

COLUMNS = '(release_id, kind, column_one, column_two, old, new, "on")'
FOUND = "differences_found"
IN_FORCE = (
    "{t}.indicator <> 9 AND ({t}.effective_on IS NULL OR {t}.effective_on <= {day})"
    " AND ({t}.deleted_on IS NULL OR {t}.deleted_on >= {day})"
)
"""An edit is in force in a release when it is on the release's first day."""


def keep(layout: Layout, release: Release, before: Release | None) -> dict[str, int]:
    """Store what a loaded release changes of the one before it; returns how many there are of each kind.

    Nothing is stored for a first release, nor where the one before held only a part of the table: nearly all would
    be new. The comparing happens beside the table: the transaction that writes is short.
    """
    if before is None or before.coverage or not (layout.model is PairEdit or layout.key):
        return {}
    selects = _of_edits(release, before) if layout.model is PairEdit else _of_rows(layout, release, before)
    with connection().cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {FOUND}")
        cursor.execute(f"CREATE TEMP TABLE {FOUND} AS {' UNION ALL '.join(selects)}")
        with transaction.atomic(DEFAULT_DB_ALIAS):
            cursor.execute(f"INSERT INTO {TableChange._meta.db_table} {COLUMNS} SELECT * FROM {FOUND}")  # noqa: S608
        cursor.execute(f"SELECT kind, COUNT(*) FROM {FOUND} GROUP BY kind")  # noqa: S608
        counts = dict(cursor.fetchall())
        cursor.execute(f"DROP TABLE {FOUND}")
    return counts


def _of_edits(release: Release, before: Release) -> list[str]:
    """PTP edits are compared by what is in force: a pair's history has many rows, its present only one."""
    new_day, old_day = (_date(each.effective_on) for each in (release, before))
    new_in_force = IN_FORCE.format(t="n", day=new_day)
    old_in_force = IN_FORCE.format(t="o", day=old_day)
    same_pair = (
        "{a}.release_id = {pk} AND {a}.column_one = {b}.column_one AND {a}.column_two = {b}.column_two"
    )
    old_of_new = same_pair.format(a="o", b="n", pk=before.pk)
    new_of_old = same_pair.format(a="n", b="o", pk=release.pk)
    text = "CAST({t}.indicator AS VARCHAR(1))"
    begun = f"""
        SELECT {release.pk} AS release_id, CASE
            WHEN o.id IS NOT NULL AND o.indicator <> n.indicator THEN 'indicator'
            WHEN o.id IS NOT NULL THEN 'changed'
            WHEN EXISTS (SELECT 1 FROM codes_pairedit o WHERE {old_of_new} AND o.indicator <> 9) THEN 're-created'
            ELSE 'added' END AS kind,
        n.column_one, n.column_two, COALESCE({text.format(t="o")}, '') AS old, {text.format(t="n")} AS new,
        n.effective_on AS "on"
        FROM codes_pairedit n LEFT JOIN codes_pairedit o ON {old_of_new} AND {old_in_force}
        WHERE n.release_id = {release.pk} AND {new_in_force} AND (
            o.id IS NULL OR o.indicator <> n.indicator
            OR COALESCE(o.effective_on, {_date(None)}) <> COALESCE(n.effective_on, {_date(None)})
            OR COALESCE(o.rationale_id, 0) <> COALESCE(n.rationale_id, 0))
    """  # noqa: S608
    ended = f"""
        SELECT {release.pk}, 'ended', o.column_one, o.column_two, {text.format(t="o")}, '',
        (SELECT MAX(n.deleted_on) FROM codes_pairedit n WHERE {new_of_old})
        FROM codes_pairedit o WHERE o.release_id = {before.pk} AND {old_in_force}
        AND NOT EXISTS (SELECT 1 FROM codes_pairedit n WHERE {new_of_old} AND {new_in_force})
    """  # noqa: S608
    return [begun, ended]


def _of_rows(layout: Layout, release: Release, before: Release) -> list[str]:
    """Other tables have one row for each key."""
    table = layout.model._meta.db_table
    same = " AND ".join(f'o."{name}" = n."{name}"' for name in layout.key)
    differ = " OR ".join(f'o."{name}" <> n."{name}"' for name in layout.values) or "1 = 0"

    def joined(alias, names, glue):
        return f" || '{glue}' || ".join(f'CAST({alias}."{name}" AS VARCHAR(40))' for name in names) or "''"

    def keys(alias):
        first, *rest = layout.key
        return (
            f'CAST({alias}."{first}" AS VARCHAR(14)) AS column_one, {joined(alias, rest, "-")} AS column_two'
        )

    new, old = (joined(alias, layout.values, ", ") for alias in "no")
    day = _date(release.effective_on)
    return [
        f"""
        SELECT {release.pk} AS release_id, CASE WHEN o.id IS NULL THEN 'added' ELSE 'changed' END AS kind, {keys("n")},
        COALESCE({old}, '') AS old, {new} AS new, {day} AS "on"
        FROM {table} n LEFT JOIN {table} o ON o.release_id = {before.pk} AND {same}
        WHERE n.release_id = {release.pk} AND (o.id IS NULL OR {differ})
        """,  # noqa: S608
        f"""
        SELECT {release.pk}, 'ended', {keys("o")}, {old}, '', {day}
        FROM {table} o WHERE o.release_id = {before.pk} AND NOT EXISTS
        (SELECT 1 FROM {table} n WHERE n.release_id = {release.pk} AND {same})
        """,  # noqa: S608
    ]


def _date(day) -> str:
    """A day as both databases compare it with a date column. Comes from a date, never from a reader."""
    text = f"'{day.isoformat()}'" if day else "'0001-01-01'"
    return f"CAST({text} AS DATE)" if connection().vendor == "postgresql" else text
