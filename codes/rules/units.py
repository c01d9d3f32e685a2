"""How minutes turn into units for codes that count 15 minutes a unit.

Sources: Medicare Claims Processing Manual, Pub. 100-04, ch. 5 §20.2 (CMS, 8-minute rule), read through
secondary sources; the midpoint rule of the AMA's code set, read through secondary sources.
"""

from dataclasses import dataclass

from .terms import Cite

QUARTER_HOUR = 15
CMS_RULE = Cite("claims-manual-5", "§20.2")
AMA_RULE = Cite("webpt-midpoint")


@dataclass(frozen=True, slots=True)
class Band:
    """The minutes, first to last, that make a number of units."""

    units: int
    first: int
    last: int


def units_of(minutes: int) -> int:
    """Units of one 15-minute code given alone: 0 below 8 minutes, one from 8, another from each 8 beyond a whole 15.

    For a single code the CMS rule and the AMA's midpoint rule agree. Takes whole minutes of the day, not
    negative; raises ValueError otherwise. Source: Pub. 100-04, ch. 5 §20.2.
    """
    if minutes < 0:
        raise ValueError("Minutes cannot be negative.")
    return (minutes + 7) // QUARTER_HOUR


def bands(most: int) -> tuple[Band, ...]:
    """The bands of minutes for one unit up to `most` units of a 15-minute code."""
    return tuple(
        Band(units, units * QUARTER_HOUR - 7, units * QUARTER_HOUR + 7) for units in range(1, most + 1)
    )
