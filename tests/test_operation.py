"""What operators do: is it ready, what is wrong, backups and the way back, logs; and what the site does when things fail."""

import asyncio
import json
import logging
import os
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connections
from django.db.migrations.executor import MigrationExecutor

from codes.models import Code, Release, SearchEntry
from codes.operation import health
from codes.reportforms import LEAST_SECONDS
from cptref.logs import JsonLines, Numbered, request_id
from tests.servers import WebServer, new_database, postgresql_server, site_server
from tests.sites import environment, manage, run

SUM_OF_ROWS = 'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t'
OWN_SITES = pytest.mark.skipif(
    "postgresql" in os.environ.get("DATABASE_URL", ""), reason="sites of their own, tried once"
)


@pytest.fixture(scope="module")
def launch(tmp_path_factory) -> Path:
    """A database with the launch data, to be copied."""
    path = tmp_path_factory.mktemp("launch") / "db.sqlite3"
    manage(f"sqlite:///{path}", "migrate", "--verbosity", "0")
    manage(f"sqlite:///{path}", "load_reference")
    return path


@pytest.fixture
def site(launch, tmp_path) -> Path:
    """A site of a test's own: its database file."""
    path = tmp_path / "db.sqlite3"
    with closing(sqlite3.connect(launch)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    return path


def address(path: Path) -> str:
    return f"sqlite:///{path}"


def dump(path: Path) -> str:
    with closing(sqlite3.connect(path)) as database:
        return "\n".join(database.iterdump())


# --- Ready, and well ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_site_with_its_data_is_ready(reader):
    answer = reader.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ready\n")
    assert "no-cache" in answer["Cache-Control"]


@pytest.mark.django_db
def test_a_site_without_data_is_alive_and_not_ready_and_says_why(reader):
    Release.objects.update(is_current=False)
    answer = reader.get("/readyz")
    assert answer.status_code == 503
    assert "manage.py load_reference" in answer.content.decode()
    assert reader.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_a_site_with_missing_migrations_is_not_ready(reader, monkeypatch):
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *args: [("codes.0099_later", False)])
    answer = reader.get("/readyz")
    assert answer.status_code == 503
    assert "manage.py migrate" in answer.content.decode()


@pytest.mark.django_db
def test_a_site_whose_database_is_gone_is_not_ready(reader, monkeypatch):
    def gone(self):
        raise OperationalError("connection refused\nmore")

    monkeypatch.setattr(type(connections["default"]), "ensure_connection", gone)
    answer = reader.get("/readyz")
    assert answer.status_code == 503
    assert (
        answer.content.decode() == "The database does not answer: connection refused Is DATABASE_URL right?\n"
    )


def problems() -> str:
    return "\n".join(finding.problem for finding in health.findings() if finding.problem)


@pytest.mark.django_db
def test_the_doctor_finds_what_is_wrong_and_says_what_to_do(settings, tmp_path):
    User.objects.create_superuser("chief")
    assert problems().splitlines() == [
        line for line in problems().splitlines() if "PRODUCTION is off" in line
    ]
    SearchEntry.objects.filter(kind="code").first().delete()
    User.objects.update(is_active=False)
    settings.UPLOAD_DIR = "/proc/uploads"
    told = problems()
    assert "manage.py rebuild_search" in told
    assert "make admin" in told
    assert "/proc/uploads cannot be written" in told


@pytest.mark.django_db
def test_the_doctor_says_when_the_disk_is_nearly_full(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**10, 10**10, 10**8))
    assert "Only 0.1 GB are free" in problems()


@pytest.mark.django_db
def test_the_doctor_says_when_the_shared_cache_does_not_answer(settings):
    settings.PAGES_SHARED = True
    settings.CACHES = {
        **settings.CACHES,
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1",
        },
    }
    assert "Is CACHE_URL right?" in problems()


@OWN_SITES
def test_the_doctor_on_an_empty_place_names_the_first_thing_to_do(tmp_path):
    done = manage(address(tmp_path / "new.sqlite3"), "doctor", check=False)
    assert done.returncode == 1
    assert "manage.py migrate" in done.stdout
    assert "Traceback" not in done.stderr


# --- Backups ------------------------------------------------------------------------------------


