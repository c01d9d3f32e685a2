"""What machines read of our pages, as blocks of JSON-LD, and the way back to the home page, which is for people too.

`root` is where the site stands, as in "https://cptref.example": the addresses in it are full ones.
"""

import html
import json
import re
from functools import lru_cache

from django.utils.encoding import iri_to_uri
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from codes import structured
from codes.addresses import address_of, is_plain
from codes.markup import in_ascii
from codes.models import CirculatingClaim, Code, Faq

ENDS_NO_SCRIPT = {ord(letter): f"\\u{ord(letter):04X}" for letter in "<>&"}
ENCODER = json.JSONEncoder(separators=(",", ":"))
NAME = "the-name-of-the-page-itself-0000000000"
"""Stands for it where what is around it is made."""
BETWEEN = mark_safe(' <span aria-hidden="true">/</span> ')


def absolute(path: str, root: str) -> str:
    """A path of this site as a full address, for canonical links and previews elsewhere."""
    return root + (path if is_plain(path) else iri_to_uri(path))


def _data_block(data: dict) -> SafeString:
    """Data as a JSON-LD block. It is never run: browsers see its type and let it be, and so does the policy."""
    return mark_safe(f'<script type="application/ld+json">{_as_json(data)}</script>')  # noqa: S308  (nothing left to end it)


def _as_json(data: dict | str) -> str:
    return ENCODER.encode(data).translate(ENDS_NO_SCRIPT)


def medical_code(root: str, code: Code) -> SafeString:
    """The data of a code's page."""
    return _data_block(structured.medical_code(code, absolute(code.get_absolute_url(), root)))


def faq_page(root: str, faq: Faq) -> SafeString:
    """The data of a question's page."""
    return _data_block(structured.faq_page(faq, absolute(faq.get_absolute_url(), root)))


def claim_review(root: str, claim: CirculatingClaim) -> SafeString:
    """The data of a claim's page."""
    home = absolute(address_of("home"), root)
    return _data_block(structured.claim_review(claim, absolute(claim.get_absolute_url(), root), home))


def website(root: str) -> SafeString:
    """The data of the home page."""
    return _data_block(
        structured.website(absolute(address_of("home"), root), absolute(f"{address_of('search')}?q=", root))
    )


def crumbs(root: str, *steps: str) -> SafeString:
    """Where a page stands: names, each with its address or the name of one behind it, such as "codes#evaluation".

    The last name may stand alone: the page itself. For people a line of links, for machines its data.
    """
    if len(steps) % 2 == 0:
        return in_ascii(_crumbs(root, steps))
    # Most pages share all but their own name with others.
    before, between, behind = _around_name(root, steps[:-1])
    name = steps[-1]
    return in_ascii(f"{before}{html.escape(name)}{between}{_as_json(name)}{behind}")


@lru_cache(maxsize=1000)
def _around_name(root: str, steps: tuple[str, ...]) -> list[str]:
    """What stands before, between and behind the page's own name, in the links and in the data."""
    return re.split(f'"?{NAME}"?', _crumbs(root, (*steps, NAME)))


def _crumbs(root: str, steps: tuple[str, ...]) -> str:
    addresses = [_address(step) for step in steps[1::2]]
    if len(steps) % 2:
        addresses.append("")
    trail = [("Home", address_of("home")), *zip(steps[::2], addresses, strict=True)]
    links = format_html_join(
        BETWEEN,
        "{}",
        (
            (format_html('<a href="{}">{}</a>', leads_to, name) if leads_to else name,)
            for name, leads_to in trail
        ),
    )
    data = _data_block(
        structured.breadcrumbs(
            [(name, absolute(leads_to, root) if leads_to else "") for name, leads_to in trail]
        )
    )
    return format_html('<nav class="crumbs" aria-label="Where you are">{}</nav>\n{}', links, data)


def _address(step: str) -> str:
    if step.startswith("/"):
        return step
    name, mark, place = step.partition("#")
    return f"{address_of(name)}{mark}{place}"
