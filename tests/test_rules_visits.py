"""The rules of a whole visit: lines in an address, payers, and what holds for any visit."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codes.rules.pairs import NCCI_BEGAN, Verdict
from codes.rules.standing import Outcome as Result
from codes.rules.terms import Cite, Setting
from codes.rules.visitpairs import BYPASS, DISTINCT
from codes.rules.visits import (
    Outcome,
    Payer,
    PayerFact,
    PayerTopic,
    TreatedBy,
    VisitLine,
    VisitQuestion,
    judge_visit,
    parse_line,
    write_line,
)
from codes.rules.visitterms import lens_of
from tests.visit_examples import DAY, THRESHOLDS, TODAY, all_facts, ask, edits_among, tables

# --- Lines in an address ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("97140", VisitLine("97140")),
        ("97140:23", VisitLine("97140", minutes=23)),
        ("97140:0", VisitLine("97140", minutes=0)),
        ("97140:23:GP,59", VisitLine("97140", minutes=23, modifiers=("GP", "59"))),
        ("97140:x2", VisitLine("97140", units=2)),
        ("97140:x2:GP", VisitLine("97140", units=2, modifiers=("GP",))),
        ("97161::GP", VisitLine("97161", modifiers=("GP",))),
        (" g0283 : X1 : gp , gp ", VisitLine("G0283", units=1, modifiers=("GP",))),
        ("0552t", VisitLine("0552T")),
        ("97140:", VisitLine("97140")),
    ],
)
def test_a_line_is_read(text, line):
    assert parse_line(text) == line


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "five characters"),
        ("9714", "five characters"),
        ("massage", "five characters"),
        ("97140:1441", "0 to 1440"),
        ("97140:2000", "0 to 1440"),
        ("97140:-5", "whole minutes"),
        ("97140:7.5", "whole minutes"),
        ("97140:٢٣", "whole minutes"),
        ("97140:x0", "1 to 99"),
        ("97140:x100", "1 to 99"),
        ("97140:x", "units (x2)"),
        ("97140:23:GPX", "two characters"),
        ("97140:23:GP:59", "too many parts"),
        ("97140:23:" + ",".join(f"{n:02}" for n in range(9)), "modifiers fit"),
        ("97140:" + "9" * 100_000, "too long"),
        ("9" * 100_000, "too long"),
    ],
)
def test_a_line_that_cannot_be_read_says_kindly_why(text, says):
    with pytest.raises(ValueError, match="“") as refused:
        parse_line(text)
    assert says in str(refused.value)
    assert len(str(refused.value)) < 300


amounts = st.one_of(
    st.just({}),
    st.builds(lambda minutes: {"minutes": minutes}, st.integers(0, 1440)),
    st.builds(lambda units: {"units": units}, st.integers(1, 99)),
)


@given(
    st.from_regex(r"[0-9A-Z][0-9]{3}[0-9A-Z]", fullmatch=True),
    amounts,
    st.lists(st.from_regex(r"[0-9A-Z]{2}", fullmatch=True), max_size=8, unique=True),
)
def test_a_line_written_and_read_again_is_the_same(number, amount, modifiers):
    line = VisitLine(number, **amount, modifiers=tuple(modifiers))
    assert parse_line(write_line(line)) == line


@given(st.text(max_size=60))
def test_no_text_does_more_than_be_refused(text):
    try:
        line = parse_line(text)
    except ValueError:
        return
    assert parse_line(write_line(line)) == line


def test_a_visit_has_one_to_twelve_lines_and_assistants_no_more_minutes_than_the_line():
    line = VisitLine("97140", minutes=15)
    for lines in ((), (line,) * 13):
        with pytest.raises(ValueError, match="1 to 12"):
            VisitQuestion(lines, DAY)
    with pytest.raises(ValueError, match="more minutes"):
        VisitQuestion((line,), DAY, assistant_minutes=(16,))
    with pytest.raises(ValueError, match="one for each"):
        VisitQuestion((line,), DAY, assistant_minutes=(5, 5))
    with pytest.raises(ValueError, match="1440"):
        VisitQuestion((line,), DAY, treatment_minutes=1441)


# --- Payers -----------------------------------------------------------------------------------


def payer_fact(topic, follows, checked_on=date(2026, 1, 5), **more):
    return PayerFact(Payer.VA, topic, "As read.", Cite("payer"), checked_on, follows, **more)


def test_a_payers_rule_is_known_only_by_its_nature_or_from_a_fresh_entry():
    plain = lens_of(Payer.VA, (), TODAY)
    assert (plain.unit_rule, plain.pair_edits, plain.unit_limits, plain.add_ons) == (
        None,
        False,
        False,
        False,
    )
    told = lens_of(Payer.VA, (payer_fact(PayerTopic.PAIR_EDITS, "cms"),), TODAY)
    assert told.pair_edits
    assert not told.unit_limits
    stale = payer_fact(PayerTopic.PAIR_EDITS, "cms", checked_on=date(2025, 1, 5))
    assert not lens_of(Payer.VA, (stale,), TODAY).pair_edits
    assert not lens_of(Payer.WORKERS_COMP_AUTO, (payer_fact(PayerTopic.PAIR_EDITS, "cms"),), TODAY).pair_edits
    of_one_code = payer_fact(PayerTopic.UNITS, "ama", codes=("97124",))
    assert lens_of(Payer.VA, (of_one_code,), TODAY).unit_rule is None


def test_an_entry_is_stale_a_year_after_its_check():
    entry = payer_fact(PayerTopic.UNITS, "cms", checked_on=date(2025, 11, 25))
    assert not entry.is_stale_on(date(2026, 11, 24))
    assert entry.is_stale_on(date(2026, 11, 25))
    leap = payer_fact(PayerTopic.UNITS, "cms", checked_on=date(2024, 2, 29))
    assert not leap.is_stale_on(date(2025, 2, 28))
    assert leap.is_stale_on(date(2025, 3, 1))


def test_staff_entries_about_the_codes_asked_are_handed_on():
    about = payer_fact(PayerTopic.COVERAGE, "", codes=("97124",))
    other = payer_fact(PayerTopic.COVERAGE, "", codes=("97810",))
    answer = ask("97124:15", by="massage-therapist", payer="va", rules=(about, other))
    assert answer.payer_facts == (about,)
    assert about.cite in answer.cites


@pytest.mark.parametrize("payer", ["commercial-ama", "workers-comp-auto", "va"])
@pytest.mark.parametrize(
    "lines",
    [
        "97124:15 97140:15",
        "97124:75",
        "97811:15",
        "97150:x1 97140:15",
        "97161:x1 97162:x1",
        "92507:x1 97110:15:GN",
    ],
)
def test_medicares_no_is_never_another_payers_answer(payer, lines):
    """Issue 4: where a rule of that payer is not known it says so, and never borrows Medicare's answer."""
    assert ask(lines, by=None).outcome == Outcome.CHANGE
    answer = ask(lines, by=None, payer=payer)
    assert answer.outcome == Outcome.UNKNOWN
    assert answer.changes == ()
    assert any("not in our sources" in test.text for test in answer.missing)


