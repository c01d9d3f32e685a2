"""The environment of our pages' templates: what they may use beside their own values.

Jinja2 makes Python of a template once. Measured on a pair's page, that renders it six times as fast as Django's own
engine, which walks through its pieces each time. The staff's side is Django's, and so are its templates.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django.template import defaultfilters
from django.utils import timezone
from django_htmx.jinja import htmx_script
from jinja2 import Environment, Undefined
from jinja2.ext import Extension

from codes import linkeddata, markup
from codes.addresses import address_of, once_for_settings, pair_address, static_address
from codes.corrections import corrections_of
from codes.glossary import explain

TAGS_ALONE = re.compile(r"(?:\{% (?!include|block|endblock)[^{}]*%\}|\{#[^{}]*#\})+")
"""What says itself nothing; what is included or in a block ends without a line's end."""


OF_DJANGO = ("capfirst", "escapejs", "floatformat", "pluralize", "slugify", "truncatechars")
"""Django's filters that our templates use."""


class WithoutIndentation(Extension):
    """Leaves out how the lines of a template are indented, and lines on which only tags stand: a twentieth of a
    compressed page. Done when a template is compiled, so no page waits for it."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The template's text, of as many lines: where a line's end is left out it moves into a tag."""
        return "".join(map(_without_indentation, source.splitlines(keepends=True)))


def _without_indentation(line: str) -> str:
    text = line.strip()
    if not text:
        return "{#\n#}"
    if TAGS_ALONE.fullmatch(text):
        return f"{text[:-2]}\n{text[-2:]}"
    return f"{text}\n"


def explained(html: str, unexplained: bool = False) -> str:
    """A page's HTML with each term of the glossary explained where it first stands, but where that is not wanted."""
    return html if unexplained else explain(html)


def moment(value: datetime | None, form: str) -> str:
    """A date or a moment by a format of Django's `date` filter; of a moment, its time here."""
    return defaultfilters.date(timezone.localtime(value) if isinstance(value, datetime) else value, form)


def runs(things: Iterable, attribute: str) -> Iterator[tuple[str, list]]:
    """Neighbours with the same value of an attribute, with that value."""
    return ((value, list(same)) for value, same in groupby(things, attrgetter(attribute)))


def environment(**options) -> Environment:
    """Jinja2's environment with our functions and filters, and with those of Django's that our templates use."""
    options["undefined"] = Undefined  # what a page does not have is left out, also where DEBUG is on
    made = Environment(**options, extensions=[WithoutIndentation])  # noqa: S701  (Django sets autoescape)
    made.globals |= {
        "url": address_of,
        "pair_url": pair_address,
        "static": static_address,
        "htmx_script": once_for_settings(htmx_script),
        **_by_name(
            corrections_of,
            markup.icon,
            markup.badge,
            markup.cite,
            linkeddata.absolute,
            linkeddata.crumbs,
            linkeddata.medical_code,
            linkeddata.faq_page,
            linkeddata.claim_review,
            linkeddata.website,
        ),
    }
    made.filters |= {
        **_by_name(markup.choice, markup.day, markup.linked, markup.prose, explained, moment, runs),
        **{name: defaultfilters.register.filters[name] for name in OF_DJANGO},
    }
    return made


def _by_name(*functions: Callable) -> dict[str, Callable]:
    return {each.__name__: each for each in functions}