@OWN_SITES
def test_a_backup_brings_everything_back_byte_for_byte(site, tmp_path):
    before, file = dump(site), tmp_path / "backup"
    manage(address(site), "backup", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    assert dump(file) == before
    run(
        address(site),
        "from codes.models import Code, Faq\nCode.objects.all().delete()\nFaq.objects.all().delete()",
    )
    assert dump(site) != before
    manage(address(site), "restore", "--yes", str(file))
    assert dump(site) == before
    assert "97140" in run(address(site), "result = Client().get('/codes/97140/').content.decode()")


@OWN_SITES
def test_a_backup_is_of_one_moment_while_others_write(site, tmp_path):
    """Two rows are always changed together: in every backup they are equal."""
    with closing(sqlite3.connect(site, isolation_level=None)) as database:
        database.execute("CREATE TABLE twin (name TEXT, number INTEGER)")
        database.execute("INSERT INTO twin VALUES ('one', 0), ('two', 0)")
    ended = threading.Event()

    def write():
        with closing(sqlite3.connect(site, isolation_level=None, timeout=20)) as database:
            while not ended.is_set():
                database.execute("UPDATE twin SET number = number + 1")
                time.sleep(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            manage(address(site), "backup", str(tmp_path / f"backup-{number}"))
    finally:
        ended.set()
        writer.join()
    for number in range(3):
        with closing(sqlite3.connect(tmp_path / f"backup-{number}")) as database:
            (one,), (two,) = database.execute("SELECT number FROM twin").fetchall()
        assert one == two


@OWN_SITES
@pytest.mark.parametrize("kind", ["there already", "not a database", "another's", "cut off", "missing"])
def test_what_is_no_backup_changes_nothing_and_says_so(site, tmp_path, kind):
    before, file = dump(site), tmp_path / "backup"
    if kind == "there already":
        file.write_text("precious")
        done = manage(address(site), "backup", str(file), check=False)
        assert "there already" in done.stderr
        assert file.read_text() == "precious"
        return
    if kind == "not a database":
        file.write_text("no database")
    elif kind == "another's":
        with closing(sqlite3.connect(file)) as database:
            database.execute("CREATE TABLE other (x)")
    elif kind == "cut off":
        manage(address(site), "backup", str(file))
        os.truncate(file, file.stat().st_size // 2)
    done = manage(address(site), "restore", "--yes", str(file), check=False)
    assert done.returncode
    assert "Nothing was changed." in done.stderr
    assert "Traceback" not in done.stderr
    assert dump(site) == before


@OWN_SITES
def test_a_backup_of_postgresql_brings_everything_back(tmp_path, monkeypatch):
    with postgresql_server() as server:
        monkeypatch.setenv("PATH", f"{server.bin_path}:{os.environ['PATH']}")
        database = new_database(server)
        manage(database, "migrate", "--verbosity", "0")
        manage(database, "load_reference")

        def rows():
            with psycopg.connect(database) as there:
                names = there.execute(
                    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
                ).fetchall()
                return {name: there.execute(SUM_OF_ROWS.format(table=name)).fetchone() for (name,) in names}

        before, file = rows(), tmp_path / "backup"
        manage(database, "backup", str(file))
        run(database, "from codes.models import Code\nCode.objects.all().delete()")
        assert rows() != before
        manage(database, "restore", "--yes", str(file))
        assert rows() == before
        broken = tmp_path / "broken"
        broken.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
        assert "Nothing was changed" in manage(database, "restore", "--yes", str(broken), check=False).stderr
        assert rows() == before
        assert (
            "is needed"
            in manage(database, "backup", str(tmp_path / "b"), check=False, PATH="/nowhere").stderr
        )


# --- Logs ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_each_request_has_a_number_that_a_proxy_may_give(reader):
    own = reader.get("/healthz")["X-Request-ID"]
    assert len(own) == 16
    assert reader.get("/healthz")["X-Request-ID"] != own
    assert reader.get("/healthz", headers={"X-Request-ID": "edge-4711-ab"})["X-Request-ID"] == "edge-4711-ab"
    for bad in ("short", "x" * 80, "line\nbreak-123", 'quote"quote-1'):
        assert reader.get("/healthz", headers={"X-Request-ID": bad})["X-Request-ID"] != bad


@pytest.mark.django_db
def test_an_answers_line_tells_no_client_and_no_query(reader, settings, caplog):
    settings.ACCESS_LOG = True
    caplog.set_level(logging.INFO, "cptref.requests")
    reader.get("/units/?line=97140:23", REMOTE_ADDR="198.51.100.9")
    (record,) = [record for record in caplog.records if record.name == "cptref.requests"]
    line = json.loads(JsonLines().format(record))
    assert (line["method"], line["path"], line["status"]) == ("GET", "/units/", 200)
    assert line["ms"] > 0
    assert "198.51.100.9" not in str(line)
    assert "97140" not in str(line)


def test_lines_of_production_are_json_with_the_requests_number_and_the_error():
    token = request_id.set("abc12345")
    try:
        raise ValueError("inside “quotes”\nand lines")
    except ValueError:
        record = logging.LogRecord("codes", logging.ERROR, __file__, 1, "It %s", ("failed",), sys.exc_info())
    Numbered().filter(record)
    request_id.reset(token)
    text = JsonLines().format(record)
    assert "\n" not in text
    line = json.loads(text)
    assert (line["level"], line["message"], line["request_id"]) == ("ERROR", "It failed", "abc12345")
    assert "ValueError" in line["error"]


# --- When things fail ---------------------------------------------------------------------------


def serve(database: str, **more: str) -> WebServer:
    """The site of a database."""
    return site_server(environment(database, **more))


@OWN_SITES
def test_readers_read_on_while_the_database_is_locked(site):
    server = serve(address(site))
    try:
        with closing(sqlite3.connect(site, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert server.get("/codes/97140/")[0] == 200
            assert server.get("/pairs/97124/97140/")[0] == 200
            other.execute("ROLLBACK")
    finally:
        server.end()


@OWN_SITES
def test_a_site_that_is_killed_while_it_writes_keeps_whole_changes_and_nothing_else(site):
    script = """
from django.db import transaction
from codes.models import Code
print("writing", flush=True)
while True:
    with transaction.atomic():
        for code in Code.objects.filter(number__in=["97140", "97124"]):
            code.name = f"Change {code.history.count()}"
            code.save()
"""
    first = "import django; django.setup()\n"
    writer = subprocess.Popen(
        [sys.executable, "-c", first + script], env=environment(address(site)), stdout=subprocess.PIPE
    )
    writer.stdout.readline()
    time.sleep(1)
    writer.kill()
    writer.wait()
    with closing(sqlite3.connect(site)) as database:
        database.execute("PRAGMA ignore_check_constraints = ON")
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        names = database.execute(
            "SELECT DISTINCT name FROM codes_code WHERE number IN ('97140', '97124')"
        ).fetchall()
        assert len(names) == 1, "both codes were changed, or none"
        assert names[0][0].startswith("Change ")
    assert "Change " in run(address(site), "result = Client().get('/codes/97140/').content.decode()")


@OWN_SITES
def test_a_site_goes_on_when_its_database_was_gone_and_is_back(tmp_path):
    with postgresql_server() as server:
        database = new_database(server)
        manage(database, "migrate", "--verbosity", "0")
        manage(database, "load_reference")
        public = {"DEBUG": "0", "STATIC_ROOT": str(tmp_path / "static"), "PAGES_MAX_MB": "0"}
        manage(database, "collectstatic", "--noinput", **public)
        site = serve(database, **public)
        try:
            assert site.get("/codes/97140/")[0] == 200
            name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
            with psycopg.connect(server.get_uri(), autocommit=True) as chief:
                throw_out(chief, name)
                chief.execute(f"ALTER DATABASE {name} RENAME TO away")
            status, text = site.get("/codes/97140/")
            assert status == 500
            assert "Something went wrong on our side" in text
            assert site.get("/readyz")[0] == 503
            with psycopg.connect(server.get_uri(), autocommit=True) as chief:
                chief.execute(f"ALTER DATABASE away RENAME TO {name}")
            assert site.get("/codes/97140/")[0] == 200
            assert site.get("/readyz")[0] == 200
        finally:
            site.end()


def throw_out(chief, name: str) -> None:
    """End every connection to a database."""
    chief.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    until = time.monotonic() + 10
    query = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = %s"
    while chief.execute(query, [name]).fetchone()[0]:
        assert time.monotonic() < until
        time.sleep(0.02)


@OWN_SITES
def test_a_restart_ends_what_was_begun_and_turns_nobody_away(site):
    server = serve(address(site))
    ended = threading.Event()

    def ask() -> int:
        """As nginx asks: once more where a connection ends before an answer begins, as one that waits for a worker that goes."""
        try:
            return server.get("/codes/97140/")[0]
        except ConnectionError:
            return server.get("/codes/97140/")[0]

    def read() -> list[int]:
        statuses = []
        while not ended.is_set():
            statuses.append(ask())
        return statuses

    with ThreadPoolExecutor(1) as apart:
        try:
            reader = apart.submit(read)
            time.sleep(0.5)
            server.process.send_signal(signal.SIGHUP)
            time.sleep(6)
            ended.set()
            statuses = reader.result()
            assert len(statuses) > 10
            assert set(statuses) == {200}
        finally:
            ended.set()
            server.end()


@OWN_SITES
def test_clients_that_send_slowly_or_nothing_hold_up_nobody(site):
    server = serve(address(site))
    slow = []
    try:
        for _ in range(200):
            there = socket.create_connection(("127.0.0.1", server.port))
            there.sendall(b"GET /codes/97140/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
            slow.append(there)
        assert [server.get("/codes/97140/")[0] for _ in range(20)] == [200] * 20
    finally:
        for there in slow:
            there.close()
        server.end()


@contextmanager
def at_most(what: int, most: int):
    """Inside, processes may have no more of something; those that are started inside keep to it."""
    before = resource.getrlimit(what)
    resource.setrlimit(what, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(what, before)


@OWN_SITES
def test_ten_thousand_readers_at_once_are_answered_and_the_site_goes_on(site, tmp_path):
    public = {"DEBUG": "0", "STATIC_ROOT": str(tmp_path / "static")}
    manage(address(site), "collectstatic", "--noinput", **public)
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    most = 65_536 if allowed == resource.RLIM_INFINITY else allowed
    readers = min(10_000, most - 500)

    async def read(port: int) -> bytes:
        there, send = await asyncio.open_connection("127.0.0.1", port)
        send.write(b"GET /codes/97140/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        status = (await there.read())[:12]
        send.close()
        return status

    async def all_read(port: int) -> list:
        return await asyncio.gather(*(read(port) for _ in range(readers)), return_exceptions=True)

    with at_most(resource.RLIMIT_NOFILE, most):
        server = serve(address(site), **public)
        try:
            with ThreadPoolExecutor(1) as apart:  # a browser's tests may have a loop in this thread
                answers = apart.submit(lambda: asyncio.run(all_read(server.port))).result()
            refused = [answer for answer in answers if isinstance(answer, OSError)]
            assert set(answers) - set(refused) == {b"HTTP/1.1 200"}
            assert len(refused) < readers / 2
            assert server.get("/codes/97140/")[0] == 200
        finally:
            server.end()


@OWN_SITES
def test_on_a_full_disk_readers_read_on_and_lose_nothing_that_they_wrote(site):
    """Full means here: no file may grow beyond 32 kB, which is what a reader of SQLite needs."""
    with closing(sqlite3.connect(site)) as kept_open:
        kept_open.execute("SELECT * FROM codes_code").fetchone()
        with at_most(resource.RLIMIT_FSIZE, 32_768):
            server = serve(address(site), RATE_LIMIT_FORM="off")
        try:
            for path in ("/codes/97140/", "/pairs/97124/97140/", "/search/?q=massage", "/codes/97140/"):
                assert server.get(path)[0] == 200
            answers = report(server, *(f"Number {number} is wrong." for number in range(20)))
        finally:
            server.end()
    kept = [number for number, (status, _) in enumerate(answers) if status == 303]
    status, text = answers[-1]
    assert status == 503
    assert "Your text is still here" in text
    assert "Number 19 is wrong." in text
    script = (
        "from django.db import connection\n"
        "with connection.cursor() as cursor:\n"
        "    ask = lambda sql: cursor.execute(sql).fetchone()[0]\n"
        "    result = ask('PRAGMA integrity_check'), ask('SELECT COUNT(*) FROM codes_mistakereport')\n"
    )
    assert run(address(site), script) == ["ok", len(kept)], "what was thanked for is there"
    server = serve(address(site))
    try:
        assert report(server, "There is room again.")[0][0] == 303
    finally:
        server.end()


def report(server, *texts: str) -> list[tuple[int, str]]:
    """Send reports of mistakes; gives the status and the text of each answer."""
    path = "/report/?page=/codes/97140/"
    token = re.search(r'name="token" value="([^"]+)"', server.get(path)[1])[1]
    time.sleep(LEAST_SECONDS + 1)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": server.address}
    answers = []
    for text in texts:
        with closing(HTTPConnection("127.0.0.1", server.port, timeout=30)) as there:
            there.request("POST", path, urlencode({"wrong": text, "token": token}), headers)
            answer = there.getresponse()
            answers.append((answer.status, answer.read().decode()))
    return answers


@pytest.mark.django_db
def test_a_clock_that_jumps_changes_the_day_and_breaks_nothing(reader, monkeypatch):
    for day in (date(1970, 1, 1), date(2999, 12, 31)):
        monkeypatch.setattr("codes.clock.today", lambda *args, day=day, **kwargs: day)
        for path in (
            "/codes/97140/",
            "/pairs/97124/97140/",
            "/visits/?line=97140:23&treated_by=pt",
            "/faqs/",
        ):
            assert reader.get(path).status_code == 200
    assert Code.objects.filter(number="97140").exists()
