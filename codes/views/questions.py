"""Questions people ask, and claims that circulate."""

from django.http import Http404, HttpResponsePermanentRedirect
from django.views.decorators.http import require_safe

from codes import lookups
from codes.addresses import address_of
from codes.pictures import cards

from .pages import page
from .pictures import shown


def _entry_page(request, entry, kind, as_card):
    """The page of a question or a claim. Its address has small letters; others are forgiven by a redirect."""
    slug = request.resolver_match.kwargs["slug"]
    if slug != slug.lower():
        return HttpResponsePermanentRedirect(address_of(kind, slug.lower()))
    if entry is None:
        raise Http404
    unverified = lookups.unverified_topics(entry.citations.all())
    context = {
        "entry": entry,
        "unverified": unverified,
        "keys": lookups.published_keys(),
        **shown(kind, as_card(entry, unverified), slug),
        "twin": address_of(f"api:{kind}", entry.slug),
    }
    return page(request, f"{kind}s/detail.html", context)


@require_safe
def faq_list(request):
    return page(
        request, "faqs/list.html", {"topics": lookups.faqs_by_topic(), "twin": address_of("api:faqs")}
    )


@require_safe
def faq_detail(request, slug):
    return _entry_page(request, lookups.faq_entry(slug), "faq", cards.of_faq)


@require_safe
def claim_list(request):
    return page(
        request, "claims/list.html", {"claims": lookups.published_claims(), "twin": address_of("api:claims")}
    )


@require_safe
def claim_detail(request, slug):
    return _entry_page(request, lookups.claim_entry(slug), "claim", cards.of_claim)
