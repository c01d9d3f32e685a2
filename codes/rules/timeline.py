"""The history of a pair as a picture: where each row of the table lies on a line of years."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from .pairs import NCCI_BEGAN, Edit
from .terms import DateBasis

WIDTH = 1000
"""Width of the drawing, in its own units."""
ROW = 26
"""Height of one bar with the space around it."""
FIRST = date(NCCI_BEGAN.year, 1, 1)
"""The left edge."""


class Bar(NamedTuple):
    """One row of the table, drawn. `x` and `width` are in the drawing's units."""

    edit: Edit
    story: str
    """That of the edit, told once."""
    x: float
    y: int
    width: float
    starts_unknown: bool


class Tick(NamedTuple):
    year: int
    x: float


class Timeline(NamedTuple):
    bars: tuple[Bar, ...]
    last: date
    """The day at the right edge."""
    asked_at: float | None
    """Where the date of service lies; None when it lies outside the drawing."""

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """The years that are marked: every fifth."""
        years = range(FIRST.year, self.last.year + 1)
        return tuple(Tick(year, _place(date(year, 1, 1), self.last)) for year in years if year % 5 == 0)

    @property
    def axis(self) -> int:
        """Where the bars end and the years begin."""
        return len(self.bars) * ROW + 4


def draw(edits: Iterable[Edit], asked: date, today: date) -> Timeline | None:
    """Place the rows between the beginning of NCCI and today; None when there is nothing to draw.

    A row whose start is unknown begins at the left edge and is marked so: the picture must not suggest a date.
    """
    edits = tuple(edits)
    if not edits:
        return None
    last = max(today, asked if asked.year <= today.year else today)
    bars = []
    for row, edit in enumerate(edits):
        start = _place(edit.effective_on, last) if edit.effective_on else 0.0
        end = _place(edit.deleted_on, last) if edit.deleted_on else float(WIDTH)
        bars.append(
            Bar(
                edit,
                edit.story,
                start,
                row * ROW + 4,
                round(max(end - start, 6.0), 1),
                edit.effective_on is None or edit.basis == DateBasis.INFERRED,
            )
        )
    return Timeline(tuple(bars), last, _place(asked, last) if FIRST <= asked <= last else None)


@lru_cache(maxsize=10_000)
def _place(day: date, last: date) -> float:
    """Where a day lies, when the right edge is `last`."""
    span = max((last - FIRST).days, 1)
    return round(min(max((day - FIRST).days / span, 0), 1) * WIDTH, 1)
