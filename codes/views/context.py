"""What every page needs."""

from django.conf import settings
from django.templatetags.static import static

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


def site(request):
    """The licence switch for the notice in the footer, the current entry of the navigation, address and picture.

    A page whose answer depends on its query names its canonical address itself, and an entry its own picture.
    """
    match = request.resolver_match
    name = match.url_name if match else ""
    return {
        "CPT_LICENSE_HELD": settings.CPT_LICENSE_HELD,
        "CPT_LICENSE_YEAR": settings.CPT_LICENSE_YEAR,
        "canonical": request.path,
        "picture": static("img/card.png"),
        "picture_words": cards.SITE.alt,
        "section": SECTIONS.get(name, name),
    }
