"""Pages for what went wrong: each says what to do next.

Those of 429 and 500 and the offline page stand alone: they are rendered without the database, without the request
and without a tag that could fail.
"""

import re

from django.core.exceptions import BadRequest, DisallowedHost
from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from codes.addresses import static_address
from codes.machines import fault, is_for_machines
from codes.wayfinding import ways_from

from .pages import page, rendered

LONGEST_ADDRESS = 16_000
"""Characters of an address. A visit, the longest that we make, has a few hundred, and says so by itself from 2,000 on."""
LAST_RESORT = (
    '<!doctype html><html lang="en-US"><meta charset="utf-8"><title>Something went wrong – cptref</title>'
    '<h1>Something went wrong on our side</h1><p>Go back and try again in a minute, or start from the <a href="/">home '
    "page</a>.</p></html>"
)


def stylesheet() -> str:
    """The address of the stylesheet; empty where the static files have not been collected."""
    try:
        return static_address("css/site.css")
    except ValueError:
        return ""


def bad_request(request, exception=None):
    said = str(exception) if type(exception) is BadRequest else ""
    if is_for_machines(request.path_info):
        return fault(request, 400, said or "Something in the address is not as it should be.")
    if isinstance(exception, DisallowedHost):
        # A page of ours would name its own address, which this host has not.
        alone = rendered("errors/400_host.html", {"stylesheet": stylesheet()})
        return HttpResponse(alone, status=400)
    return page(request, "errors/400.html", {"said": said}, status=400)


def forbidden(request, exception=None):
    return page(request, "errors/403.html", status=403)


def csrf_failure(request, reason=""):
    return page(request, "errors/403.html", {"csrf": True}, status=403)


def not_found(request, exception=None):
    """Where it is certain what was meant, the reader is sent there; else what is nearest is offered."""
    if is_for_machines(request.path_info):
        return fault(request, 404, "See /api/ for what there is.")
    ways = ways_from(request.path_info)
    if ways.go_to and request.method in ("GET", "HEAD"):
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(f"{ways.go_to}?{query}" if query else ways.go_to)
    words = " ".join(re.findall(r"[^\W_]+", request.path_info))[:60]
    return page(request, "errors/404.html", {"offers": ways.offers, "words": words}, status=404)


def server_error(request):
    """Nothing here may fail: what failed before may be the database, a template or the settings."""
    if is_for_machines(request.path_info):
        return fault(request, 500, "Try again in a minute.")
    try:
        text = rendered("errors/500.html", {"stylesheet": stylesheet()})
    except Exception:
        text = LAST_RESORT
    return HttpResponse(text, status=500)


class Refusals:
    """Middleware that gives a page to what Django refuses with an empty one: a method that a page does not take, and an
    address that is too long to be read."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if len(request.path_info) + len(request.META.get("QUERY_STRING", "")) > LONGEST_ADDRESS:
            if is_for_machines(request.path_info):
                return fault(request, 414, f"At most {LONGEST_ADDRESS} characters.")
            return HttpResponse(rendered("errors/414.html", {"stylesheet": stylesheet()}), status=414)
        response = self.get_response(request)
        if (
            response.status_code == 405
            and not response.streaming
            and not response.content
            and not is_for_machines(request.path_info)  # which are told as data by MachineMiddleware
        ):
            text = rendered("errors/405.html", {"stylesheet": stylesheet(), "method": request.method})
            refused = HttpResponse(text, status=405)
            refused["Allow"] = response.get("Allow", "")
            return refused
        return response


# --- Without a network --------------------------------------------------------------------------


@require_safe
def offline(request):
    """What the service worker shows when there is no network. Also a page of its own, for it to be fetched from."""
    return HttpResponse(rendered("errors/offline.html", {"stylesheet": stylesheet()}))


@require_safe
def service_worker(request):
    """The service worker. At the root, because it may only serve what stands below its own address."""
    context = {"stylesheet": stylesheet()}
    response = HttpResponse(rendered("sw.js", context), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response
