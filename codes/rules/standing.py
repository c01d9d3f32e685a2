"""The tests that two codes face beside the pair edit: status, MUE, add-on, time, coverage, payer."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from .terms import Cite, CodeFacts, Limit, Setting, TherapyStatus, Timing

SUPERVISED_MODALITIES = frozenset(
    {"97010", "97012", "97014", "97016", "97018", "97022", "97024", "97026", "97028"}
)
"""The only therapy services that may share time with another.
Source: NCCI Policy Manual, 2026-01-01, ch. XI §P.2 (97010 to 97028)."""


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class StandingTest:
    """One test, how it came out, and where it is from."""

    name: str
    outcome: Outcome
    text: str
    cite: Cite | None = None

    def __hash__(self) -> int:
        """That of its words: their hashes are known, and they tell most tests apart."""
        return hash((self.name, self.text))


STATUS_WORDS = {
    "A": ("Active: paid separately when covered", Outcome.PASSED),
    "B": ("Bundled: Medicare never pays it separately, even when it is the only service", Outcome.FAILED),
    "C": ("Priced by the Medicare contractor: there is no national amount", Outcome.NOT_KNOWN),
    "E": ("Excluded from the physician fee schedule by regulation", Outcome.FAILED),
    "I": ("Not valid for Medicare: Medicare uses another code for it", Outcome.FAILED),
    "N": ("Not covered by Medicare", Outcome.FAILED),
    "R": ("Restricted: special coverage rules apply", Outcome.NOT_KNOWN),
    "T": (
        "Paid only when nothing else is billed for that patient by that provider on the day",
        Outcome.FAILED,
    ),
    "X": ("Excluded by law from the physician fee schedule", Outcome.FAILED),
}
"""Status indicators of the Medicare physician fee schedule in plain words, and what each does to a line."""
SAME_MINUTES = "Not the same minutes twice"
MINUTES = Cite("ncci-manual-2026", "ch. XI §P.2")
RECORD_DECIDES = StandingTest(
    SAME_MINUTES,
    Outcome.NOT_KNOWN,
    "Your record decides: each service must have been given as a service of its own.",
    MINUTES,
)
RECORD_OF_THERAPY_DECIDES = StandingTest(
    SAME_MINUTES,
    Outcome.NOT_KNOWN,
    "Your record decides: no 15 minutes may be counted for two therapy services, edit or no edit.",
    MINUTES,
)
OF_EVERY_PAIR = (
    StandingTest(
        "Coverage and medical necessity",
        Outcome.NOT_KNOWN,
        "Depends on the patient's condition, the plan of care and the contractor's coverage rules. "
        "No table can tell.",
    ),
    StandingTest(
        "Payers other than Medicare",
        Outcome.NOT_KNOWN,
        "Commercial, auto and workers' compensation plans and Medicaid may run other or older edits. "
        "Read the contract, or ask.",
    ),
)
MOST_KEPT = 4096
"""So many codes have the tests kept that depend on nothing else: all of the catalogue, and more."""


def tests_for_pair(
    first: CodeFacts, second: CodeFacts, day: date, setting: Setting | None
) -> tuple[StandingTest, ...]:
    """All tests beside the PTP edit, for two codes on one day in one setting or (None) both, in the order of the page."""
    both = (first,) if first.number == second.number else (first, second)
    tests: list[StandingTest] = []
    for code in both:
        if code.is_retired_on(day):
            tests.append(_retired(code))
        tests += _status(code), _mue(code, setting)
    tests += _add_on(first, second)
    if len(both) == 2:
        tests.append(_same_minutes(first, second))
    return (*tests, *OF_EVERY_PAIR)


def status_in_words(letter: str | None) -> str:
    """What a fee-schedule status letter means, in plain words; says so when it is not known."""
    if letter is None:
        return "Not in the fee schedule that we hold"
    return STATUS_WORDS.get(letter, (f"Status {letter}", Outcome.NOT_KNOWN))[0]


@lru_cache(maxsize=MOST_KEPT)
def _status(code: CodeFacts) -> StandingTest:
    name = f"Medicare status of {code.number}"
    if code.status is None:
        return StandingTest(name, Outcome.NOT_KNOWN, "Not in the fee schedule that we hold.")
    words, outcome = STATUS_WORDS.get(code.status, (f"Status {code.status}", Outcome.NOT_KNOWN))
    instead = (
        " Medicare's code for unattended electrical stimulation is G0283." if code.number == "97014" else ""
    )
    cite = Cite(code.status_release.source) if code.status_release else None
    return StandingTest(name, outcome, f"Status {code.status}. {words}.{instead}", cite)


@lru_cache(maxsize=MOST_KEPT)
def _mue(code: CodeFacts, setting: Setting | None) -> StandingTest:
    """Units against the MUE, in one setting or both. Source: NCCI Policy Manual, 2026-01-01, ch. I §V."""
    name = f"Most units of {code.number} a day (MUE)"
    limits = [(each, code.limit(each)) for each in ([setting] if setting else Setting)]
    if len({limit and (limit.value, limit.mai) for _, limit in limits}) == 1:
        return StandingTest(name, *_limit_in_words(limits[0][1]))
    told = [(each, *_limit_in_words(limit)) for each, limit in limits]
    return StandingTest(
        name,
        told[0][1],
        " ".join(f"{each.label}: {text}" for each, _, text, _ in told),
        next((cite for *_, cite in told if cite), None),
    )


def _limit_in_words(limit: Limit | None) -> tuple[Outcome, str, Cite | None]:
    """A limit cannot be passed or failed before the units are known, except when it is zero."""
    if limit is None:
        return Outcome.NOT_KNOWN, "No MUE in our data for this code and setting.", None
    cite = Cite(limit.release.source)
    if limit.value == 0:
        return Outcome.FAILED, f"The MUE is 0. {limit.meaning}", cite
    units = "unit" if limit.value == 1 else "units"
    return Outcome.PASSED, f"Passed up to {limit.value} {units}. {limit.meaning}", cite


def _add_on(first: CodeFacts, second: CodeFacts) -> list[StandingTest]:
    """An add-on code is paid only beside a primary. Source: NCCI Policy Manual, 2026-01-01, ch. I §R."""
    tests = []
    cite = Cite("ncci-aoc-2024-06")
    pairs = ((first, second), (second, first)) if first.number != second.number else ((first, second),)
    for code, other in pairs:
        if not code.primaries:
            continue
        name = f"{code.number} is an add-on code"
        wanted = " or ".join(code.primaries)
        if other.number in code.primaries:
            tests.append(
                StandingTest(
                    name, Outcome.PASSED, f"Its primary code {other.number} is the other line.", cite
                )
            )
        else:
            tests.append(
                StandingTest(
                    name,
                    Outcome.NOT_KNOWN,
                    f"It is paid only when {wanted} is on the same claim as well.",
                    cite,
                )
            )
    return tests


def _retired(code: CodeFacts) -> StandingTest:
    instead = f" Use {', '.join(code.replaced_by)} instead." if code.replaced_by else ""
    return StandingTest(
        f"{code.number} on that date", Outcome.FAILED, f"The code was retired by then.{instead}"
    )


def _same_minutes(first: CodeFacts, second: CodeFacts) -> StandingTest:
    """No two therapy services in the same 15 minutes. Source: NCCI Policy Manual, 2026-01-01, ch. XI §P.2."""
    supervised = [code.number for code in (first, second) if code.number in SUPERVISED_MODALITIES]
    if supervised:
        return StandingTest(
            SAME_MINUTES,
            Outcome.PASSED,
            f"{' and '.join(supervised)} may run at the same time as another service: the supervised modalities "
            "97010 to 97028 are the only exception to this rule.",
            MINUTES,
        )
    if Timing.TIMED in (first.timing, second.timing) or TherapyStatus.ALWAYS in (
        first.therapy_status,
        second.therapy_status,
    ):
        return RECORD_OF_THERAPY_DECIDES
    return RECORD_DECIDES
