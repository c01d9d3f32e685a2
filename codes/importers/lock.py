"""One import at a time: a lock that ends with the process that holds it, also when that is killed."""

import hashlib
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

from .bulk import connection
from .layouts import ImportFault

ADVISORY_LOCK = 0x63707472  # "cptr"
BUSY = "Another import is running. Wait until it has ended, then try again."


@contextmanager
def only_import():
    """Hold the lock for a while. Raises ImportFault when another process or thread holds it."""
    with _advisory_lock() if connection().vendor == "postgresql" else _file_lock():
        yield


@contextmanager
def _advisory_lock():
    """PostgreSQL's own: it belongs to the session, so that it ends when the connection does."""
    with connection().cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_LOCK])
        if not cursor.fetchone()[0]:
            raise ImportFault(BUSY)
    try:
        yield
    finally:
        with connection().cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])


@contextmanager
def _file_lock():
    """SQLite: a lock on a file beside the database, which the operating system gives back when its holder ends."""
    import fcntl

    with lock_file().open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ImportFault(BUSY) from error
        yield


def lock_file() -> Path:
    """Where the lock lies: beside the database, or among the temporary files for one in memory, which is one process's."""
    name = str(connection().settings_dict["NAME"])
    if Path(name).parent.is_dir() and ":" not in name:
        return Path(f"{name}.import-lock")
    return (
        Path(tempfile.gettempdir())
        / f"cptref-{hashlib.sha256(f'{name} {os.getpid()}'.encode()).hexdigest()[:16]}.import-lock"
    )
