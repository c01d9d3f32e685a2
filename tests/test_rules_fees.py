"""Medicare's amounts: the published formula, by hand."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.rules.fees import NATIONAL, Place, PriceIndices, RelativeValues, amount, fee, to_cents
from codes.rules.terms import TableRelease

RELEASE = TableRelease("Physician fee schedule", "2025 Q4", date(2025, 10, 1), "pfs")
FACTOR = Decimal("32.3465")
"""The conversion factor of 2025."""

BY_HAND = """
97140 06102-16 | 0.43 0.40 0.40 0.01 | 1.007 1.023 2.018 | 27.90 27.90
97140 02102-01 | 0.43 0.40 0.40 0.01 | 1.5 1.081 0.592 | 35.04 35.04
97140 01112-05 | 0.43 0.40 0.40 0.01 | 1.088 1.419 0.445 | 33.64 33.64
97110 13202-01 | 0.45 0.43 0.43 0.01 | 1.065 1.166 1.656 | 32.26 32.26
97110 06302-00 | 0.45 0.43 0.43 0.01 | 1 0.957 0.331 | 27.97 27.97
97112 04412-11 | 0.50 0.48 0.48 0.01 | 1.011 1.007 0.877 | 32.27 32.27
97112 10112-00 | 0.50 0.48 0.48 0.01 | 1 0.869 0.575 | 29.85 29.85
97124 02402-02 | 0.35 0.56 0.56 0.01 | 1.043 1.22 0.853 | 34.18 34.18
97124 03602-21 | 0.35 0.56 0.56 0.01 | 1 1 0.739 | 29.67 29.67
97530 01182-18 | 0.44 0.62 0.62 0.01 | 1.042 1.194 0.69 | 39.00 39.00
97530 09202-20 | 0.44 0.62 0.62 0.01 | 1 1.007 0.982 | 34.75 34.75
97535 12202-01 | 0.45 0.53 0.53 0.01 | 1.057 1.192 1.168 | 36.20 36.20
97161 14212-01 | 1.54 1.45 1.45 0.04 | 1.042 1.197 0.894 | 109.20 109.20
97161 11402-16 | 1.54 1.45 1.45 0.04 | 1 0.862 1.333 | 91.97 91.97
97164 09102-04 | 0.96 1.11 1.11 0.02 | 1 1.027 2.5 | 69.54 69.54
97165 04412-18 | 1.54 1.53 1.53 0.04 | 1.014 1.003 1.409 | 101.97 101.97
97012 08202-01 | 0.25 0.18 0.18 0.01 | 1.003 0.986 1.718 | 14.41 14.41
97035 15202-00 | 0.21 0.21 0.21 0.01 | 1 0.911 1.033 | 13.32 13.32
97016 12502-01 | 0.18 0.17 0.17 0.01 | 1.024 1.053 1.177 | 12.13 12.13
97032 13292-04 | 0.25 0.18 0.18 0.01 | 1.065 1.195 1.462 | 16.04 16.04
G0283 10212-01 | 0.18 0.19 0.19 0.01 | 1 0.997 1.128 | 12.31 12.31
98940 05302-02 | 0.46 0.35 0.19 0.01 | 1 0.948 0.992 | 25.93 21.03
98941 07102-13 | 0.71 0.47 0.29 0.01 | 1 0.86 0.518 | 36.21 31.20
97810 01112-09 | 0.61 0.73 0.28 0.04 | 1.1 1.435 0.42 | 56.13 35.24
97811 02302-01 | 0.46 0.30 0.22 0.03 | 1.013 1.103 0.688 | 26.44 23.59
97813 12402-01 | 0.74 0.81 0.34 0.04 | 1.064 1.172 1.032 | 57.51 39.69
99213 09102-03 | 1.30 1.35 0.57 0.10 | 1 0.998 1.77 | 91.36 66.18
95851 06102-12 | 0.16 0.56 0.06 0.01 | 1 0.918 1.784 | 22.38 7.53
95886 10312-35 | 0.86 1.91 1.91 0.03 | 1 0.896 0.544 | 83.70 83.70
97597 03102-00 | 0.77 2.17 0.23 0.05 | 1 0.975 0.854 | 94.73 33.54
92507 12302-01 | 1.30 0.99 0.99 0.03 | 1.02 1.078 1.309 | 78.68 78.68
98925 11202-01 | 0.46 0.45 0.19 0.03 | 1 0.913 0.817 | 28.96 21.28
95992 02302-99 | 0.75 0.49 0.28 0.03 | 1 0.986 0.643 | 40.51 33.81
"""
"""Code and locality | RVUs: work, non-facility PE, facility PE, MP | GPCIs: work, PE, MP | the amounts by hand:
non-facility and facility. October 2025; each product, the sum and the amount worked out in fractions."""


def by_hand():
    for line in BY_HAND.strip().splitlines():
        question, values, indices, expected = (part.split() for part in line.split("|"))
        yield pytest.param(
            *([Decimal(each) for each in part] for part in (values, indices, expected)), id="-".join(question)
        )


def row(work="0.43", non_facility_pe="0.40", facility_pe="0.40", malpractice="0.01", status="A", **more):
    """The relative values of a code; manual therapy in 2025 unless something else is said."""
    numbers = [Decimal(each) for each in (work, non_facility_pe, facility_pe, malpractice)]
    return RelativeValues("97140", more.pop("modifier", ""), status, *numbers, FACTOR, RELEASE, **more)


CHICAGO = PriceIndices(Decimal("1.007"), Decimal("1.023"), Decimal("2.018"), "CHICAGO", "IL", "06102", "16")


@pytest.mark.parametrize(("values", "indices", "expected"), list(by_hand()))
def test_amounts_agree_with_the_published_formula_by_hand(values, indices, expected):
    answer = fee(row(*values), PriceIndices(*indices))
    assert [answer.non_facility.dollars, answer.facility.dollars] == expected


def test_the_arithmetic_is_shown_step_by_step_and_exact():
    answer = fee(row(), CHICAGO).non_facility
    assert [(step.name, step.product) for step in answer.steps] == [
        ("Work", Decimal("0.43301")),
        ("Practice expense", Decimal("0.40920")),
        ("Malpractice", Decimal("0.02018")),
    ]
    assert answer.adjusted == Decimal("0.86239")
    assert answer.exact == Decimal("27.895298135")
    assert answer.dollars == Decimal("27.90")


def test_without_a_locality_the_amount_is_the_total_of_values_times_the_factor():
    assert fee(row(), NATIONAL).non_facility.exact == Decimal("0.84") * FACTOR


def test_half_a_cent_is_rounded_up():
    assert to_cents(Decimal("10.005")) == Decimal("10.01")
    assert to_cents(Decimal("10.015")) == Decimal("10.02")
    assert to_cents(Decimal("10.0149999")) == Decimal("10.01")


def test_further_units_of_therapy_lose_half_of_their_practice_expense_and_assistants_are_paid_85_percent_after_that():
    first, further = fee(row(multiple_procedure="5"), CHICAGO).therapy
    assert (first.amount.dollars, first.by_assistant) == (Decimal("27.90"), Decimal("23.72"))
    # 32.3465 × (0.43301 + 0.2046 + 0.02018) = 21.277203…; 21.28 × 0.85 = 18.088
    assert further.amount.steps[1].product == Decimal("0.2046")
    assert (further.amount.dollars, further.by_assistant) == (Decimal("21.28"), Decimal("18.09"))


def test_codes_that_the_therapy_reduction_spares_have_no_reduced_amount():
    assert fee(row(multiple_procedure="0"), CHICAGO).therapy == ()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("B", "bundled"),
        ("C", "contractor sets the price"),
        ("E", "excluded"),
        ("I", "not valid for Medicare"),
        ("J", "anesthesia"),
        ("M", "measurement"),
        ("N", "does not cover"),
        ("P", "bundled"),
        ("R", "contractor sets the price"),
        ("X", "excludes"),
        ("Z", "no relative values"),
    ],
)
def test_a_code_without_a_national_amount_says_why_and_never_zero(status, words):
    answer = fee(row("0", "0", "0", "0", status=status, multiple_procedure="5"), CHICAGO)
    assert answer.amounts == answer.therapy == ()
    assert answer.non_facility is answer.facility is None
    assert words in answer.reason
    assert f"Status {status}" in answer.reason


def test_relative_values_of_an_unpaid_code_are_for_information():
    answer = fee(row("0.06", "0.13", "0.13", "0.01", status="B"), CHICAGO)
    assert answer.amounts == ()
    assert "for information, not for payment" in answer.reason


def test_an_active_code_without_values_has_no_amount_either():
    assert fee(row("0", "0", "0", "0"), CHICAGO).amounts == ()


@pytest.mark.parametrize(("status", "words"), [("R", "restricted"), ("T", "nothing else is billed")])
def test_a_priced_code_with_a_condition_has_an_amount_and_a_caution(status, words):
    answer = fee(row(status=status), CHICAGO)
    assert answer.non_facility.dollars == Decimal("27.90")
    assert words in answer.caution


def test_a_place_where_the_code_is_rarely_done_is_marked():
    answer = fee(row(facility_na=True), CHICAGO)
    assert (answer.non_facility.rare, answer.facility.rare) == (False, True)


values = st.decimals(0, 100, places=2)
factors = st.decimals("0.2", "3", places=3)


@given(values, values, values, values, factors, factors, factors)
def test_the_reduction_never_raises_an_amount_and_an_amount_never_depends_on_the_other_place(
    w, n, f, m, gw, gp, gm
):
    values, indices = row(w, n, f, m), PriceIndices(gw, gp, gm)
    whole, half = (amount(values, indices, Place.NON_FACILITY, Decimal(share)) for share in ("1", "0.5"))
    assert half.dollars <= whole.dollars
    assert amount(row(w, n, 0, m), indices, Place.NON_FACILITY) == whole
    assert whole.exact == sum(step.product for step in whole.steps) * FACTOR
