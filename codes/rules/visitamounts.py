"""What Medicare is expected to allow for the lines of a visit, with the therapy reduction and the assistant's share.

Source: CMS therapy services page, calendar year 2026: of all therapy units of the day, across disciplines, the one with
the highest practice expense is paid whole, the others lose half of theirs; a line with CQ or CO is paid at 85%.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from .fees import (
    ASSISTANT_SHARE,
    NATIONAL,
    REDUCED_SHARE,
    THERAPY_REDUCTION,
    THERAPY_RULES,
    Place,
    PriceIndices,
    RelativeValues,
    amount,
    to_cents,
    why_no_amount,
)
from .terms import Cite
from .visits import ProposedLine

ASSISTANTS = frozenset({"CQ", "CO"})


@dataclass(frozen=True, slots=True)
class LineAmount:
    """One line's amount with its arithmetic, or why there is none. Never a zero for "not known"."""

    number: str
    units: int | None
    dollars: Decimal | None
    steps: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VisitAmounts:
    """All lines, and their sum: None when a line has no amount."""

    indices: PriceIndices
    place: Place
    lines: tuple[LineAmount, ...]
    cite: Cite = THERAPY_RULES

    @property
    def total(self) -> Decimal | None:
        found = [line.dollars for line in self.lines]
        return None if not found or None in found else sum(found, Decimal(0))


def expect_amounts(
    lines: Iterable[ProposedLine],
    values: Mapping[str, RelativeValues],
    place: Place,
    indices: PriceIndices = NATIONAL,
) -> VisitAmounts:
    """The expected amounts of the billed lines. `values` holds the relative values of the codes that have a row.

    The whole unit goes to the code with the highest practice expense in the place of service; of equal ones to the first
    line, which changes nothing of the sum.
    """
    lines = [line for line in lines if line.billed]
    reduced = [
        (_practice_expense(values[line.number], place), -index, line.number)
        for index, line in enumerate(lines)
        if line.units and line.number in values and _is_reduced(values[line.number])
    ]
    whole = -max(reduced)[1] if reduced else None
    return VisitAmounts(
        indices,
        place,
        tuple(
            _line(line, values.get(line.number), place, indices, index == whole)
            for index, line in enumerate(lines)
        ),
    )


def _is_reduced(values: RelativeValues) -> bool:
    return values.is_priced and values.multiple_procedure == THERAPY_REDUCTION


def _practice_expense(values: RelativeValues, place: Place) -> Decimal:
    return values.non_facility_pe if place == Place.NON_FACILITY else values.facility_pe


def _line(line: ProposedLine, values, place, indices, has_whole_unit: bool) -> LineAmount:
    if line.units is None:
        return LineAmount(line.number, None, None, reason="Its units are not known.")
    if values is None:
        return LineAmount(
            line.number, line.units, None, reason="It is not in the relative value file that is loaded."
        )
    if not values.is_priced:
        return LineAmount(line.number, line.units, None, reason=why_no_amount(values))
    whole = amount(values, indices, place).dollars
    steps, total = [], Decimal(0)
    whole_units = line.units if not _is_reduced(values) else int(has_whole_unit)
    if whole_units:
        total += whole * whole_units
        steps.append(f"{whole_units} × ${whole}")
    further = line.units - whole_units
    if further:
        half = amount(values, indices, place, REDUCED_SHARE).dollars
        total += half * further
        steps.append(f"{further} × ${half} (half the practice expense, MPPR)")
    if ASSISTANTS & set(line.modifier_codes):
        total = to_cents(total * ASSISTANT_SHARE)
        steps.append("× 0.85 (assistant)")
    return LineAmount(line.number, line.units, total, tuple(steps))
