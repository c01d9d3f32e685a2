"""A visit as it is asked: who treated, which payer, which lines; and what staff know of payers and of the year."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .allocation import UnitRule
from .terms import Cite, Setting
from .visitline import VisitLine

MOST_LINES = 12


class TreatedBy(StrEnum):
    """Who gave the treatment."""

    PT = "pt"
    PTA = "pta"
    OT = "ot"
    OTA = "ota"
    SLP = "slp"
    CHIROPRACTOR = "chiropractor"
    MASSAGE_THERAPIST = "massage-therapist"
    ACUPUNCTURIST = "acupuncturist"
    PHYSICIAN = "physician"

    @property
    def label(self) -> str:
        return {
            "pt": "Physical therapist (PT)",
            "pta": "Physical therapist assistant (PTA)",
            "ot": "Occupational therapist (OT)",
            "ota": "Occupational therapy assistant (OTA)",
            "slp": "Speech-language pathologist (SLP)",
            "chiropractor": "Chiropractor",
            "massage-therapist": "Massage therapist",
            "acupuncturist": "Acupuncturist",
            "physician": "Physician",
        }[self.value]


class Payer(StrEnum):
    """The lens through which a visit is judged."""

    MEDICARE = "medicare"
    COMMERCIAL_CMS = "commercial-cms"
    COMMERCIAL_AMA = "commercial-ama"
    WORKERS_COMP_AUTO = "workers-comp-auto"
    VA = "va"

    @property
    def label(self) -> str:
        return {
            "medicare": "Medicare",
            "commercial-cms": "Commercial plan that follows CMS",
            "commercial-ama": "Commercial plan that follows the AMA unit rule",
            "workers-comp-auto": "Workers' compensation or auto",
            "va": "VA community care",
        }[self.value]


class PayerTopic(StrEnum):
    """What a staff entry on a payer is about."""

    UNITS = "units"
    PAIR_EDITS = "pair-edits"
    UNIT_LIMITS = "unit-limits"
    ADD_ONS = "add-ons"
    MODIFIERS = "modifiers"
    WHO_MAY_BILL = "who-may-bill"
    COVERAGE = "coverage"


@dataclass(frozen=True, slots=True)
class PayerFact:
    """What staff found out about a payer, with its source and the day on which they last read it there."""

    payer: Payer
    topic: PayerTopic
    text: str
    cite: Cite
    checked_on: date
    follows: str = ""
    """`cms` or `ama` for units, `cms` for edits, limits and add-on codes; empty when the text alone says it."""
    codes: tuple[str, ...] = ()
    """The codes that it is about; none for all."""

    def is_stale_on(self, day: date) -> bool:
        """Whether its check is a year old or more. A stale entry is shown, but decides nothing."""
        try:
            return day >= self.checked_on.replace(year=self.checked_on.year + 1)
        except ValueError:  # checked on 29 February
            return day >= date(self.checked_on.year + 1, 3, 1)


@dataclass(frozen=True, slots=True)
class YearlyAmount:
    """The KX threshold of one calendar year, in cents."""

    year: int
    pt_slp: int
    ot: int
    cite: Cite
    review: int | None = None
    """From this amount on a targeted medical review is possible; None when our data does not say."""


@dataclass(frozen=True, slots=True)
class VisitQuestion:
    """One visit of one patient to one provider on one day.

    `treatment_minutes` is the whole treatment time; `assistant_minutes`, when given, holds for each line the minutes
    that an assistant alone gave. Raises ValueError for no line or more than twelve, and where the assistant has
    more minutes than the line.
    """

    lines: tuple[VisitLine, ...]
    day: date
    setting: Setting = Setting.PRACTITIONER
    treated_by: TreatedBy | None = None
    payer: Payer = Payer.MEDICARE
    treatment_minutes: int | None = None
    assistant_minutes: tuple[int | None, ...] = ()

    def __post_init__(self):
        if not 1 <= len(self.lines) <= MOST_LINES:
            raise ValueError(f"A visit has 1 to {MOST_LINES} lines; this one has {len(self.lines)}.")
        if self.treatment_minutes is not None and not 0 <= self.treatment_minutes <= 1440:
            raise ValueError("The treatment time goes from 0 to 1440 minutes, a whole day.")
        if self.assistant_minutes and len(self.assistant_minutes) != len(self.lines):
            raise ValueError("Assistant minutes belong to the lines, one for each.")
        for line, given in zip(self.lines, self.assistant_minutes, strict=False):
            if given is not None and not 0 <= given <= (line.minutes if line.minutes is not None else 1440):
                raise ValueError(
                    f"The assistant cannot have more minutes of {line.number} than the line has."
                )

    def assistant_on(self, place: int) -> int | None:
        return self.assistant_minutes[place] if self.assistant_minutes else None


@dataclass(frozen=True, slots=True)
class Lens:
    """What is known of a payer's rules: which of Medicare's it follows, as far as the lens or staff say."""

    payer: Payer
    unit_rule: UnitRule | None
    pair_edits: bool
    unit_limits: bool
    add_ons: bool

    @property
    def medicare(self) -> bool:
        return self.payer == Payer.MEDICARE

    @property
    def short(self) -> str:
        return "Medicare" if self.medicare else "this payer"


_UNIT_RULES = {
    Payer.MEDICARE: UnitRule.CMS,
    Payer.COMMERCIAL_CMS: UnitRule.CMS,
    Payer.COMMERCIAL_AMA: UnitRule.AMA,
}


def lens_of(payer: Payer, facts: tuple[PayerFact, ...], today: date) -> Lens:
    """What decides under a payer. Medicare's tables count for Medicare and, by its own name, for a plan that
    follows CMS; for others only where a fresh staff entry says so. Which unit rule workers' compensation, auto and
    the VA want is in no source of ours.
    """
    follows = {
        fact.topic: fact.follows
        for fact in facts
        if fact.payer == payer and fact.follows and not fact.codes and not fact.is_stale_on(today)
    }
    named = follows.get(PayerTopic.UNITS)
    by_nature = payer in (Payer.MEDICARE, Payer.COMMERCIAL_CMS)
    return Lens(
        payer,
        _UNIT_RULES.get(payer) or (UnitRule(named) if named in set(UnitRule) else None),
        by_nature or follows.get(PayerTopic.PAIR_EDITS) == "cms",
        by_nature or follows.get(PayerTopic.UNIT_LIMITS) == "cms",
        by_nature or follows.get(PayerTopic.ADD_ONS) == "cms",
    )
