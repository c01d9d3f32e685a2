"""The terms of the trade: all of them for the glossary, and each explained where a page first uses it."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from codes.addresses import address_of
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
    rf"((?:</[^>]*>|<(?:({SILENT.replace(' ', '|')})\b[^>]*"
    rf'|([a-z]+) [^>]*?\bclass="(?:[^"]* )?(?:{SILENT_CLASSES.replace(" ", "|")})[ "][^>]*)>'
    r".*?</(?:\2|\3)>|<[^>]*>)\s*)",
    re.DOTALL,
)
"""Such a part of a page, or a tag, with the space behind it."""
WORD = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class Marked:
    """A term as it is looked for in texts."""

    slug: str
    spellings: tuple[str, ...]
    """As it may be written, the longest first."""
    begins: frozenset[str]
    """The words that these begin with, in one number and the other."""
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
    address = f"{address_of('glossary')}#{slug}"
    opened = format_html(
        '<div class="term" popover id="t-{}">{} <a href="{}">In the glossary</a></div>',
        slug,
        meaning,
        address,
    )
    begins = {WORD.search(form)[0] for form in both}
    return Marked(
        slug,
        tuple(sorted(both, key=lambda form: (-len(form), form))),
        frozenset(begins | {f"{word}s" for word in begins}),
        opened,
    )


def explain(html: str) -> SafeString:
    """Safe HTML of a page with each term of the glossary explained where it first stands.

    The term becomes a button that opens its explanation: by a click, a tap or the Enter key in every browser, and by
    pointing at it or coming to it with the Tab key where the browser knows `interestfor`. No script is needed.
    The explanations themselves stand at the end, so that no sentence is interrupted for who reads the page as text; a
    browser shows each beside its button, and goes there from it with the Tab key. No query but once a minute.
    """
    pieces = UNSPOKEN.split(html)
    texts, between = pieces[::4], pieces[1::4]
    text = "\0".join(texts)
    words = set(WORD.findall(text))
    taken: list[tuple[int, int]] = []
    found = []
    for term in _marked_terms():
        place = None if words.isdisjoint(term.begins) else _first_place(text, term, taken)
        if place:
            taken.append(place)
            found.append((*place, term))
    begins = list(accumulate((len(each) + 1 for each in texts), initial=0))
    from_the_back = sorted(found, key=lambda each: -each[0])  # so that no place moves that is still to come
    for start, end, term in from_the_back:
        which = bisect_right(begins, start) - 1
        here, there = start - begins[which], end - begins[which]
        target = f"t-{term.slug}"
        texts[which] = (
            f'{texts[which][:here]}<dfn><button type="button" popovertarget="{target}" popovertargetaction="show" '
            f'interestfor="{target}">{texts[which][here:there]}</button></dfn>{texts[which][there:]}'
        )
    done = [part for both in zip(texts, [*between, ""], strict=True) for part in both]
    return mark_safe("".join([*done, *(term.html for _, _, term in found)]))  # noqa: S308  (wraps words of safe HTML in tags of ours)


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
