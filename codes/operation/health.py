"""What stands between an installation and answers, in plain words: for `/readyz` and `manage.py doctor`."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import caches
from django.core.checks import WARNING, run_checks
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.migrations.executor import MigrationExecutor

from codes.models import Code, Release
from codes.models.searching import SearchEntry
from codes.pagestore import FileStore, page_store

GIGABYTE = 1_000_000_000
LITTLE_ROOM = 2 * GIGABYTE
"""Bytes. A whole PTP table beside the one in use takes about 250 MB, and a backup as much as the database."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    problem: str = ""
    """What is wrong and what to do; empty where nothing is."""
    is_hint: bool = False
    """Whether the site answers nevertheless."""


def hinders() -> list[str]:
    """What keeps this process from answering readers; empty when it is ready. At most six queries."""
    return [finding.problem for finding in _needed() if finding.problem]


def findings() -> Iterator[Finding]:
    """All that can be looked at without changing anything, what is needed first."""
    needed = list(_needed())
    yield from needed
    if any(finding.problem for finding in needed):
        return
    for look in (_staff, _search, _deployment, _files, _room, _integrity, _shared_cache, _pages):
        yield from look()


def _needed() -> Iterator[Finding]:
    connection = connections[DEFAULT_DB_ALIAS]
    try:
        connection.ensure_connection()
    except Error as error:
        yield Finding(
            "the database answers",
            f"The database does not answer: {_first_line(error)} Is DATABASE_URL right?",
        )
        return
    yield Finding("the database answers")
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error as error:
        yield Finding("the tables are up to date", f"The database cannot be read: {_first_line(error)}")
        return
    if missing:
        yield Finding(
            "the tables are up to date",
            f"{len(missing)} migrations are missing, the first is {missing[0][0]}. Run: manage.py migrate",
        )
        return
    yield Finding("the tables are up to date")
    if Release.objects.filter(is_current=True).exists() and Code.objects.published().exists():
        yield Finding("there is data to answer from")
    else:
        yield Finding(
            "there is data to answer from", "There is no data to answer from. Run: manage.py load_reference"
        )
    yield Finding("the stylesheet is there", _static_problem())


def _static_problem() -> str:
    try:
        staticfiles_storage.url("css/site.css")
    except ValueError:
        return "The static files have not been collected. Run: manage.py collectstatic"
    return ""


def _staff() -> Iterator[Finding]:
    has_chief = get_user_model().objects.filter(is_active=True, is_superuser=True).exists()
    yield Finding(
        "somebody can log in to the admin",
        "" if has_chief else "Nobody can log in to the admin. Run: make admin",
        is_hint=True,
    )


def _search() -> Iterator[Finding]:
    codes = SearchEntry.objects.filter(kind=SearchEntry.Kind.CODE).count()
    published = Code.objects.published().count()
    same = codes == published
    yield Finding(
        "search knows every code",
        "" if same else f"Search knows {codes} codes of {published}. Run: manage.py rebuild_search",
    )


def _deployment() -> Iterator[Finding]:
    if not settings.PRODUCTION:
        yield Finding(
            "the site is set up for the public",
            "PRODUCTION is off: fine on your own machine. For the public set PRODUCTION=1, SECRET_KEY and ALLOWED_HOSTS.",
            is_hint=True,
        )
        return
    messages = [message for message in run_checks(include_deployment_checks=True) if message.level >= WARNING]
    for message in messages:
        yield Finding("the settings are safe", f"{message.msg} {message.hint or ''}".strip())
    if not messages:
        yield Finding("the settings are safe")
    yield Finding(
        "staff need a second factor",
        ""
        if settings.REQUIRE_SECOND_FACTOR
        else "REQUIRE_SECOND_FACTOR is off: a password alone opens the admin.",
        is_hint=True,
    )
    if "*" in settings.ALLOWED_HOSTS:
        yield Finding("only our hosts are served", "ALLOWED_HOSTS is *: name the hosts of the site instead.")


def _files() -> Iterator[Finding]:
    yield Finding("UPLOAD_DIR can be written", _write_problem(Path(settings.UPLOAD_DIR), "UPLOAD_DIR"))


def _write_problem(folder: Path, name: str) -> str:
    there = folder
    while not there.exists():
        there = there.parent
    try:
        with tempfile.NamedTemporaryFile(dir=there):
            return ""
    except OSError as error:
        return f"{folder} cannot be written ({error.strerror}): give it to the user that runs the site, or set {name}."


def _room() -> Iterator[Finding]:
    places = {Path(settings.UPLOAD_DIR), *_database_files()}
    folders = {place if place.is_dir() else place.parent for place in places}
    for there in sorted(folder for folder in folders if folder.exists()):
        free = shutil.disk_usage(there).free
        problem = ""
        if free < LITTLE_ROOM:
            problem = f"Only {free / GIGABYTE:.1f} GB are free in {there}: an import may need {LITTLE_ROOM / GIGABYTE:.0f}."
        yield Finding(f"there is room in {there}", problem)


def _database_files() -> list[Path]:
    database = settings.DATABASES[DEFAULT_DB_ALIAS]
    return (
        [Path(database["NAME"])]
        if "sqlite" in database["ENGINE"] and ":" not in str(database["NAME"])
        else []
    )


def _integrity() -> Iterator[Finding]:
    for path in _database_files():
        if path.exists() and not os.access(path.parent, os.W_OK):
            yield Finding(
                "the database can be written",
                f"{path.parent} cannot be written: SQLite puts its log beside the database.",
            )
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute("PRAGMA quick_check(1)")
            (said,) = cursor.fetchone()
        yield Finding(
            "the database is whole",
            ""
            if said == "ok"
            else f"The database is damaged ({said}). Restore a backup: manage.py restore FILE",
        )


def _shared_cache() -> Iterator[Finding]:
    if not settings.PAGES_SHARED:
        return
    problem = ""
    try:
        caches["default"].set("doctor", "was here", 10)
        if caches["default"].get("doctor") != "was here":
            problem = "The shared cache forgets at once what it is given. Is it full?"
    except Exception as error:
        problem = f"The shared cache does not answer ({_first_line(error)}) Is CACHE_URL right? The site goes on without."
    yield Finding("the shared cache answers", problem, is_hint=True)


def _pages() -> Iterator[Finding]:
    store = page_store()
    if isinstance(store, FileStore):
        try:
            sqlite3.connect(store.path).close()
            problem = _write_problem(store.path.parent, "PAGES_FILE")
        except sqlite3.Error as error:
            problem = f"Finished pages cannot be kept in {store.path} ({error}). The site goes on, slower."
        yield Finding("finished pages can be kept", problem, is_hint=True)


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
