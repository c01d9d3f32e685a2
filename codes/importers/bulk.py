"""Putting many rows into a table quickly, without holding readers or other writers up, and taking them out again."""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import batched, chain

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction

from codes.models import Release

STAGING = "rows_being_loaded"
FRUGAL = {"temp_store": "FILE", "mmap_size": 0, "cache_size": -16000, "threads": 2}
"""Settings while a table is loaded. Each thread that sorts an index takes as much memory as `cache_size` says."""
SQLITE_ROWS = 500
"""Rows in one INSERT: measured, a third of the time of one statement a row; more gains nothing."""
SQLITE_BATCH = 10_000
COPY_ROWS = 5_000
ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
"""https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2"""
MOST_TEXTS = 100_000
SORTING_MEMORY = "128MB"
DELETED_ROWS = 20_000
ROOM = 100_000
"""Primary keys left free behind the last row: for what staff add by hand while a table is loaded."""


def connection():
    """The connection to the database that is written to, never to a replica."""
    return connections[DEFAULT_DB_ALIAS]


@contextmanager
def without_collections():
    """Look for no cycles among objects for the time being: millions of rows make none, and looking costs a tenth."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def frugal():
    """Take little memory for the time being: temporary tables on the disk, the database not mapped into memory.

    The site's own settings of SQLite serve readers well, and would let a full table take 400 MB here.
    """
    if (
        connection().vendor != "sqlite" or connection().in_atomic_block
    ):  # a transaction forbids to change them
        yield
        return
    with connection().cursor() as cursor:
        before = {}
        for name, value in FRUGAL.items():
            cursor.execute(f"PRAGMA {name}")
            if row := cursor.fetchone():  # a database in memory has not all of them
                before[name] = row[0]
                cursor.execute(f"PRAGMA {name} = {value}")
        try:
            yield
        finally:
            for name, value in before.items():
                cursor.execute(f"PRAGMA {name} = {value}")


def load(
    model: type[models.Model],
    columns: tuple[str, ...],
    release: Release,
    rows: Iterator[tuple],
    tell: Callable[[int], None] = lambda count: None,
) -> int:
    """Put `rows` (values of `columns`) into the model's table under a release; returns how many there were.

    `rows` may ask the database before the first one, and no more while they come: it is busy with taking them.
    `tell` hears of each batch how many rows there are so far. Rows appear all at once, or in batches where PostgreSQL
    keeps no partitions: until the release is current nobody looks at them. Raises what the database raises, for instance
    when the disk is full, and what `rows` raises.
    """
    columns = tuple(map(connection().ops.quote_name, columns))
    put = _into_sqlite if connection().vendor == "sqlite" else _into_postgresql
    return put(model._meta.db_table, columns, release.pk, rows, tell)


def reserve_keys(model: type[models.Model], number: int) -> Iterable[int]:
    """So many primary keys that no other row of the model will get."""
    table = model._meta.db_table
    with connection().cursor() as cursor:
        if connection().vendor == "sqlite":
            last = _last_key(cursor, table)
            cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [last + number, table])
            return range(last + 1, last + 1 + number)
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, number]
        )
        return [key for (key,) in cursor.fetchall()]


def remove(model: type[models.Model], release: Release) -> None:
    """Remove the rows of a release: at once where they have a partition, else in small transactions.

    Nobody waits long to write, and readers wait for nothing but the dropping itself.
    """
    table = model._meta.db_table
    with connection().cursor() as cursor:
        if _is_partitioned(cursor, table):
            cursor.execute(f"DROP TABLE IF EXISTS {_partition(table, release.pk)}")
        while True:
            cursor.execute(
                f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE release_id = %s LIMIT {DELETED_ROWS})",  # noqa: S608
                [release.pk],
            )
            if cursor.rowcount < DELETED_ROWS:
                return


def _is_partitioned(cursor, table: str) -> bool:
    """Whether a table of the database keeps whole releases in partitions, as PostgreSQL does with PTP edits."""
    if connection().vendor != "postgresql":
        return False
    cursor.execute("SELECT 1 FROM pg_partitioned_table WHERE partrelid = %s::regclass", [table])
    return cursor.fetchone() is not None


def _partition(table: str, release_pk: int) -> str:
    return f"{table}_{release_pk}"


def _into_postgresql(table, columns, release_pk, rows, tell) -> int:
    with connection().cursor() as cursor:
        if not _is_partitioned(cursor, table):
            count = _copy(cursor, table, ("release_id", *columns), ((release_pk, *row) for row in rows), tell)
            cursor.execute(f"ANALYZE {table}")
            return count
        # Rows are written and sorted into indexes where nobody looks, and become part of the table at the end.
        partition = _partition(table, release_pk)
        with transaction.atomic(DEFAULT_DB_ALIAS):
            cursor.execute(f"SET LOCAL maintenance_work_mem = '{SORTING_MEMORY}'")
            cursor.execute(
                f"CREATE TABLE {partition} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
            )
            cursor.execute(f"ALTER TABLE {partition} ALTER release_id SET DEFAULT {release_pk}")
            count = _copy(cursor, partition, columns, rows, tell, "(FREEZE)")
            cursor.execute(
                "SELECT indexdef FROM pg_indexes WHERE schemaname = CURRENT_SCHEMA AND tablename = %s",
                [table],
            )
            for (index,) in cursor.fetchall():
                _, build = index.split(" USING ", 1)
                cursor.execute(f"CREATE INDEX ON {partition} USING {build}")
            cursor.execute(f"ALTER TABLE {partition} ADD CHECK (release_id = {release_pk})")
            cursor.execute(f"ANALYZE {partition}")
            cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {partition} FOR VALUES IN ({release_pk})")
    return count


def _copy(cursor, table, columns, rows, tell, options="") -> int:
    """One COPY: while PostgreSQL writes what it has, the next rows are read."""
    first = next(rows, None)
    if first is None:
        return 0
    copy = f"COPY {table} ({', '.join(columns)}) FROM STDIN {options}"
    texts = [_CopyTexts() for _ in columns]
    count = 0
    with connection().wrap_database_errors, cursor.copy(copy) as target:
        for batch in batched(chain([first], rows), COPY_ROWS):
            cells = (
                map(known.__getitem__, values)
                for known, values in zip(texts, zip(*batch, strict=True), strict=True)
            )
            target.write("".join(f"{line}\n" for line in map("\t".join, zip(*cells, strict=True))))
            count += len(batch)
            tell(count)
    return count


class _CopyTexts(dict):
    """The values of one column as COPY reads them. Each is made once: in millions of rows the same ones come again."""

    def __missing__(self, value) -> str:
        if len(self) == MOST_TEXTS:
            self.clear()
        self[value] = text = r"\N" if value is None else str(value).translate(ESCAPED)
        return text


def _into_sqlite(table, columns, release_pk, rows, tell) -> int:
    """Rows go into a table of the same build in a database of their own first, which locks nobody out.

    Its indexes are sorted in one go, and table and indexes are then copied as they are, page after page, by one
    INSERT … SELECT *: SQLite does so where both tables are alike and no foreign key is checked. Inserted one by one,
    the index by column two alone would cost more time than all the rest. https://www.sqlite.org/lang_insert.html
    """
    with connection().cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = %s", [table])
        (build,) = cursor.fetchone()
        if "REFERENCES" in build:
            return _into_small_table(table, columns, release_pk, rows, tell)
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = %s AND sql NOTNULL",
            [table],
        )
        indexes = cursor.fetchall()
        first = next(rows, None)
        if first is None:
            return 0
        with _beside(cursor) as schema:
            staging = f"{schema}.{STAGING}"
            cursor.execute(
                build.replace(f'TABLE "{table}"', f"TABLE {staging}").replace(" AUTOINCREMENT", "")
            )
            _insert(staging, ("id", *columns), release_pk, [(_last_key(cursor, table) + ROOM, *first)])
            count = 1
            for batch in batched(rows, SQLITE_BATCH):
                count += _insert(staging, columns, release_pk, batch)
                tell(count)
            for name, sql in indexes:
                cursor.execute(
                    sql.replace(f'INDEX "{name}"', f"INDEX {schema}.{name}").replace(f'"{table}"', STAGING)
                )
            with transaction.atomic(DEFAULT_DB_ALIAS):
                cursor.execute(f"INSERT INTO {table} SELECT * FROM {staging}")  # noqa: S608
    return count


@contextmanager
def _beside(cursor):
    """The name of an empty database beside the site's, on the disk, which is gone afterwards.

    Inside a transaction, where none can be attached, it is the one of temporary tables.
    """
    if connection().in_atomic_block:
        try:
            yield "temp"
        finally:
            cursor.execute(f"DROP TABLE IF EXISTS temp.{STAGING}")
        return
    cursor.execute("ATTACH '' AS beside")
    try:
        cursor.execute("PRAGMA beside.cache_size = -16000")
        yield "beside"
    finally:
        cursor.execute("DETACH beside")


def _last_key(cursor, table) -> int:
    """The greatest key that a table of SQLite's ever gave."""
    cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
    return (cursor.fetchone() or (0,))[0]


def _into_small_table(table, columns, release_pk, rows, tell) -> int:
    count = 0
    for batch in batched(rows, SQLITE_BATCH):
        with transaction.atomic(DEFAULT_DB_ALIAS):
            count += _insert(table, columns, release_pk, batch)
        tell(count)
    return count


def _insert(table, columns, release_pk, rows) -> int:
    """Many rows to a statement, straight to Python's driver: Django's cursor would look into every value."""
    marks = f"({release_pk}, {', '.join('?' * len(columns))})"
    begin = f"INSERT INTO {table} (release_id, {', '.join(columns)}) VALUES "  # noqa: S608
    with connection().wrap_database_errors:
        raw = connection().connection.cursor()
        for batch in batched(rows, SQLITE_ROWS):
            raw.execute(begin + ", ".join([marks] * len(batch)), tuple(chain.from_iterable(batch)))
    return len(rows)


def tidy_up() -> None:
    """Give the disk back what a large load left in SQLite's write-ahead log; quietly later when somebody reads it."""
    if connection().vendor == "sqlite" and not connection().in_atomic_block:
        with connection().cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
