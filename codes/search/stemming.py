"""English stems, so that "needles" finds "needling".

The stem only says which words belong to one family; it is never shown. The databases have stemmers
of their own, but two that differ, and neither lets an unfinished word ("needlin") be matched.
"""

import re
from functools import lru_cache
from threading import local

import snowballstemmer

SPELLINGS = (
    (re.compile(r"is(ation|ations|e|ed|es|er|ers|ing)$"), r"iz\1"),  # mobilisation
    (re.compile(r"[oa]e(?=.)"), "e"),  # oedema, anaesthesia
    (re.compile(r"our(?!se)"), "or"),  # behaviour
    (re.compile(r"gramme(s?)$"), r"gram\1"),  # programme
)
_own = local()


def _stemmer():
    """The thread's own stemmer: one that is at work keeps the word in itself."""
    if not hasattr(_own, "stemmer"):
        _own.stemmer = snowballstemmer.stemmer("porter")
    return _own.stemmer


def american(word: str) -> str:
    """The word in one spelling where British and American differ; good enough for comparing."""
    if len(word) >= 6:
        for pattern, spelling in SPELLINGS:
            word = pattern.sub(spelling, word)
    return word


@lru_cache(maxsize=4096)
def stem(word: str) -> str:
    """The stem of one folded word. Words with digits, short words and other alphabets stay as they are."""
    if len(word) <= 2 or not (word.isascii() and word.isalpha()):
        return word
    return _stemmer().stemWord(american(word))
