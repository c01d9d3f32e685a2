"""The field's terms as types that rules, models and pages share."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Setting(StrEnum):
    """Which of CMS's two PTP tables applies: it follows the claim, not the building."""

    PRACTITIONER = "practitioner"
    OUTPATIENT_HOSPITAL = "outpatient-hospital"

    @property
    def label(self) -> str:
        return {"practitioner": "Practitioner", "outpatient-hospital": "Outpatient hospital"}[self.value]

    @property
    def explanation(self) -> str:
        return {
            "practitioner": "private practices and clinics that bill as practitioners",
            "outpatient-hospital": "hospital outpatient departments and other facility claims",
        }[self.value]


class Timing(StrEnum):
    """How a code is counted."""

    TIMED = "timed"
    UNTIMED = "untimed"
    BANDED = "banded"


class Attendance(StrEnum):
    """Whether the clinician has to be there the whole time."""

    SUPERVISED = "supervised"
    CONSTANT = "constant"
    NOT_STATED = "not-stated"


class TherapyStatus(StrEnum):
    """Where a code stands on Medicare's list of therapy codes."""

    ALWAYS = "always"
    SOMETIMES = "sometimes"
    NO = "no"
    UNKNOWN = "unknown"


class DateBasis(StrEnum):
    """How sure the effective date of a PTP edit is."""

    EXACT = "exact"
    SAME_DAY = "same-day"
    INFERRED = "inferred"
    UNKNOWN = "unknown"


class Confidence(StrEnum):
    """Where a statement was read."""

    OFFICIAL_TABLE = "T"
    OFFICIAL_PAGE = "C"
    SECONDARY = "S"
    NOT_VERIFIED = "K"

    @property
    def label(self) -> str:
        return {
            "T": "official table or manual",
            "C": "Medicare page",
            "S": "secondary source",
            "K": "not verified",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Cite:
    """A place in a source: the source's slug in the catalogue, and where in it."""

    source: str
    locator: str = ""


@dataclass(frozen=True, slots=True)
class TableRelease:
    """One published quarter of a CMS table, for one setting."""

    name: str
    """For instance "NCCI PTP v30.2"."""
    quarter: str
    """For instance "2024 Q3"."""
    effective_on: date
    source: str
    """Slug of the source that describes the file."""

    def __str__(self) -> str:
        return f"{self.name}, {self.quarter}"


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """What the rules need to know of one code. `None` means that our data does not say."""

    number: str
    name: str
    category: str = ""
    """Slug of the category."""
    timing: Timing = Timing.UNTIMED
    unit_minutes: int | None = None
    attendance: Attendance = Attendance.NOT_STATED
    therapy_status: TherapyStatus = TherapyStatus.UNKNOWN
    introduced_year: int | None = None
    retired_on: date | None = None
    retired_year: int | None = None
    replaced_by: tuple[str, ...] = ()
    status: str | None = None
    """Medicare status indicator of the physician fee schedule, one letter."""
    status_release: TableRelease | None = None
    unit_limits: tuple["Limit", ...] = ()
    primaries: tuple[str, ...] = ()
    """For an add-on code: the codes that it may be added to."""
    add_ons: tuple[str, ...] = ()
    """For a primary code: the codes that may be added to it."""
    discipline: str = ""
    """pt, ot or slp where the code itself names the discipline, as an evaluation does; else empty."""
    global_days: str = ""
    """Global period of the physician fee schedule, such as 000 or XXX; empty when our data does not say."""
    in_catalogue: bool = True
    """Whether our catalogue describes it; else only CMS's tables name it."""

    def __hash__(self) -> int:
        return hash(self.number)  # quick to tell, for much is kept by these

    def is_retired_on(self, day: date) -> bool:
        """Whether the code could no longer be reported for a date of service.

        Where only the year of its end is known, the whole of that year counts as after the end.
        """
        if self.retired_on:
            return day >= self.retired_on
        return self.retired_year is not None and day.year >= self.retired_year

    def limit(self, setting: Setting) -> "Limit | None":
        """The MUE in one setting, or None when our data has none."""
        return next((limit for limit in self.unit_limits if limit.setting == setting), None)


@dataclass(frozen=True, slots=True)
class Limit:
    """A medically unlikely edit (MUE): the most units of a code that are usually right for one day.

    Source: NCCI Policy Manual for Medicare, 2026-01-01, ch. I §V.
    """

    setting: Setting
    value: int
    mai: int
    """Adjudication indicator: 1 per claim line, 2 per day (policy), 3 per day (clinical)."""
    rationale: str
    release: TableRelease
    confirmed_in: TableRelease | None = None

    @property
    def meaning(self) -> str:
        """What the adjudication indicator means, in a sentence or two."""
        if self.value == 0:
            return "Zero means that Medicare does not pay this code here at all."
        return {
            1: "Each claim line is checked by itself (indicator 1).",
            2: "All units of the day are added up (indicator 2). The limit is absolute: "
            "more units are not paid, whatever the record says.",
            3: "All units of the day are added up (indicator 3). It is a clinical benchmark: "
            "more can be paid on review or appeal when the record proves the need.",
        }[self.mai]
