"""Sites of a test's own: each has its database, and is set up and asked in processes of its own."""

import json
import os
import subprocess
import sys

FIRST = """
import json, sys
import django
django.setup()
from django.test.utils import setup_test_environment
setup_test_environment()
from django.test import Client
given = json.loads(sys.argv[1])
result = None
"""
LAST = "\nprint('\\n' + json.dumps(result))\n"


def environment(database: str, **more: str) -> dict[str, str]:
    """The environment of a process that serves the site of a database (its address)."""
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_REPLICA_URL"}
    ours = {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "cptref.settings", "DEBUG": "1"}
    return kept | ours | more


def manage(database: str, *words: str, check: bool = True, **more: str) -> subprocess.CompletedProcess:
    """Run a command of `manage.py` for the site of a database."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        env=environment(database, **more),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 or not check, done.stderr
    return done


def run(database: str, script: str, given=None, check: bool = True, **more: str):
    """Run lines of Python in the site of a database; gives what they leave in `result`. They find `given` and Client."""
    done = subprocess.run(
        [sys.executable, "-c", FIRST + script + LAST, json.dumps(given)],
        env=environment(database, **more),
        capture_output=True,
        text=True,
    )
    if done.returncode and not check:
        return done
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
