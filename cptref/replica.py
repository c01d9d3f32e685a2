"""Readers' pages come from a replica of the database, where the operator names one; everything else from the primary.

Who reads where is decided once for each request. A page is read from the replica if it is a reader's: it is only read
(GET or HEAD), it is not the admin's, and whoever asks has no session. So staff, who have one, see their own edits at
once on every page; sessions, accounts, forms, imports and commands never see the replica at all.

A page is read in one transaction, from one state of the database: PostgreSQL applies what the primary did transaction
by transaction, so that a release is never current before its rows are there, nor seen half-way through a page. It may
be a little old. Where the replica does not answer, the page is read from the primary instead, from its beginning, and
for a while nobody asks the replica: readers notice nothing, and the log says so.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections, transaction

PRIMARY = DEFAULT_DB_ALIAS
REPLICA = "replica"
REPLICATED = "codes"
"""The application whose tables readers' pages are read from."""
RETRY_AFTER = 30
"""For so many seconds nobody asks a replica that did not answer."""

log = logging.getLogger(__name__)
_reads_from: ContextVar[str] = ContextVar("the database that this request reads from", default=PRIMARY)
_silent_until = 0.0


class Router:
    """Which database a query goes to, as Django asks it."""

    def db_for_read(self, model, **hints) -> str:
        """The replica inside a reader's page, else the primary."""
        return _reads_from.get() if model._meta.app_label == REPLICATED else PRIMARY

    def db_for_write(self, model, **hints) -> str:
        """The primary; what is read after a write is read there, too."""
        _reads_from.set(PRIMARY)
        return PRIMARY

    def allow_relation(self, one, other, **hints) -> bool:
        """Both hold the same rows."""
        return True

    def allow_migrate(self, db, app_label, **hints) -> bool | None:
        """The replica gets its tables from the primary."""
        return False if db == REPLICA else None


class ReadersMiddleware:
    """Answers readers' pages from the replica. It stands last: what others want to say to a request comes first."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, arguments, options):
        """The answer as the replica has it; None where Django is to go on and read from the primary."""
        if not is_readers(request) or time.monotonic() < _silent_until:
            return None
        try:
            with _replica():
                return view(request, *arguments, **options)
        except (OperationalError, InterfaceError) as error:
            if _is_there():
                log.warning("The replica broke off a page, which is read from the primary: %s", error)
            else:
                _leave_alone(error)
            return None


def is_readers(request) -> bool:
    """Whether a request may be answered from the replica. Its view must be known."""
    return (
        request.method in ("GET", "HEAD")
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and "admin" not in request.resolver_match.namespaces
        and not connections[PRIMARY].in_atomic_block
    )


@contextmanager
def _replica() -> Iterator[None]:
    """Read from one state of the replica. Raises OperationalError when it does not answer."""
    with transaction.atomic(REPLICA):
        before = _reads_from.set(REPLICA)
        try:
            yield
        finally:
            _reads_from.reset(before)


def _is_there() -> bool:
    """Whether a replica that broke off a page answers: PostgreSQL ends queries there that hold replication up.

    Django has connected anew by then, if that was possible.
    """
    connection = connections[REPLICA]
    return connection.connection is not None and connection.is_usable()


def _leave_alone(error: Exception) -> None:
    global _silent_until
    _silent_until = time.monotonic() + RETRY_AFTER
    log.error("The replica does not answer. For %s s all is read from the primary: %s", RETRY_AFTER, error)
