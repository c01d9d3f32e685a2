"""What every page needs."""

from django.conf import settings

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
    """The licence switch for the notice in the footer, and the current entry of the navigation."""
    match = request.resolver_match
    name = match.url_name if match else ""
    return {
        "CPT_LICENSE_HELD": settings.CPT_LICENSE_HELD,
        "CPT_LICENSE_YEAR": settings.CPT_LICENSE_YEAR,
        "section": SECTIONS.get(name, name),
    }
