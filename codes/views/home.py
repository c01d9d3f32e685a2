"""The home page, search, and the small addresses that machines ask for."""

from django.db import connections, router
from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from codes import lookups
from codes.addresses import address_of, static_address
from codes.models import Release
from codes.operation.health import hinders
from codes.search import search as find
from codes.search import suggest_codes

from .pages import page


@require_safe
def home(request):
    return page(
        request,
        "home.html",
        {
            "questions": lookups.most_asked(),
            "categories": lookups.categories_with_codes(),
            "releases": lookups.current_releases(),
        },
    )


@require_safe
def search(request):
    """Results, best first. An exact code or modifier goes to its page, except while somebody is still typing."""
    text = request.GET.get("q", "")
    results = find(text)
    if results.exact and not request.htmx:
        return redirect(results.exact.url)
    pair = results.codes if len(results.codes) == 2 else None
    twin = address_of("api:search", query={"q": results.query}) if results.query else ""
    context = {"results": results, "pair": pair, "typed": text, "twin": twin}
    return page(request, "search.html", context, partial="results")


@require_safe
def code_suggestions(request):
    """The list below a code field, as options of a combobox. Only htmx asks for it; the form works without."""
    typed = next(iter(request.GET.values()), "")  # a field sends itself under its own name
    return page(request, "pairs/suggestions.html", {"hits": suggest_codes(typed)})


@require_safe
def about(request):
    return page(request, "about.html", lookups.about())


@require_safe
def healthz(request):
    """Is the site alive? 200 with `ok` when it answers and the database that readers' pages come from does."""
    with connections[router.db_for_read(Release)].cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request):
    """May readers be sent here? 200 with `ready`, or 503 with what is missing, one line each."""
    missing = hinders()
    text = "\n".join(missing or ["ready"])
    return HttpResponse(f"{text}\n", status=503 if missing else 200, content_type="text/plain; charset=utf-8")


@require_safe
def robots(request):
    """What robots may read: all but the staff's side and searches, whose results are pages of their own."""
    sitemap = request.build_absolute_uri(address_of("sitemap"))
    lines = ["User-agent: *", "Disallow: /admin/", "Disallow: /search/", "", f"Sitemap: {sitemap}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain")


@require_safe
def favicon(request):
    return HttpResponsePermanentRedirect(static_address("img/favicon.svg"))
