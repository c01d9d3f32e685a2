"""What a reader typed, understood: the keys it names, and the terms to look for. Pure but for the lexicon."""

import re
import unicodedata
from dataclasses import dataclass, field

from . import spelling
from .lexicon import Lexicon
from .words import STOP_WORDS, WEAK_WORDS, joined, words_of

MAX_LENGTH = 200
MAX_WORDS = 12
CODE_NUMBER = re.compile(r"[0-9a-z][0-9]{3}[0-9a-z]")
PART_OF_NUMBER = re.compile(r"[0-9]{1,4}|[a-z][0-9]{1,3}|[0-9]{3}[a-z]?")
TYPED_WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*")
TYPED = re.compile(rf"{TYPED_WORD.pattern}(?:[-‐‑/&]{TYPED_WORD.pattern})*")
# Beside these a query may still be nothing but numbers.
LABELS = frozenset("modifier modifiers mod mods cpt code codes hcpcs number and with or vs versus".split())
MODIFIER_LABELS = frozenset("modifier modifiers mod mods".split())
# Whoever says these asks about a rule, also without a question mark.
RULE_WORDS = frozenset("together same".split())
QUESTION_STARTS = frozenset(
    "am are can could did do does how if is may must need should was what whats when where which who whose why will "
    "would".split()
)


