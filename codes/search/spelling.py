"""Typing errors: the nearest words and code numbers among those that the index knows."""

from rapidfuzz import process
from rapidfuzz.distance import OSA

from .lexicon import Lexicon
from .words import STOP_WORDS

NUMBER_DISTANCE = 3
MISREAD = str.maketrans("OQDILSBZ", "00011582")
"""Letters that are taken for digits."""


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
    for near, _ in _nearest(word, tolerance(word), lexicon):
        # In a short word another letter makes another word: "thai" is not "than", but "tnes" is "tens".
        other_letter = len(word) < 6 and len(near) == len(word) and sorted(near) != sorted(word)
        if near not in STOP_WORDS and not other_letter:
            return near
    for place in range(3, len(word) - 2):
        if word[:place] in lexicon.entries and word[place:] in lexicon.entries:
            return f"{word[:place]} {word[place:]}"
    if unfinished and len(word) >= 6:
        beginnings = {known[: len(word)]: known for known in lexicon.ordered if len(known) > len(word)}
        near = process.extractOne(word, beginnings.keys(), scorer=OSA.distance, score_cutoff=1)
        if near:
            return beginnings[near[0]]
    return None


def nearest_words(word: str, lexicon: Lexicon, limit: int = 5) -> list[str]:
    """Known words that look most like an unknown one, to be offered when nothing was found."""
    near = _nearest(word, max(2, len(word) // 2), lexicon) if len(word) > 2 else []
    return [known for known, slips in near if slips <= near[0][1] + 1][:limit]


def nearest_numbers(number: str, lexicon: Lexicon, limit: int = 5) -> list[str]:
    """Published code numbers that differ least from a mistyped one, first those that only look different ("9714O").

    Two digits swapped are one slip, and a likelier one than a wrong digit; then the longest common start decides.
    """
    number = number.upper()
    read = number.translate(MISREAD)
    found = process.extract(
        number, lexicon.codes, scorer=OSA.distance, score_cutoff=NUMBER_DISTANCE, limit=None
    )
    ordered = sorted(
        found,
        key=lambda match: (
            match[0].translate(MISREAD) != read,
            match[1],
            sorted(match[0]) != sorted(number),
            -_common_start(number, match[0]),
            match[0],
        ),
    )
    return [match[0] for match in ordered[:limit]]


def _nearest(word: str, distance: int, lexicon: Lexicon) -> list[tuple[str, int]]:
    """Known words within a distance, each with its number of slips.

    The fewest slips come first, among equals the same first letter, then the commonest word.
    """
    if not distance:
        return []
    found = process.extract(word, lexicon.ordered, scorer=OSA.distance, score_cutoff=distance, limit=None)
    near = [(known, slips) for known, slips, _ in found if len(known) > 2 and not known.isdigit()]
    return sorted(
        near, key=lambda match: (match[1], match[0][0] != word[0], -lexicon.entries[match[0]], match[0])
    )


def _common_start(one: str, other: str) -> int:
    """How many characters two numbers share from the left."""
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
