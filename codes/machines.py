"""What all addresses for programs share: errors as data, reading from any origin."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse

API, FHIR = "/api/", "/fhir/"
PROBLEM = "application/problem+json"
OUTCOME = "application/fhir+json"

TITLES = {
    400: "The request cannot be read",
    403: "Not allowed",
    404: "There is nothing here by this name",
    405: "This method is not offered here",
    406: "This format is not offered",
    413: "The request is too large",
    414: "The address is too long",
    415: "This format cannot be read",
    422: "The parts of the request do not fit together",
    429: "Too many requests",
    500: "Something went wrong here",
}
ISSUES = {
    400: "invalid",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    413: "too-long",
    414: "too-long",
    415: "not-supported",
    422: "processing",
    429: "throttled",
    500: "exception",
}
"""The issue types of FHIR that stand for a status."""

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, RateLimit, RateLimit-Policy, Retry-After",
}

KEPT = ("Allow", "Retry-After", "RateLimit", "RateLimit-Policy")
"""Headers of an error that stay when it is told as data."""


def is_for_machines(path: str) -> bool:
    """Whether an address is for programs: all below /api/ and /fhir/, but not the page at /api/ that people read."""
    return path.startswith((API, FHIR)) and path != API


class Refusal(Exception):
    """A question that cannot be answered: the status, what to do, and further members of the problem."""

    def __init__(self, status: int, detail: str, **more: Any):
        super().__init__(detail)
        self.status, self.detail, self.more = status, detail, more


def fault(request: HttpRequest, status: int, detail: str = "", **more) -> HttpResponse:
    """What went wrong, as RFC 9457 asks for it, or below /fhir/ as an OperationOutcome.

    `detail` says what to do next; `more` are further members, such as `errors` or `nearest`, or a `type` (not in FHIR).
    """
    title = TITLES.get(status, "The request failed")
    if request.path.startswith(FHIR):
        code = ISSUES.get(status, "processing")
        issue = {"severity": "error", "code": code, "details": {"text": detail or title}}
        return _json(status, OUTCOME, {"resourceType": "OperationOutcome", "issue": [issue]})
    problem = {"type": "about:blank", "title": title, "status": status}
    return _json(status, PROBLEM, problem | ({"detail": detail} if detail else {}) | more)


def _json(status: int, content_type: str, data: dict) -> HttpResponse:
    return HttpResponse(json.dumps(data), status=status, content_type=content_type)


def _as_data(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """An error that came as a page or as text, from wherever, as data. What its headers tell is kept."""
    allowed = response.get("Allow", "") if response.status_code == 405 else ""
    told = fault(request, response.status_code, f"Allowed: {allowed}." if allowed else "")
    for name in KEPT:
        if name in response:
            told[name] = response[name]
    return told


class MachineMiddleware:
    """Serves the addresses for programs: preflights, HEAD, errors as data, and reading from any origin.

    Nothing here touches the session: what programs read is the same for everybody.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not is_for_machines(request.path):
            return self.get_response(request)
        response = self._preflight(request) if request.method == "OPTIONS" else self._answer(request)
        if response.status_code >= 400 and response.get("Content-Type") not in (PROBLEM, OUTCOME):
            response = _as_data(request, response)
        for name, value in CORS.items():
            response[name] = value
        return response

    def _preflight(self, request):
        """What a browser asks before a page of another site may read. Below /fhir/ questions may be posted."""
        methods = "GET, HEAD, OPTIONS, POST" if request.path.startswith(FHIR) else "GET, HEAD, OPTIONS"
        return HttpResponse(
            status=204,
            headers={
                "Allow": methods,
                "Access-Control-Allow-Methods": methods,
                "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match",
                "Access-Control-Max-Age": "86400",
            },
        )

    def _answer(self, request):
        """The answer to HEAD is the one to GET, without its body."""
        if request.method != "HEAD":
            return self.get_response(request)
        request.method = "GET"
        response = self.get_response(request)
        request.method = "HEAD"
        return response
