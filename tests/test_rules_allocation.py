"""Units over several 15-minute codes: the vectors of the sources, and laws that hold for any minutes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.rules.allocation import Tie, UnitRule, count, count_ama, count_cms, split
from codes.rules.assistants import share_of_service, share_of_units
from codes.rules.units import units_of

NUMBERS = ("97110", "97112", "97116", "97140", "97530", "97535")


def numbered(*minutes):
    return list(zip(NUMBERS, minutes, strict=False))


def units(counting):
    return [share.units for share in counting.shares]


@pytest.mark.parametrize(
    ("minutes", "expected", "tied"),
    [
        ((24, 23), [2, 1], None),
        ((20, 20), [2, 1], ("97110", "97112")),
        ((33, 7), [2, 1], None),
        ((18, 13, 10, 8), [1, 1, 1, 0], None),
        ((7, 7, 7), [1, 0, 0], ("97110", "97112", "97116")),
        ((10, 10), [1, 0], ("97110", "97112")),
        ((7, 7), [1, 0], ("97110", "97112")),
        ((7, 8), [0, 1], None),
        ((7,), [0], None),
        ((8,), [1], None),
        ((3, 4), [0, 0], None),
        ((0, 0), [0, 0], None),
        ((15, 15), [1, 1], None),
        ((), [], None),
    ],
)
def test_vectors_of_the_cms_rule(minutes, expected, tied):
    counting = count_cms(numbered(*minutes))
    assert units(counting) == expected
    assert [tie.numbers for tie in counting.ties] == ([tied] if tied else [])


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (0, 7, 0),
        (8, 22, 1),
        (23, 37, 2),
        (38, 52, 3),
        (53, 67, 4),
        (68, 82, 5),
        (83, 97, 6),
        (98, 112, 7),
        (113, 127, 8),
        (128, 142, 9),
    ],
)
def test_the_table_of_the_eight_minute_rule_over_two_codes(first, last, expected):
    for total in (first, last):
        assert count_cms(numbered(total // 2, total - total // 2)).units == expected


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [((10, 10), [1, 1]), ((33, 7), [2, 0]), ((7, 7), [0, 0]), ((24, 23), [2, 2]), ((7, 8), [0, 1])],
)
def test_vectors_of_the_ama_rule(minutes, expected):
    assert units(count_ama(numbered(*minutes))) == expected


def test_never_the_floor_of_minutes_by_eight():
    assert count_ama(numbered(16)).units == 1
    assert count_cms(numbered(16)).units == 1


def test_a_tie_is_named_as_the_billers_choice_in_the_working():
    counting = count_cms(numbered(20, 20))
    assert counting.ties == (Tie(("97110", "97112"), 5, 1),)
    assert any("your choice" in step for step in counting.steps)


def test_the_working_names_total_wholes_remainders_and_who_gets_none():
    told = " ".join(count_cms(numbered(18, 13, 10, 8)).steps)
    for words in ("18 + 13 + 10 + 8 = 49", "3 units (38 to 52)", "97110 1, with 3 minutes left"):
        assert words in told
    assert "97140 gets no unit" in told
    assert "Fewer than 8 minutes" in " ".join(count_cms(numbered(7)).steps)


def test_lines_of_one_code_are_added_up_first():
    assert count_cms([("97140", 8), ("97140", 8)]).units == 1
    assert count_ama([("97140", 8), ("97140", 8)]).units == 1
    assert count_ama([("97140", 4), ("97140", 4)]).units == 1


def test_negative_minutes_are_refused():
    for rule in UnitRule:
        with pytest.raises(ValueError, match="negative"):
            count(rule, [("97110", -1)])


visits = st.lists(st.integers(0, 240), min_size=1, max_size=len(NUMBERS))


@given(visits)
def test_the_cms_total_is_the_sum_over_the_lines_and_follows_from_all_minutes(minutes):
    counting = count_cms(numbered(*minutes))
    assert sum(units(counting)) == counting.units == units_of(sum(minutes))


@given(visits, st.integers(0, 5))
def test_units_never_fall_as_minutes_rise(minutes, which):
    which %= len(minutes)
    more = [given + (place == which) for place, given in enumerate(minutes)]
    for rule in UnitRule:
        before, after = count(rule, numbered(*minutes)), count(rule, numbered(*more))
        assert before.units <= after.units
        assert before.units_of(NUMBERS[which]) <= after.units_of(NUMBERS[which])


@given(visits, st.randoms())
def test_the_order_of_lines_does_not_matter(minutes, random):
    lines = numbered(*minutes)
    mixed = random.sample(lines, len(lines))
    for rule in UnitRule:
        there, back = count(rule, lines), count(rule, mixed)
        assert {n: there.units_of(n) for n, _ in lines} == {n: back.units_of(n) for n, _ in lines}
        assert there.ties == back.ties


@given(visits)
def test_no_line_gets_more_than_one_unit_above_its_whole_quarter_hours(minutes):
    for rule in UnitRule:
        for share in count(rule, numbered(*minutes)).shares:
            assert share.whole <= share.units <= share.whole + 1


@given(visits)
def test_a_longer_remainder_never_goes_without_before_a_shorter_one(minutes):
    shares = count_cms(numbered(*minutes)).shares
    given_to = [share.remainder for share in shares if share.units > share.whole]
    without = [share.remainder for share in shares if share.units == share.whole]
    assert not given_to or not without or min(given_to) >= max(without)


@given(visits)
def test_a_tie_is_named_exactly_when_equal_remainders_differ_in_units(minutes):
    counting = count_cms(numbered(*minutes))
    given_to = {share.remainder for share in counting.shares if share.units > share.whole}
    without = {share.remainder for share in counting.shares if share.units == share.whole}
    assert bool(counting.ties) == bool(given_to & without)
    for tie in counting.ties:
        assert 0 < tie.units < len(tie.numbers)


@given(visits, st.integers(0, 240))
def test_the_ama_rule_counts_each_code_whatever_the_others(minutes, other):
    alone = count_ama(numbered(*minutes))
    beside = count_ama([*numbered(*minutes), ("97542", other)])
    assert all(beside.units_of(share.number) == share.units for share in alone.shares)


@given(st.lists(st.integers(0, 120), min_size=1, max_size=5))
def test_units_of_one_code_are_given_out_to_its_lines_without_loss(minutes):
    total = units_of(sum(minutes))
    shares = split(total, minutes)
    assert sum(shares) == total
    assert all(given // 15 <= share <= given // 15 + 1 for share, given in zip(shares, minutes, strict=True))


@pytest.mark.parametrize(
    ("minutes", "assistant", "of", "expected"),
    [
        (30, 0, 2, 0),
        (30, 30, 2, 2),
        (30, 15, 2, 1),
        (30, 3, 2, 0),
        (15, 7, 1, 0),  # the therapist alone gave 8 of the last unit
        (15, 8, 1, 1),
        (25, 13, 2, 1),  # two units left, 12 and 13
        (28, 14, 2, 1),
        (23, 9, 2, 1),
        (45, 20, 3, 1),  # 25 and 20: one whole each, and 10 by the therapist
        (40, 30, 3, 2),  # whole quarter hours of the assistant, and 10 by the therapist
        (23, 2, 2, None),  # a tenth or less of the service, more than a tenth of the last unit
    ],
)
def test_the_tenth_of_the_assistant_with_its_two_exceptions(minutes, assistant, of, expected):
    share = share_of_units(minutes, assistant, of)
    assert share.with_modifier == expected
    assert share.why


def test_a_service_that_is_not_counted_by_minutes_is_judged_as_a_whole():
    assert share_of_service(30, 3, 1).with_modifier == 0
    assert share_of_service(30, 4, 1).with_modifier == 1


@given(st.integers(0, 120).flatmap(lambda m: st.tuples(st.just(m), st.integers(0, m))))
def test_the_assistants_units_never_pass_the_units_of_the_line(given_minutes):
    minutes, assistant = given_minutes
    share = share_of_units(minutes, assistant, units_of(minutes))
    assert share.with_modifier is None or 0 <= share.with_modifier <= units_of(minutes)
