"""`make bench PAIRS=…`: a whole PTP table imported, and asked, beside what the bare database needs. Prints ratios.

PAIRS is a list of pairs as `make_ptp_file` reads it. Everything happens in a temporary folder, on SQLite and on a
PostgreSQL server of its own. Pages are asked of the application itself, in a process beside the import's.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import psycopg

from tests.benchmarks.make_ptp_file import NOTICE, convert
from tests.servers import new_database, postgresql_server

PLAIN = """
CREATE TABLE edits(release INTEGER, one TEXT, two TEXT, prior TEXT, starts TEXT, ends TEXT, indicator INTEGER, reason TEXT);
.mode tabs
.import {rows} edits
CREATE INDEX by_one ON edits(release, one, two);
CREATE INDEX by_two ON edits(release, two);
"""
TIMES = 3
"""Each import is measured so often; the median counts."""
COLUMNS = "release int, one text, two text, prior text, starts text, ends text, indicator int, reason text"
PLAIN_POSTGRESQL = (
    "CREATE INDEX by_one ON edits(release, one, two)",
    "CREATE INDEX by_two ON edits(release, two)",
)
PAGES = """
import statistics, sys, time
import django; django.setup()
from django.test import Client
client, times, until = Client(headers={"host": "localhost"}), [], time.monotonic() + float(sys.argv[1])
client.get("/codes/97140/")
while time.monotonic() < until:
    for address in ("/codes/97140/", "/pairs/97124/97140/", "/visits/?line=97140:23&line=97110:15&treated_by=pt"):
        start = time.perf_counter()
        assert client.get(address).status_code == 200
        times.append(time.perf_counter() - start)
print(statistics.median(times))
"""
"""Answers pages for so many seconds; prints the median."""
ASK = """
import statistics, sys, time
import django; django.setup()
from codes import lookups
from codes.contentversion import at_version, content_version
codes = "21073 97110 97116 97124 97140 97530 97535 97032 97035 97113 97150 97542 97161 97164 97012 G0283 98940".split()
lookups.catalogue_edits()
for ask in (lambda: lookups.edits_between("21073", "97140"), lambda: lookups.edits_among(codes)):
    times = []
    with at_version(content_version()):
        for _ in range(400):
            start = time.perf_counter(); ask(); times.append(time.perf_counter() - start)
    print(statistics.median(times))
