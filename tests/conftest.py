"""What all tests share: a database with the launch data, and the day on which they are run."""

import os
from datetime import date

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from codes import corrections, glossary, reference

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
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args, **kwargs: TODAY)
    return TODAY


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch):
    """Whatever pages remember for a minute is read anew in each test, and then kept however long the test takes."""
    monkeypatch.setattr("codes.remembered.KEPT_FOR", 24 * 60 * 60)
    corrections._by_path.forget()
    glossary._marked_terms.forget()


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