@dataclass(frozen=True, slots=True)
class Atom:
    """One word as the index may contain it: as any of `words`, or as any word that starts with `prefix`: see `starts`."""

    words: tuple[str, ...]
    prefix: str | None = None
    starts: frozenset[str] = frozenset()
    """All words of the index that start with the prefix."""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for: any of the alternatives, each of which needs all its atoms."""

    alternatives: tuple[tuple[Atom, ...], ...]
    rarity: float
    required: bool = True


@dataclass(frozen=True, slots=True)
class Query:
    """A query, ready to be looked for and ranked by."""

    text: str
    words: tuple[str, ...] = ()
    """Folded words in order, stop words among them."""
    terms: tuple[Term, ...] = ()
    codes: tuple[str, ...] = ()
    """Published code numbers that it names, in order."""
    modifiers: tuple[str, ...] = ()
    """Published modifiers that it names, in order."""
    parts: tuple[str, ...] = ()
    """Published code numbers that contain the query, if that is a part of a number."""
    only_keys: bool = False
    """Whether it names codes or modifiers and says nothing else."""
    is_question: bool = False
    wants_modifier: bool = False
    """Whether it contains the word modifier."""
    mended: str | None = None
    """The text with typing errors mended, if there were any."""
    unknown: tuple[str, ...] = field(default=())
    """Words that the index does not know, and that could not be mended."""

    @property
    def required(self) -> tuple[Term, ...]:
        """The terms that count; the weak ones only if there are no others."""
        return tuple(term for term in self.terms if term.required) or self.terms


@dataclass(slots=True)
class Token:
    """A word of the query with its place in the text."""

    word: str
    written: str
    start: int
    end: int
    tie: str | None = None
    """For the first part of a tied expression: the whole as one word."""
    tied: int = 0
    """How many parts the tied expression has from here."""


def clean(text: str) -> str:
    """The text without control and other invisible characters, in single spaces, cut to a sane length."""
    # Cut twice: before the work, so that ten kilobytes cost nothing, and after it for the exact length.
    composed = unicodedata.normalize("NFKC", str(text)[: MAX_LENGTH * 4])
    shown = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in composed)
    return " ".join(shown.split())[:MAX_LENGTH].rstrip()


def tokens_of(text: str) -> list[Token]:
    """The words of a cleaned query in order, at most MAX_WORDS."""
    tokens = []
    for match in TYPED.finditer(text):
        words = []
        for part in TYPED_WORD.finditer(match[0]):
            start = match.start() + part.start()
            for word in words_of(part[0]):
                words.append(Token(word, part[0], start, start + len(part[0])))
        if len(words) > 1 and (tie := joined(match[0])):
            words[0].tie, words[0].tied = tie, len(words)
        tokens += words
    return tokens[:MAX_WORDS]


def parse(text: str, lexicon: Lexicon) -> Query:
    """Understand a query. Anything at all may be passed; what makes no sense gives a query without terms."""
    text = clean(text)
    tokens = tokens_of(text)
    words = tuple(token.word for token in tokens)
    codes = tuple(token.word.upper() for token in tokens if lexicon.has_code(token.word.upper()))
    only_keys = _only_keys(words, lexicon)
    modifiers = _modifiers(tokens, text, only_keys, lexicon)
    named = {key.lower() for key in codes + modifiers}
    speaking = [word for word in words if word not in LABELS]
    part = speaking[0].upper() if len(speaking) == 1 and PART_OF_NUMBER.fullmatch(speaking[0]) else None
    terms, mended, unknown = _terms(tokens, text, named, lexicon)
    return Query(
        text=text,
        words=words,
        terms=tuple(terms),
        codes=codes,
        modifiers=modifiers,
        parts=tuple(lexicon.codes_with(part)) if part and not codes else (),
        only_keys=only_keys,
        is_question=not only_keys and _is_question(text, words, codes, modifiers),
        wants_modifier=not MODIFIER_LABELS.isdisjoint(words),
        mended=mended if mended != text else None,
        unknown=tuple(unknown),
    )


def _only_keys(words: tuple[str, ...], lexicon: Lexicon) -> bool:
    """Whether the words name codes and modifiers and say nothing else ("modifier 59", "97124 and 97140")."""
    keys = [word.upper() for word in words if word not in LABELS]
    return bool(keys) and all(lexicon.has_code(key) or key in lexicon.modifiers for key in keys)


def _is_question(
    text: str, words: tuple[str, ...], codes: tuple[str, ...], modifiers: tuple[str, ...]
) -> bool:
    """Whether somebody asks for a rule rather than looks something up."""
    if "?" in text or len(codes) > 1 or "how many" in text.casefold():
        return True
    if len(words) < 3:
        return False
    # "modifier for massage" asks which; "modifier 59 massage" does not.
    asks_which = not modifiers and not MODIFIER_LABELS.isdisjoint(words)
    return words[0] in QUESTION_STARTS or asks_which or not RULE_WORDS.isdisjoint(words)


def _modifiers(tokens: list[Token], text: str, only_keys: bool, lexicon: Lexicon) -> tuple[str, ...]:
    """The modifiers that a query names, in order.

    Two characters are often something else: "go", "at", "22 minutes". Inside a sentence they name a
    modifier if they stand beside that word, or are letters that are no common word or in capitals.
    """
    shouting = text.isupper()
    found = []
    for place, token in enumerate(tokens):
        key = token.word.upper()
        if key not in lexicon.modifiers:
            continue
        beside = {other.word for other in tokens[max(place - 1, 0) : place + 2]}
        capitals = token.written.isupper() and not shouting
        lettered = not key.isdigit() and (capitals or token.word not in STOP_WORDS)
        if only_keys or lettered or not MODIFIER_LABELS.isdisjoint(beside):
            found.append(key)
    return tuple(found)


def _terms(
    tokens: list[Token], text: str, named: set[str], lexicon: Lexicon
) -> tuple[list[Term], str, list[str]]:
    """The terms to look for, the text with typing errors mended, and the words that nothing is known of."""
    stops = {token.word for token in tokens if token.word in STOP_WORDS and token.word not in named}
    if len(stops) == len({token.word for token in tokens}):
        stops = set()
    terms, mended, unknown, moved, place = [], text, [], 0, 0
    while place < len(tokens):
        token = tokens[place]
        one, size = _as_one(tokens, place, lexicon)
        parts = tokens[place : place + size]
        place += size
        last = place >= len(tokens)
        if size == 1 and token.word in stops:
            continue
        whole = _atom(one, last, lexicon) if one else None
        atoms = []
        for part in parts:
            unfinished = last and part is parts[-1]
            if known := _atom(part.word, unfinished, lexicon):
                atoms.append(known)
            elif whole or part.word in WEAK_WORDS:
                continue
            elif right := spelling.mend(part.word, lexicon, unfinished=unfinished):
                atoms += [_atom(word, False, lexicon) for word in right.split()]
                mended = mended[: part.start + moved] + right + mended[part.end + moved :]
                moved += len(right) - (part.end - part.start)
            else:
                unknown.append(part.word)
        alternatives = [(whole,)] if whole else []
        if len(atoms) >= size or (atoms and not whole):
            alternatives.append(tuple(atoms))
        if alternatives:
            first = alternatives[0]
            rarity = max(lexicon.rarity(atom.words) if atom.words else 2.0 for atom in first)
            weak = size == 1 and token.word in WEAK_WORDS and token.word not in named
            terms.append(Term(tuple(alternatives), rarity, required=not weak))
    return terms, mended, unknown


def _as_one(tokens: list[Token], place: int, lexicon: Lexicon) -> tuple[str | None, int]:
    """The word that the tokens from here on make together ("e-stim", "hot pack" if written "hotpack"), and how many."""
    token = tokens[place]
    if token.tie and place + token.tied <= len(tokens):
        return token.tie, token.tied
    if place + 1 < len(tokens) and not tokens[place + 1].tie:
        both = token.word + tokens[place + 1].word
        if both.isalpha() and both in lexicon.entries:
            return both, 2
    return None, 1


def _atom(word: str, last: bool, lexicon: Lexicon) -> Atom | None:
    """What the index has for one word: its family, and what starts with it. None if it has neither.

    The last word may be unfinished. Two letters that are a word are taken as that word alone
    ("pt" is not the start of "ptp"), a single letter is never a start.
    """
    family = lexicon.family(word)
    unfinished = len(word) > 2 if family else len(word) > 1
    if (last or not family) and unfinished and (last or len(word) > 2) and (starts := lexicon.starting(word)):
        return Atom(family, word, starts)
    return Atom(family) if family else None