"""


def manage(database: str, *words: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *words],
        env=environment(database),
        check=True,
        stdout=subprocess.DEVNULL,
    )


def environment(database: str) -> dict:
    """That of a process on a database. Pages are asked as often as they can be answered, so nothing is limited."""
    site = {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "cptref.settings", "RATE_LIMIT_CHECK": "off"}
    site["PAGES_MAX_MB"] = (
        "0"  # each page is made: one that is kept costs nothing that an import could disturb
    )
    return os.environ | site


def sqlite(path: Path) -> str:
    return f"sqlite:///{path}"


def seconds(work) -> float:
    """How long it takes, with nothing of what was done before left to be written to the disk."""
    os.sync()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turn(imports: list, plain) -> tuple[float, float]:
    """Median seconds of the imports and of the plain one, each pair of them one after the other."""
    took = [(seconds(work), seconds(plain)) for work in imports]
    return tuple(statistics.median(times) for times in zip(*took, strict=True))


def asked(database: str) -> list[float]:
    """Median seconds of one pair, and of all pairs of seventeen codes."""
    command = [sys.executable, "-c", ASK]
    done = subprocess.run(command, env=environment(database), check=True, capture_output=True, text=True)
    return [float(line) for line in done.stdout.split()]


def plain_import(folder: Path, rows: Path) -> None:
    database = folder / "plain.sqlite3"
    database.unlink(missing_ok=True)
    script = PLAIN.format(rows=rows)
    subprocess.run(["sqlite3", str(database)], input=script, text=True, check=True)


def plain_postgresql(server: str, rows: Path) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS edits")
        connection.execute(f"CREATE TABLE edits({COLUMNS})")
        with rows.open("rb") as source, connection.cursor().copy("COPY edits FROM STDIN") as copy:
            while part := source.read(1 << 20):
                copy.write(part)
        for statement in PLAIN_POSTGRESQL:
            connection.execute(statement)


def pages(database: str, seconds: float) -> subprocess.Popen:
    """A process that answers pages for so many seconds."""
    command = [sys.executable, "-c", PAGES, str(seconds)]
    return subprocess.Popen(command, env=environment(database), stdout=subprocess.PIPE, text=True)


def median_of(asking: subprocess.Popen) -> float:
    told, _ = asking.communicate()
    if asking.returncode:
        sys.exit("A page failed.")
    return float(told)


def import_whole(database: str, table: Path) -> None:
    manage(database, "import_cms", str(table), "--allow-fewer", "--quarter", "2026Q4")


def report(name: str, took: float, plain: float, bytes_a_row: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"{name}: import against the bare table and index  {took:.1f} s / {plain:.1f} s = {took / plain:.2f}"
    )
    print(f"{name}: bytes a row, indexes included            {bytes_a_row:.1f}")
    print(f"{name}: peak memory of any process so far        {peak:.0f} MB", flush=True)


def on_sqlite(folder: Path, table: Path, rows: Path, count: int) -> None:
    launch, busy = (folder / f"{name}.sqlite3" for name in ("launch", "busy"))
    wholes = [folder / f"whole-{number}.sqlite3" for number in range(TIMES)]
    manage(sqlite(launch), "migrate", "--verbosity", "0")
    manage(sqlite(launch), "load_reference")
    for copy in (*wholes, busy):
        copy.write_bytes(launch.read_bytes())
    whole, before = wholes[0], wholes[0].stat().st_size
    took, plain = in_turn(
        [partial(import_whole, sqlite(each), table) for each in wholes], lambda: plain_import(folder, rows)
    )
    report("SQLite", took, plain, (whole.stat().st_size - before) / count)
    small, large = asked(sqlite(launch)), asked(sqlite(whole))
    print(
        f"one pair, whole table against launch           {large[0] / small[0]:.2f} ({large[0] * 1e6:.0f} µs)"
    )
    print(
        f"17 codes, whole table against launch           {large[1] / small[1]:.2f} ({large[1] * 1e6:.0f} µs)"
    )
    pages_meanwhile("SQLite", sqlite(busy), table, took)


def on_postgresql(table: Path, rows: Path, count: int) -> None:
    with postgresql_server() as server:
        database = new_database(server)
        bare = new_database(server)
        manage(database, "migrate", "--verbosity", "0")
        manage(database, "load_reference")
        name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
        copies = [new_database(server, name) for _ in range(TIMES - 1)]
        before = _size(database)
        took, plain = in_turn(
            [partial(import_whole, each, table) for each in (*copies, database)],
            lambda: plain_postgresql(bare, rows),
        )
        report("PostgreSQL", took, plain, (_size(database) - before) / count)
        pages_meanwhile("PostgreSQL", database, table, took)


def _size(database: str) -> int:
    with psycopg.connect(database) as connection:
        return connection.execute(
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'codes_%'"
        ).fetchone()[0]


def pages_meanwhile(name: str, database: str, table: Path, took: float) -> None:
    """Pages with the machine at rest, and while the table is imported (once more, as another quarter's would be)."""
    alone = median_of(pages(database, took))
    asking = pages(database, took)
    importing = subprocess.Popen(
        [sys.executable, "manage.py", "import_cms", str(table), "--allow-fewer", "--quarter", "2027Q1"],
        env=environment(database),
        stdout=subprocess.DEVNULL,
    )
    during = median_of(asking)
    if importing.wait():
        sys.exit("The import beside the pages failed.")
    print(
        f"{name}: a page during an import, against before  {during / alone:.2f} ({during * 1e3:.1f} ms)",
        flush=True,
    )


def main(pairs: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = folder / "ccipra-v302r0-f1.txt"
        count = convert(pairs, table)
        rows = folder / "rows.tsv"
        with table.open(encoding="latin-1") as source, rows.open("w") as out:
            out.writelines(f"1\t{line}" for place, line in enumerate(source) if place >= NOTICE.count("\n"))
        print(f"rows: {count:,}", flush=True)
        on_sqlite(folder, table, rows, count)
        on_postgresql(table, rows, count)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        sys.exit("Say which list of pairs to load: make bench PAIRS=/path/to/pairs.csv.gz")
    main(Path(sys.argv[1]))
