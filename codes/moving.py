"""Moving a site from its SQLite file to an empty PostgreSQL database: every table, checked, all or nothing."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from hashlib import blake2b
from pathlib import Path

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from codes import search
from codes.importers import bulk
from codes.models import PairEdit, Release
from codes.models.searching import SearchEntry, SearchStamp, SearchWord

SOURCE = "moved-from"
"""The alias of the SQLite file while it is read."""
CHUNK = 10_000
DERIVED = (SearchEntry, SearchWord, SearchStamp)
"""Tables that are written anew from the others instead of being moved."""
MADE_BY_MIGRATIONS = (ContentType, Permission, Group, Group.permissions.through)
"""Tables that a database has rows in as soon as it is migrated. Those of the site replace them."""
LOCKED = "ACCESS EXCLUSIVE"
RELEASE = "release_id"


class CannotMove(Exception):
    """Why a site cannot be moved, in words that an operator can act on."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One table that is the same on both sides."""

    table: str
    rows: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was moved."""

    tables: tuple[Moved, ...]
    findable: int
    """How many entries the search index has, which was written anew."""
    left: tuple[str, ...]
    """Tables of the file that the site does not know, and that hold rows."""


Tell = Callable[[str, float, int], None]
"""Hears what is being done, how much of it is done (between 0 and 1), and how many rows so far."""


def move(path: Path, tell: Tell = lambda what, share, rows: None) -> Report:
    """Move the site in a SQLite file to the PostgreSQL database of `DATABASE_URL`, and compare both.

    The target is migrated; it must hold nothing. All rows go over in one transaction, so that a break at any moment
    leaves it empty. The file is only read, as it was at the start, and readers of its site are not held up.
    Raises CannotMove.
    """
    target = connections[DEFAULT_DB_ALIAS]
    if target.vendor != "postgresql":
        raise CannotMove(
            "The target is not PostgreSQL. Name it for this command: "
            "DATABASE_URL=postgresql://user:password@host/name manage.py move_from_sqlite …"
        )
    with _opened(path) as source, _refusals():
        _must_be_this_version(source, path)
        _must_be_empty(target)
        call_command("migrate", verbosity=0, interactive=False, database=DEFAULT_DB_ALIAS)
        with transaction.atomic(DEFAULT_DB_ALIAS), target.cursor() as cursor:
            moved = [model for model in _models() if model not in DERIVED]
            names = ", ".join(target.ops.quote_name(model._meta.db_table) for model in moved)
            cursor.execute(f"LOCK TABLE {names} IN {LOCKED} MODE")
            _must_be_empty(target)
            cursor.execute(f"TRUNCATE {names} CASCADE")
            sizes = {model: model._base_manager.using(SOURCE).count() for model in moved}
            _copy_all(source, target, sizes, tell)
            _continue_keys(source, cursor, moved)
            ContentType.objects.clear_cache()
            tables = tuple(_compared(sizes, tell))
            tell("Making it findable", 0, 0)
            findable = search.rebuild()
            target.check_constraints()
            cursor.execute("ANALYZE")
        return Report(tables, findable, tuple(_unknown(source)))


# --- The two sides ----------------------------------------------------------------------------


def _models() -> list[type[models.Model]]:
    """Every model with a table of its own, those behind many-to-many relations and histories included."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    ]


@contextmanager
def _opened(path: Path) -> Iterator:
    """The connection to a SQLite file, for reading, in one transaction: what is written meanwhile is not seen."""
    if not path.is_file():
        raise CannotMove(f"{path} is no file.")
    name = f"{path.resolve().as_uri()}?mode=ro"
    settings = {"ENGINE": "django.db.backends.sqlite3", "NAME": name, "OPTIONS": {"uri": True}}
    connections.settings[SOURCE] = connections.configure_settings(
        {DEFAULT_DB_ALIAS: settings, SOURCE: settings}
    )[SOURCE]
    try:
        with transaction.atomic(SOURCE), connections[SOURCE].cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM django_migrations")
            yield connections[SOURCE]
    except DatabaseError as error:
        if not isinstance(error.__cause__, sqlite3.Error):
            raise
        raise CannotMove(f"{path} is not the database of a cptref site ({error}).") from error
    finally:
        connections[SOURCE].close()
        del connections[SOURCE], connections.settings[SOURCE]


