"""Typing errors: the nearest words and code numbers among those that the index knows."""

from rapidfuzz import process
from rapidfuzz.distance import OSA

from .lexicon import Lexicon

NUMBER_DISTANCE = 3


def tolerance(word: str) -> int:
    """How many slips a word of this length may have and still be recognised."""
    return 0 if len(word) < 4 else 1 if len(word) < 6 else 2 if len(word) < 10 else 3


def mend(word: str, lexicon: Lexicon, *, unfinished: bool = False) -> str | None:
    """The known word that was most likely meant by an unknown one, or None.

    Two known words written as one are parted ("kinesiotape"). An `unfinished` word (the last of a
    query, still being typed) is also compared with the beginnings of words.
    """
    if word.isdigit():
        return None
    near = _nearest(word, lexicon.ordered, tolerance(word), lexicon)
    if near:
        return near[0]
    for place in range(3, len(word) - 2):
        if word[:place] in lexicon.entries and word[place:] in lexicon.entries:
            return f"{word[:place]} {word[place:]}"
    if unfinished and len(word) >= 5:
        beginnings = {known[: len(word)]: known for known in lexicon.ordered if len(known) > len(word)}
        near = process.extractOne(word, beginnings.keys(), scorer=OSA.distance, score_cutoff=tolerance(word) // 2 or 1)
        if near:
            return beginnings[near[0]]
    return None


def nearest_words(word: str, lexicon: Lexicon, limit: int = 5) -> list[str]:
    """Known words that look most like an unknown one, to be offered when nothing was found."""
    return _nearest(word, lexicon.ordered, max(2, len(word) // 2), lexicon)[:limit] if len(word) > 2 else []


def nearest_numbers(number: str, lexicon: Lexicon, limit: int = 5) -> list[str]:
    """Published code numbers that differ least from a mistyped one; among equals, the longest common start."""
    number = number.upper()
    found = process.extract(number, lexicon.codes, scorer=OSA.distance, score_cutoff=NUMBER_DISTANCE, limit=None)
    ordered = sorted(found, key=lambda match: (match[1], -_common_start(number, match[0]), match[0]))
    return [match[0] for match in ordered[:limit]]


def _nearest(word: str, known: list[str], distance: int, lexicon: Lexicon) -> list[str]:
    """Known words within a distance: fewest slips first, then the same first letter, then the commonest."""
    if not distance:
        return []
    found = process.extract(word, known, scorer=OSA.distance, score_cutoff=distance, limit=None)
    found = [match for match in found if len(match[0]) > 2 and not match[0].isdigit()]
    found.sort(key=lambda match: (match[1], match[0][0] != word[0], -lexicon.entries[match[0]], match[0]))
    return [match[0] for match in found]


def _common_start(one: str, other: str) -> int:
    """How many characters two numbers share from the left."""
    return next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
