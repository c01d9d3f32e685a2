"""`make lighthouse`: Lighthouse's scores of home, code, pair and visit, on a phone and on a desktop. Needs Node.js."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.bench_import import manage, sqlite
from tests.benchmarks.bench_pages import site
from tests.needs import CHROMIUM

LIGHTHOUSE = "lighthouse@12.8.2"
PAGES = {
    "home": "/",
    "code": "/codes/97140/",
    "pair": "/pairs/97124/97140/",
    "visit": "/visits/",
    "a visit's answer, which search engines are asked to leave out": "/visits/?line=97140:23&line=97110:15&treated_by=pt",
}
TIMES = 3
"""So often each page is looked at: other work of the machine costs points, too."""
FORMS = {"phone": [], "desktop": ["--preset=desktop"]}


def scores(url: str, words: list[str]) -> dict:
    """Of one page the report with the middle of the performance scores: its scores out of 100, and what cost points."""
    reports = sorted(
        (_report(url, words) for _ in range(TIMES)), key=lambda each: each["scores"]["performance"]
    )
    return reports[TIMES // 2]


def _report(url: str, words: list[str]) -> dict:
    given = os.environ | {"CHROME_PATH": CHROMIUM}
    command = ["npx", "--yes", LIGHTHOUSE, url, "--quiet", "--output=json", *words]
    flags = "--chrome-flags=--headless=new --no-sandbox --disable-gpu"
    done = subprocess.run([*command, flags], env=given, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"Lighthouse failed: {done.stderr[-2000:]}")
    report = json.loads(done.stdout)
    found = {name: round((each["score"] or 0) * 100) for name, each in report["categories"].items()}
    lost = [
        audit["id"]
        for category in report["categories"].values()
        for ref in category["auditRefs"]
        if ref["weight"] and (audit := report["audits"][ref["id"]])["score"] not in (None, 1)
    ]
    return {"scores": found, "lost": lost}


def main() -> None:
    if not shutil.which("npx") or not CHROMIUM:
        sys.exit(
            "Lighthouse needs Node.js and Chromium. On Debian or Ubuntu: apt-get install nodejs npm chromium"
        )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = folder / "launch.sqlite3"
        manage(sqlite(database), "migrate", "--verbosity", "0")
        manage(sqlite(database), "load_reference")
        with site(folder, sqlite(database), keep=True) as server:
            for page, path in PAGES.items():
                server.ask(path)
                for form, words in FORMS.items():
                    found = scores(f"{server.address}{path}", words)
                    told = ", ".join(f"{category} {score}" for category, score in found["scores"].items())
                    print(f"{page}, {form}: {told}  {' '.join(found['lost'])}", flush=True)


if __name__ == "__main__":
    main()
