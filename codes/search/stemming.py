"""English stems, so that "needles" finds "needling": M. F. Porter's algorithm (1980).

The stem only says which words belong to one family; it is never shown. The databases have stemmers
of their own, but two that differ, and neither lets an unfinished word ("needlin") be matched.
"""

import re

SPELLINGS = (
    (re.compile(r"is(ation|ations|e|ed|es|er|ers|ing)$"), r"iz\1"),  # mobilisation
    (re.compile(r"[oa]e(?=.)"), "e"),  # oedema, anaesthesia
    (re.compile(r"our(?!se)"), "or"),  # behaviour
    (re.compile(r"gramme(s?)$"), r"gram\1"),  # programme
)
STEP_2 = {
    "ational": "ate", "tional": "tion", "enci": "ence", "anci": "ance", "izer": "ize", "bli": "ble",
    "alli": "al", "entli": "ent", "eli": "e", "ousli": "ous", "ization": "ize", "ation": "ate",
    "ator": "ate", "alism": "al", "iveness": "ive", "fulness": "ful", "ousness": "ous", "aliti": "al",
    "iviti": "ive", "biliti": "ble", "logi": "log",
}  # fmt: skip
STEP_3 = {"icate": "ic", "ative": "", "alize": "al", "iciti": "ic", "ical": "ic", "ful": "", "ness": ""}
STEP_4 = (
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism",
    "ate", "iti", "ous", "ive", "ize",
)  # fmt: skip


def _shape(stem: str) -> str:
    """Consonants and vowels of a stem as c and v; y is a vowel after a consonant."""
    shape = ""
    for letter in stem:
        vowel = letter in "aeiou" or (letter == "y" and shape[-1:] == "c")
        shape += "v" if vowel else "c"
    return shape


def _measure(stem: str) -> int:
    """How many times a vowel is followed by a consonant: about the number of syllables."""
    return len(re.findall(r"v+c", _shape(stem)))


def _is_short(stem: str) -> bool:
    """Whether it ends as "hop" does, which asks for an e again: hoping, hope."""
    return _shape(stem).endswith("cvc") and stem[-1] not in "wxy"


def _ends_double(stem: str) -> bool:
    return len(stem) > 1 and stem[-1] == stem[-2] and _shape(stem)[-1] == "c"


def _replace(word: str, endings: dict[str, str]) -> str:
    """The word with its longest listed ending replaced, if a measurable stem is left."""
    for size in range(7, 1, -1):
        ending = word[-size:]
        if len(word) > size and ending in endings:
            return word[:-size] + endings[ending] if _measure(word[:-size]) > 0 else word
    return word


def _step_1(word: str) -> str:
    """Plurals, -ed, -ing and the final y."""
    if word.endswith(("sses", "ies")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if word.endswith("eed"):
        if _measure(word[:-3]) > 0:
            word = word[:-1]
    else:
        for ending in ("ed", "ing"):
            stem = word.removesuffix(ending)
            if stem != word and "v" in _shape(stem):
                if stem.endswith(("at", "bl", "iz")) or (_measure(stem) == 1 and _is_short(stem)):
                    stem += "e"
                elif _ends_double(stem) and stem[-1] not in "lsz":
                    stem = stem[:-1]
                word = stem
                break
    if word.endswith("y") and "v" in _shape(word[:-1]):
        word = word[:-1] + "i"
    return word


def _step_4(word: str) -> str:
    """The last ending of a long word."""
    ending = max((ending for ending in STEP_4 if word.endswith(ending)), key=len, default="")
    stem = word.removesuffix(ending)
    if ending and _measure(stem) > 1 and (ending != "ion" or stem[-1] in "st"):
        return stem
    return word


def _step_5(word: str) -> str:
    """A final e, and a double l."""
    if word.endswith("e"):
        stem = word[:-1]
        if _measure(stem) > 1 or (_measure(stem) == 1 and not _is_short(stem)):
            word = stem
    if word.endswith("ll") and _measure(word) > 1:
        word = word[:-1]
    return word


def american(word: str) -> str:
    """The word in one spelling where British and American differ; good enough for comparing."""
    if len(word) >= 6:
        for pattern, spelling in SPELLINGS:
            word = pattern.sub(spelling, word)
    return word


def stem(word: str) -> str:
    """The stem of one folded word. Words with digits, short words and other alphabets stay as they are."""
    if len(word) <= 2 or not (word.isascii() and word.isalpha()):
        return word
    word = _step_1(american(word))
    return _step_5(_step_4(_replace(_replace(word, STEP_2), STEP_3)))
