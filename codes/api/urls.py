"""The addresses of the API: below v1/ for good, and the same without it for the newest version."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.urls import Resolver404, path, resolve
from django.views.decorators.http import require_safe

from codes.madeonce import made_once

from .service import PREFIX, document, service


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    return JsonResponse(document())


def newest(request: HttpRequest, rest: str) -> HttpResponse:
    """An address without a version: what the newest version answers there. A missing last slash is forgiven."""
    rest = rest.removeprefix("v1/")
    try:
        match = resolve(PREFIX + rest.rstrip("/") + "/")
    except Resolver404:
        raise Http404 from None
    if match.func is newest:
        raise Http404
    if not rest.endswith("/"):
        return HttpResponsePermanentRedirect(f"{request.path}/{_query(request)}")
    return match.func(request, *match.args, **match.kwargs)


def _query(request: HttpRequest) -> str:
    query = request.META.get("QUERY_STRING", "")
    return f"?{query}" if query else ""


operations, application, namespace = service.urls

urlpatterns = [
    *made_once([path("openapi.json", openapi, name="openapi")]),
    path("v1/", (made_once(operations), application, namespace)),
    path("<path:rest>", newest),
]
