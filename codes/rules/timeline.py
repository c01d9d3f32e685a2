"""The history of a pair as a picture: where each row of the table lies on a line of years."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from .pairs import NCCI_BEGAN, Edit, EditState
from .terms import DateBasis

WIDTH = 1000
"""Width of the drawing, in its own units."""
ROW = 26
"""Height of one bar with the space around it."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of the table, drawn. `x` and `width` are in the drawing's units."""

    edit: Edit
    x: float
    y: int
    width: float
    starts_unknown: bool
    goes_on: bool
    never: bool


@dataclass(frozen=True, slots=True)
class Tick:
    year: int
    x: float


@dataclass(frozen=True, slots=True)
class Timeline:
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    asked_at: float | None
    """Where the date of service lies; None when it lies outside the drawing."""

    @property
    def axis(self) -> int:
        """Where the bars end and the years begin."""
        return len(self.bars) * ROW + 4

    @property
    def height(self) -> int:
        return self.axis + 26


def draw(edits: Iterable[Edit], asked: date, today: date) -> Timeline | None:
    """Place the rows between the beginning of NCCI and today; None when there is nothing to draw.

    A row whose start is unknown begins at the left edge and is marked so: the picture must not suggest a date.
    """
    edits = tuple(edits)
    if not edits:
        return None
    first = date(NCCI_BEGAN.year, 1, 1)
    last = max(today, asked if asked.year <= today.year else today)
    span = max((last - first).days, 1)

    def place(day: date) -> float:
        return round(min(max((day - first).days / span, 0), 1) * WIDTH, 1)

    bars = []
    for row, edit in enumerate(edits):
        start = place(edit.effective_on) if edit.effective_on else 0.0
        end = place(edit.deleted_on) if edit.deleted_on else float(WIDTH)
        never = edit.state_on(last) == EditState.NEVER
        bars.append(
            Bar(
                edit,
                start,
                row * ROW + 4,
                round(max(end - start, 6.0), 1),
                edit.effective_on is None or edit.basis == DateBasis.INFERRED,
                edit.deleted_on is None,
                never,
            )
        )
    ticks = tuple(
        Tick(year, place(date(year, 1, 1))) for year in range(first.year, last.year + 1) if year % 5 == 0
    )
    return Timeline(tuple(bars), ticks, place(asked) if first <= asked <= last else None)
