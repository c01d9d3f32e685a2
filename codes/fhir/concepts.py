"""The code systems that we hold a fragment of, and their concepts as our catalogue has them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from codes.forms import is_code_number, is_modifier_code
from codes.models import Code, Modifier

CPT_MODIFIER = re.compile(r"[0-9]{2}|P[1-6]|[1238]P", re.ASCII)
"""Modifiers of CPT; all others belong to HCPCS level II."""


@dataclass(frozen=True, slots=True)
class System:
    """A code system of others, by the names that HL7 has registered for it."""

    id: str
    url: str
    oid: str
    name: str
    title: str
    owner: str


CPT = System(
    "cpt",
    "http://www.ama-assn.org/go/cpt",
    "2.16.840.1.113883.6.12",
    "CPTFragment",
    "Current Procedural Terminology (CPT®), a fragment in our own words",
    "CPT® is a registered trademark of the American Medical Association, and the codes belong to its CPT. The displays "
    "and definitions here are ours, in our own words; they are not the official descriptors. This site is not "
    "affiliated with the AMA. Use the official code book.",
)
HCPCS = System(
    "hcpcs-level-ii",
    "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "2.16.840.1.113883.6.285",
    "HCPCSLevelIIFragment",
    "HCPCS level II, a fragment in our own words",
    "HCPCS level II codes are published by CMS. The displays and definitions here are ours, in our own words. This site "
    "is not affiliated with CMS.",
)
SYSTEMS = {system.id: system for system in (CPT, HCPCS)}
BY_URL = {system.url: system for system in SYSTEMS.values()}

PROPERTIES = {
    "inactive": ("boolean", "Whether it is retired: not valid for a date of service after its end."),
    "retired": ("dateTime", "The first day, or only the year, on which it was no longer valid."),
    "replacedBy": ("code", "A code that took its place."),
    "modifier": ("boolean", "Whether it is a modifier."),
    "category": ("string", "The family of codes, as this site groups them."),
    "timing": ("code", "How it is counted: timed, untimed or banded."),
    "unitMinutes": ("integer", "Minutes that one unit stands for."),
    "therapyStatus": ("code", "On Medicare's therapy list: always, sometimes, no or unknown."),
    "kind": ("code", "What a modifier is about."),
    "bypassesPairEdits": (
        "boolean",
        "Whether CMS lists the modifier as one that can lift an indicator-1 edit.",
    ),
}
"""What the service tells of a concept: the type in FHIR and what it says."""
STANDARD = {"inactive": "http://hl7.org/fhir/concept-properties#inactive"}
"""The properties that FHIR itself defines."""


@dataclass(frozen=True, slots=True)
class Concept:
    """A code or a modifier as FHIR has it."""

    system: System
    code: str
    display: str
    definition: str
    terms: tuple[str, ...]
    """Other words for it."""
    properties: tuple[tuple[str, str | int | bool], ...]
    """Name and value; only what is known."""

    @property
    def is_modifier(self) -> bool:
        return ("modifier", True) in self.properties

    @property
    def is_inactive(self) -> bool:
        return ("inactive", True) in self.properties

    @property
    def ended(self) -> str:
        """When it ended, where that is known; else empty."""
        return next((str(value) for name, value in self.properties if name == "retired"), "")


def concepts(systems: Iterable[System] = SYSTEMS.values()) -> list[Concept]:
    """All published codes and modifiers of some systems, codes before modifiers. Four queries."""
    wanted = set(systems)
    found = [*map(_of_code, _codes()), *map(_of_modifier, _modifiers())]
    return [concept for concept in found if concept.system in wanted]


def concept_of(system: System, code: str) -> Concept | None:
    """One published code or modifier of a system; None when it is not in our fragment. At most four queries.

    Both systems are case-sensitive: `gp` is not `GP`.
    """
    if is_modifier_code(code):
        found = [_of_modifier(row) for row in _modifiers().filter(code=code)]
    elif is_code_number(code):
        found = [_of_code(row) for row in _codes().filter(number=code)]
    else:
        found = []
    return next((concept for concept in found if concept.system == system), None)


def _codes():
    rows = Code.objects.published().order_by("number")
    return rows.select_related("category").prefetch_related("synonyms", "replaced_by")


def _modifiers():
    return Modifier.objects.published().order_by("code")


def _of_code(code: Code) -> Concept:
    retired = code.retired_on.isoformat() if code.retired_on else str(code.retired_year or "")
    told = [
        ("inactive", code.is_retired),
        ("retired", retired),
        *(("replacedBy", new.number) for new in code.replaced_by.all() if new.is_published),
        ("modifier", False),
        ("category", code.category.name),
        ("timing", code.timing),
        ("unitMinutes", code.unit_minutes),
        ("therapyStatus", code.therapy_status),
    ]
    return Concept(
        HCPCS if code.system == Code.System.HCPCS_2 else CPT,
        code.number,
        code.name,
        code.summary,
        tuple(synonym.term for synonym in code.synonyms.all()),
        tuple((name, value) for name, value in told if value not in ("", None)),
    )


def _of_modifier(modifier: Modifier) -> Concept:
    return Concept(
        CPT if CPT_MODIFIER.fullmatch(modifier.code) else HCPCS,
        modifier.code,
        modifier.name,
        modifier.summary,
        (),
        (
            ("inactive", False),
            ("modifier", True),
            ("kind", modifier.kind),
            ("bypassesPairEdits", modifier.bypasses_ptp),
        ),
    )
