"""Pictures for sharing. The address of each names its contents, so that whoever has fetched it may keep it for good."""

import time

from django.core.cache import caches
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import patch_cache_control
from django.views.decorators.http import require_safe

from codes import lookups
from codes.addresses import address_of, static_address
from codes.models import CirculatingClaim, Code, Faq, Modifier
from codes.pictures import cards
from codes.pictures.cards import Card
from codes.pictures.drawing import draw

MOST_DRAWN_A_MINUTE = 60
"""By one process. There are more pairs, days and visits than pictures of them could ever be kept."""
A_YEAR = 365 * 24 * 60 * 60
ENTRIES = {
    "code": (Code, "number", cards.of_code),
    "modifier": (Modifier, "code", cards.of_modifier),
    "faq": (Faq, "slug", cards.of_faq),
    "claim": (CirculatingClaim, "slug", cards.of_claim),
}
"""Kinds of entries: the model, the field that their addresses name, and how they become cards."""


def shown(kind: str, card: Card, *keys: str, query: str = "") -> dict:
    """What a page needs to name its picture: the address and, for those who do not see it, the words."""
    address = address_of(f"{kind}-picture", *keys, card.version)
    return {"picture": f"{address}?{query}" if query else address, "picture_words": card.alt}


def send(card: Card, version: str, address: str) -> HttpResponse:
    """The picture of a card; to another version than the one asked for a redirect to `address`, and nothing is drawn."""
    if version != card.version:
        return HttpResponseRedirect(address)
    drawn = _kept_or_drawn(card)
    if drawn is None:
        response = HttpResponseRedirect(static_address("img/card.png"))
        patch_cache_control(response, no_store=True)
        return response
    response = HttpResponse(drawn, content_type="image/png")
    patch_cache_control(response, public=True, max_age=A_YEAR, immutable=True)
    return response


def _kept_or_drawn(card: Card) -> bytes | None:
    """The bytes of a card's picture; None when too many have been drawn in this minute."""
    kept = caches["pictures"]
    drawn = kept.get(card.version)
    if drawn is None:
        minute = f"drawn-in-minute-{time.monotonic() // 60:.0f}"
        kept.add(minute, 0, timeout=120)
        if kept.incr(minute) > MOST_DRAWN_A_MINUTE:
            return None
        drawn = draw(card)
        kept.set(card.version, drawn)
    return drawn


@require_safe
def entry_picture(request, kind, key, version):
    """The picture of a code, a modifier, a question or a claim. Two queries."""
    model, field, as_card = ENTRIES[kind]
    entry = lookups.cited_entry(model, **{field: key})
    if entry is None:
        raise Http404
    card = as_card(entry, lookups.unverified_topics(entry.citations.all()))
    return send(card, version, shown(kind, card, key)["picture"])
