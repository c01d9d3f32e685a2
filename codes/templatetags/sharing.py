"""Tags for what machines read of our pages, and for the way back to the home page."""

import json

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from codes import structured
from codes.templatetags.cptref import absolute

register = template.Library()

ENDS_NO_SCRIPT = {ord(letter): f"\\u{ord(letter):04X}" for letter in "<>&\u2028\u2029"}


def data_block(data: dict) -> SafeString:
    """Data as a JSON-LD block. It is never run: browsers see its type and let it be, and so does the policy."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(ENDS_NO_SCRIPT)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308  (nothing left to end it)


@register.simple_tag(takes_context=True)
def medical_code(context, code) -> SafeString:
    """The data of a code's page."""
    return data_block(structured.medical_code(code, absolute(context, code.get_absolute_url())))


@register.simple_tag(takes_context=True)
def faq_page(context, faq) -> SafeString:
    """The data of a question's page."""
    return data_block(structured.faq_page(faq, absolute(context, faq.get_absolute_url())))


@register.simple_tag(takes_context=True)
def claim_review(context, claim) -> SafeString:
    """The data of a claim's page."""
    address, home = absolute(context, claim.get_absolute_url()), absolute(context, reverse("home"))
    return data_block(structured.claim_review(claim, address, home))


@register.simple_tag(takes_context=True)
def website(context) -> SafeString:
    """The data of the home page."""
    home, search = absolute(context, reverse("home")), absolute(context, reverse("search"))
    return data_block(structured.website(home, f"{search}?q="))


@register.inclusion_tag("crumbs.html", takes_context=True)
def crumbs(context, *steps: str) -> dict:
    """Where a page stands: names, each with its address or the name of one behind it, such as "codes#evaluation".

    The last name may stand alone: the page itself.
    """
    addresses = [_address(step) for step in steps[1::2]]
    if len(steps) % 2:
        addresses.append("")
    trail = [("Home", reverse("home")), *zip(steps[::2], addresses, strict=True)]
    full = [(name, absolute(context, address) if address else "") for name, address in trail]
    return {"trail": trail, "data": data_block(structured.breadcrumbs(full))}


def _address(step: str) -> str:
    if step.startswith("/"):
        return step
    name, mark, place = step.partition("#")
    return f"{reverse(name)}{mark}{place}"
