"""A real Chromium at the real server, with the launch data: what a browser does is tried in a browser."""

import os
import subprocess
import sys

import pytest

from tests.needs import CHROMIUM
from tests.servers import site_server

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


EXPECTED = (
    "Failed to load resource",  # a page that answers 400 or 404 on purpose
    "Response Status Error Code 400",  # the same, told by htmx
    *(
        "htmx:sendAbort",
        "htmx:afterRequest",
    ),  # suggestions that nobody waits for any more; a failure has another name
)
"""What a browser may say of a page in which nothing is wrong."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": SWITCHES}


@pytest.fixture(scope="session")
def base_url(tmp_path_factory) -> str:
    """The address of the site, set up and served as `make run` does it, with a database of its own."""
    folder = tmp_path_factory.mktemp("site")
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "STATIC_ROOT": str(folder / "static"),
        "DJANGO_SETTINGS_MODULE": "cptref.settings",
    }
    for command in (["migrate"], ["load_reference"], ["collectstatic", "--noinput"]):
        subprocess.run(
            [sys.executable, "manage.py", *command, "--verbosity", "0"], env=environment, check=True
        )
    server = site_server(environment)
    yield server.address
    server.end()


@pytest.fixture
def site(page, base_url):
    """A reader's browser. Fails when a page contacts another host, breaks its own policy or has a script error."""
    trouble = []
    page.on("request", lambda r: r.url.startswith((base_url, "data:")) or trouble.append(f"contacts {r.url}"))
    page.on("pageerror", lambda error: trouble.append(f"script error: {error}"))

    def listen(message):
        if message.type in ("error", "warning") and not message.text.startswith(EXPECTED):
            trouble.append(message.text)

    page.on("console", listen)
    page.set_default_timeout(10_000)
    yield page
    assert not trouble