def test_what_no_table_tells_does_not_make_a_visit_unknown():
    answer = ask("97110:15:GP 97140:15:GP")
    assert answer.outcome == Outcome.READY
    assert {"coverage", "threshold", "minutes"} <= {test.subject for test in answer.caveats}


# --- Single points ----------------------------------------------------------------------------


def test_the_year_s_amount_is_a_reminder_and_an_unknown_year_says_so():
    told = next(test for test in ask("97110:15:GP").tests if test.subject == "threshold")
    assert "$2,480" in told.text
    earlier = ask("97110:15:GP", day=date(2021, 6, 1))
    assert "2021 is not in our data" in next(t.text for t in earlier.tests if t.subject == "threshold")


def test_changes_come_in_the_order_in_which_a_claim_is_put_right():
    answer = ask("97001:x1 97010:x1 97124:15 97140:15", minutes=20)
    assert [test.subject for test in answer.changes] == ["valid", "status", "pair-edits", "plan"]


def test_a_notice_does_not_help_a_line_lost_to_a_pair_edit():
    answer = ask("97150:x1:GP 97140:15:GP,GA")
    assert any("does not help 97140" in test.text for test in answer.tests)


def test_before_2022_the_tenth_is_not_told():
    answer = ask("97110:15:GP", by="pta", day=date(2021, 6, 1))
    assert "assistant" in {test.subject for test in answer.caveats}
    assert "assistant" not in {test.subject for test in answer.changes}


