"""Small addresses that browsers, telephones and printers ask for."""

import segno
from django.http import Http404, HttpResponse, JsonResponse
from django.urls import resolve
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from codes.addresses import address_of, static_address
from codes.pictures.shapes import colours
from codes.search import search as find

from .pages import rendered, root_of
from .pictures import A_YEAR

MOST_SUGGESTIONS = 8
LONGEST_IN_QR = 1_000
"""Characters. A longer address makes squares too small for a telephone's camera."""


@require_safe
@cache_control(public=True, max_age=24 * 60 * 60)
def opensearch(request):
    """How a browser's address bar searches this site (OpenSearch 1.1)."""
    text = rendered("opensearch.xml", {"root": root_of(request), "here": request.path})
    return HttpResponse(text, content_type="application/opensearchdescription+xml")


@require_safe
def search_suggestions(request):
    """What the address bar offers while somebody types: the OpenSearch suggestions, [typed, titles, texts, addresses]."""
    typed = request.GET.get("q", "")
    hits = find(typed, MOST_SUGGESTIONS).hits
    answer = [
        typed[:200],
        [hit.title for hit in hits],
        [hit.summary for hit in hits],
        [request.build_absolute_uri(hit.url) for hit in hits],
    ]
    return JsonResponse(answer, safe=False, content_type="application/x-suggestions+json")


@require_safe
@cache_control(public=True, max_age=24 * 60 * 60)
def manifest(request):
    """The site's name and icons, for those who put it on their start screen."""
    icons = [
        ("img/icon-192.png", 192, "any"),
        ("img/icon-512.png", 512, "any"),
        ("img/icon-512-maskable.png", 512, "maskable"),
    ]
    return JsonResponse(
        {
            "name": "cptref: billing codes for hands-on therapy",
            "short_name": "cptref",
            "description": "Codes, modifiers, pair checks and whole visits, with sources and dates.",
            "start_url": address_of("home"),
            "id": address_of("home"),
            "display": "minimal-ui",
            "lang": "en-US",
            "theme_color": colours()["brand"],
            "background_color": colours()["paper"],
            "icons": [
                {
                    "src": static_address(file),
                    "sizes": f"{side}x{side}",
                    "type": "image/png",
                    "purpose": purpose,
                }
                for file, side, purpose in icons
            ],
        },
        content_type="application/manifest+json",
    )


@require_safe
@cache_control(public=True, max_age=A_YEAR, immutable=True)
def qr_code(request, path):
    """The full address of a page of ours, the one that stands behind `/qr`, as a QR code. Raises Http404 for others."""
    query = request.META.get("QUERY_STRING", "")
    address = f"/{path}?{query}" if query else f"/{path}"
    resolve(f"/{path}")
    if len(address) > LONGEST_IN_QR:
        raise Http404
    response = HttpResponse(content_type="image/svg+xml")
    code = segno.make_qr(request.build_absolute_uri(address), error="m")
    code.save(response, kind="svg", light="#fff", border=2, omitsize=True, svgclass=None, lineclass=None)
    return response
