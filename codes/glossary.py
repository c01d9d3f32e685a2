"""The terms of the trade: all of them for the glossary, and each explained where a page first uses it."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from codes.lookups import CITATIONS
from codes.models import GlossaryTerm
from codes.remembered import Remembered


def glossary_terms() -> Sequence[GlossaryTerm]:
    """Every published term with its citations, in alphabetical order. Two queries."""
    return list(GlossaryTerm.objects.published().prefetch_related(CITATIONS))


# --- In the texts of pages ----------------------------------------------------------------------


SILENT = "a button caption code dfn form h1 h2 h3 h4 label legend nav option script select style summary svg td textarea title"
"""Elements in which nothing is explained: what is a control already, a heading, a value in a table, or no text."""
SILENT_CLASSES = "asof badge cite flag sources visually-hidden"
"""And those with one of these classes: small marks, and the names of documents. None of them holds another of its name."""
UNSPOKEN = re.compile(
    rf"<(?:({SILENT.replace(' ', '|')})\b[^>]*"
    rf'|([a-z]+) [^>]*?\bclass="(?:[^"]* )?(?:{SILENT_CLASSES.replace(" ", "|")})(?: [^"]*)?"[^>]*)>'
    r".*?</(?:\1|\2)>|<[^>]*>",
    re.DOTALL,
)
"""Such a part of a page, or a tag."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A term as it is looked for in texts."""

    slug: str
    spellings: tuple[str, ...]
    """As it may be written, the longest first."""
    html: str
    """What opens at the term."""


@Remembered
def _marked_terms() -> Sequence[Marked]:
    """All terms that are marked in texts; those with the longest spellings first, as they may contain others."""
    fields = ("slug", "long_form", "short", "spellings")
    rows = GlossaryTerm.objects.published().exclude(spellings="").values_list(*fields)
    return sorted((_marked(*row) for row in rows), key=lambda term: -len(term.spellings[0]))


def _marked(slug: str, long_form: str, short: str, spellings: str) -> Marked:
    written = {" ".join(line.split()) for line in spellings.splitlines() if line.strip()}
    both = {form for spelling in written for form in (spelling, spelling[0].upper() + spelling[1:])}
    meaning = f"{long_form[0].upper()}{long_form[1:]}. {short}" if long_form else short
    address = f"{reverse('glossary')}#{slug}"
    opened = format_html(
        '<div class="term" popover id="t-{}">{} <a href="{}">In the glossary</a></div>',
        slug,
        meaning,
        address,
    )
    return Marked(slug, tuple(sorted(both, key=lambda form: (-len(form), form))), opened)


def explain(html: str) -> SafeString:
    """Safe HTML of a page with each term of the glossary explained where it first stands.

    The term becomes a button that opens its explanation: by a click, a tap or the Enter key in every browser, and by
    pointing at it or coming to it with the Tab key where the browser knows `interestfor`. No script is needed.
    The explanations themselves stand at the end, so that no sentence is interrupted for who reads the page as text; a
    browser shows each beside its button, and goes there from it with the Tab key. No query but once a minute.
    """
    text, places = _text_of(html)
    taken: list[tuple[int, int]] = []
    found = []
    for term in _marked_terms():
        place = _first_place(text, term, taken)
        if place:
            taken.append(place)
            start = _in_page(place[0], places)
            found.append((start, start + place[1] - place[0], term))
    done, last = [], 0
    for start, end, term in sorted(found, key=lambda each: each[0]):
        target = f"t-{term.slug}"
        done += [
            html[last:start],
            f'<dfn><button type="button" popovertarget="{target}" popovertargetaction="show" interestfor="{target}">',
            f"{html[start:end]}</button></dfn>",
        ]
        last = end
    done += [html[last:], *(term.html for _, _, term in found)]
    return mark_safe("".join(done))  # noqa: S308  (only wraps words of safe HTML in tags of ours)


def _text_of(html: str) -> tuple[str, list[tuple[int, int]]]:
    """The texts of a page in which terms are explained, and for each where it begins among them and in the page."""
    texts, places, length, last = [], [], 0, 0
    for part in UNSPOKEN.finditer(html):
        start, end = part.span()
        between = html[last:start]
        if between and not between.isspace():
            texts.append(between)
            places.append((length, last))
            length += len(between) + 1
        last = end
    texts.append(html[last:])
    places.append((length, last))
    return "\0".join(texts), places


def _in_page(place: int, places: list[tuple[int, int]]) -> int:
    """Where in the page stands what has this place in its texts."""
    begins, in_page = places[bisect_right(places, place, key=lambda each: each[0]) - 1]
    return in_page + place - begins


def _first_place(text: str, term: Marked, taken: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """Where a term first stands as a word of its own, beside the places that are taken."""
    first = None
    for form in term.spellings:
        start = text.find(form)
        while start >= 0 and (first is None or start < first[0]):
            end = start + len(form)
            end += text[end : end + 1] == "s"
            if (
                not _continues(text[start - 1 : start])
                and not _continues(text[end : end + 1])
                and all(end <= other or start >= done for other, done in taken)
            ):
                first = (start, end)
                break
            start = text.find(form, start + 1)
    return first


def _continues(letter: str) -> bool:
    """Whether a word goes on with a letter."""
    return letter.isalnum() or letter in ("-", "_")
