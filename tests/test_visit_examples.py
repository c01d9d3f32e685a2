"""Whole visits on the launch data: outcome, claim proposed, tests that fail, and what is missing."""

import pytest

from codes.rules.standing import Outcome as Result
from codes.rules.visits import Outcome
from tests.visit_examples import EXAMPLES, all_facts, ask


def claim(answer):
    """The proposed claim as an example writes it."""
    written = []
    for line in answer.proposed:
        if not line.billed:
            written.append(f"-{line.number}")
            continue
        modifiers = ",".join(f"{m.code}{'?' if m.test else ''}" for m in line.modifiers)
        written.append(f"{line.number}:x{line.units}{':' + modifiers if modifiers else ''}")
    return " ".join(written)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_a_whole_visit(example):
    answer = ask(example.lines, **example.asked)
    assert answer.outcome == example.outcome, answer.headline
    assert {test.subject for test in answer.changes} == example.failed
    assert {test.subject for test in answer.missing} == example.missing
    if example.claim:
        assert claim(answer) == example.claim
    if example.says:
        assert any(example.says in f"{test.text} {test.change}" for test in answer.tests)


def test_there_are_sixty_visits_and_each_names_its_rule_and_source():
    assert len(EXAMPLES) >= 60
    assert len({example.name for example in EXAMPLES}) == len(EXAMPLES)
    assert all(example.proves and example.source for example in EXAMPLES)
    assert {example.outcome for example in EXAMPLES} == set(Outcome)


def test_the_launch_data_is_read():
    facts = all_facts()
    assert len(facts) > 150
    assert facts["97161"].discipline == "pt"
    assert facts["97810"].add_ons == ("97811", "97814")
    assert facts["98940"].global_days == "000"


def test_an_outcome_follows_from_its_tests():
    for example in EXAMPLES:
        answer = ask(example.lines, **example.asked)
        failed = any(test.outcome == Result.FAILED for test in answer.tests)
        decisive = any(test.decisive for test in answer.tests)
        assert answer.outcome == (
            Outcome.CHANGE if failed else Outcome.UNKNOWN if decisive else Outcome.READY
        )
        assert all(test.change for test in answer.changes)
