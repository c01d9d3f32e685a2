"""`make bench-pages`: what a page costs, beside an empty view of the same site and beside Datasette. Prints ratios.

Everything is served by one worker as `make run` serves it, and asked with wrk. PAIRS, a list of pairs as
`make_ptp_file` reads it, adds the same measurements over a whole PTP table.
"""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import combinations, islice
from pathlib import Path
from random import Random

from tests.benchmarks.bench_import import manage, sqlite
from tests.benchmarks.make_ptp_file import convert
from tests.servers import WebServer, site_server

SECONDS = int(os.environ.get("BENCH_SECONDS", "6"))
WRK = re.compile(r"50%\s+([\d.]+)(us|ms|s).*?99%\s+([\d.]+)(us|ms|s).*?Requests/sec:\s+([\d.]+)", re.DOTALL)
UNITS = {"us": 1e-3, "ms": 1, "s": 1e3}
RANDOM = Random(97140)  # noqa: S311  (the same addresses each time)
HERE = Path(__file__).parent
WORDS = "massage neck shoulder timed units modifier evaluation dry needling hot pack exercise group traction back pain".split()
MORE_ENTRIES = """
import random, django; django.setup()
from collections import Counter
from codes.models.searching import SearchEntry, SearchWord
from codes.search import index
entries, sure = list(SearchEntry.objects.all()), random.Random(1)
words = sorted({word for entry in entries for word in index.words_in(entry)})
counts = Counter(word for entry in entries for word in index.words_in(entry))
for begin in range(0, 100_000, 5_000):
    batch = []
    for number in range(begin, begin + 5_000):
        like = entries[number % len(entries)]
        body = " ".join(sure.sample(words, 60))
        batch.append(SearchEntry(kind="term", key=f"made-up-{number}", object_id=10_000 + number, title=f"Made up {number}",
            summary=like.summary[:200], names=f"made{number} {sure.choice(words)}", synonyms="", body=body))
    for entry in batch:
        counts.update(index.words_in(entry))
    SearchEntry.objects.bulk_create(batch)
SearchWord.objects.all().delete()
SearchWord.objects.bulk_create((SearchWord(word=w, stem=index.stem(w), entries=n) for w, n in sorted(counts.items())), batch_size=1000)
index._stamp("default")
"""
"""Fills the search index up to 100,000 entries, with words that it has."""


@dataclass(frozen=True)
class Speed:
    """What wrk measured: requests a second, and milliseconds."""

    rate: float
    p50: float
    p99: float

    @property
    def cost(self) -> float:
        """Seconds of the worker for one request."""
        return 1 / self.rate


@contextmanager
def site(folder: Path, database: str, *, keep: bool):
    """The site on a database, with one worker and without limits; pages are kept in a file of its own, or not at all."""
    store = folder / "pages.sqlite3"
    ours = {
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.with_empty_view",
        "PAGES_FILE": str(store),
        "PAGES_MAX_MB": "2000" if keep else "0",
        **{f"RATE_LIMIT_{name}": "off" for name in ("SEARCH", "CHECK", "API", "FORM")},
    }
    server = site_server(os.environ | ours)
    try:
        yield server
    finally:
        server.end()
        for file in folder.glob(f"{store.name}*"):
            file.unlink()


@contextmanager
def datasette(database: Path):
    program = Path(sys.prefix) / "datasette" / "bin" / "datasette"
    words = [program, "serve", "--immutable", str(database)]
    server = WebServer(lambda port: [*words, "--port", str(port)], ready="/-/versions.json")
    try:
        yield server
    finally:
        server.end()