@contextmanager
def _refusals():
    """Say in plain words what PostgreSQL refused, and where."""
    try:
        yield
    except DatabaseError as error:
        if isinstance(error.__cause__, sqlite3.Error):
            raise
        where = getattr(getattr(error.__cause__, "diag", None), "context", None)
        message = str(error).strip().splitlines()[0]
        raise CannotMove(
            f"PostgreSQL refused: {message}{f' ({where.splitlines()[0]})' if where else ''}. Nothing was moved."
        ) from error


def _must_be_this_version(source, path: Path) -> None:
    known = set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    applied = set(MigrationRecorder(source).applied_migrations())
    if unknown := applied - known:
        raise CannotMove(f"{path} is of another version of the site: this one lacks {_listed(unknown)}.")
    if missing := known - applied:
        raise CannotMove(
            f"{path} lacks {_listed(missing)}. Bring it up to date first: "
            f"DATABASE_URL=sqlite:///{path} manage.py migrate"
        )


def _listed(migrations: Iterable[tuple[str, str]]) -> str:
    names = sorted(".".join(migration) for migration in migrations)
    return " and ".join(
        filter(None, [", ".join(names[:3]), f"{len(names) - 3} more" if len(names) > 3 else ""])
    )


def _must_be_empty(target) -> None:
    """Nothing of anybody's may be in the target: neither rows of a site nor tables of something else."""
    ours = {model._meta.db_table: model for model in _models()}
    with target.cursor() as cursor:
        there = set(target.introspection.table_names(cursor))
        if others := there - set(ours) - {MigrationRecorder.Migration._meta.db_table}:
            raise CannotMove(
                f"The target holds tables of something else: {', '.join(sorted(others)[:5])}. "
                "Make an empty database for the site (createdb), and name that one."
            )
        for table in sorted(there & set(ours)):
            if ours[table] in MADE_BY_MIGRATIONS:
                continue
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {target.ops.quote_name(table)})")  # noqa: S608
            if cursor.fetchone()[0]:
                raise CannotMove(
                    f"The target holds data already: there are rows in {table}. It is left as it is. "
                    "Make an empty database (createdb), and name that one."
                )


def _unknown(source) -> Iterator[str]:
    known = {model._meta.db_table for model in _models()} | {MigrationRecorder.Migration._meta.db_table}
    with source.cursor() as cursor:
        for table in source.introspection.table_names(cursor):
            if table not in known and not table.startswith("codes_search_fts"):
                cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {source.ops.quote_name(table)})")  # noqa: S608
                if cursor.fetchone()[0]:
                    yield table


# --- Rows -------------------------------------------------------------------------------------


def _copy_all(source, target, sizes: dict[type[models.Model], int], tell: Tell) -> None:
    total, done = max(sum(sizes.values()), 1), 0
    for model, size in sizes.items():
        table = model._meta.db_table

        def progress(rows, table=table, done=done):
            tell(f"Copying {table}", (done + rows) / total, done + rows)

        _copy(source, target, model, progress)
        done += size


def _copy(source, target, model: type[models.Model], tell: Callable[[int], None]) -> None:
    """Copy one table. Whole releases of PTP edits go apart from the rest, as an import puts them.

    Values go over as the text that SQLite has of them. PostgreSQL reads each by the type of its column: 1 as true,
    0.43 as a decimal, a moment without a zone as one in UTC, which is how Django writes them there.
    """
    table = source.ops.quote_name(model._meta.db_table)
    columns = [field.column for field in model._meta.local_concrete_fields]
    copied, rest = 0, ""
    if model is PairEdit:
        others = [column for column in columns if column != RELEASE]
        whole = Release.objects.using(SOURCE).filter(
            table=Release.Table.PTP, stage=Release.Stage.PUBLISHED, row_count__isnull=False
        )
        for release in whole:
            rows = _rows(source, table, others, f"WHERE {RELEASE} = {release.pk}")
            before = copied
            copied += bulk.load(
                model, tuple(others), release, rows, lambda loaded, before=before: tell(before + loaded)
            )
        rest = f"WHERE {RELEASE} NOT IN ({', '.join(str(release.pk) for release in whole)})" if whole else ""
    quoted = ", ".join(map(source.ops.quote_name, columns))
    statement = f"COPY {table} ({quoted}) FROM STDIN"
    with target.cursor() as cursor, target.wrap_database_errors, cursor.copy(statement) as copy:
        for number, row in enumerate(_rows(source, table, columns, rest), copied + 1):
            copy.write_row(row)
            if number % CHUNK == 0:
                tell(number)


