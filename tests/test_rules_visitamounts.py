"""Expected amounts of a visit: which unit is paid whole, which lose half of the practice expense, and the assistant's share."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from codes.rules.fees import Place, RelativeValues
from codes.rules.visitamounts import expect_amounts
from codes.rules.visits import ProposedLine, ProposedModifier

CF = Decimal("33.4009")


def values(number, work, pe, mp, reduced=True, status="A"):
    expense = Decimal(pe)
    return RelativeValues(
        number,
        "",
        status,
        Decimal(work),
        expense,
        expense,
        Decimal(mp),
        CF,
        multiple_procedure="5" if reduced else "0",
    )


# Relative values of July 2026 as published for 97124; the others made up for the test.
VALUES = {
    "97124": values("97124", "0.35", "0.53", "0.01"),
    "97140": values("97140", "0.40", "0.40", "0.02"),
    "98940": values("98940", "0.46", "0.35", "0.01", reduced=False),
    "97014": values("97014", "0.18", "0.19", "0.01", status="I"),
}


def line(number, units, *modifiers, billed=True):
    return ProposedLine(number, units, tuple(ProposedModifier(code, "") for code in modifiers), (0,), billed)


def amounts(*lines):
    return expect_amounts(lines, VALUES, Place.NON_FACILITY)


def test_one_unit_alone_is_paid_whole():
    """0.89 relative value units × 33.4009 = 29.726801."""
    assert amounts(line("97124", 1)).total == Decimal("29.73")


def test_further_units_lose_half_of_the_practice_expense():
    """0.35 + 0.265 + 0.01 = 0.625; × 33.4009 = 20.8755625."""
    found = amounts(line("97124", 3))
    assert found.total == Decimal("29.73") + 2 * Decimal("20.88")
    assert found.lines[0].steps == ("1 × $29.73", "2 × $20.88 (half the practice expense, MPPR)")


def test_the_whole_unit_goes_to_the_highest_practice_expense_whatever_the_order():
    there, back = amounts(line("97140", 1), line("97124", 1)), amounts(line("97124", 1), line("97140", 1))
    assert there.total == back.total
    assert there.lines[1].dollars == Decimal("29.73")


def test_codes_outside_the_reduction_are_paid_whole_for_every_unit():
    assert amounts(line("98940", 1), line("97124", 1)).total == Decimal("27.39") + Decimal("29.73")


def test_an_assistants_line_is_paid_at_85_percent():
    assert amounts(line("97124", 1, "GP", "CQ")).total == Decimal("25.27")


def test_what_has_no_amount_is_not_counted_as_zero():
    found = amounts(line("97124", 1), line("97014", 1))
    assert found.total is None
    assert "not valid for Medicare" in found.lines[1].reason
    assert amounts(line("99999", 1)).lines[0].dollars is None
    assert amounts(line("97124", None)).lines[0].dollars is None


def test_lines_that_are_not_billed_have_no_amount():
    assert len(amounts(line("97124", 1), line("97140", 1, billed=False)).lines) == 1


@given(st.integers(1, 8), st.integers(1, 8))
def test_the_sum_never_falls_as_units_rise(first, second):
    smaller = amounts(line("97124", first), line("97140", second)).total
    assert amounts(line("97124", first + 1), line("97140", second)).total > smaller
    assert amounts(line("97124", first), line("97140", second + 1)).total > smaller
