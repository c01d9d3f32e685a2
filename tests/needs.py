"""`python -m tests.needs`: what the checks need from the system. Says in one sentence what is missing."""

import os
import shutil
import sys

CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
"""The browser that the browser tests drive."""

if __name__ == "__main__" and not CHROMIUM:
    sys.exit(
        "The checks need Chromium. Install it (Debian: apt-get install chromium) or name it: make test CHROMIUM=/path/to/it"
    )
