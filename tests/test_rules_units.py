"""Minutes and units of one timed code."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.rules.units import bands, units_of


@pytest.mark.parametrize(
    ("minutes", "units"),
    [
        (0, 0),
        (7, 0),
        (8, 1),
        (22, 1),
        (23, 2),
        (37, 2),
        (38, 3),
        (52, 3),
        (53, 4),
        (67, 4),
        (68, 5),
        (82, 5),
        (83, 6),
    ],
)
def test_the_bands_of_the_eight_minute_rule(minutes, units):
    assert units_of(minutes) == units


@given(st.integers(0, 1440))
def test_units_never_fall_as_minutes_rise(minutes):
    assert units_of(minutes) <= units_of(minutes + 1) <= units_of(minutes) + 1


@given(st.integers(1, 20))
def test_bands_follow_one_another_without_a_gap(most):
    found = bands(most)
    assert [band.units for band in found] == list(range(1, most + 1))
    for before, after in itertools.pairwise(found):
        assert after.first == before.last + 1
    for band in found:
        assert units_of(band.first) == units_of(band.last) == band.units
        assert units_of(band.last + 1) == band.units + 1


def test_negative_minutes_are_refused():
    with pytest.raises(ValueError, match="negative"):
        units_of(-1)
