"""Units over several 15-minute codes of one visit, by the CMS rule and by the AMA's, with the working shown.

Sources: Medicare Claims Processing Manual, Pub. 100-04, ch. 5 §20.2 (CMS, 8-minute rule), and the midpoint rule
of the AMA's code set; both read through secondary sources.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .terms import Cite
from .units import AMA_RULE, CMS_RULE, QUARTER_HOUR, units_of


class UnitRule(StrEnum):
    """The two ways of turning minutes into units."""

    CMS = "cms"
    AMA = "ama"

    @property
    def label(self) -> str:
        return {"cms": "CMS 8-minute rule", "ama": "AMA midpoint rule"}[self.value]


@dataclass(frozen=True, slots=True)
class Share:
    """What one code gets."""

    number: str
    minutes: int
    units: int

    @property
    def whole(self) -> int:
        """Its whole quarter hours: so many units it gets in any case."""
        return self.minutes // QUARTER_HOUR

    @property
    def remainder(self) -> int:
        return self.minutes % QUARTER_HOUR


@dataclass(frozen=True, slots=True)
class Tie:
    """Codes with the same minutes left over, of which only some get a unit: the biller chooses."""

    numbers: tuple[str, ...]
    remainder: int
    units: int
    """How many of them get one."""


@dataclass(frozen=True, slots=True)
class Counting:
    """The units of a visit's 15-minute codes by one rule, with the working."""

    rule: UnitRule
    shares: tuple[Share, ...]
    """One for each code, in the order in which the codes came."""
    ties: tuple[Tie, ...]
    steps: tuple[str, ...]
    cite: Cite

    @property
    def minutes(self) -> int:
        return sum(share.minutes for share in self.shares)

    @property
    def units(self) -> int:
        return sum(share.units for share in self.shares)

    def units_of(self, number: str) -> int:
        """The units of one code; 0 for a code that was not counted."""
        return next((share.units for share in self.shares if share.number == number), 0)


def count(rule: UnitRule, minutes: Iterable[tuple[str, int]]) -> Counting:
    """Count by one rule. `minutes` are pairs of a 15-minute code and its minutes; lines of one code are added up."""
    return count_cms(minutes) if rule == UnitRule.CMS else count_ama(minutes)


def count_cms(minutes: Iterable[tuple[str, int]]) -> Counting:
    """Pool the minutes of all timed codes, then give the units out.

    The total decides how many units there are: fewer than 8 minutes none, then one for each 15 and one more
    when 8 are left. Each code gets its whole quarter hours; what is left goes to the longest remainders.
    Equal remainders are the biller's choice: the smaller code number is shown first, so that the order of the
    lines changes nothing. Raises ValueError for negative minutes.
    Source: Pub. 100-04, ch. 5 §20.2.
    """
    by_code = _added_up(minutes)
    total = sum(by_code.values())
    units = {number: given // QUARTER_HOUR for number, given in by_code.items()}
    left = units_of(total) - sum(units.values())
    ranked = sorted(by_code, key=lambda number: (-(by_code[number] % QUARTER_HOUR), number))
    served = ranked[:left]
    for number in served:
        units[number] += 1
    tie = _tie(by_code, ranked, left)
    return Counting(
        UnitRule.CMS,
        tuple(Share(number, given, units[number]) for number, given in by_code.items()),
        (tie,) if tie else (),
        _cms_steps(by_code, units, left, served, tie),
        CMS_RULE,
    )


def count_ama(minutes: Iterable[tuple[str, int]]) -> Counting:
    """Count each code by itself: one unit from 8 minutes, two from 23, and so on; remainders are never added.

    Raises ValueError for negative minutes. Source: midpoint rule of the AMA's code set (WebPT).
    """
    by_code = _added_up(minutes)
    shares = tuple(Share(number, given, units_of(given)) for number, given in by_code.items())
    steps = [
        f"{share.number}: {_minutes(share.minutes)} alone {_make(share.units, share.minutes)}."
        for share in shares
    ]
    if len(shares) > 1:
        steps.append("Minutes left over from different codes are never added together.")
    return Counting(UnitRule.AMA, shares, (), tuple(steps), AMA_RULE)


def split(units: int, minutes: Sequence[int]) -> tuple[int, ...]:
    """Give the units of one code out to its own lines: whole quarter hours first, then the longest remainders."""
    shares = [given // QUARTER_HOUR for given in minutes]
    ranked = sorted(range(len(minutes)), key=lambda place: (-(minutes[place] % QUARTER_HOUR), place))
    for place in ranked[: max(units - sum(shares), 0)]:
        shares[place] += 1
    return tuple(shares)


def _added_up(minutes: Iterable[tuple[str, int]]) -> dict[str, int]:
    by_code: dict[str, int] = {}
    for number, given in minutes:
        if given < 0:
            raise ValueError("Minutes cannot be negative.")
        by_code[number] = by_code.get(number, 0) + given
    return by_code


def _tie(by_code: dict[str, int], ranked: list[str], left: int) -> Tie | None:
    """The codes between which the last units could go either way."""
    if not 0 < left < len(ranked):
        return None
    last = by_code[ranked[left - 1]] % QUARTER_HOUR
    if by_code[ranked[left]] % QUARTER_HOUR != last:
        return None
    equal = tuple(number for number in ranked if by_code[number] % QUARTER_HOUR == last)
    return Tie(equal, last, sum(number in ranked[:left] for number in equal))


def _cms_steps(by_code, units, left, served, tie) -> tuple[str, ...]:
    if not by_code:
        return ()
    total = sum(by_code.values())
    added = " + ".join(str(given) for given in by_code.values())
    steps = [
        f"Timed minutes in all: {added} = {total}." if len(by_code) > 1 else f"Timed minutes in all: {total}."
    ]
    if total < QUARTER_HOUR - 7:
        return (*steps, f"Fewer than 8 minutes in all: {_minutes(total)} make no unit.")
    steps.append(f"{_minutes(total)} {_make(units_of(total), total)}.")
    if len(by_code) == 1:
        return tuple(steps)
    wholes = "; ".join(
        f"{number} {given // QUARTER_HOUR}, with {_minutes(given % QUARTER_HOUR)} left"
        for number, given in by_code.items()
    )
    steps.append(f"Whole quarter hours first: {wholes}.")
    if left:
        names = ", ".join(f"{number} ({by_code[number] % QUARTER_HOUR})" for number in served)
        rest = "1 unit is left and goes" if left == 1 else f"{left} units are left and go"
        steps.append(f"{rest} to the longest remainder{'s' if left > 1 else ''}: {names}.")
    if tie:
        steps.append(
            f"{_listed(tie.numbers)} have the same {_minutes(tie.remainder)} left for {_units(tie.units)}: it is "
            "your choice which of them gets it."
        )
    for number, given in by_code.items():
        if not units[number]:
            steps.append(f"{number} gets no unit: its {_minutes(given)} only count in the total.")
    return tuple(steps)


def _make(units: int, minutes: int) -> str:
    if not units:
        return "make no unit: a unit begins with 8 minutes"
    first = units * QUARTER_HOUR - 7
    return f"make {_units(units)} ({first} to {first + QUARTER_HOUR - 1})"


def _minutes(minutes: int) -> str:
    return f"{minutes} minute" if minutes == 1 else f"{minutes} minutes"


def _units(units: int) -> str:
    return f"{units} unit" if units == 1 else f"{units} units"


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
