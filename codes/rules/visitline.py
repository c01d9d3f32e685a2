"""One line of a visit as it stands in an address: `97140:23:GP,59` and its kin."""

import re
from dataclasses import dataclass

MOST_MINUTES = 1440
MOST_UNITS = 99
MOST_MODIFIERS = 8
"""More than a claim line holds; it only keeps nonsense out."""

HOW = "Write CODE, CODE:MINUTES, CODE:xUNITS, or either with modifiers behind it, such as 97140:23:GP,59."
_CODE = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]", re.ASCII)
_MODIFIER = re.compile(r"[0-9A-Z]{2}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A line as it was asked: a code with minutes or units, or neither, and the modifiers already chosen."""

    number: str
    minutes: int | None = None
    units: int | None = None
    modifiers: tuple[str, ...] = ()

    def __str__(self) -> str:
        return write_line(self)


def parse_line(text: str) -> VisitLine:
    """Read `CODE`, `CODE:MINUTES`, `CODE:xUNITS`, each with `:MOD,MOD` behind it if wished.

    Case and spaces are forgiven. Raises ValueError, with a message for the person who typed it, for anything
    else, for minutes outside 0 to 1440 and for units outside 1 to 99.
    """
    shown = text if len(text) <= 30 else text[:30] + "…"
    if len(text) > 100:
        raise ValueError(f"“{shown}” is too long for one line. {HOW}")
    parts = re.sub(r"\s+", "", text).upper().split(":")
    if not _CODE.fullmatch(parts[0]):
        raise ValueError(
            f"“{shown}” does not begin with a code of five characters, such as 97140 or G0283. {HOW}"
        )
    if len(parts) > 3:
        raise ValueError(f"“{shown}” has too many parts. {HOW}")
    minutes, units = _amount(parts[1] if len(parts) > 1 else "", shown)
    return VisitLine(parts[0], minutes, units, _modifiers(parts[2] if len(parts) > 2 else "", shown))


def _amount(part: str, shown: str) -> tuple[int | None, int | None]:
    if not part:
        return None, None
    as_units = part.startswith("X")
    digits = part.removeprefix("X")
    if not _NUMBER.fullmatch(digits):
        raise ValueError(f"“{shown}”: the second part is whole minutes (23) or units (x2). {HOW}")
    amount = int(digits)
    if as_units:
        if not 1 <= amount <= MOST_UNITS:
            raise ValueError(f"“{shown}”: units go from 1 to {MOST_UNITS}.")
        return None, amount
    if amount > MOST_MINUTES:
        raise ValueError(f"“{shown}”: minutes go from 0 to {MOST_MINUTES}, a whole day.")
    return amount, None


def _modifiers(part: str, shown: str) -> tuple[str, ...]:
    modifiers = tuple(dict.fromkeys(piece for piece in part.split(",") if piece))
    wrong = next((piece for piece in modifiers if not _MODIFIER.fullmatch(piece)), None)
    if wrong is not None:
        raise ValueError(f"“{shown}”: a modifier has two characters, such as GP or 59. {HOW}")
    if len(modifiers) > MOST_MODIFIERS:
        raise ValueError(f"“{shown}”: at most {MOST_MODIFIERS} modifiers fit on one line.")
    return modifiers


def write_line(line: VisitLine) -> str:
    """The one way of writing a line: `parse_line(write_line(line)) == line`."""
    amount = "" if line.minutes is None else str(line.minutes)
    if line.units is not None:
        amount = f"x{line.units}"
    if line.modifiers:
        return f"{line.number}:{amount}:{','.join(line.modifiers)}"
    return f"{line.number}:{amount}" if amount else line.number
