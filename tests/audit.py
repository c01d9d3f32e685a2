"""`python -m tests.audit`: does a pinned requirement have a known hole? Says so when it could not be found out."""

import subprocess
import sys
from pathlib import Path

FILES = ("requirements.txt", "requirements-cache.txt")
WAIT = 15
"""Seconds for one answer of the service that knows the holes."""


def audit(files=FILES) -> tuple[int, str]:
    """0 with what was found, 1 where a hole is known; 0 too, saying that it did not run, where nobody could be asked."""
    root = Path(__file__).resolve().parent.parent
    words = [word for file in files for word in ("--requirement", str(root / file))]
    command = [sys.executable, "-m", "pip_audit", "--progress-spinner", "off", "--disable-pip", "--no-deps"]
    done = subprocess.run([*command, "--timeout", str(WAIT), *words], capture_output=True, text=True)
    if done.returncode == 0:
        return 0, "Dependency audit: no known holes."
    if "Found" in done.stderr and "known vulnerabilit" in done.stderr:
        return 1, f"Dependency audit: {done.stderr.strip().splitlines()[-1]}\n{done.stdout}"
    reason = done.stderr.strip().splitlines()[-1][:200] if done.stderr.strip() else "no reason given"
    return 0, f"Dependency audit: did NOT run, because nobody could be asked ({reason})."


if __name__ == "__main__":
    status, text = audit()
    print(text)
    sys.exit(status)
