"""Pieces of our pages' HTML that are made from a value: dates, verdicts, links in texts, sources."""

import re
from collections.abc import Iterable, Set
from datetime import date, datetime
from functools import cache, lru_cache

from django.db.models import Model
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from codes import markdown
from codes.addresses import address_of
from codes.rules.pairs import Verdict
from codes.rules.standing import Outcome
from codes.rules.terms import Cite

CODE_OR_MODIFIER = re.compile(
    r"(?P<tag><a\b.*?</a>|<[^>]*>)"
    r"|(?<![\w$/.-])(?P<code>[0-9A-Z][0-9]{3}[0-9A-Z])(?![\w/]|[-.,]\d)"
    r"|(?<![\w/])(?P<word>[Mm]odifiers?) (?P<modifier>[0-9A-Z]{2})(?!\w)",
    re.DOTALL,
)
CONTROL = re.compile(r"[\x80-\x9f]")
LINK_TO_ENTRY = re.compile(r'<a href="/(?:codes|modifiers)/(?P<key>\w+)/">(?P<text>.*?)</a>', re.DOTALL)


def in_ascii(html: str) -> SafeString:
    """Safe HTML with each sign beyond ASCII as a reference, as in `&#167;`, which browsers show the same.

    One sign from far away, and Python needs twenty times as long to join a page and to encode it. A text with control
    characters stays as it is: browsers read references to those as other signs.
    """
    if not (html.isascii() or CONTROL.search(html)):
        html = html.encode("ascii", "xmlcharrefreplace").decode("ascii")
    return SafeString(html)


@lru_cache(maxsize=4096)
def link_codes(html: str, keys: Set[str]) -> SafeString:
    """Turn the code numbers in safe HTML into links, and "modifier 59" too: those that are among the published `keys`.

    What stands inside a link or a tag is left alone, but a link to an entry that is not published becomes plain text.
    """

    def link(match: re.Match) -> str:
        if match["tag"]:
            entry = LINK_TO_ENTRY.fullmatch(match["tag"])
            return entry["text"] if entry and entry["key"] not in keys else match["tag"]
        number, modifier = match["code"], match["modifier"]
        if number in keys:
            return f'<a href="{address_of("code", number)}">{number}</a>'
        if modifier in keys:
            return f'<a href="{address_of("modifier", modifier)}">{match["word"]} {modifier}</a>'
        return match[0]

    return in_ascii(CODE_OR_MODIFIER.sub(link, html))


def prose(text: str, keys: Set[str] = frozenset()) -> SafeString:
    """Staff-written Markdown as safe HTML, with the published `keys` in it linked."""
    return link_codes(markdown.render(text), keys)


@lru_cache(maxsize=4096, typed=True)  # typed: what is safe already is another text than what is not
def linked(text: str, keys: Set[str] = frozenset()) -> SafeString:
    """A plain sentence as safe HTML, with the published `keys` in it linked."""
    return link_codes(conditional_escape(text), keys)


def day(value: date | None) -> SafeString | str:
    """A date as people write it, in a <time> element; of a moment, its day here; empty for None."""
    if value is None:
        return ""
    return _day(timezone.localtime(value).date() if isinstance(value, datetime) else value)


@lru_cache(maxsize=1000)
def _day(value: date) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), day_in_words(value))


@lru_cache(maxsize=1000)
def day_in_words(value: date) -> str:
    """A date as people write it, where no element can stand: in titles, pictures, drawings."""
    return f"{value:%B} {value.day}, {value.year}"


def choice(entry: Model, field: str) -> str:
    """The words for an entry's value of a field with choices, as of Django's `get_…_display`, which counts them anew."""
    value = getattr(entry, field)
    return _choices(type(entry), field).get(value, value)


@cache
def _choices(model: type[Model], field: str) -> dict:
    return dict(model._meta.get_field(field).flatchoices)


ICONS = {
    "never-together": "M6 6l12 12M18 6L6 18",
    "modifier": "M12 6v7M12 17.5v.01",
    "no-edit": "M5 12.5l4.5 4.5L19 7.5",
    "same-code": "M6 9h12M6 15h12",
    "not-known": "M9 9a3 3 0 1 1 4 2.8c-.8.4-1 .9-1 1.7M12 17.5v.01",
    "search": "M10.5 4a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13M15.5 15.5L20 20",
    "arrow": "M5 12h13M13 7l5 5-5 5",
}
ICONS |= {
    "passed": ICONS["no-edit"],
    "failed": ICONS["never-together"],
    "not known": ICONS["not-known"],
    "true": ICONS["no-edit"],
    "wrong": ICONS["never-together"],
    "part-true": ICONS["modifier"],
    "outdated": ICONS["modifier"],
    "payer-dependent": ICONS["not-known"],
    "ready": ICONS["no-edit"],
    "change": ICONS["modifier"],
    "unknown": ICONS["not-known"],
}


@cache
def icon(name: str) -> SafeString:
    """A small drawing beside a word that says the same; hidden from screen readers. `name` is a key of ICONS."""
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{}"/></svg>',
        ICONS[str(name)],
    )


VERDICT_WORDS = {
    Verdict.NEVER: "Never together",
    Verdict.MODIFIER: "Only with a modifier",
    Verdict.NO_EDIT: "No edit in force",
    Verdict.SAME_CODE: "Same code twice",
    Verdict.NOT_KNOWN: "Not known",
}
OUTCOME_WORDS = {Outcome.PASSED: "Passed", Outcome.FAILED: "Failed", Outcome.NOT_KNOWN: "Not known"}


@cache
def badge(verdict: Verdict | Outcome) -> SafeString:
    """A verdict or the outcome of a test as icon and word, never as colour alone."""
    words = VERDICT_WORDS.get(verdict) or OUTCOME_WORDS[verdict]
    return format_html(
        '<span class="badge badge-{}">{} {}</span>',
        str(verdict.value).replace(" ", "-"),
        icon(verdict.value),
        words,
    )


def cite(place: Cite | None, sources: Iterable) -> SafeString | str:
    """Where a statement comes from, as a link to the page's list of sources, which are those of lookups.sources_for."""
    if place is None:
        return ""
    for source, _ in sources:
        if source.slug == place.source:
            return _cite(source.slug, str(source), place.locator)
    return ""


@lru_cache(maxsize=1000)
def _cite(slug: str, name: str, locator: str) -> SafeString:
    text = f"{name}, {locator}" if locator else name
    return in_ascii(format_html('<a class="cite" href="#source-{}">{}</a>', slug, text))
