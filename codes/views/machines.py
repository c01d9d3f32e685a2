"""Small addresses that browsers and telephones ask for."""

from django.http import JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from codes.pictures.shapes import colours
from codes.search import search as find

MOST_SUGGESTIONS = 8


@require_safe
@cache_control(public=True, max_age=24 * 60 * 60)
def opensearch(request):
    """How a browser's address bar searches this site (OpenSearch 1.1)."""
    return render(request, "opensearch.xml", content_type="application/opensearchdescription+xml")


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
            "start_url": reverse("home"),
            "id": reverse("home"),
            "display": "minimal-ui",
            "lang": "en-US",
            "theme_color": colours()["brand"],
            "background_color": colours()["paper"],
            "icons": [
                {"src": static(file), "sizes": f"{side}x{side}", "type": "image/png", "purpose": purpose}
                for file, side, purpose in icons
            ],
        },
        content_type="application/manifest+json",
    )
