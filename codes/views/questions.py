"""Questions people ask, and claims that circulate."""

from django.http import Http404
from django.views.decorators.http import require_safe

from codes import lookups

from .pages import page


def _entry_page(request, entry, template):
    if entry is None:
        raise Http404
    context = {
        "entry": entry,
        "unverified": lookups.unverified_topics(entry.citations.all()),
        "keys": lookups.published_keys(),
    }
    return page(request, template, context)


@require_safe
def faq_list(request):
    return page(request, "faqs/list.html", {"topics": lookups.faqs_by_topic()})


@require_safe
def faq_detail(request, slug):
    return _entry_page(request, lookups.faq_entry(slug), "faqs/detail.html")


@require_safe
def claim_list(request):
    return page(request, "claims/list.html", {"claims": lookups.published_claims()})


@require_safe
def claim_detail(request, slug):
    return _entry_page(request, lookups.claim_entry(slug), "claims/detail.html")
