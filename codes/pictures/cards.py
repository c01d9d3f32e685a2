"""What a picture for sharing says of each kind of page: a few plain words, the verdict first."""

from datetime import date
from hashlib import sha256
from typing import NamedTuple

from codes.markup import VERDICT_WORDS, day_in_words
from codes.models import CirculatingClaim, Code, Faq, Modifier
from codes.rules.pairs import PairAnswer, Verdict
from codes.rules.terms import TherapyStatus, Timing
from codes.rules.visits import Outcome, VisitAnswer

from .shapes import design

TONES = {
    "never-together": "never",
    "modifier": "modifier",
    "no-edit": "clear",
    "same-code": "count",
    "not-known": "unknown",
    "wrong": "never",
    "outdated": "modifier",
    "part-true": "modifier",
    "true": "clear",
    "payer-dependent": "unknown",
    "ready": "clear",
    "change": "modifier",
    "unknown": "unknown",
}
"""The stylesheet's colour of each verdict; the key is also the name of its icon."""


class Card(NamedTuple):
    """The words of a picture, from top to bottom."""

    kind: str
    """The kind of page, in the corner."""
    topic: str
    """What it is about, in a small line above the headline; may be empty."""
    headline: str
    subtitle: str = ""
    texts: tuple[str, ...] = ()
    foot: str = ""
    """When, where, from which release."""
    verdict: str = ""
    """A key of TONES, which gives colour and icon; empty where a page gives no verdict."""

    @property
    def alt(self) -> str:
        """All of its words, for those who do not see it."""
        parts = [self.topic, self.headline, self.subtitle, *self.texts, self.foot]
        return " ".join(part if part[-1] in ".?!”" else f"{part}." for part in parts if part)

    @property
    def version(self) -> str:
        """Another word for other contents, or another way of drawing: the address of a picture carries it."""
        words = (self.kind, self.topic, self.headline, self.subtitle, self.foot, self.verdict, *self.texts)
        return sha256("\0".join((design(), *words)).encode()).hexdigest()[:16]


SITE = Card(
    kind="",
    topic="Billing codes for hands-on therapy",
    headline="May I bill these together?",
    texts=(
        "Codes, modifiers, pair checks and whole visits. The answer first, with its source and its date.",
    ),
    foot="Information, not billing or legal advice",
)


def of_code(code: Code, unverified: frozenset[str] = frozenset()) -> Card:
    """The card of a code. Facts whose topics are `unverified` are left out."""
    facts = []
    if "timing" not in unverified:
        facts.append(
            {
                Timing.TIMED: f"One unit stands for {code.unit_minutes} minutes",
                Timing.BANDED: "Counted by bands of time",
                Timing.UNTIMED: "Not counted by time",
            }[Timing(code.timing)]
        )
    if "therapy" not in unverified:
        facts.append(
            {
                TherapyStatus.ALWAYS: "Medicare: always therapy",
                TherapyStatus.SOMETIMES: "Medicare: sometimes therapy",
            }.get(TherapyStatus(code.therapy_status), "")
        )
    if code.is_retired:
        facts = [f"Retired in {code.retired_year}: not to be billed for a later date of service"]
    return Card(
        kind="Code",
        topic=code.get_system_display(),
        headline=code.number,
        subtitle=code.name,
        texts=(code.summary,),
        foot=_together(*facts),
    )


def of_pair(answer: PairAnswer) -> Card:
    """The card of a pair's verdict, for the day and the setting that were asked for."""
    question, lead = answer.question, answer.lead
    same = question.first == question.second
    names = [
        f"{facts.number} {facts.name}".strip()
        for facts in dict.fromkeys((answer.first, answer.second))
        if facts
    ]
    if answer.settings_differ:
        hospital = answer.answers[1]
        names.append(f"{hospital.setting.label}: {VERDICT_WORDS[hospital.verdict].lower()}")
    settings = "both settings" if len(answer.answers) > 1 and not answer.settings_differ else ""
    return Card(
        kind="Pair check",
        topic=f"{question.first} twice" if same else f"{question.first} with {question.second}",
        headline=VERDICT_WORDS[answer.verdict],
        subtitle="Not a promise of payment: the other tests apply."
        if answer.verdict == Verdict.NO_EDIT
        else _sentence(answer.short),
        texts=tuple(names),
        foot=_together(
            day_in_words(question.day),
            settings or lead.setting.label.lower(),
            str(lead.release) if lead.release else "",
        ),
        verdict=answer.verdict.value,
    )


def of_visit(answer: VisitAnswer) -> Card:
    """The card of a whole visit: its outcome, what to change first, its lines."""
    question = answer.question
    headline, _, rest = answer.headline.partition(": ")
    if not rest and answer.changes:
        rest = f"First: {answer.changes[0].change}"
    if answer.outcome == Outcome.READY:
        rest = "Not a promise of payment: the payer decides on coverage."
    return Card(
        kind="A whole visit",
        topic=", ".join(str(line) for line in question.lines),
        headline=headline,
        subtitle=_sentence(rest),
        foot=_together(
            day_in_words(question.day),
            question.setting.label.lower(),
            question.payer.label,
            question.treated_by.label if question.treated_by else "",
        ),
        verdict=answer.outcome.value,
    )


def of_modifier(modifier: Modifier, unverified: frozenset[str] = frozenset()) -> Card:
    """The card of a modifier, with what it can do to a pair edit."""
    can = "Can bypass a pair edit with indicator 1, never one with indicator 0"
    return Card(
        kind="Modifier",
        topic=modifier.get_kind_display(),
        headline=modifier.code,
        subtitle=modifier.name,
        texts=(modifier.summary,),
        foot=_together(
            can if modifier.bypasses_ptp else "Cannot bypass a pair edit", _mark("meaning", unverified)
        ),
    )


def of_faq(faq: Faq, unverified: frozenset[str] = frozenset()) -> Card:
    """The card of a question with its answer."""
    return Card(
        kind="Question",
        topic=faq.get_topic_display(),
        headline=faq.question,
        texts=(faq.answer,),
        foot=_together(_reviewed(faq.last_reviewed), _mark("answer", unverified)),
    )


def of_claim(claim: CirculatingClaim, unverified: frozenset[str] = frozenset()) -> Card:
    """The card of a circulating claim: the verdict on it first, so that nobody shares it as true."""
    return Card(
        kind="A claim that circulates",
        topic="Our verdict",
        headline=claim.get_verdict_display(),
        subtitle=f"“{claim.text}”",
        texts=(claim.verdict_note,) if claim.verdict_note else (),
        foot=_together(_reviewed(claim.last_reviewed), _mark("correction", unverified)),
        verdict=claim.verdict,
    )


def _together(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _sentence(text: str) -> str:
    return text and text[0].upper() + text[1:]


def _reviewed(day: date | None) -> str:
    return f"Reviewed {day_in_words(day)}" if day else ""


def _mark(topic: str, unverified: frozenset[str]) -> str:
    return "Not verified" if topic in unverified else ""