def measure(
    server: WebServer, paths: list[str], folder: Path, *, warm: bool = False, conditional: bool = False
) -> Speed:
    """Ask the paths in turn for some seconds. `warm`: each has been asked before; `conditional`: with its ETag."""
    server.ask(paths[0])  # what a process reads once, such as the words of search, is no page's cost
    tags = [""] * len(paths)
    if warm or conditional:
        answers = [server.ask(path, Accept_Encoding="gzip, deflate, br, zstd")[0] for path in paths]
        wrong = [path for path, answer in zip(paths, answers, strict=True) if answer.status != 200]
        if wrong:
            sys.exit(f"{wrong[0]} does not answer 200.")
        tags = [answer.headers["ETag"] for answer in answers]
    listed = folder / "asked.tsv"
    lines = [f"{path}\t{tag}" if conditional else path for path, tag in zip(paths, tags, strict=True)]
    listed.write_text("\n".join(lines) + "\n")
    command = ["wrk", "-t1", "-c4", f"-d{SECONDS}s", "--latency", "-s", str(HERE / "asked.lua")]
    done = subprocess.run(
        [*command, f"{server.address}/", "--", str(listed)], capture_output=True, text=True, check=True
    )
    if "Non-2xx" in done.stdout and not conditional:
        sys.exit(f"Some of {paths[0]} and its like failed: {done.stdout}")
    p50, unit50, p99, unit99, rate = WRK.search(done.stdout).groups()
    return Speed(float(rate), float(p50) * UNITS[unit50], float(p99) * UNITS[unit99])


def told(name: str, speed: Speed, beside: Speed | None = None, bar: str = "") -> None:
    ratio = f"{speed.cost / beside.cost:6.2f} times the empty view" if beside else " " * 27
    print(
        f"{name:<46} {ratio}  {speed.rate:8.0f}/s  p50 {speed.p50:7.2f} ms  p99 {speed.p99:7.2f} ms  {bar}",
        flush=True,
    )


def copied(database: Path, to: Path) -> None:
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


def numbers_of(database: Path) -> list[str]:
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT number FROM codes_code WHERE state = 'published' ORDER BY number")
        return [number for (number,) in rows]


def pairs_of(database: Path, most: int) -> list[str]:
    """Addresses of pairs that the tables name, drawn from all of them, and of as many that they do not."""
    with sqlite3.connect(database) as connection:
        last = connection.execute("SELECT max(id) FROM codes_pairedit").fetchone()[0]
        found = set()
        while len(found) < most // 2:
            row = connection.execute(
                "SELECT column_one, column_two FROM codes_pairedit WHERE id >= ? LIMIT 1",
                [RANDOM.randint(1, last)],
            ).fetchone()
            found.add(tuple(sorted(row)))
    others = list(combinations(numbers_of(database), 2))
    found |= set(RANDOM.sample(others, most - len(found)))
    return [f"/pairs/{one}/{two}/" for one, two in sorted(found)]


def addresses(database: Path) -> dict[str, list[str]]:
    """For each kind of page the addresses that are asked."""
    numbers = numbers_of(database)
    timed = [number for number in numbers if number.startswith("97")]
    visits = [
        f"/visits/?line={one}:23&line={two}:15&treated_by=pt"
        for one, two in islice(combinations(timed, 2), 300)
    ]
    searches = [f"/search/?q={one}+{two}" for one, two in combinations(WORDS, 2)]
    units = [f"/units/?line={one}:{minutes}" for one in timed for minutes in (8, 23, 38, 53)]
    return {
        "code": [f"/codes/{number}/" for number in numbers],
        "pair": pairs_of(database, 2_000),
        "visit": visits,
        "search": searches,
        "units": units,
    }


def kept_pages(folder: Path, database: Path, asked: dict, name: str) -> dict[str, Speed]:
    found = {}
    with site(folder, sqlite(database), keep=True) as server:
        empty = measure(server, ["/empty/"], folder)
        told(f"{name}: empty view", empty)
        for kind, paths in asked.items():
            found[kind] = measure(server, paths, folder, warm=True)
            told(f"{name}: {kind}, kept ({len(paths)} pages)", found[kind], empty, "bar 1.3")
        unchanged = measure(server, asked["code"] + asked["pair"], folder, conditional=True)
        told(f"{name}: code and pair, answered 304", unchanged, empty, "bar 1.3")
    return found


