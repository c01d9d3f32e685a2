"""What an operator writes into an environment variable, turned into what Django's settings want."""

import importlib.util
import re
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
RATE = re.compile(rf"(\d{{1,9}})/({'|'.join(SECONDS)})")
CACHE_TIMEOUT = 0.25
"""Seconds that a page waits for the shared cache before it goes on without."""
MOST_CLIENTS = 50_000
"""So many counters of clients a process keeps where there is no shared cache: about 10 MB."""


def rate(variable: str, text: str) -> tuple[int, int] | None:
    """`600/minute` as the number of requests and the seconds of their window; None for `off`.

    Raises ImproperlyConfigured for anything else, naming the variable.
    """
    if text.strip().lower() == "off":
        return None
    found = RATE.fullmatch(text.strip().lower())
    if not found or not int(found[1]):
        raise ImproperlyConfigured(
            f"{variable}={text} is not a rate. Write a number and a time, such as 600/minute "
            f"({', '.join(SECONDS)}), or off."
        )
    return int(found[1]), SECONDS[found[2]]


def beside(database: dict, folder: Path, name: str) -> Path:
    """Where a file of this name belongs that is kept for one database: beside it, with its name before it; or in `folder`.

    /srv/site/db.sqlite3 has /srv/site/db-pages.sqlite3.
    """
    if database["ENGINE"] != "django.db.backends.sqlite3" or ":" in str(database["NAME"]):
        return folder / name
    path = Path(database["NAME"])
    return path.with_name(f"{path.stem}-{name}")


def caches(url: str) -> dict:
    """Django's CACHES: in each process's own memory, or in the Redis or Valkey server that `url` names.

    The counters of rate limits have a place of their own, so that many clients never push out what pages remember.
    Raises ImproperlyConfigured for an address that is neither, or when the client library is missing.
    """
    if not url:
        memory = "django.core.cache.backends.locmem.LocMemCache"
        return {
            "default": {"BACKEND": memory},
            "limits": {"BACKEND": memory, "LOCATION": "limits", "OPTIONS": {"MAX_ENTRIES": MOST_CLIENTS}},
        }
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in ("redis", "rediss", "valkey", "valkeys", "unix"):
        raise ImproperlyConfigured(
            "CACHE_URL must name a Redis or Valkey server, such as redis://cache.example:6379/0. "
            "Leave it empty to remember things in each process's own memory."
        )
    if importlib.util.find_spec("redis") is None:
        raise ImproperlyConfigured(
            "CACHE_URL is set, but the client for it is not installed. Install it: "
            ".venv/bin/python -m pip install -r requirements-cache.txt"
        )
    shared = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"{scheme.replace('valkey', 'redis')}://{rest}",
        "OPTIONS": {"socket_connect_timeout": CACHE_TIMEOUT, "socket_timeout": CACHE_TIMEOUT},
    }
    return {
        "default": {**shared, "KEY_PREFIX": "cptref"},
        "limits": {**shared, "KEY_PREFIX": "cptref-limits"},
    }