def test_at_with_ga_is_not_judged_before_its_rule():
    before = ask("98940:x1:AT,GA", by="chiropractor", day=date(2015, 10, 31))
    assert before.changes == ()
    assert ask("98940:x1:AT,GA", by="chiropractor", day=date(2015, 11, 1)).outcome == Outcome.CHANGE


def test_a_visit_beside_a_000_procedure_needs_25_even_where_no_edit_was_in_force():
    answer = ask("97597:x1 99213:x1", by="physician", day=date(2020, 5, 5))
    assert {test.subject for test in answer.changes} == {"separate-visit"}


def test_days_outside_the_tables_only_tell_units_and_codes():
    for day in (date(1990, 1, 1), date(2027, 1, 1)):
        answer = ask("97110:24 97112:23", day=day)
        assert answer.outcome == Outcome.UNKNOWN
        assert answer.units.cms.units == 3
        assert answer.pairs == ()


def test_an_older_day_is_told_how_old_the_tables_are():
    assert any("lies before" in caution for caution in ask("97110:15:GP", day=date(2022, 5, 5)).cautions)
    assert not any("lies before" in caution for caution in ask("97110:15:GP").cautions)


def test_a_day_after_the_newest_table_is_told_even_when_no_edit_is_found():
    assert any("lies after 2024 Q3" in caution for caution in ask("97110:15:GP 97140:15:GP").cautions)
    assert ask("97110:15:GP 97140:15:GP", day=date(2026, 7, 1)).cautions
    inside = ask("97110:15:GP 97140:15:GP", day=date(2024, 9, 30)).cautions
    assert not any("lies after" in caution for caution in inside)


def test_both_unit_rules_stand_side_by_side_with_their_working():
    units = ask("97110:10:GP 97140:10:GP 97161:30:GP").units
    assert (units.cms.units, units.ama.units) == (1, 2)
    assert units.differ
    assert units.untimed == ("97161",)
    assert units.cms.steps
    assert units.ama.steps
    assert any("do not count as timed" in note for note in units.notes)


def test_a_setting_without_a_table_cannot_be_told():
    question = VisitQuestion(
        (parse_line("97110:15:GP"), parse_line("97140:15:GP")), DAY, treated_by=TreatedBy.PT
    )
    answer = judge_visit(question, all_facts(), [], {}, None, (), {}, TODAY)
    assert answer.outcome == Outcome.UNKNOWN


def test_a_pair_tells_which_line_is_lost_what_fits_and_what_must_be_shown():
    (finding,) = ask("97150:x1:GP 97140:15:GP").pairs
    assert (finding.verdict, finding.kept, finding.lost) == (Verdict.MODIFIER, "97150", "97140")
    assert [each.code for each in finding.fitting] == ["XU", "59", "XE"]
    (claimed,) = ask("97150:x1:GP 97140:15:GP,59").pairs
    assert claimed.claimed == ("59 on 97140",)
    assert claimed.must_show


def test_a_column_one_code_without_a_unit_takes_nothing_from_the_other():
    answer = ask("97124:20:GP 97140:3:GP")
    assert answer.outcome == Outcome.CHANGE
    billed = [(line.number, line.units) for line in answer.proposed if line.billed]
    assert billed == [("97124", 1)]


def test_equal_lines_of_one_code_are_served_by_what_they_say_not_by_their_place():
    """Found by the law on the order of lines: two lines of 97140 with 4 minutes each share one unit."""
    there = ask("97140:4 97140:4:GP")
    back = ask("97140:4:GP 97140:4")
    told = [{(t.subject, t.name, t.outcome) for t in answer.tests} for answer in (there, back)]
    assert told[0] == told[1]
    assert any("one line of 97140" in test.change for test in there.changes)


# --- Laws -------------------------------------------------------------------------------------

