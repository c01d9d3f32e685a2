"""Reading single cells of the fee files."""

import re
from collections.abc import Iterator
from decimal import Decimal

from .layouts import BadRow, Stream

NUMBER = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]")
DECIMALS = {
    places: re.compile(rf"\d{{1,4}}(\.\d{{0,{places}}})?|\.\d{{1,{places}}}", re.ASCII)
    for places in (2, 3, 4)
}


def code_in(text: str, line: int, column: str) -> str:
    """A code number. Raises BadRow when the text is none."""
    if not NUMBER.fullmatch(text):
        message = "This is not a code number: five characters, such as 97140 or G0283."
        if text.isdigit() and len(text) < 5:
            message += " Zeros before it were lost: load the file as CMS published it."
        raise BadRow(line, column, text, message)
    return text


def decimal_in(text: str, line: int, column: str, places: int) -> Decimal:
    """A number, not negative, with at most `places` decimals. Raises BadRow when the text is none."""
    if not DECIMALS[places].fullmatch(text):
        raise BadRow(
            line, column, text, f"This is not a number with at most {places} decimals, such as 0.43."
        )
    return Decimal(text)


def digits_in(text: str, line: int, column: str, length: int) -> str:
    """A number of so many digits, with the zeros before it that spreadsheets drop. Raises BadRow for other text."""
    if not text.isascii() or not text.isdigit() or len(text) > length:
        raise BadRow(line, column, text, f"This is not a number of {length} digits.")
    return text.zfill(length)


def filled(stream: Stream) -> Iterator[tuple[int, list[str]]]:
    """The rows that are neither empty nor a note, which stands alone in one cell; no space around their cells."""
    for line, raw in stream:
        cells = [cell.strip() for cell in raw]
        if sum(map(bool, cells)) > 1:
            yield line, cells


def at(cells: list[str], place: int) -> str:
    """The cell at a place; empty where the row ends before it."""
    return cells[place] if place < len(cells) else ""
