"""The page about the API, made from its OpenAPI document."""

from django.views.decorators.http import require_safe

from .pages import page


@require_safe
def documentation(request):
    return page(request, "api/documentation.html", {})
