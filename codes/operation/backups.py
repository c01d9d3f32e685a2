"""Copies of the whole site's data in one file, made while it runs, and the way back.

SQLite's are made by its online backup: a whole database, from one moment. PostgreSQL's by pg_dump and pg_restore, which
must be as new as the server. Uploaded files that wait for the worker are not part of it, and kept pages are made again.
"""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing, suppress
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connections

PAGES_AT_ONCE = 2_000
SQLITE = b"SQLite format 3\0"
POSTGRESQL = b"PGDMP"


class CannotCopy(Exception):
    """Why there is no backup, or why it was not restored. Nothing has changed."""


def back_up(path: Path) -> int:
    """Write all data into a new file that only its owner may read; returns its bytes. Raises CannotCopy.

    The file gets its name when it is whole.
    """
    if path.exists():
        raise CannotCopy(f"{path} is there already. Choose another name: a backup never replaces one.")
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.touch(mode=0o600)
        if connections[DEFAULT_DB_ALIAS].vendor == "sqlite":
            _copy_sqlite(partial)
        else:
            _run("pg_dump", "--format=custom", "--no-owner", f"--file={partial}")
        partial.rename(path)
    except (OSError, sqlite3.Error) as error:
        raise CannotCopy(f"{path} cannot be written: {error}") from error
    finally:
        with suppress(OSError):
            partial.unlink()
    return path.stat().st_size


def restore(path: Path) -> None:
    """Put back all data as they were in a backup, in one transaction. Raises CannotCopy."""
    try:
        with path.open("rb") as source:
            head = source.read(len(SQLITE))
    except OSError as error:
        raise CannotCopy(f"{path} cannot be read: {error.strerror}.") from error
    is_sqlite = connections[DEFAULT_DB_ALIAS].vendor == "sqlite"
    if not head.startswith(SQLITE if is_sqlite else POSTGRESQL):
        kind = "an SQLite" if is_sqlite else "a PostgreSQL"
        raise CannotCopy(f"{path} is no backup of {kind} database, and DATABASE_URL names one.")
    if is_sqlite:
        _restore_sqlite(path)
    else:
        connections[DEFAULT_DB_ALIAS].close()
        _run("pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", str(path))


def _copy_sqlite(path: Path) -> None:
    connection = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as target:
        connection.connection.backup(target, pages=PAGES_AT_ONCE)
        target.execute("PRAGMA journal_mode=DELETE")
        _check(target, path)


def _restore_sqlite(path: Path) -> None:
    connection = connections[DEFAULT_DB_ALIAS]
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source:
        _check(source, path)
        connection.ensure_connection()
        try:
            source.backup(connection.connection)
        except sqlite3.Error as error:
            raise CannotCopy(
                f"The site's database cannot be written: {error}. Stop the site and try again."
            ) from error
    connection.close()


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Raise CannotCopy unless a database is whole and one of this site."""
    try:
        # Conditions on rows need functions that only Django's connections have.
        connection.execute("PRAGMA ignore_check_constraints = ON")
        (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        tables = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    except sqlite3.DatabaseError as error:
        raise CannotCopy(f"{path} is damaged: {error}.") from error
    if said != "ok":
        raise CannotCopy(f"{path} is damaged: {said}.")
    if not {"codes_code", "django_migrations"} <= tables:
        raise CannotCopy(f"{path} is a database, but none of this site.")


def _run(tool: str, *words: str) -> None:
    """Run one of PostgreSQL's tools on the site's database; the password does not stand among the words."""
    command = shutil.which(tool)
    if not command:
        raise CannotCopy(f"{tool} is needed. On Debian or Ubuntu: apt-get install postgresql-client")
    given = connections[DEFAULT_DB_ALIAS].get_connection_params()
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    secret = {variable: str(given[name]) for name, variable in names.items() if given.get(name)}
    done = subprocess.run(  # noqa: S603  (a tool of PostgreSQL, with words of ours)
        [command, f"--dbname={given['dbname']}", *words],
        env=os.environ | secret,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise CannotCopy(
            f"{tool} says: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'nothing'}"
        )
