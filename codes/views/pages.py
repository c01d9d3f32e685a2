"""How pages are sent: the whole page, or only the piece that htmx swaps in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.utils.cache import patch_vary_headers

from codes import jinja
from codes.addresses import address_of, is_plain, static_address
from codes.pictures import cards

SECTIONS = {
    "code": "codes",
    "pair": "pairs",
    "modifier": "modifiers",
    "faq": "faqs",
    "claim": "claims",
    "fee": "fees",
}
"""The entry of the main navigation that a page belongs to, by the name of its address."""


def page(
    request: HttpRequest, template: str, context: dict | None = None, *, partial: str = "", status: int = 200
) -> HttpResponse:
    """Render a template; for an htmx request only its block named `partial`, when there is one.

    The address is the same either way, so caches are told what the answer depends on.
    """
    context = {**_site(request), **(context or {})}
    if status >= 400:  # what is no page of ours has no address to be known by
        context["canonical"] = ""
    only_part = partial and request.htmx and not request.htmx.history_restore_request
    text = rendered(template, context, block=partial if only_part else "")
    # As bytes, for Django looks for the charset once more to encode a text.
    response = HttpResponse(text.encode(), status=status)
    if partial:
        patch_vary_headers(response, ["HX-Request", "HX-History-Restore-Request"])
    return response


def rendered(template: str, context: dict, *, block: str = "") -> str:
    """A template's text, or that of one of its blocks alone."""
    return jinja.rendered(engines["jinja2"].env, template, context, block)


def root_of(request: HttpRequest) -> str:
    """Where the site stands for this request, as in "https://cptref.example"."""
    return f"{request.scheme}://{request.get_host()}"


def _full_path(request: HttpRequest) -> str:
    """Path and query, as of `get_full_path`, which looks at each sign."""
    is_as_it_is = is_plain(request.path) and not request.META.get("QUERY_STRING")
    return request.path if is_as_it_is else request.get_full_path()


def _site(request: HttpRequest) -> dict:
    """What every page needs: the licence switch for the notice in the footer, the current entry of the navigation,
    where the site stands, address and picture, and
    where a mistake on it is reported.

    A page whose answer depends on its query names its canonical address itself, and an entry its own picture.
    """
    match = request.resolver_match
    name = match.url_name if match else ""
    return {
        "request": request,
        "root": root_of(request),
        "CPT_LICENSE_HELD": settings.CPT_LICENSE_HELD,
        "CPT_LICENSE_YEAR": settings.CPT_LICENSE_YEAR,
        "canonical": request.path,
        "report_address": address_of("report", query={"page": _full_path(request)}),
        "picture": static_address("img/card.png"),
        "picture_words": cards.SITE.alt,
        "section": SECTIONS.get(name, name),
    }
