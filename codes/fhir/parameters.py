"""What an operation is asked and what it answers: FHIR's Parameters, or for simple questions the query of an address."""

import json
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from codes.machines import Refusal

JSON_TYPES = ("application/fhir+json", "application/json", "text/json")


class Asked:
    """The parameters of an operation, whichever way they came. Each getter raises Refusal for a value of a wrong kind."""

    def __init__(self, values: dict[str, list[Any]]):
        self.values = values

    def text(self, *names: str) -> str:
        """The first of some parameters that is there; empty for none."""
        for name in names:
            for value in self.values.get(name, ()):
                if not isinstance(value, str):
                    raise Refusal(400, f"{name} is a text.")
                if value:
                    return value
        return ""

    def texts(self, name: str) -> list[str]:
        """All values of a parameter that can be repeated."""
        found = self.values.get(name, [])
        if not all(isinstance(value, str) for value in found):
            raise Refusal(400, f"{name} is a text.")
        return found

    def number(self, name: str) -> int | None:
        """A whole number, not negative; None for none."""
        value = next(iter(self.values.get(name, ())), None)
        if value is None:
            return None
        digits = str(value)
        if isinstance(value, bool) or not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
            raise Refusal(400, f"{name} is a whole number, such as 20, and not negative.")
        return int(digits)

    def flag(self, name: str) -> bool:
        """True or false; false for none."""
        value = next(iter(self.values.get(name, ())), False)
        if value in ("true", "false"):
            value = value == "true"
        if not isinstance(value, bool):
            raise Refusal(400, f"{name} is true or false.")
        return value

    def codings(self) -> list[tuple[str, str, str]]:
        """What `coding` and `codeableConcept` hold: system, code and display of each, empty where not given."""
        found = list(self.values.get("coding", ()))
        for concept in self.values.get("codeableConcept", ()):
            inner = concept.get("coding", []) if isinstance(concept, dict) else None
            if not isinstance(inner, list):
                raise Refusal(400, "A codeableConcept has a list named coding.")
            found += inner
        return [_coding(each) for each in found]


def _coding(value: Any) -> tuple[str, str, str]:
    parts = [value.get(name, "") for name in ("system", "code", "display")] if isinstance(value, dict) else []
    if not parts or not all(isinstance(part, str) for part in parts):
        raise Refusal(
            400, "A Coding has a system, a code and perhaps a display, each a text. Post it as Parameters."
        )
    return parts[0], parts[1], parts[2]


def read(request: HttpRequest) -> Asked:
    """The parameters of a request: of GET the query, of POST a Parameters resource. Raises Refusal."""
    if request.method != "POST":
        return Asked(dict(request.GET.lists()))
    if request.content_type not in JSON_TYPES:
        raise Refusal(415, "Post a Parameters resource as application/fhir+json.")
    try:
        posted = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Refusal(400, "The body is not JSON.") from None
    listed = posted.get("parameter", []) if isinstance(posted, dict) else None
    if not isinstance(listed, list) or posted.get("resourceType") != "Parameters":
        raise Refusal(400, "The body is not a Parameters resource.")
    values: dict[str, list[Any]] = {}
    for each in listed:
        name = each.get("name") if isinstance(each, dict) else None
        if not isinstance(name, str):
            raise Refusal(400, "Each parameter has a name.")
        values.setdefault(name, []).append(
            next((value for key, value in each.items() if key.startswith("value")), None)
        )
        if "resource" in each:
            raise Refusal(422, f"{name}: this server reads no resources that are sent along. Name its url.")
    return Asked(values)


def parameters(*parts: dict[str, Any]) -> dict[str, Any]:
    """A Parameters resource of parts, as `part` makes them."""
    return {"resourceType": "Parameters", "parameter": list(parts)}


def part(name: str, value: str | bool | int | Iterable[dict], kind: str = "") -> dict[str, Any]:
    """One parameter: a value, with its type where it is not a plain one, or a list of further parts."""
    if isinstance(value, (str, bool, int)):
        return {"name": name, f"value{kind[:1].upper()}{kind[1:]}" if kind else _plain(value): value}
    return {"name": name, "part": list(value)}


def _plain(value: str | bool | int) -> str:
    if isinstance(value, bool):
        return "valueBoolean"
    return "valueInteger" if isinstance(value, int) else "valueString"
