"""The page about the API, made from its OpenAPI document, so that neither says what the other does not."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.views.decorators.http import require_safe

from codes.addresses import address_of
from codes.api.service import document
from codes.fhir.concepts import CPT, SYSTEMS
from codes.fhir.operations import VALUE_SETS

from .pages import page

LONGEST_PATTERN = 60
"""A longer one says less to a person than its description does."""
WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "null"}


Kind = tuple[tuple[str, bool], ...]
"""A type in words: its pieces, each with whether it is the name of a value that the page explains."""


@dataclass(frozen=True, slots=True)
class Member:
    """A parameter, or a member of a value."""

    name: str
    kind: Kind
    about: str
    is_required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One address of the API."""

    id: str
    path: str
    summary: str
    about: str
    parameters: tuple[Member, ...]
    result: Kind
    example: str
    """An address that shows it, from this site's root."""


@require_safe
def documentation(request):
    described = document()
    operations = list(_operations(described))
    lookup = urlencode({"system": CPT.url, "code": "97140"}, safe=":/")
    return page(
        request,
        "api/documentation.html",
        {
            "about": described["info"]["description"],
            "groups": [
                (tag, [each for each, tags in operations if tag["name"] in tags]) for tag in described["tags"]
            ],
            "values": [
                (name, schema.get("description", ""), _members(schema), schema.get("enum", ()))
                for name, schema in sorted(described["components"]["schemas"].items())
            ],
            "fhir": [
                ("What it can do", address_of("fhir")),
                ("What is known of a code", f"/fhir/CodeSystem/$lookup?{lookup}"),
                ("Whether a code is in the fragment", "/fhir/CodeSystem/cpt/$validate-code?code=97140"),
                ("Codes by a word, in pages", "/fhir/ValueSet/codes/$expand?filter=massage&count=5"),
                ("The whole fragment of CPT", "/fhir/CodeSystem/cpt"),
            ],
            "systems": SYSTEMS.values(),
            "value_sets": VALUE_SETS.values(),
        },
    )


def _operations(described: dict[str, Any]):
    """Each operation with its tags, in the document's order."""
    for path, methods in described["paths"].items():
        for operation in methods.values():
            result = operation["responses"]["200"]["content"]["application/json"]["schema"]
            yield (
                Operation(
                    operation["operationId"],
                    path,
                    operation["summary"],
                    operation["description"],
                    tuple(
                        Member(
                            each["name"],
                            _kind(each["schema"]) + _default(each["schema"]),
                            each.get("description", ""),
                            each["required"],
                        )
                        for each in operation["parameters"]
                    ),
                    _kind(result),
                    _example(path, operation["parameters"]),
                ),
                operation["tags"],
            )


def _example(path: str, parameters: list[dict[str, Any]]) -> str:
    """The address that the examples of the parameters make."""
    query = {}
    for each in parameters:
        if "example" not in each:
            continue
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", each["example"])
        else:
            query[each["name"]] = each["example"]
    return f"{path}?{urlencode(query, doseq=True, safe=':,')}" if query else path


def _members(schema: dict[str, Any]) -> list[Member]:
    required = schema.get("required", ())
    return [
        Member(name, _kind(each), each.get("description", ""), name in required)
        for name, each in schema.get("properties", {}).items()
    ]


def _kind(schema: dict[str, Any]) -> Kind:
    """A JSON Schema in words."""
    if "$ref" in schema:
        return ((schema["$ref"].rpartition("/")[2], True),)
    for several in ("anyOf", "allOf"):
        if several in schema:
            return _joined(schema[several], " or ")
    if "enum" in schema:
        return ((", ".join(map(str, schema["enum"])), False),)
    if schema.get("type") == "array":
        return (("list of ", False), *_joined(schema.get("prefixItems") or [schema["items"]], ", "))
    if schema.get("type") == "object":
        return (("object: a text for each code", False),)
    words = {"date": "date", "date-time": "moment"}.get(schema.get("format", "")) or WORDS[schema["type"]]
    if "minimum" in schema and "maximum" in schema:
        words += f" from {schema['minimum']} to {schema['maximum']}"
    if len(schema.get("pattern", "")) in range(1, LONGEST_PATTERN):
        words += f" of the form {schema['pattern'].strip('^$')}"
    return ((words, False),)


def _default(schema: dict[str, Any]) -> Kind:
    return ((f"; without it {schema['default']}", False),) if schema.get("default") else ()


def _joined(schemas: list[dict[str, Any]], between: str) -> Kind:
    first, *others = map(_kind, schemas)
    return first + tuple(piece for other in others for piece in ((between, False), *other))
