"""Looking a code up, validating it, expanding a value set."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from codes.machines import Refusal

from .concepts import BY_URL, CPT, HCPCS, PROPERTIES, SYSTEMS, Concept, System, concept_of, concepts
from .parameters import Asked, parameters, part

LANGUAGE = "en-US"
UNCLOSED = {"url": "http://hl7.org/fhir/StructureDefinition/valueset-unclosed", "valueBoolean": True}


@dataclass(frozen=True, slots=True)
class ValueSet:
    """Some of the concepts of our fragments."""

    id: str
    name: str
    title: str
    systems: tuple[System, ...]
    modifiers: bool | None = None
    """Only modifiers, or only others; None for both."""

    def holds(self, concept: Concept) -> bool:
        return concept.system in self.systems and self.modifiers in (None, concept.is_modifier)


VALUE_SETS = {
    each.id: each
    for each in (
        ValueSet(
            "codes", "TherapyCodes", "Codes of hands-on therapy, without modifiers", (CPT, HCPCS), False
        ),
        ValueSet("modifiers", "TherapyModifiers", "Modifiers for hands-on therapy", (CPT, HCPCS), True),
        ValueSet("cpt", "TherapyCPT", "CPT codes and modifiers for hands-on therapy", (CPT,)),
        ValueSet(
            "hcpcs-level-ii",
            "TherapyHCPCS",
            "HCPCS level II codes and modifiers for hands-on therapy",
            (HCPCS,),
        ),
    )
}


def look_up(asked: Asked) -> dict[str, Any]:
    """CodeSystem/$lookup: what is known of a code. Raises Refusal where it is not in our fragment."""
    url, code, _ = _asked_codings(asked, asked.text("system"))[0]
    system = _system(url)
    concept = concept_of(system, code)
    if concept is None:
        raise Refusal(404, _not_here(system, code))
    wanted = set(asked.texts("property"))
    told = [(name, value) for name, value in concept.properties if not wanted or name in wanted]
    return parameters(
        part("name", system.title),
        part("display", concept.display),
        *(
            part("designation", [part("language", LANGUAGE, "code"), part("value", term)])
            for term in concept.terms
            if not wanted or "designation" in wanted
        ),
        *(
            [_property("definition", concept.definition, "string")]
            if not wanted or "definition" in wanted
            else ()
        ),
        *(_property(name, value, PROPERTIES[name][0]) for name, value in told),
    )


def _property(name: str, value, kind: str) -> dict[str, Any]:
    return part("property", [part("code", name, "code"), part("value", value, kind)])


def validate_in_system(asked: Asked, system_id: str = "") -> dict[str, Any]:
    """CodeSystem/$validate-code: whether a code is in our fragment of a system."""
    url = SYSTEMS[system_id].url if system_id else asked.text("url")
    codings = _asked_codings(asked, url)
    for given, _, _ in codings:
        if url and given and given != url:
            raise Refusal(400, f"The coding is of {given[:80]}, and the question is about {url[:80]}.")
    return _validated([(url or given, code, display) for given, code, display in codings])


def validate_in_set(asked: Asked, value_set: ValueSet) -> dict[str, Any]:
    """ValueSet/$validate-code: whether a code is in a value set. A code alone counts where one system is meant."""
    only = value_set.systems[0].url if len(value_set.systems) == 1 else ""
    codings = _asked_codings(asked, asked.text("system") or only)
    return _validated(codings, value_set.holds, f" in the value set “{value_set.title}”")


def _asked_codings(asked: Asked, url: str) -> list[tuple[str, str, str]]:
    """The codings of a question: those that were posted, else `code` with `display` in a system; at least one."""
    code = asked.text("code")
    codings = asked.codings() or ([(url, code, asked.text("display"))] if code else [])
    if not codings:
        raise Refusal(400, "Name a code and its system, or post a coding.")
    return codings


def _validated(
    codings: Iterable[tuple[str, str, str]],
    holds: Callable[[Concept], bool] = lambda concept: True,
    where: str = "",
) -> dict[str, Any]:
    """Whether one of some codings is in our fragment and in a set of it, with what to know of it."""
    told = []
    for url, code, display in codings:
        system = _system(url)
        concept = concept_of(system, code)
        if concept and holds(concept):
            notes = [_ended(concept), _of_display(concept, display)]
            message = " ".join(filter(None, notes))
            return parameters(
                part("result", True),
                *([part("message", message)] if message else ()),
                part("display", concept.display),
            )
        told.append(f"{code} is not{where}." if concept else _not_here(system, code))
    return parameters(part("result", False), part("message", " ".join(told)))


def _ended(concept: Concept) -> str:
    if not concept.is_inactive:
        return ""
    return (
        f"{concept.code} is retired: it ended {concept.ended}, and is not valid for a later date of service."
    )


def _of_display(concept: Concept, display: str) -> str:
    ours = {text.casefold() for text in (concept.display, *concept.terms)}
    if not display or display.casefold() in ours:
        return ""
    return "The display was not checked: this server has only labels of its own, and no official descriptors."


def _not_here(system: System, code: str) -> str:
    return (
        f"Not known: {code[:40]} is not in the fragment of {system.url} that this server holds. It may exist in the "
        "whole code system: this is no statement about it."
    )


def _system(url: str) -> System:
    if not url:
        raise Refusal(400, f"Name the code system. There are: {', '.join(BY_URL)}.")
    system = BY_URL.get(url.partition("|")[0])
    if system is None:
        raise Refusal(404, f"This server has no code system {url[:120]}. There are: {', '.join(BY_URL)}.")
    return system


def expansion(asked: Asked, value_set: ValueSet) -> dict[str, Any]:
    """ValueSet/$expand: the concepts of a value set, by a filter, in pages. They are marked as not all there are."""
    words = asked.text("filter").casefold().split()
    count, offset = asked.number("count"), asked.number("offset") or 0
    only_active, designations = asked.flag("activeOnly"), asked.flag("includeDesignations")
    found = [
        concept
        for concept in concepts(value_set.systems)
        if value_set.holds(concept)
        and not (only_active and concept.is_inactive)
        and all(word in _searched(concept) for word in words)
    ]
    shown = found[offset : None if count is None else offset + count]
    used = [
        *([part("filter", asked.text("filter"))] if words else ()),
        *([part("count", count)] if count is not None else ()),
        *([part("offset", offset)] if offset else ()),
        *([part("activeOnly", True)] if only_active else ()),
        *([part("includeDesignations", True)] if designations else ()),
    ]
    return {
        "extension": [UNCLOSED],
        "total": len(found),
        "offset": offset,
        **({"parameter": used} if used else {}),
        **({"contains": [_contained(concept, designations) for concept in shown]} if shown else {}),
    }


def _searched(concept: Concept) -> str:
    return " ".join((concept.code, concept.display, concept.definition, *concept.terms)).casefold()


def _contained(concept: Concept, with_designations: bool) -> dict[str, Any]:
    return {
        "system": concept.system.url,
        **({"inactive": True} if concept.is_inactive else {}),
        "code": concept.code,
        "display": concept.display,
        **({"designation": designations_of(concept)} if with_designations and concept.terms else {}),
    }


def designations_of(concept: Concept) -> list[dict[str, str]]:
    """The other words for a concept, as FHIR has them."""
    return [{"language": LANGUAGE, "value": term} for term in concept.terms]
