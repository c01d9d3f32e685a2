"""The terms of the trade: all of them for the glossary, and each explained where a page first uses it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from codes.addresses import address_of
from codes.lookups import CITATIONS
from codes.markup import in_ascii
from codes.models import GlossaryTerm
from codes.remembered import Recent, Remembered


def glossary_terms() -> Sequence[GlossaryTerm]:
    """Every published term with its citations, in alphabetical order. Two queries."""
    return list(GlossaryTerm.objects.published().prefetch_related(CITATIONS))


# --- In the texts of pages ----------------------------------------------------------------------


SILENT = frozenset(
    "a button caption code dfn form h0 label legend nav option script select style summary svg td textarea title".split()
)
"""Elements in which nothing is explained: what is a control already, a heading (h1 and the like, see `_alike`), a value in
a table, or no text."""
SILENT_CLASSES = frozenset("asof badge cite flag sources visually-hidden".split())
"""And those with one of these classes: small marks, and the names of documents. None of them holds another of its name."""
CLASSES = re.compile(r'\sclass="([^"]*)"')
MOST_PIECES = 16_384
"""So many pieces of pages are kept with the places of terms in them, and as many of before: most pages share most of
theirs. At most some 20 MB."""
TAG_AND_TEXT = re.compile(r"<([^>]*)>?([^<]*)")
BEHIND_NO_TAG = "<>"
WORD = re.compile(r"[^\W_]+")
DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
OPENING, CLOSING = ("(", in_ascii("“")), (")", in_ascii("”"), *".,;:?")
BETWEEN = ">\n"
"""Where pages are taken apart: a line's end behind a tag. A sign of greater than stands in no tag but at its end."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A term as it is looked for in texts."""

    slug: str
    spellings: tuple[str, ...]
    """As it may be written, the longest first."""
    html: str
    """What opens at the term."""


Place = tuple[int, int, int]
"""The number of a term, and where it begins and ends in its piece."""
Found = tuple[Sequence[Place], str]
"""Wherever a term may be explained in a piece, term by term, from the front, and the tag until which nothing is
explained behind it; empty for none."""
NOTHING: Found = ((), "")
"""Of most pieces: no term, and nothing silent behind. One for all, for pieces are many."""


class Terms:
    """All terms that are marked in texts; those with the longest spellings first, as they may contain others."""

    def __init__(self, marked: Iterable[Marked]):
        self.marked = sorted(marked, key=lambda term: -len(term.spellings[0]))
        self.beginning = defaultdict(set)
        for number, term in enumerate(self.marked):
            for form in _forms(term):
                self.beginning[WORD.search(form)[0]].add(number)
        self.in_alike = lru_cache(maxsize=MOST_PIECES)(self._in_alike)
        self.in_pieces = Recent(self.in_piece, MOST_PIECES)
        self.with_buttons = lru_cache(maxsize=MOST_PIECES)(self._with_buttons)

    def in_piece(self, piece: str, silent_until: str = "") -> Found:
        """What is found in a piece of HTML; `silent_until` is that of before it."""
        found = self.in_alike(_alike(piece), silent_until)
        if not found[0]:
            return found
        return tuple(place for place in found[0] if self._stands(place, piece)), found[1]

    def _stands(self, place: Place, piece: str) -> bool:
        """Whether it is the term that stands at a place where it does but for its digits."""
        number, start, end = place
        word, spellings = piece[start:end], self.marked[number].spellings
        return word in spellings or word.removesuffix("s") in spellings

    def _in_alike(self, alike: bytes, silent_until: str) -> Found:
        """As `in_piece`, of a piece with all digits alike."""
        piece = alike.decode()
        places = []
        begins = -len(BEHIND_NO_TAG)
        for tag, text in TAG_AND_TEXT.findall(BEHIND_NO_TAG + piece):
            begins += len(tag) + 2
            if silent_until:
                if tag == silent_until:
                    silent_until = ""
            else:
                silent_until = _silent_until(tag)
            if text:
                if not silent_until:
                    places += [
                        (number, begins + start, begins + end) for number, start, end in self._places(text)
                    ]
                begins += len(text)
        if not places and not silent_until:
            return NOTHING
        return tuple(sorted(places, key=lambda place: (place[0], place[1], -place[2]))), silent_until

    def _places(self, text: str) -> Sequence[Place]:
        """Wherever a term stands in a text as a word of its own, term by term, from the front."""
        words = set(WORD.findall(text))
        words |= {word.removesuffix("s") for word in words}
        numbers = {number for word in words & self.beginning.keys() for number in self.beginning[word]}
        return [
            (number, start, end)
            for number in sorted(numbers)
            for start, end in sorted(
                _places_of(self.marked[number], text), key=lambda place: (place[0], -place[1])
            )
        ]

    def _with_buttons(self, text: str, places: Sequence[Place]) -> str:
        """A text with a button at each of these places.

        A browser may begin a line before and behind a button: a bracket or a full stop beside it is kept with it.
        """
        done, last = [], 0
        for number, start, end in places:
            target = f"t-{self.marked[number].slug}"
            term = (
                f'<dfn><button type="button" popovertarget="{target}" popovertargetaction="show" interestfor="{target}">'
                f"{text[start:end]}</button></dfn>"
            )
            begin, behind = start, end
            if text.endswith(OPENING, last, start):
                begin -= next(len(sign) for sign in OPENING if text.endswith(sign, last, start))
            if text.startswith(CLOSING, end):
                behind += next(len(sign) for sign in CLOSING if text.startswith(sign, end))
            if begin < start or behind > end:
                term = f'<span class="joined">{text[begin:start]}{term}{text[end:behind]}</span>'
            done += [text[last:begin], term]
            last = behind
        return "".join([*done, text[last:]])


