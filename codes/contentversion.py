"""One short text that changes whenever an answer may: what finished pages and the caches of programs are told apart by."""

from contextvars import ContextVar
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import DEFAULT_DB_ALIAS, connections, router
from django.db.backends.signals import connection_created
from django.db.models import Count, Max, QuerySet, Subquery
from django.dispatch import receiver

from codes import clock
from codes.models import (
    HISTORIC,
    AddOnLink,
    MedicareStatus,
    MistakeReport,
    PayerRule,
    Release,
    TherapyThreshold,
    UnitLimit,
)
from codes.models.searching import SearchStamp

SHOWN = ("CPT_LICENSE_HELD", "CPT_LICENSE_YEAR", "REVIEW_INTERVAL_DAYS", "STATIC_URL", "CDN_SECONDS")
"""Settings that pages, or their headers, show."""
_at: ContextVar["at_version | None"] = ContextVar("the version that this answer is made of", default=None)


class at_version:
    """Inside, this is the version, and nobody asks the database again. Afterwards it tells whether the database was
    asked for anything: what is remembered is of this version, and needs no second look."""

    def __init__(self, version: str):
        self.version = version
        self.has_read = False

    def __enter__(self) -> "at_version":
        self.token = _at.set(self)
        return self

    def __exit__(self, *_) -> None:
        _at.reset(self.token)


def _notice(execute, sql, params, many, context):
    """Around each query of the process."""
    if at := _at.get():
        at.has_read = True
    return execute(sql, params, many, context)


@receiver(connection_created)
def notice_queries(connection, **_) -> None:
    """Have each query of a new connection noticed: see `at_version`."""
    if _notice not in connection.execute_wrappers:
        connection.execute_wrappers.append(_notice)


def content_version() -> str:
    """The version of all that answers are made of, on this day.

    It tells apart the releases of the tables, every change that staff made in the admin or that an entry's history
    records, the corrections that readers see, every state of the search index, the day (an answer for today is another
    one tomorrow), and the program. Three queries, each of a few rows; where the database says that nothing has been
    written since this process last asked, none but that one.
    """
    if at := _at.get():
        return at.version
    alias = router.db_for_read(Release)
    connection = connections[alias]
    today = clock.today()
    state = (_state(connection), today)
    known = connection.__dict__.get("content_version")
    if state[0] is not None and known and known[0] == state:
        return known[1]
    version = _read_version(today)
    connection.content_version = (state, version)
    return version


def _state(connection) -> tuple | None:
    """What stays the same as long as nothing is written to the database; None where that cannot be told.

    Inside a transaction that writes, it may be rolled back. A replica's transactions only read.
    """
    if connection.in_atomic_block and connection.alias == DEFAULT_DB_ALIAS:
        return None
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        raw = connection.connection
        # The number of changes that others committed, as this connection sees it, and its own.
        return (*raw.execute("PRAGMA data_version").fetchone(), raw.total_changes, id(raw))
    with connection.cursor() as cursor:
        # Two looks at the database with the same snapshot see the same rows. A replica does not tell which transactions
        # are under way, but whether any is.
        cursor.execute(
            "SELECT s::text, pg_is_in_recovery() AND pg_snapshot_xmin(s) <> pg_snapshot_xmax(s) "
            "FROM pg_current_snapshot() s"
        )
        snapshot, is_unsure = cursor.fetchone()
        return None if is_unsure else (snapshot,)


def _read_version(today: date) -> str:
    releases = Release.objects.order_by("pk").values_list(
        "pk", "is_current", "stage", "row_count", "published_at"
    )
    corrections = MistakeReport.objects.filter(state=MistakeReport.State.FIXED).aggregate(
        Count("pk"), Max("corrected_at")
    )
    parts = (
        program_version(),
        today,
        _content().all().first(),
        list(releases),
        sorted(corrections.items()),
    )
    return sha256(repr(parts).encode()).hexdigest()[:32]


@cache
def _content() -> QuerySet:
    """The stamp of the search index with the newest record of each history, of the admin's log and of what it writes."""
    newest = {
        f"{model.__name__}_{field}": Subquery(model.history.order_by("-history_id").values(field)[:1])
        for model in HISTORIC
        for field in ("history_id", "history_date")  # a number may come again after a backup was restored
    }
    newest["logged_at"] = Subquery(LogEntry.objects.order_by("-pk").values("action_time")[:1])
    newest |= {
        f"newest_{model.__name__}": Subquery(model.objects.order_by("-pk").values("pk")[:1])
        for model in (LogEntry, UnitLimit, AddOnLink, MedicareStatus, PayerRule, TherapyThreshold)
    }
    return SearchStamp.objects.annotate(**newest).values_list()


@cache
def program_version() -> str:
    """The version of our own rules, texts and templates, from their files: another one after an update of the site."""
    found = sha256(repr([getattr(settings, name) for name in SHOWN]).encode())
    static = Path(settings.STATIC_ROOT) / "staticfiles.json"
    sources = [*Path(__file__).parent.rglob("*.py"), *(settings.BASE_DIR / "templates").rglob("*.*"), static]
    for path in sorted(sources):
        if path.is_file():
            found.update(path.read_bytes())
    return found.hexdigest()
