"""The resources of the service: what it can do, its code systems, its value sets, and lists of them."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from codes import clock

from .concepts import PROPERTIES, STANDARD, Concept, System, concepts
from .operations import ValueSet, designations_of

VERSION = "4.0.1"
FORMATS = ["json", "application/fhir+json"]
DEFINITIONS = "http://hl7.org/fhir/OperationDefinition/"
PUBLISHER = "cptref"
FRAGMENT = (
    "The codes and modifiers of hands-on therapy that this site describes: a fragment of the whole code system. A code "
    "that is missing here is not known here; that says nothing about it."
)
SEARCHES = {
    "CodeSystem": {
        "_id": "token",
        "url": "uri",
        "system": "uri",
        "code": "token",
        "name": "string",
        "status": "token",
    },
    "ValueSet": {"_id": "token", "url": "uri", "name": "string", "status": "token"},
}
"""What resources are searched by, and the type of each search parameter."""


def code_system(system: System, base: str, *, whole: bool = True) -> dict[str, Any]:
    """A code system, with its concepts unless only a `whole` one has them. `base` is the address of the service."""
    return {
        "resourceType": "CodeSystem",
        "id": system.id,
        **({} if whole else {"meta": SUBSETTED}),
        "url": system.url,
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{system.oid}"}],
        "name": system.name,
        "title": system.title,
        "status": "active",
        "experimental": False,
        "publisher": PUBLISHER,
        "description": FRAGMENT,
        "copyright": system.owner,
        "caseSensitive": True,
        "valueSet": f"{base}ValueSet/{system.id}",
        "content": "fragment",
        "property": [
            {
                "code": name,
                **({"uri": STANDARD[name]} if name in STANDARD else {}),
                "description": text,
                "type": kind,
            }
            for name, (kind, text) in PROPERTIES.items()
        ],
        **({"concept": [_concept(concept) for concept in concepts([system])]} if whole else {}),
    }


SUBSETTED = {
    "tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}]
}
"""Marks a resource that is not sent whole."""


def _concept(concept: Concept) -> dict[str, Any]:
    return {
        "code": concept.code,
        "display": concept.display,
        "definition": concept.definition,
        **({"designation": designations_of(concept)} if concept.terms else {}),
        "property": [
            {"code": name, f"value{PROPERTIES[name][0][0].upper()}{PROPERTIES[name][0][1:]}": value}
            for name, value in concept.properties
        ],
    }


def value_set(found: ValueSet, base: str, expansion: dict[str, Any] | None = None) -> dict[str, Any]:
    """A value set, with its expansion where one was made."""
    only = {"filter": [{"property": "modifier", "op": "=", "value": str(found.modifiers).lower()}]}
    return {
        "resourceType": "ValueSet",
        "id": found.id,
        "url": f"{base}ValueSet/{found.id}",
        "name": found.name,
        "title": found.title,
        "status": "active",
        "experimental": False,
        "publisher": PUBLISHER,
        "description": FRAGMENT,
        "copyright": " ".join(system.owner for system in found.systems),
        "compose": {
            "include": [
                {"system": system.url, **({} if found.modifiers is None else only)}
                for system in found.systems
            ]
        },
        **({"expansion": {"timestamp": _moment(timezone.now()), **expansion}} if expansion else {}),
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def bundle(resources: Iterable[dict[str, Any]], base: str, address: str) -> dict[str, Any]:
    """What a search found. `address` is the one that was understood."""
    entries = [
        {
            "fullUrl": f"{base}{each['resourceType']}/{each['id']}",
            "resource": each,
            "search": {"mode": "match"},
        }
        for each in resources
    ]
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(entries),
        "link": [{"relation": "self", "url": address}],
        **({"entry": entries} if entries else {}),
    }


def capabilities(base: str) -> dict[str, Any]:
    """What the service can do."""
    return {
        "resourceType": "CapabilityStatement",
        "id": "cptref",
        **_about(base),
        "fhirVersion": VERSION,
        "format": FORMATS,
        "rest": [
            {
                "mode": "server",
                "documentation": "Reading only, from any origin, without a key.",
                "security": {"cors": True},
                "resource": [
                    {
                        "type": kind,
                        "interaction": [{"code": "read"}, {"code": "search-type"}],
                        "searchParam": [{"name": name, "type": form} for name, form in by.items()],
                        "operation": [
                            {"name": name, "definition": f"{DEFINITIONS}{kind}-{name}"} for name in operations
                        ],
                    }
                    for kind, by, operations in (
                        ("CodeSystem", SEARCHES["CodeSystem"], ("lookup", "validate-code")),
                        ("ValueSet", SEARCHES["ValueSet"], ("expand", "validate-code")),
                    )
                ],
            }
        ],
    }


def terminology_capabilities(base: str, systems: Iterable[System]) -> dict[str, Any]:
    """Which code systems the service knows, and how it expands and validates."""
    return {
        "resourceType": "TerminologyCapabilities",
        "id": "cptref-terminology",
        **_about(base),
        "codeSystem": [
            {
                "uri": system.url,
                "version": [{"isDefault": True, "property": list(PROPERTIES)}],
                "subsumption": False,
            }
            for system in systems
        ],
        "expansion": {
            "hierarchical": False,
            "paging": True,
            "incomplete": True,
            "parameter": [
                {"name": name} for name in ("filter", "count", "offset", "activeOnly", "includeDesignations")
            ],
            "textFilter": "Every word of the filter, in whatever case, in the code, the display, the definition or a "
            "designation.",
        },
        "codeSearch": "all",
        "validateCode": {"translations": False},
    }


def _about(base: str) -> dict[str, Any]:
    return {
        "name": "cptref",
        "title": "cptref, a terminology service for hands-on therapy",
        "status": "active",
        "date": clock.today().isoformat(),
        "publisher": PUBLISHER,
        "kind": "instance",
        "description": FRAGMENT,
        "implementation": {"description": "cptref", "url": base.removesuffix("/")},
    }


def searched(
    found: Iterable[dict[str, Any]], asked: Iterable[tuple[str, str]], holds: Callable[[str, str], bool]
) -> list[dict[str, Any]]:
    """Those resources that a search asks for. `holds` tells whether the code system of an id has a code."""

    def matches(resource: dict[str, Any], name: str, value: str) -> bool:
        if name == "code":
            return holds(resource["id"], value)
        if name == "name":
            return resource["name"].casefold().startswith(value.casefold())
        return resource[{"_id": "id", "system": "url"}.get(name, name)] == value

    return [each for each in found if all(matches(each, name, value) for name, value in asked)]
