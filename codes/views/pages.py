"""How pages are sent: the whole page, or only the piece that htmx swaps in."""

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

INDENTATION = re.compile(rb"\s*\n\s*")


def page(
    request: HttpRequest, template: str, context: dict | None = None, *, partial: str = "", status: int = 200
) -> HttpResponse:
    """Render a template; for an htmx request only its partial named `partial`, when there is one.

    The address is the same either way, so caches are told what the answer depends on. The indentation of templates
    stays here: it is a twentieth of a compressed page.
    """
    if status >= 400:  # what is no page of ours has no address to be known by
        context = {**(context or {}), "canonical": ""}
    only_part = partial and request.htmx and not request.htmx.history_restore_request
    response = render(request, f"{template}#{partial}" if only_part else template, context, status=status)
    response.content = INDENTATION.sub(b"\n", response.content)
    if partial:
        patch_vary_headers(response, ["HX-Request", "HX-History-Restore-Request"])
    return response
