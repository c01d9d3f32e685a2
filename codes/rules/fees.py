"""The Medicare amount of a code in a locality, with the arithmetic that leads to it.

Amount = conversion factor × (work RVU × work GPCI + PE RVU × PE GPCI + MP RVU × MP GPCI), in exact decimals, rounded
once, at the end, to the cent. Source: the formula for payment amounts in CMS's relative value files.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from .terms import Cite, TableRelease

THERAPY_REDUCTION = "5"
"""The MULT PROC indicator of the codes to which the therapy reduction (MPPR) applies."""
REDUCED_SHARE = Decimal("0.50")
"""What is left of the practice expense of all units but one. Source: CMS therapy services page, 2026."""
ASSISTANT_SHARE = Decimal("0.85")
"""What Medicare pays for a service of an assistant, since 2022-01-01. Source: CMS therapy services page, 2026."""
THERAPY_RULES = Cite("cms-therapy-2026", "multiple procedure payment reduction; CQ and CO")

PRICED = frozenset("ART")
"""Status letters under which CMS sets an amount, where the row has relative values."""

NO_AMOUNT = {
    "B": "It is bundled: Medicare pays it inside other services and never separately.",
    "C": "The Medicare contractor sets the price, case by case or for its region.",
    "D": "The code was deleted.",
    "E": "It is excluded from the physician fee schedule by regulation.",
    "I": "It is not valid for Medicare, which uses another code for the service.",
    "J": "It is an anesthesia service: paid by base units and time, with a conversion factor of its own.",
    "M": "It is a code for measurement and reporting, not for payment.",
    "N": "Medicare does not cover it.",
    "P": "It is bundled into other services, or excluded from payment by this schedule.",
    "R": "Its coverage is restricted, and where it is covered the Medicare contractor sets the price.",
    "X": "The law excludes it from the physician fee schedule.",
}
"""Why there is no national amount, by status letter."""


class Place(StrEnum):
    """Where the service is given, which decides the practice expense."""

    NON_FACILITY = "non-facility"
    FACILITY = "facility"

    @property
    def label(self) -> str:
        return {"non-facility": "Non-facility", "facility": "Facility"}[self.value]

    @property
    def explanation(self) -> str:
        return {
            "non-facility": "an office, a clinic or the patient's home",
            "facility": "a hospital, a skilled nursing facility or another place that bills its own costs",
        }[self.value]


@dataclass(frozen=True, slots=True)
class RelativeValues:
    """One row of the relative value file."""

    number: str
    modifier: str
    """Empty, 26 (the professional part), TC (the technical part) or 53 (a discontinued procedure)."""
    status: str
    work: Decimal
    non_facility_pe: Decimal
    facility_pe: Decimal
    malpractice: Decimal
    conversion_factor: Decimal
    release: TableRelease | None = None
    non_facility_na: bool = False
    """CMS's NA: rarely or never done in that place."""
    facility_na: bool = False
    multiple_procedure: str = ""
    global_days: str = ""

    @property
    def has_values(self) -> bool:
        return any((self.work, self.non_facility_pe, self.facility_pe, self.malpractice))

    @property
    def is_priced(self) -> bool:
        """Whether CMS sets a national amount."""
        return self.status in PRICED and self.has_values and self.conversion_factor > 0


@dataclass(frozen=True, slots=True)
class PriceIndices:
    """The geographic practice cost indices (GPCI) of one locality."""

    work: Decimal
    pe: Decimal
    malpractice: Decimal
    name: str = ""
    state: str = ""
    mac: str = ""
    locality: str = ""
    release: TableRelease | None = None

    @property
    def key(self) -> str:
        """How addresses name the locality: contractor and number."""
        return f"{self.mac}-{self.locality}" if self.mac else ""


NATIONAL = PriceIndices(Decimal("1.000"), Decimal("1.000"), Decimal("1.000"), "National")
"""All indices 1: the national amount, which no locality adjusts."""


@dataclass(frozen=True, slots=True)
class Step:
    """One product of the sum."""

    name: str
    relative_value: Decimal
    index: Decimal
    share: Decimal
    """1, or the share that the therapy reduction leaves."""
    product: Decimal