NUMBERS = sorted(all_facts())
COMMON = "97110 97112 97124 97140 97150 97161 97164 97530 97010 97014 G0283 98940 99213 97810 97811".split()
MODIFIERS = "GP GO GN CQ CO 59 XE XS XU 25 AT GA GX GY GZ KX 76 LT RT".split()
lines = st.builds(
    lambda number, amount, modifiers: VisitLine(number, **amount, modifiers=tuple(modifiers)),
    st.one_of(st.sampled_from(COMMON), st.sampled_from(NUMBERS), st.just("99999")),
    st.one_of(
        st.just({}),
        st.builds(lambda minutes: {"minutes": minutes}, st.integers(0, 90)),
        st.builds(lambda units: {"units": units}, st.integers(1, 9)),
    ),
    st.lists(st.sampled_from(MODIFIERS), max_size=3, unique=True),
)
questions = st.builds(
    VisitQuestion,
    st.lists(lines, min_size=1, max_size=12).map(tuple),
    st.one_of(st.just(DAY), st.dates(NCCI_BEGAN.replace(year=1990), date(2027, 12, 31))),
    st.sampled_from(Setting),
    st.sampled_from([None, *TreatedBy]),
    st.sampled_from(Payer),
    st.one_of(st.none(), st.integers(0, 200)),
)


def judge(question):
    numbers = {line.number for line in question.lines}
    facts = {number: all_facts()[number] for number in numbers if number in all_facts()}
    return judge_visit(question, facts, edits_among(numbers), tables(), None, (), THRESHOLDS, TODAY)


@settings(deadline=None, max_examples=150)
@given(questions)
def test_any_visit_is_answered_and_its_parts_fit(question):
    answer = judge(question)
    assert answer.headline
    assert (answer.outcome == Outcome.READY) == (not answer.changes and not answer.missing)
    assert (answer.outcome == Outcome.UNKNOWN) == (bool(answer.missing) and not answer.changes)
    assert all(test.change for test in answer.changes)
    covered = Counter(place for line in answer.proposed for place in line.lines)
    assert set(covered) == set(range(len(question.lines))), "no line gets lost"
    for test in answer.tests:
        assert set(test.lines) <= set(range(len(question.lines)))
    sourced = [test for test in answer.changes if test.cite is None]
    assert not sourced, "nothing is to be changed without a source"


@settings(deadline=None, max_examples=150)
@given(questions)
def test_no_modifier_is_proposed_that_cannot_lift_its_edit(question):
    """Never a 59 where indicator 0 stands, and never one without its test."""
    answer = judge(question)
    for line in answer.proposed:
        for modifier in line.modifiers:
            if modifier.code in DISTINCT and not modifier.chosen:
                assert modifier.test
                findings = [pair for pair in answer.pairs if line.number in pair.numbers]
                assert any(pair.verdict == Verdict.MODIFIER for pair in findings)
    for pair in answer.pairs:
        if pair.verdict == Verdict.NEVER:
            assert not pair.fitting
            assert not pair.claimed
        assert all(claim[:2] in BYPASS for claim in pair.claimed)


def claim_of(answer):
    return Counter((p.number, p.units, frozenset(p.modifier_codes), p.billed) for p in answer.proposed)


@settings(deadline=None, max_examples=150)
@given(questions, st.randoms())
def test_the_order_of_lines_changes_no_outcome(question, random):
    mixed = tuple(random.sample(question.lines, len(question.lines)))
    there = judge(question)
    back = judge(
        VisitQuestion(
            mixed,
            question.day,
            question.setting,
            question.treated_by,
            question.payer,
            question.treatment_minutes,
        )
    )
    assert there.outcome == back.outcome
    assert {(t.subject, t.name, t.outcome) for t in there.tests} == {
        (t.subject, t.name, t.outcome) for t in back.tests
    }
    assert there.units.cms.units == back.units.cms.units
    assert claim_of(there) == claim_of(back)


@settings(deadline=None, max_examples=100)
@given(questions)
def test_a_payer_of_whom_nothing_is_known_fails_only_what_any_payer_would(question):
    answer = judge(question)
    if question.payer in (Payer.WORKERS_COMP_AUTO, Payer.VA, Payer.COMMERCIAL_AMA):
        failed = {test.subject for test in answer.tests if test.outcome == Result.FAILED}
        assert failed <= {"valid", "units", "same-code", "minutes"}
