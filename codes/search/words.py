"""From written text to the plain words that the index holds. Pure; shared by documents and queries."""

import re
import unicodedata

MAX_WORD = 60
APOSTROPHES = re.compile(r"['’ʼ]")
LINK_TARGET = re.compile(r"\]\([^)\s]*\)|https?://\S+")
WORD = re.compile(r"[^\W_]+")
# Words tied by a hyphen ("e-stim"), or single letters by a slash or ampersand ("E/M").
TIED = re.compile(r"[^\W_]+(?:[-‐‑/&][^\W_]+)+")

# Say nothing by themselves. Looked for only if nothing else is left.
STOP_WORDS = frozenset(
    "a about an and any are as at be been but by can could did do does done for from get go had has have how i if "
    "in into is it its just me may might mean means must my need needed no not of on or our per shall should so "
    "some still that the their them then there these they this those to up us use used versus vs was we were what "
    "whats when where which who whom whose why will with would you your".split()
)
# Said of almost everything here: they help to rank an entry, but none has to contain them.
WEAK_WORDS = frozenset(
    "cpt code codes coding hcpcs number bill billed billing billable charge claim claims same together both "
    "modifier modifiers mod mods day one two".split()
)


def fold(text: str) -> str:
    """The text in small letters, without accents and apostrophes; everything else stays in place."""
    text = APOSTROPHES.sub("", text)
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def words_of(text: str) -> list[str]:
    """The folded words of a text, in order: "E-stim, 15 min." gives e, stim, 15, min."""
    return [word[:MAX_WORD] for word in WORD.findall(fold(text))]


def joined(tied: str) -> str | None:
    """A tied expression as one word ("e-stim": estim), or None where that makes no word ("1-2", "face-to-face")."""
    parts = words_of(tied)
    short = all(len(part) == 1 for part in parts)
    if "/" in tied or "&" in tied:
        return "".join(parts) if short else None
    return "".join(parts)[:MAX_WORD] if len(parts) == 2 and all(map(str.isalpha, parts)) else None


def index_lines(*texts: str) -> str:
    """What one field of the index holds: the words of every line of the texts, a line each, none twice.

    Tied words stand in their parts and, on a line of their own, as one: people write "e-stim",
    "e stim" and "estim".
    """
    lines = {}
    for text in texts:
        for line in LINK_TARGET.sub(" ", text).splitlines():
            lines[" ".join(words_of(line))] = True
            for tied in TIED.findall(fold(line)):
                if one := joined(tied):
                    lines[one] = True
    lines.pop("", None)
    return "\n".join(lines)


def term_lines(text: str) -> str:
    """A list of terms as staff write it (commas, semicolons or lines between them), one term a line."""
    return re.sub(r"[,;|•]", "\n", text)
