"""What changed between two texts, word by word."""

import re

from diff_match_patch import diff_match_patch
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

MARKUP = {-1: "<del>{}</del>", 0: "{}", 1: "<ins>{}</ins>"}


def _as_characters(*texts: str) -> tuple[list[str], list[str]]:
    """Each text with every word replaced by one character, and the words that they stand for."""
    words: list[str] = []
    numbers: dict[str, int] = {}
    encoded = []
    for text in texts:
        characters = []
        for word in re.findall(r"\w+|\s+|[^\w\s]", text):
            if word not in numbers:
                numbers[word] = len(words)
                words.append(word)
            characters.append(chr(0xF0000 + numbers[word]))
        encoded.append("".join(characters))
    return encoded, words


def words(old: str, new: str) -> SafeString:
    """`old` and `new` in one line, what went in `<del>`, what came in `<ins>`."""
    (before, after), vocabulary = _as_characters(old, new)
    differ = diff_match_patch()
    parts = differ.diff_main(before, after, checklines=False)
    differ.diff_cleanupSemantic(parts)
    return format_html_join(
        "",
        "{}",
        (
            (format_html(MARKUP[kind], "".join(vocabulary[ord(char) - 0xF0000] for char in chars)),)
            for kind, chars in parts
        ),
    )


def swap(old: str, new: str) -> SafeString:
    """For short values: the old one struck out, then the new one."""
    return format_html("<del>{}</del> → <ins>{}</ins>", old or "empty", new or "empty")