def _rows(source, table: str, columns: Iterable[str], where: str) -> Iterator[tuple]:
    """The rows of a table, a few of them in memory at a time."""
    quoted = ", ".join(map(source.ops.quote_name, columns))
    with source.cursor() as cursor:
        cursor.execute(f"SELECT {quoted} FROM {table} {where}")  # noqa: S608
        while rows := cursor.fetchmany(CHUNK):
            yield from rows


def _continue_keys(source, cursor, moved: Iterable[type[models.Model]]) -> None:
    """Let new rows get keys that no row ever had, not even one that was deleted: its history still names it."""
    with source.cursor() as reader:
        reader.execute("SELECT name, seq FROM sqlite_sequence")
        last = dict(reader.fetchall())
    for model in moved:
        key = model._meta.pk
        if not isinstance(key, models.AutoField):
            continue
        table, quoted = model._meta.db_table, cursor.db.ops.quote_name(model._meta.db_table)
        cursor.execute(f"SELECT COALESCE(MAX({cursor.db.ops.quote_name(key.column)}), 0) FROM {quoted}")  # noqa: S608
        newest = max(last.get(table, 0), cursor.fetchone()[0])
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)",
            [quoted, key.column, max(newest, 1), newest > 0],
        )


# --- Comparing --------------------------------------------------------------------------------


def _compared(sizes: dict[type[models.Model], int], tell: Tell) -> Iterator[Moved]:
    """Read both sides as the site reads them, and compare them. Raises CannotMove where they differ."""
    total, done = max(sum(sizes.values()), 1), 0
    for model, size in sizes.items():
        table = model._meta.db_table

        def progress(rows, table=table, done=done):
            tell(f"Comparing {table}", (done + rows / 2) / total, done + rows // 2)

        before = checksum(model, SOURCE, progress)
        after = checksum(
            model, DEFAULT_DB_ALIAS, lambda rows, size=size, progress=progress: progress(size + rows)
        )
        if before != after:
            raise CannotMove(
                f"{table} is not the same on both sides: {before[0]:,} rows ({before[1]}) became "
                f"{after[0]:,} ({after[1]}). Nothing was moved."
            )
        done += size
        yield Moved(table, *after)


def checksum(
    model: type[models.Model], alias: str, tell: Callable[[int], None] = lambda rows: None
) -> tuple[int, str]:
    """How many rows a table has, and a sum of what stands in them, whatever their order and the database's kind."""
    fields = model._meta.local_concrete_fields
    readers = [
        (place, reader)
        for place, field in enumerate(fields)
        if (reader := next((READERS[kind] for kind in READERS if isinstance(field, kind)), None))
    ]
    rows = model._base_manager.using(alias).order_by().values_list(*(field.attname for field in fields))
    total = number = 0
    for number, row in enumerate(rows.iterator(chunk_size=CHUNK), 1):
        if readers:
            row = list(row)
            for place, read in readers:
                row[place] = row[place] if row[place] is None else read(row[place])
            row = tuple(row)
        total += int.from_bytes(blake2b(repr(row).encode("utf-8", "surrogatepass"), digest_size=8).digest())
        if number % CHUNK == 0:
            tell(number)
    return number, f"{total % 2**64:016x}"


READERS = {
    models.DateTimeField: lambda moment: moment.astimezone(UTC).isoformat(),
    models.JSONField: lambda value: json.dumps(value, sort_keys=True),
}
"""Values that Python writes differently for each database though they are the same."""
