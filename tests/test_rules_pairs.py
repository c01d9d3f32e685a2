"""The rules of the pair checker, on rows made for the purpose."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.rules.pairs import NCCI_BEGAN, Edit, EditState, PairQuestion, Verdict, judge_pair
from codes.rules.partners import ended_with, partners_on
from codes.rules.terms import CodeFacts, DateBasis, Limit, Setting, TableRelease
from codes.rules.timeline import WIDTH, draw

TODAY = date(2026, 11, 25)
TABLE = TableRelease("NCCI PTP v30.2", "2024 Q3", date(2024, 7, 1), "ncci-ptp-practitioner-2024q3")
LATER = TableRelease("NCCI PTP v32.3", "2026 Q4", date(2026, 10, 1), "ncci-ptp-practitioner-2026q4")
RELEASES = dict.fromkeys(Setting, TABLE)
FACTS = {
    "97124": CodeFacts("97124", "Massage", unit_minutes=15),
    "97140": CodeFacts("97140", "Manual therapy", unit_minutes=15),
    "97001": CodeFacts(
        "97001", "Old evaluation", retired_on=date(2017, 1, 1), retired_year=2017, replaced_by=("97161",)
    ),
    "97250": CodeFacts("97250", "Old myofascial release", retired_year=1999, replaced_by=("97140",)),
    "98979": CodeFacts("98979", "New monitoring", introduced_year=2026),
}


def edit(
    one="97140",
    two="97124",
    indicator=0,
    start=None,
    end=None,
    basis=None,
    setting=Setting.PRACTITIONER,
    **more,
):
    if basis is None:
        basis = DateBasis.EXACT if start else DateBasis.UNKNOWN
    return Edit(setting, one, two, indicator, start, basis, end, "a reason", TABLE, **more)


def ask(
    first="97124",
    second="97140",
    day=TODAY,
    setting=Setting.PRACTITIONER,
    edits=(),
    facts=FACTS,
    releases=RELEASES,
):
    return judge_pair(PairQuestion(first, second, day, setting), facts, edits, releases, TODAY)


def test_indicator_zero_in_force_is_never_together_and_names_who_is_paid():
    answer = ask(edits=[edit(start=date(2000, 1, 1))])
    assert answer.verdict == Verdict.NEVER
    assert answer.headline == "Never together: 97140 is paid, 97124 is not"
    assert answer.modifiers == ()


def test_indicator_one_in_force_asks_for_a_modifier_and_names_the_line_at_risk():
    answer = ask(edits=[edit(indicator=1, start=date(2000, 1, 1))])
    assert answer.verdict == Verdict.MODIFIER
    assert "97124 is denied" in answer.headline
    assert answer.modifiers


def test_no_row_is_no_edit_and_says_that_it_is_no_promise():
    answer = ask()
    assert answer.verdict == Verdict.NO_EDIT
    assert any("not a promise" in reason.text for reason in answer.lead.reasons)


def test_the_deletion_date_is_the_last_day_in_force():
    rows = [edit(indicator=1, start=date(2000, 7, 1), end=date(2019, 12, 31))]
    assert ask(day=date(2019, 12, 31), edits=rows).verdict == Verdict.MODIFIER
    assert ask(day=date(2020, 1, 1), edits=rows).verdict == Verdict.NO_EDIT
    assert ask(day=date(2000, 7, 1), edits=rows).verdict == Verdict.MODIFIER
    assert ask(day=date(2000, 6, 30), edits=rows).verdict == Verdict.NO_EDIT


def test_indicator_nine_was_never_in_force_not_even_on_its_day():
    rows = [edit(indicator=9, start=date(2020, 1, 1), end=date(2020, 1, 1), basis=DateBasis.SAME_DAY)]
    for day in (date(2019, 12, 31), date(2020, 1, 1), date(2020, 1, 2)):
        answer = ask(day=day, edits=rows)
        assert answer.verdict == Verdict.NO_EDIT
        assert any("never in force" in reason.text for reason in answer.lead.reasons)


def test_an_unknown_start_is_not_guessed():
    rows = [edit()]
    assert ask(day=TABLE.effective_on, edits=rows).verdict == Verdict.NEVER
    before = ask(day=date(2024, 6, 30), edits=rows)
    assert before.verdict == Verdict.NOT_KNOWN
    assert "does not say when this edit began" in before.headline


def test_an_ended_edit_of_unknown_start_is_known_only_from_its_end_on():
    rows = [edit(indicator=1, end=date(2019, 12, 31))]
    assert ask(day=date(2019, 6, 1), edits=rows).verdict == Verdict.NOT_KNOWN
    assert ask(day=date(2019, 12, 31), edits=rows).verdict == Verdict.MODIFIER
    assert ask(day=date(2020, 1, 1), edits=rows).verdict == Verdict.NO_EDIT


def test_a_believed_start_is_used_after_it_with_a_caution_and_not_before_it():
    rows = [edit(start=date(2020, 10, 1), basis=DateBasis.INFERRED)]
    after = ask(day=date(2021, 1, 1), edits=rows)
    assert after.verdict == Verdict.NEVER
    assert any("not verified" in caution for caution in after.lead.cautions)
    assert ask(day=date(2020, 9, 30), edits=rows).verdict == Verdict.NOT_KNOWN


def test_an_answer_after_the_tables_quarter_says_that_the_table_is_old():
    assert any("newest table" in caution for caution in ask().lead.cautions)
    assert not ask(day=date(2024, 9, 30)).lead.cautions
    assert ask(day=date(2024, 10, 1)).lead.cautions
    confirmed = edit(start=date(2000, 1, 1), confirmed_in=LATER)
    assert not ask(edits=[confirmed]).lead.cautions


@pytest.mark.parametrize("first", ["99999", "97140"])
def test_a_code_without_data_is_not_known_never_allowed(first):
    answer = ask(first, "00000")
    assert answer.verdict == Verdict.NOT_KNOWN
    assert "00000" in answer.headline
    assert "not a permission" in answer.lead.reasons[0].text


def test_days_before_the_tables_and_days_to_come_are_not_known():
    rows = [edit(start=date(1996, 1, 1))]
    assert ask(day=NCCI_BEGAN - timedelta(days=1), edits=rows).verdict == Verdict.NOT_KNOWN
    assert ask(day=NCCI_BEGAN, edits=rows).verdict == Verdict.NEVER
    assert ask(day=TODAY + timedelta(days=1), edits=rows).verdict == Verdict.NOT_KNOWN


def test_a_setting_without_a_table_is_not_known():
    assert ask(releases={}).verdict == Verdict.NOT_KNOWN


def test_a_retired_code_is_not_known_and_names_its_successor():
    answer = ask("97001", "97140")
    assert answer.verdict == Verdict.NOT_KNOWN
    assert "97161" in answer.lead.reasons[0].text
    assert ask("97001", "97140", day=date(2016, 12, 31)).verdict == Verdict.NO_EDIT
    assert ask("97140", "97250", day=date(1999, 6, 1)).verdict == Verdict.NOT_KNOWN


def test_a_code_that_did_not_exist_yet_is_not_known():
    assert ask("97140", "98979", day=date(2025, 12, 31)).verdict == Verdict.NOT_KNOWN
    assert ask("97140", "98979", day=date(2026, 1, 1)).verdict == Verdict.NO_EDIT


def test_the_same_code_twice_is_a_question_of_units():
    limit = Limit(Setting.PRACTITIONER, 4, 3, "Clinical: Data", TABLE)
    facts = {"97124": CodeFacts("97124", "Massage", unit_minutes=15, unit_limits=(limit,))}
    answer = ask("97124", "97124", facts=facts)
    assert answer.verdict == Verdict.SAME_CODE
    assert any("MUE is 4 units" in reason.text for reason in answer.lead.reasons)


def test_both_settings_are_answered_and_compared():
    rows = [
        edit(start=date(2020, 1, 1)),
        edit(indicator=1, start=date(2020, 1, 1), setting=Setting.OUTPATIENT_HOSPITAL),
    ]
    answer = ask(setting=None, edits=rows)
    assert [each.verdict for each in answer.answers] == [Verdict.NEVER, Verdict.MODIFIER]
    assert answer.settings_differ
    assert answer.modifiers, "the hospital's answer needs them"


@st.composite
def histories(draw_from):
    """Rows of one pair as a table holds them: periods that do not overlap, the last one perhaps still in force."""
    days = sorted(draw_from(st.sets(st.dates(date(1996, 1, 1), TODAY), min_size=2, max_size=8)))
    one, two = draw_from(st.permutations(["97124", "97140"]))
    rows = []
    for start, end in zip(days[::2], days[1::2], strict=False):
        rows.append(edit(one, two, draw_from(st.sampled_from([0, 1])), start, end))
    if rows and draw_from(st.booleans()):
        rows[-1] = edit(one, two, rows[-1].indicator, rows[-1].effective_on)
    return rows


@given(histories(), st.dates(date(1990, 1, 1), date(2030, 1, 1)))
def test_the_order_of_the_codes_never_matters(rows, day):
    there = ask("97124", "97140", day, edits=rows)
    back = ask("97140", "97124", day, edits=reversed(rows))
    assert there.verdict == back.verdict
    assert there.headline == back.headline


@given(histories(), st.dates(date(1996, 1, 1), TODAY))
def test_a_verdict_follows_the_one_row_whose_period_holds_the_day(rows, day):
    holding = [row for row in rows if row.effective_on <= day <= (row.deleted_on or TODAY)]
    expected = (
        Verdict.NO_EDIT if not holding else Verdict.NEVER if holding[0].indicator == 0 else Verdict.MODIFIER
    )
    assert ask(day=day, edits=rows).verdict == expected


@given(histories(), st.dates(date(1996, 1, 1), TODAY))
def test_every_row_of_the_history_is_drawn_inside_the_picture(rows, day):
    picture = draw(rows, day, TODAY)
    assert len(picture.bars) == len(rows)
    for bar in picture.bars:
        assert 0 <= bar.x <= WIDTH
        assert bar.width > 0
    assert picture.asked_at is not None


def test_a_history_without_rows_is_not_drawn():
    assert draw([], TODAY, TODAY) is None


def test_partners_of_a_code_hold_the_strictest_verdict_and_say_when_settings_differ():
    rows = [
        edit("97161", "97750", 0, date(2020, 1, 1)),
        edit("97161", "97750", 1, date(2020, 1, 1), setting=Setting.OUTPATIENT_HOSPITAL),
        edit("97140", "97161", 1, date(2000, 1, 1), date(2019, 12, 31)),
    ]
    (partner,) = partners_on("97161", rows, TODAY)
    assert partner.number == "97750"
    assert partner.never
    assert partner.differs
    assert ended_with("97161", rows, TODAY) == ("97140",)


def test_every_state_of_a_row_has_its_day():
    row = edit(start=date(2010, 1, 1), end=date(2015, 12, 31))
    assert row.state_on(date(2009, 12, 31)) == EditState.NOT_YET
    assert row.state_on(date(2012, 1, 1)) == EditState.IN_FORCE
    assert row.state_on(date(2016, 1, 1)) == EditState.ENDED
