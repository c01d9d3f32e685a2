"""The API as a whole: its name and version, how errors are told, and its OpenAPI document."""

import json
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError
from pydantic import BaseModel, Field

from codes.machines import PROBLEM, Refusal, fault

from . import catalogue, releases, verdicts

VERSION = "1.0"
PREFIX = "/api/v1/"

ABOUT = """\
Codes, modifiers, pair checks and whole visits for people who bill hands-on therapy in the United States: the same \
values that the pages show.

- **Addresses are stable.** Below `/api/v1/` members are only ever added; anything else comes as `/api/v2/` beside it. \
The same addresses without `v1/` answer with the newest version.
- **No data is never a yes.** A code that our data does not hold is `404`, or the verdict `not-known`.
- **Answers for today change with the day.** Name the date of service to get one that stays.
- **Ask again cheaply.** Send the `ETag` of an answer back as `If-None-Match`: `304` says that nothing has changed.
- **Errors** are `application/problem+json` (RFC 9457); `detail` says what to do.
- Web pages of any origin may read (CORS). Nothing can be written, no key is needed.

Information, not billing or legal advice. The descriptions are ours, in our own words, and not the official \
descriptors of CPT®, a registered trademark of the American Medical Association.
"""


class ParameterError(BaseModel):
    """What is wrong with one parameter."""

    parameter: str
    message: str


class Near(BaseModel):
    """A code that may have been meant."""

    number: str
    name: str
    data: str = Field(description="Its address in this API.")


class Problem(BaseModel):
    """What went wrong, in the form of RFC 9457."""

    type: str
    title: str
    status: int
    detail: str = Field("", description="What to do, in a sentence or two.")
    errors: list[ParameterError] = Field([], description="One for each parameter that cannot be read.")
    nearest: list[Near] = Field([], description="For a code that is not here: the nearest ones.")


class Service(NinjaAPI):
    """An API whose operations are called by the names of their functions."""

    def get_openapi_operation_id(self, operation) -> str:
        return operation.view_func.__name__


service = Service(
    title="cptref",
    version=VERSION,
    description=ABOUT,
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
    servers=[{"url": "/"}],
)
for part in (catalogue, verdicts, releases):
    service.add_router("", part.router)


@service.exception_handler(Refusal)
def tell_refusal(request: HttpRequest, error: Refusal) -> HttpResponse:
    return fault(request, error.status, error.detail, **error.more)


REQUIRED = "It is required, and missing."


@service.exception_handler(ValidationError)
def tell_unreadable(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Parameters that cannot be read: 404 where they are part of the address, else 400."""
    told = [
        {
            "parameter": ".".join(str(part) for part in each["loc"][1:]),
            "message": REQUIRED if each["type"] == "missing" else each["msg"].removeprefix("Value error, "),
        }
        for each in error.errors
    ]
    status = 404 if any(each["loc"][0] == "path" for each in error.errors) else 400
    detail = " ".join(f"{each['parameter']}: {each['message']}" for each in told)
    return fault(request, status, detail, errors=told)


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document: what django-ninja makes, with what all operations share."""
    made = service.get_openapi_schema(path_prefix=PREFIX.removeprefix("/"))
    schema = Problem.model_json_schema(mode="validation", ref_template="#/components/schemas/{model}")
    made["components"]["schemas"] |= schema.pop("$defs") | {"Problem": schema}
    for path in made["paths"].values():
        for operation in path.values():
            _complete(operation)
    text = json.dumps(made | {"tags": TAGS})
    for long, short in SHORT_NAMES.items():
        text = text.replace(long, short)
    return json.loads(text)


def _complete(operation: dict[str, Any]) -> None:
    """Add what every operation has: its headers, its errors, and examples where OpenAPI looks for them."""
    responses = operation["responses"]
    responses[200]["headers"] = {
        "ETag": {
            "description": "Send it back as If-None-Match to ask whether the answer still holds.",
            "schema": {"type": "string"},
        }
    }
    responses[304] = {"description": "Nothing has changed since the answer with that ETag."}
    responses["4XX"] = {
        "description": "What went wrong.",
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for parameter in operation["parameters"]:
        if "examples" in parameter:  # a list of them may stand in the schema only
            parameter["example"] = parameter.pop("examples")[0]


SHORT_NAMES = {
    "codes__rules__standing__Outcome": "Outcome",
    "codes__rules__visits__Outcome": "VisitOutcome",
}
"""Two types of one name: what each is called in the document."""


TAGS = [
    {"name": "Search", "description": "Codes, modifiers, questions, claims and terms by words or numbers."},
    {"name": "Catalogue", "description": "What we know of each code and modifier, with sources."},
    {"name": "Verdicts", "description": "Pairs, visits, units and amounts: the rules applied."},
    {"name": "Data", "description": "Which releases answers are read from, and what changed between them."},
]
