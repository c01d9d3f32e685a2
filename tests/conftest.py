"""What all tests share: a database with the launch data, and the day on which they are run."""

import os
from datetime import date

import pytest
from django.test import Client

from codes import reference

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
def plain_static_files(settings):
    """Files by their own names: hashed names need `collectstatic`, which only the browser's server runs."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture
def reader(db) -> Client:
    """Somebody who reads the site, without JavaScript and without an account."""
    return Client()
