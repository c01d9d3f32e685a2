"""`make bench PAIRS=…`: a whole PTP table imported, and asked, beside what the bare database needs. Prints ratios.

PAIRS is a list of pairs as `make_ptp_file` reads it. Everything happens in a temporary folder, on SQLite.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.make_ptp_file import NOTICE, convert

PLAIN = """
CREATE TABLE edits(release INTEGER, one TEXT, two TEXT, prior TEXT, starts TEXT, ends TEXT, indicator INTEGER, reason TEXT);
.mode tabs
.import {rows} edits
CREATE INDEX by_one ON edits(release, one, two);
CREATE INDEX by_two ON edits(release, two);
"""
ASK = """
import statistics, sys, time
import django; django.setup()
from codes import lookups
releases = lookups.all_releases()
codes = "97110 97112 97116 97124 97140 97530 97535 97032 97035 97113 97150 97542 97161 97164 97012 G0283 98940".split()
for ask in (lambda: lookups.edits_between("97124", "97140", releases), lambda: lookups.edits_among(codes, releases)):
    times = []
    for _ in range(400):
        start = time.perf_counter(); ask(); times.append(time.perf_counter() - start)
    print(statistics.median(times))
"""


def manage(database: Path, *words: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *words],
        env=environment(database),
        check=True,
        stdout=subprocess.DEVNULL,
    )


def environment(database: Path) -> dict:
    return os.environ | {"DATABASE_URL": f"sqlite:///{database}", "DJANGO_SETTINGS_MODULE": "cptref.settings"}


def seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def asked(database: Path) -> list[float]:
    """Median seconds of one pair, and of all pairs of seventeen codes."""
    command = [sys.executable, "-c", ASK]
    done = subprocess.run(command, env=environment(database), check=True, capture_output=True, text=True)
    return [float(line) for line in done.stdout.split()]


def plain_import(folder: Path, rows: Path) -> None:
    database = folder / "plain.sqlite3"
    database.unlink(missing_ok=True)
    script = PLAIN.format(rows=rows)
    subprocess.run(["sqlite3", str(database)], input=script, text=True, check=True)


def main(pairs: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = folder / "ccipra-v302r0-f1.txt"
        count = convert(pairs, table)
        rows = folder / "rows.tsv"
        with table.open(encoding="latin-1") as source, rows.open("w") as out:
            out.writelines(f"1\t{line}" for place, line in enumerate(source) if place >= NOTICE.count("\n"))
        plain = statistics.median(seconds(lambda: plain_import(folder, rows)) for _ in range(3))
        launch = folder / "launch.sqlite3"
        manage(launch, "migrate", "--verbosity", "0")
        manage(launch, "load_reference")
        whole = folder / "whole.sqlite3"
        whole.write_bytes(launch.read_bytes())
        before = whole.stat().st_size
        took = seconds(
            lambda: manage(whole, "import_cms", str(table), "--allow-fewer", "--quarter", "2026Q4")
        )
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        small, large = asked(launch), asked(whole)
        print(f"rows                                     {count:,}")
        print(f"import against sqlite3 .import + index   {took:.1f} s / {plain:.1f} s = {took / plain:.2f}")
        print(f"peak memory of any process               {peak:.0f} MB")
        print(f"bytes a row, indexes included            {(whole.stat().st_size - before) / count:.1f}")
        print(f"one pair, whole table against launch     {large[0] / small[0]:.2f} ({large[0] * 1e6:.0f} µs)")
        print(f"17 codes, whole table against launch     {large[1] / small[1]:.2f} ({large[1] * 1e6:.0f} µs)")


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        sys.exit("Say which list of pairs to load: make bench PAIRS=/path/to/pairs.csv.gz")
    main(Path(sys.argv[1]))
