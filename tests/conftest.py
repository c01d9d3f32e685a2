"""What all tests share: a database with the launch data, and the day on which they are run."""

import os
from datetime import date

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from codes import reference
from codes.contentversion import at_version
from codes.pagestore import page_store

os.environ.setdefault(
    "DJANGO_ALLOW_ASYNC_UNSAFE", "true"
)  # the browser's loop runs in the thread of the tests

TODAY = date(2026, 11, 25)
"""The day of the tests, so that "today" means the same each time they run."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Every test that uses the database finds the launch data in it, as a new site has it."""
    with django_db_blocker.unblock():
        if not reference.is_loaded():
            reference.load()


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """Freeze the day; hours and minutes go on."""
    monkeypatch.setattr("codes.clock.today", lambda *args, **kwargs: TODAY)
    return TODAY


@pytest.fixture(autouse=True)
def nothing_kept(request, settings, monkeypatch):
    """Each page of a test is made for it. What keeping pages does is tried in test_madeonce.py.

    Versions are a test's own: what it writes is rolled back, and the next one's rows may have the same numbers.
    """
    settings.PAGES_MAX_MB = 0
    page_store.cache_clear()
    monkeypatch.setattr("codes.contentversion.program_version", lambda: request.node.nodeid)


@pytest.fixture
def one_version(request):
    """For counting the queries of an answer alone: the version is known, as it is where nothing has been written."""
    with at_version(f"the one of {request.node.nodeid}"):
        yield


@pytest.fixture(autouse=True)
def plain_static_files(settings):
    """Files by their own names: hashed names need `collectstatic`, which only the browser's server runs."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture
def kept_connection():
    """For tests of the WSGI application: a request closes connections that are in a transaction, as a test's are."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.fixture
def reader(db) -> Client:
    """Somebody who reads the site, without JavaScript and without an account."""
    return Client()
