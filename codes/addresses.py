"""Addresses of pages by name and of static files, as Django gives them, at a tenth of the cost: a page names sixty.

The site stands at the root of its host.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from urllib.parse import urlencode

from django.core.signals import setting_changed
from django.templatetags.static import static
from django.urls import reverse

PLAIN = re.compile(r"[0-9A-Za-z_-]+", re.ASCII)
"""What stands in an address as it is written: numbers of codes, modifiers, slugs."""
PLAIN_PATH = re.compile(r"[0-9A-Za-z_/.~-]*", re.ASCII)


def address_of(name: str, *keys: str, query: Mapping | None = None) -> str:
    """The address of the page called `name`, of the entry or pair that `keys` name. NoReverseMatch as of `reverse`."""
    plain = all(map(PLAIN.fullmatch, keys))
    found = _form(name, len(keys)) % keys if plain else reverse(name, args=keys)
    return f"{found}?{_encoded(query)}" if query else found


def is_plain(path: str) -> bool:
    """Whether a path, or a value of a query, stands in an address as it is: dates and all paths of our own do."""
    return PLAIN_PATH.fullmatch(path) is not None


def _encoded(query: Mapping) -> str:
    """Names and values as they stand in an address; a list of values for its name each. Names are ours, and plain."""
    if all(isinstance(value, str) and is_plain(value) for value in query.values()):
        return "&".join([f"{name}={value}" for name, value in query.items()])
    return urlencode(query, doseq=True, safe="/")


def pair_address(first: str, second: str, query: Mapping | None = None) -> str:
    """The permanent address of a pair, the smaller code first; for the date and the setting in `query`."""
    return address_of("pair", *sorted((first, second)), query=query)


@lru_cache(maxsize=1000)
def _form(name: str, count: int) -> str:
    """An address with a place for each key, found by putting marks in their places."""
    marks = [f"key-{place}-" + "0" * 24 for place in range(count)]
    form = reverse(name, args=marks).replace("%", "%%")
    for mark in marks:
        form = form.replace(mark, "%s")
    return form


def once_for_settings[Answer](ask: Callable[..., Answer]) -> Callable[..., Answer]:
    """A function that is asked once for each question: its answers depend on settings, which change in tests alone."""
    kept = cache(ask)
    setting_changed.connect(lambda **_: kept.cache_clear(), weak=False)
    return kept


@once_for_settings
def static_address(path: str) -> str:
    """The address of a static file. ValueError where it is not among those that were collected."""
    return static(path)
