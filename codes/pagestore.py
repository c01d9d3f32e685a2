"""Where finished pages are kept: in a file beside the site, or in the shared cache where CACHE_URL names one.

All processes of a machine share the file, and all machines the cache. What is kept is only ever a copy: a store that
is full, broken, locked or gone costs time, never an answer. It has an upper size, and the oldest copies go first.
"""

import logging
import sqlite3
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.cache import caches

BUILD = """
CREATE TABLE IF NOT EXISTS page (key BLOB NOT NULL UNIQUE, copy BLOB NOT NULL);
"""
SIZE_LOOKED_AT_EVERY = 256
"""So many pages are put down between two looks at the size."""
WAIT = 0.05
"""Seconds that a page waits to be put down while another is: then it is left out."""

log = logging.getLogger(__name__)


class FileStore:
    """Pages in an SQLite file. Each thread has a connection of its own."""

    def __init__(self, path: Path, most_bytes: int):
        self.path = path
        self.most_bytes = most_bytes
        self.own = threading.local()
        self.put_down = 0

    def get(self, key: bytes) -> bytes | None:
        """The copy kept under a key, or None."""
        try:
            found = self._connection().execute("SELECT copy FROM page WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error as error:
            self._failed(error)
            return None
        return found[0] if found else None

    def put(self, key: bytes, copy: bytes) -> None:
        """Keep a copy, if that is possible at once."""
        try:
            connection = self._connection()
            connection.execute("INSERT OR IGNORE INTO page (key, copy) VALUES (?, ?)", (key, copy))
            self.put_down += 1
            if self.put_down % SIZE_LOOKED_AT_EVERY == 0:
                self._make_room(connection)
        except sqlite3.Error as error:
            self._failed(error)

    def _connection(self) -> sqlite3.Connection:
        connection = getattr(self.own, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.path, timeout=WAIT, isolation_level=None)
            # What is lost with the power is made again, so nothing waits for the disk.
            connection.executescript(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA mmap_size=268435456;"
            )
            connection.executescript(BUILD)
            self.own.connection = connection
        return connection

    def _make_room(self, connection: sqlite3.Connection) -> None:
        """Beyond the upper size, the oldest quarter goes: rows are numbered in the order in which they came."""
        pages, free, size = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        if (pages - free) * size > self.most_bytes:
            first, last = connection.execute("SELECT min(rowid), max(rowid) FROM page").fetchone()
            connection.execute("DELETE FROM page WHERE rowid <= ?", (first + (last - first) // 4,))

    def _failed(self, error: sqlite3.Error) -> None:
        """A store that is only busy goes on; another file, or a whole disk, is tried anew by the next page."""
        if "locked" in str(error):
            return
        log.warning("Pages cannot be kept in %s: %s", self.path, error)
        connection = self.own.__dict__.pop("connection", None)
        if connection:
            with suppress(sqlite3.Error):
                connection.close()
        if "malformed" in str(error) or "not a database" in str(error):
            for name in ("", "-wal", "-shm"):
                with suppress(OSError):
                    Path(f"{self.path}{name}").unlink()


class SharedStore:
    """Pages in the cache that all machines share, which throws away by itself what was not asked for."""

    def get(self, key: bytes) -> bytes | None:
        """The copy kept under a key, or None; also when the cache does not answer."""
        try:
            return caches["default"].get(f"page:{key.hex()}")
        except Exception as error:
            log.warning("The shared cache does not answer: %s", error)
            return None

    def put(self, key: bytes, copy: bytes) -> None:
        """Keep a copy for a day, if the cache answers."""
        try:
            caches["default"].set(f"page:{key.hex()}", copy, timeout=24 * 60 * 60)
        except Exception as error:
            log.warning("The shared cache does not answer: %s", error)


@cache
def page_store() -> FileStore | SharedStore | None:
    """The store of this installation; None where pages are not to be kept."""
    if settings.PAGES_SHARED:
        return SharedStore()
    if not settings.PAGES_MAX_MB:
        return None
    return FileStore(Path(settings.PAGES_FILE), settings.PAGES_MAX_MB * 1_000_000)
