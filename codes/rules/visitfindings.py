"""What the tests of a visit hand back, and the visit while it is being judged."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from .standing import Outcome as TestOutcome
from .terms import Cite, CodeFacts
from .visitline import VisitLine
from .visitterms import Lens, VisitQuestion

OTHER_RULE = " Whether this payer has the same rule is not in our sources: ask it, or read the contract."


@dataclass(frozen=True, slots=True)
class ProposedModifier:
    """A modifier on a proposed line, with its reason."""

    code: str
    reason: str
    cite: Cite | None = None
    chosen: bool = False
    """Whether it was on the line as asked."""
    test: str = ""
    """What the record must show before it may stand there; empty where there is nothing to show."""


@dataclass(frozen=True, slots=True)
class VisitTest:
    """One test, how it came out, for which lines, and where the rule is from."""

    subject: str
    """A short name for programs, such as `pair-edits` or `unit-limit`."""
    name: str
    outcome: TestOutcome
    text: str
    cite: Cite | None = None
    lines: tuple[int, ...] = ()
    """The places of the lines it concerns, counted from 0; none when it concerns the whole visit."""
    change: str = ""
    """When failed: what to do."""
    decisive: bool = False
    """When not known: whether the visit cannot be told without it."""
    drops: tuple[int, ...] = ()
    """When failed: the lines that leave the claim."""
    adds: tuple[tuple[int, ProposedModifier], ...] = ()
    removes: tuple[tuple[int, str], ...] = ()
    splits: tuple[tuple[int, int, str], ...] = ()
    """Lines to be split: place, units that carry the modifier, the modifier."""


@dataclass(slots=True)
class Visit:
    """A visit while it is judged: the question, what is known of its codes, and what has been found so far."""

    question: VisitQuestion
    facts: dict[str, CodeFacts]
    lens: Lens
    today: date
    tests: list[VisitTest] = field(default_factory=list)
    dropped: set[int] = field(default_factory=set)
    without_unit: set[int] = field(default_factory=set)

    @property
    def lines(self) -> tuple[VisitLine, ...]:
        return self.question.lines

    @property
    def places(self) -> range:
        return range(len(self.lines))

    @property
    def known(self) -> list[int]:
        """The places of the lines whose code is in our data."""
        return [place for place in self.places if self.lines[place].number in self.facts]

    @property
    def kept(self) -> list[int]:
        """The places of the known lines that nothing has taken off the claim yet."""
        return [place for place in self.known if place not in self.dropped]

    @property
    def billed(self) -> list[int]:
        """The kept lines that have a unit, or may have one."""
        return [place for place in self.kept if place not in self.without_unit]

    def code(self, place: int) -> CodeFacts:
        return self.facts[self.lines[place].number]

    def modifiers(self, place: int) -> tuple[str, ...]:
        return self.lines[place].modifiers

    def numbers(self, places: Iterable[int]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.lines[place].number for place in places))

    def places_of(self, number: str, among: Iterable[int]) -> tuple[int, ...]:
        return tuple(place for place in among if self.lines[place].number == number)

    def for_denial(self, place: int) -> bool:
        """Whether the line is billed to Medicare only to be denied (GY)."""
        return self.lens.medicare and "GY" in self.modifiers(place)

    def passed(self, subject, name, text, cite=None, lines=()) -> None:
        self.tests.append(VisitTest(subject, name, TestOutcome.PASSED, text, cite, tuple(lines)))

    def not_known(self, subject, name, text, cite=None, lines=(), decisive=False) -> None:
        self.tests.append(
            VisitTest(subject, name, TestOutcome.NOT_KNOWN, text, cite, tuple(lines), decisive=decisive)
        )

    def failed(self, subject, name, text, change, cite=None, lines=(), **effects) -> None:
        test = VisitTest(subject, name, TestOutcome.FAILED, text, cite, tuple(lines), change, **effects)
        self.dropped.update(test.drops)
        self.tests.append(test)

    def fails_if(self, applies: bool, subject, name, text, change, cite=None, lines=(), **effects) -> None:
        """Failed where the payer has the rule; else not known, and the visit cannot be told without it.

        Medicare's answer is never handed on as the answer of a payer of whom the rule is not known.
        """
        if applies:
            self.failed(subject, name, text, change, cite, lines, **effects)
        else:
            self.not_known(subject, name, f"Medicare: {text}{OTHER_RULE}", cite, lines, decisive=True)


def listed(words: Iterable[str]) -> str:
    """Words with commas and "and"."""
    words = list(words)
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def units_in_words(units: int) -> str:
    return f"{units} unit" if units == 1 else f"{units} units"