@dataclass(frozen=True, slots=True)
class Amount:
    """What Medicare allows for one unit, and how that came about."""

    place: Place
    steps: tuple[Step, ...]
    adjusted: Decimal
    """The sum of the steps."""
    conversion_factor: Decimal
    exact: Decimal
    dollars: Decimal
    rare: bool
    """CMS's NA: rarely or never done in that place."""


@dataclass(frozen=True, slots=True)
class TherapyAmount:
    """What Medicare allows for a unit of therapy, by its rank on the day, and less for an assistant's."""

    name: str
    amount: Amount
    by_assistant: Decimal


@dataclass(frozen=True, slots=True)
class Fee:
    """The answer for one row and one locality: amounts, or why there are none. Never a zero for "no amount"."""

    values: RelativeValues
    indices: PriceIndices
    amounts: tuple[Amount, ...] = ()
    """Non-facility, then facility."""
    therapy: tuple[TherapyAmount, ...] = ()
    """Filled for codes under the therapy reduction."""
    reason: str = ""
    """Why there is no amount."""
    caution: str = ""
    """What stands between the amount and a payment."""

    @property
    def non_facility(self) -> Amount | None:
        return self.amounts[0] if self.amounts else None

    @property
    def facility(self) -> Amount | None:
        return self.amounts[1] if self.amounts else None


def fee(values: RelativeValues, indices: PriceIndices) -> Fee:
    """The Medicare amounts of one row of the relative value file in one locality, or why there are none."""
    if not values.is_priced:
        return Fee(values, indices, reason=why_no_amount(values))
    return Fee(
        values,
        indices,
        amounts=tuple(amount(values, indices, place) for place in Place),
        therapy=therapy_amounts(values, indices),
        caution={
            "R": "Coverage is restricted (status R): special rules decide whether Medicare pays it.",
            "T": "Paid only when nothing else is billed for the patient by the same provider that day (status T).",
        }.get(values.status, ""),
    )


def why_no_amount(values: RelativeValues) -> str:
    """In words, why a row has no national amount."""
    known = NO_AMOUNT.get(values.status, "Medicare publishes no relative values for it.")
    for_information = (
        " The relative values that CMS publishes for it are for information, not for payment."
        if values.has_values
        else ""
    )
    return f"Status {values.status}. {known}{for_information}"


def amount(
    values: RelativeValues, indices: PriceIndices, place: Place, pe_share: Decimal = Decimal(1)
) -> Amount:
    """What Medicare allows for one unit in one place, with `pe_share` of the practice expense."""
    outside = place == Place.NON_FACILITY
    steps = (
        _step("Work", values.work, indices.work),
        _step(
            "Practice expense",
            values.non_facility_pe if outside else values.facility_pe,
            indices.pe,
            pe_share,
        ),
        _step("Malpractice", values.malpractice, indices.malpractice),
    )
    adjusted = sum((step.product for step in steps), Decimal(0))
    exact = adjusted * values.conversion_factor
    return Amount(
        place=place,
        steps=steps,
        adjusted=adjusted,
        conversion_factor=values.conversion_factor,
        exact=exact,
        dollars=to_cents(exact),
        rare=values.non_facility_na if outside else values.facility_na,
    )


def _step(name: str, relative_value: Decimal, index: Decimal, share: Decimal = Decimal(1)) -> Step:
    return Step(name, relative_value, index, share, relative_value * index * share)


def therapy_amounts(values: RelativeValues, indices: PriceIndices) -> tuple[TherapyAmount, ...]:
    """The first and each further unit of a day under the therapy reduction; empty for codes that it spares.

    The unit with the highest practice expense of the day, across disciplines, is paid whole; all others lose half of
    theirs. An assistant's share comes after that. Both at the non-facility amount.
    Source: CMS therapy services page, calendar year 2026.
    """
    if values.multiple_procedure != THERAPY_REDUCTION or not values.is_priced:
        return ()
    ranks = (("First unit of the day", Decimal(1)), ("Each further unit", REDUCED_SHARE))
    found = []
    for name, share in ranks:
        allowed = amount(values, indices, Place.NON_FACILITY, share)
        found.append(TherapyAmount(name, allowed, to_cents(allowed.dollars * ASSISTANT_SHARE)))
    return tuple(found)


def to_cents(value: Decimal) -> Decimal:
    """A sum of dollars rounded to the cent, half a cent upwards."""
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)
