"""Reading single cells of the NCCI files, millions of them: what was read once is remembered."""

import re
from collections.abc import Callable
from datetime import date

from .layouts import NotForHere, quarter_start

NUMBER = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]")
PLACEHOLDERS = {"", "*"}
"""What stands where there is no date."""
VERSION = re.compile(r"v(\d\d)(\d)r\d")
DAY = re.compile(r"(?<!\d)(\d\d)[-_.](\d\d)[-_.](20\d\d)(?!\d)")
FIRST_VERSION = 1994
"""NCCI's version 1 was that of 1995: version 32.3 is the fourth of 2026."""


class WrongCell(ValueError):
    """A cell that cannot be read."""

    def __init__(self, column: str, value: str, message: str):
        super().__init__(message)
        self.column, self.value, self.message = column, value, message


class Cells(dict):
    """The cells of one column, read: text → value. A text is read once, however often it stands there.

    `read` gets a text without space around it and raises ValueError with the reason when it cannot be read.
    """

    def __init__(self, column: str, read: Callable):
        super().__init__()
        self.column, self.read = column, read

    def __missing__(self, text: str):
        try:
            value = self[text] = self.read(text.strip())
        except ValueError as error:
            raise WrongCell(self.column, text, str(error)) from error
        return value


def code(text: str) -> str:
    """A code number. Raises ValueError when the text is none."""
    if not NUMBER.fullmatch(text):
        lost = " Zeros before it were lost: load the file as CMS published it."
        raise ValueError(
            f"a code has five characters, such as 97140 or G0283.{lost if text.isdigit() and len(text) < 5 else ''}"
        )
    return text


def day(text: str) -> str:
    """A day written YYYYMMDD, in ISO form. Raises ValueError when it is none."""
    try:
        found = date.fromisoformat(text) if len(text) == 8 and text.isdigit() else None
    except ValueError:
        found = None
    if found is None or not 1990 <= found.year <= 2100:
        raise ValueError("a date is written YYYYMMDD, such as 20261001.")
    return found.isoformat()


def day_or_none(text: str) -> str | None:
    """A day, or None for the `*` that stands for none. Raises ValueError."""
    return None if text in PLACEHOLDERS else day(text)


def one_of(*allowed: str) -> Callable[[str], int]:
    """A reader of a digit among those allowed, which may be followed by words. Raises ValueError for others."""

    def read(text: str) -> int:
        if text[:1] not in allowed or text[1:2].isdigit():
            raise ValueError(f"known are {', '.join(allowed)}.")
        return int(text[0])

    return read


def units(text: str) -> int:
    """A number of units. Raises ValueError when the text is none."""
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise ValueError("a number of units is a whole number, such as 4.")
    return int(text)


def version_in(text: str) -> str:
    """NCCI's version in a file name, as v32.3; empty when there is none."""
    match = VERSION.search(text.lower())
    return f"v{match[1]}.{match[2]}" if match else ""


def effective_in(text: str) -> date | None:
    """The day on which the table of a file name or title takes effect; None when it does not say."""
    version = VERSION.search(text.lower())
    if version and int(version[2]) < 4:
        return date(FIRST_VERSION + int(version[1]), 3 * int(version[2]) + 1, 1)
    match = DAY.search(text)
    if match:
        try:
            return date(int(match[3]), int(match[1]), int(match[2]))
        except ValueError:
            return None
    return quarter_start(text)


def setting_in(text: str) -> str:
    """The setting that a file name or header speaks of; empty when it does not say.

    Raises NotForHere for durable medical equipment, whose tables no page here reads.
    """
    text = text.lower()
    if re.search(r"durable|dme", text):
        raise NotForHere(
            "This is the table for durable medical equipment. Only those of practitioners and of outpatient "
            "hospitals are used here."
        )
    if re.search(r"ccioph|outpatient|hospital", text):
        return "outpatient-hospital"
    if re.search(r"ccipra|practitioner|physician", text):
        return "practitioner"
    return ""


def program_in(text: str) -> str:
    """Medicaid where a file name or title says so, else Medicare."""
    return "medicaid" if re.search(r"medicaid|mcd", text.lower()) else "medicare"
