"""Turn a list of pairs into a file in CMS's layout of PTP edits, with made-up effective dates. For load tests only.

    python -m tests.benchmarks.make_ptp_file PAIRS.csv.gz ccipra-v302r0-f1.txt

PAIRS.csv.gz has the columns column_one, column_two, deletion_date (YYYYMMDD or empty), modifier_indicator and
rationale, and a header.
"""

import argparse
import csv
import gzip
import zlib
from collections.abc import Iterator
from datetime import date
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path

NOTICE = (
    "A notice about copyright stands here in CMS's file.\t\t\t\t\t\t\r\n"
    "Column1/Column2 Edits\t\t\t\t\t\t\r\n"
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale\r\n"
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t\r\n"
    "\t\t\t\t*=no data\t1=allowed\t\r\n"
    "\t\t\t\t\t9=not applicable\t\r\n"
)
NEWEST = date(2024, 7, 1)


def made_up_start(key: str, after: date, last: date) -> date:
    """A first day of a quarter between two days, the same at each run; `last` where no quarter begins between."""
    first = after.year * 4 + (after.month - 1) // 3 + 1
    quarters = last.year * 4 + (last.month - 1) // 3 - first + 1
    if quarters < 1:
        return last
    quarter = first + zlib.crc32(key.encode()) % quarters
    return date(quarter // 4, quarter % 4 * 3 + 1, 1)


def dated(rows: list[list[str]]) -> Iterator[tuple[str, ...]]:
    """The rows of one pair with starts: no two periods overlap, and indicator 9 begins on the day on which it ends."""
    free_after = date(1995, 12, 31)
    for one, two, ended, indicator, rationale in sorted(rows, key=lambda row: (row[2] or "9", row[3])):
        last = date.fromisoformat(ended) if ended else NEWEST
        start = last if indicator == "9" else made_up_start(one + two + ended, free_after, last)
        if indicator != "9":
            free_after = last
        yield one, two, "", start.strftime("%Y%m%d"), ended or "*", indicator, rationale


def convert(pairs: Path, target: Path, most: int | None = None) -> int:
    """Write `target` from the first `most` rows of `pairs`; returns how many rows were written."""
    written = 0
    with (
        gzip.open(pairs, "rt", newline="") as source,
        target.open("w", encoding="latin-1", newline="") as out,
    ):
        out.write(NOTICE)
        rows = islice(csv.reader(source), 1, most and most + 1)
        for _, same_pair in groupby(rows, itemgetter(0, 1)):
            for row in dated(list(same_pair)):
                out.write("\t".join(row) + "\r\n")
                written += 1
    return written


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("pairs", type=Path)
    arguments.add_argument("target", type=Path)
    arguments.add_argument("--most", type=int, help="stop after this many rows")
    given = arguments.parse_args()
    print(f"{convert(given.pairs, given.target, given.most):,} rows in {given.target}")