@Remembered
def _terms() -> Terms:
    fields = ("slug", "long_form", "short", "spellings")
    rows = GlossaryTerm.objects.published().exclude(spellings="").values_list(*fields)
    return Terms(_marked(*row) for row in rows)


def _marked(slug: str, long_form: str, short: str, spellings: str) -> Marked:
    written = {" ".join(line.split()) for line in spellings.splitlines() if WORD.search(line)}
    both = {in_ascii(form) for spelling in written for form in (spelling, spelling[0].upper() + spelling[1:])}
    meaning = f"{long_form[0].upper()}{long_form[1:]}. {short}" if long_form else short
    address = f"{address_of('glossary')}#{slug}"
    opened = format_html(
        '<div class="term" popover id="t-{}">{} <a href="{}">In the glossary</a></div>',
        slug,
        meaning,
        address,
    )
    return Marked(slug, tuple(sorted(both, key=lambda form: (-len(form), form))), in_ascii(opened))


def _alike(text: str) -> bytes:
    """A text in ASCII with all digits alike, as it is looked through: pairs have the same sentences but for their numbers.

    What is beyond ASCII in a page, and that is control characters and their neighbours, is no letter then.
    """
    return text.encode("ascii", "replace").translate(DIGITS)


def _forms(term: Marked) -> Iterable[str]:
    """A term's spellings as they are looked for, each once."""
    return dict.fromkeys(_alike(form).decode() for form in term.spellings)


def _places_of(term: Marked, text: str) -> Iterator[tuple[int, int]]:
    """Wherever one of a term's spellings stands as a word of its own, also in the plural, in a text with all digits alike."""
    for form in _forms(term):
        start = text.find(form)
        while start >= 0:
            end = start + len(form)
            end += text[end : end + 1] == "s"
            if not _continues(text[start - 1 : start]) and not _continues(text[end : end + 1]):
                yield start, end
            start = text.find(form, start + 1)


def _continues(letter: str) -> bool:
    """Whether a word goes on with a letter."""
    return letter.isalnum() or letter in ("-", "_")


def explain(html: str, below: str = "") -> SafeString:
    """Safe HTML of a page with each term of the glossary explained where it first stands, and `below` as it is.

    The term becomes a button that opens its explanation: by a click, a tap or the Enter key in every browser, and by
    pointing at it or coming to it with the Tab key where the browser knows `interestfor`. No script is needed.
    The explanations themselves stand at the end, so that no sentence is interrupted for who reads the page as text; a
    browser shows each beside its button, and goes there from it with the Tab key. No query but once for each version.
    """
    terms = _terms()
    pieces = str.split(html, BETWEEN)  # plain ones: safe text makes safe text of each
    done: set[int] = set()
    silent_until = ""
    for which, piece in enumerate(pieces):
        if not silent_until:
            places, silent_until = terms.in_pieces[piece]
        elif silent_until.rstrip("0") in piece:  # of a heading, whose number is like all others
            places, silent_until = terms.in_piece(piece, silent_until)
        else:
            continue
        if places and (new := _new_places(places, done)):
            pieces[which] = terms.with_buttons(piece, new)
    pieces[-1] = "".join([pieces[-1], below, *[terms.marked[number].html for number in sorted(done)]])
    return mark_safe(BETWEEN.join(pieces))  # noqa: S308  (wraps words of safe HTML in tags of ours)


def _new_places(places: Iterable[Place], done: set[int]) -> tuple[Place, ...]:
    """The places of terms that are not `done`, each once, from the front; they are done then.

    A term that stands within another waits for its next place: those that may contain others come first.
    """
    taken: list[Place] = []
    for place in places:
        if place[0] in done:
            continue
        number, start, end = place
        if not taken or all(start >= ends or end <= begins for _, begins, ends in taken):
            taken.append(place)
            done.add(number)
    return tuple(taken) if len(taken) < 2 else tuple(sorted(taken, key=itemgetter(1)))


@lru_cache(maxsize=MOST_PIECES)
def _silent_until(tag: str) -> str:
    """The tag that ends the element which a tag begins, where nothing is explained in it; else empty."""
    name = tag.partition(" ")[0]
    classes = CLASSES.search(tag)
    if name in SILENT or (classes and not SILENT_CLASSES.isdisjoint(classes[1].split())):
        return f"/{name}"
    return ""