def made_pages(folder: Path, database: Path, asked: dict, name: str) -> dict[str, Speed]:
    bars = {"pair": "bar 4", "units": "bar 4"}
    found = {}
    with site(folder, sqlite(database), keep=False) as server:
        empty = measure(server, ["/empty/"], folder)
        for kind, paths in asked.items():
            found[kind] = measure(server, paths, folder)
            told(f"{name}: {kind}, made for each request", found[kind], empty, bars.get(kind, "bar 10"))
    return found


def against_datasette(folder: Path, database: Path, kept: dict, made: dict) -> None:
    """The same SQLite file: a code's row, and the rows of a pair. Datasette gets a copy that nobody writes."""
    copy = folder / "served.sqlite3"
    copied(database, copy)
    with sqlite3.connect(copy) as connection:
        rows = [pk for (pk,) in connection.execute("SELECT id FROM codes_code")]
        connection.execute("PRAGMA journal_mode=DELETE")
    pairs = [path.strip("/").split("/")[1:] for path in pairs_of(database, 300)]
    with datasette(copy) as server:
        code = measure(server, [f"/served/codes_code/{pk}" for pk in rows], folder)
        asked = [f"/served/codes_pairedit?column_one={one}&column_two={two}" for one, two in pairs]
        pair = measure(server, asked, folder)
    for kind, theirs in (("code", code), ("pair", pair)):
        told(f"Datasette: {kind}", theirs)
        for way, ours in (("kept", kept), ("made", made)):
            print(
                f"{kind}, {way}: {ours[kind].rate / theirs.rate:.1f} times the rate of Datasette  bar 5",
                flush=True,
            )


def main(pairs: Path | None) -> None:
    for tool in ("wrk", "sqlite3"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is needed to measure pages. On Debian or Ubuntu: apt-get install {tool}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        launch = folder / "launch.sqlite3"
        manage(sqlite(launch), "migrate", "--verbosity", "0")
        manage(sqlite(launch), "load_reference")
        asked = addresses(launch)
        kept = kept_pages(folder, launch, asked, "launch")
        made = made_pages(folder, launch, asked, "launch")
        against_datasette(folder, launch, kept, made)
        many_entries(folder, launch, asked, made)
        if pairs:
            whole_table(folder, launch, pairs, kept, made)


def many_entries(folder: Path, launch: Path, asked: dict, few: dict) -> None:
    large = folder / "entries.sqlite3"
    copied(launch, large)
    site_of = os.environ | {"DATABASE_URL": sqlite(large), "DJANGO_SETTINGS_MODULE": "cptref.settings"}
    subprocess.run([sys.executable, "-c", MORE_ENTRIES], env=site_of, check=True)
    many = made_pages(folder, large, {"search": asked["search"]}, "100,000 entries")
    print(
        f"search p99, 100,000 entries against launch: {many['search'].p99 / few['search'].p99:.2f}  bar 2",
        flush=True,
    )


def whole_table(folder: Path, launch: Path, pairs: Path, kept: dict, made: dict) -> None:
    whole = folder / "whole.sqlite3"
    copied(launch, whole)
    table = folder / "ccipra-v302r0-f1.txt"
    convert(pairs, table)
    manage(sqlite(whole), "import_cms", str(table), "--allow-fewer", "--quarter", "2026Q4")
    asked = addresses(whole)
    large = {
        "kept": kept_pages(folder, whole, asked, "whole table"),
        "made": made_pages(folder, whole, asked, "whole table"),
    }
    for way, small in (("kept", kept), ("made", made)):
        for kind in asked:
            growth = large[way][kind].cost / small[kind].cost
            print(f"{kind}, {way}: whole table against launch {growth:.2f}  bar 1.3", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 2 or (len(sys.argv) == 2 and not Path(sys.argv[1]).is_file()):
        sys.exit("Say which list of pairs to load, or none: make bench-pages PAIRS=/path/to/pairs.csv.gz")
    main(Path(sys.argv[1]) if len(sys.argv) == 2 else None)
