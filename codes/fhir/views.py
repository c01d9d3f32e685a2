"""The addresses of the terminology service. Each answers a question asked by GET, or by POST where FHIR wants it."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from codes.machines import OUTCOME, Refusal, fault

from . import operations, resources
from .concepts import SYSTEMS, concept_of
from .operations import VALUE_SETS, ValueSet
from .parameters import JSON_TYPES, read

NAMED_FORMATS = ("json", *JSON_TYPES)


def answers(*methods: str) -> Callable:
    """A view that hands back a resource, or raises Refusal; only JSON is spoken. Nothing is changed, so no CSRF."""

    def decorate(view: Callable[..., dict[str, Any]]) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @require_http_methods(methods)
        @wraps(view)
        def wrapped(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            try:
                _must_take_json(request)
                response = JsonResponse(view(request, *args, **kwargs), content_type=OUTCOME)
            except Refusal as refusal:
                response = fault(request, refusal.status, refusal.detail)
            patch_vary_headers(response, ["Accept"])
            return response

        return wrapped

    return decorate


def _must_take_json(request: HttpRequest) -> None:
    named = request.GET.get("_format", "")
    if named:
        # In a query a plus is a space unless it is escaped, and often it is not.
        takes_it = named.replace(" ", "+").partition(";")[0] in NAMED_FORMATS
    else:
        # By the names alone: clients say fhirVersion and charset too, and Django would take that for another type.
        accepted = {f"{each.main_type}/{each.sub_type}" for each in request.accepted_types}
        takes_it = not accepted.isdisjoint((*JSON_TYPES, "application/*", "*/*"))
    if not takes_it:
        raise Refusal(406, "Ask for application/fhir+json.")


def _base(request: HttpRequest) -> str:
    return request.build_absolute_uri("/fhir/")


@answers("GET")
def metadata(request):
    """What the service can do; with mode=terminology what it knows."""
    if request.GET.get("mode") == "terminology":
        return resources.terminology_capabilities(_base(request), SYSTEMS.values())
    return resources.capabilities(_base(request))


def _search(request: HttpRequest, kind: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """A search by the parameters that we know; others are left out of the address that tells what was understood."""
    known = resources.SEARCHES[kind]
    asked = [
        (name, value)
        for source in (request.GET, request.POST)
        for name in known
        for value in source.getlist(name)
        if value
    ]

    def holds(system_id: str, code: str) -> bool:
        system, _, bare = code.rpartition("|")
        return system in ("", SYSTEMS[system_id].url) and concept_of(SYSTEMS[system_id], bare) is not None

    address = _base(request) + kind + (f"?{urlencode(asked)}" if asked else "")
    return resources.bundle(resources.searched(found, asked, holds), _base(request), address)


@answers("GET", "POST")
def code_systems(request):
    return _search(
        request,
        "CodeSystem",
        [resources.code_system(system, _base(request), whole=False) for system in SYSTEMS.values()],
    )


@answers("GET", "POST")
def value_sets(request):
    return _search(
        request, "ValueSet", [resources.value_set(each, _base(request)) for each in VALUE_SETS.values()]
    )


@answers("GET")
def code_system(request, system_id):
    _must_exist(system_id, SYSTEMS, "code system")
    return resources.code_system(SYSTEMS[system_id], _base(request))


@answers("GET")
def value_set(request, set_id):
    _must_exist(set_id, VALUE_SETS, "value set")
    return resources.value_set(VALUE_SETS[set_id], _base(request))


@answers("GET", "POST")
def lookup(request):
    return operations.look_up(read(request))


@answers("GET", "POST")
def validate_in_system(request, system_id=""):
    if system_id:
        _must_exist(system_id, SYSTEMS, "code system")
    return operations.validate_in_system(read(request), system_id)


@answers("GET", "POST")
def validate_in_set(request, set_id=""):
    asked = read(request)
    return operations.validate_in_set(asked, _value_set(request, set_id, asked))


@answers("GET", "POST")
def expand(request, set_id=""):
    asked = read(request)
    found = _value_set(request, set_id, asked)
    return resources.value_set(found, _base(request), operations.expansion(asked, found))


def _value_set(request, set_id, asked) -> ValueSet:
    """The value set that an operation is about: named in the address, or by its url."""
    if set_id:
        _must_exist(set_id, VALUE_SETS, "value set")
        return VALUE_SETS[set_id]
    url = asked.text("url").partition("|")[0]
    addresses = {f"{_base(request)}ValueSet/{each.id}": each for each in VALUE_SETS.values()}
    if not url:
        raise Refusal(400, f"Name the value set's url. There are: {', '.join(addresses)}.")
    if url not in addresses:
        raise Refusal(404, f"This server has no value set {url[:120]}. There are: {', '.join(addresses)}.")
    return addresses[url]


def _must_exist(asked: str, known: dict, what: str) -> None:
    if asked not in known:
        raise Refusal(404, f"There is no {what} {asked[:40]}. There are: {', '.join(known)}.")
