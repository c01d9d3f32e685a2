"""The glossary: every term of the trade in plain words."""

from django.http import Http404, HttpResponseRedirect
from django.views.decorators.http import require_safe

from codes import lookups
from codes.glossary import glossary_terms
from codes.models import GlossaryTerm

from .pages import page


@require_safe
def glossary_page(request):
    """All terms on one page, each with an anchor of its own."""
    context = {"terms": glossary_terms(), "keys": lookups.published_keys(), "unexplained": True}
    return page(request, "glossary.html", context)


@require_safe
def term(request, slug):
    """One term by an address of its own, as search results need it: leads to its place on the page."""
    found = GlossaryTerm.objects.published().filter(slug=slug).first()
    if found is None:
        raise Http404
    return HttpResponseRedirect(found.get_absolute_url())
