"""One short text that changes whenever an answer may: what caches of programs are told apart by."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet, Subquery
from django.utils import timezone

from codes.models import HISTORIC, Release
from codes.models.searching import SearchStamp


def content_version() -> str:
    """The version of all that answers are made of, on this day. Two queries, each of a few rows.

    It tells apart the releases of the tables, every change that staff made in the admin or that an entry's history
    records, every state of the search index, the day (an answer for today is another one tomorrow), and the program.
    """
    releases = Release.objects.order_by("pk").values_list(
        "pk", "is_current", "stage", "row_count", "published_at"
    )
    parts = (program_version(), timezone.localdate(), _content().all().first(), list(releases))
    return sha256(repr(parts).encode()).hexdigest()[:32]


@cache
def _content() -> QuerySet:
    """The stamp of the search index with the newest record of each history and of the admin's log: one row."""
    newest = {
        model.__name__: Subquery(model.history.order_by("-history_id").values("history_id")[:1])
        for model in HISTORIC
    }
    logged = Subquery(LogEntry.objects.order_by("-pk").values("pk")[:1])
    return SearchStamp.objects.annotate(logged=logged, **newest).values_list()


@cache
def program_version() -> str:
    """The version of our own rules and texts, from their source files: another one after an update of the site."""
    found = sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()
