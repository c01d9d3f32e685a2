"""Codes and modifiers: their lists and their pages."""

from django.core.paginator import Paginator
from django.http import Http404, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.views.decorators.http import require_safe

from codes import clock, lookups
from codes.addresses import address_of
from codes.answers import code_sheet, edit_sheet
from codes.forms import is_code_number, is_modifier_code, tidy_number
from codes.pictures import cards
from codes.rules.terms import Setting, Timing
from codes.search import nearest_codes
from codes.wayfinding import ways_from

from .pages import page
from .pictures import shown

EDITS_ON_A_PAGE = 200


@require_safe
def code_list(request):
    return page(
        request,
        "codes/list.html",
        {"categories": lookups.categories_with_codes(), "twin": address_of("api:codes")},
    )


@require_safe
def code_detail(request, number):
    """One code. Case and spaces are forgiven by a redirect; a number that is not here offers the nearest ones."""
    if tidied := _tidied("code", number):
        return tidied
    sheet = code_sheet(number, clock.today()) if is_code_number(number) else None
    if sheet is None:
        return _unknown(request, number)
    limits = sheet.facts.unit_limits
    return page(
        request,
        "codes/detail.html",
        {
            **vars(sheet),
            "is_timed": sheet.facts.timing == Timing.TIMED,
            "limits": [(setting, sheet.facts.limit(setting)) for setting in Setting],
            "same_limit": len({(limit.value, limit.mai) for limit in limits}) == 1
            and len(limits) == len(Setting),
            "twin": address_of("api:code", number),
            **shown("code", cards.of_code(sheet.code, sheet.unverified), number),
        },
    )


def _tidied(name: str, text: str) -> HttpResponsePermanentRedirect | None:
    """The way to the address that a code or modifier is known by; None where it was written like that."""
    tidy = tidy_number(text)
    return HttpResponsePermanentRedirect(address_of(name, tidy)) if tidy and tidy != text else None


def _unknown(request, number):
    """The one page that was certainly meant; else that the code is not here, with the nearest ones."""
    if meant := ways_from(request.path_info).go_to:
        return HttpResponseRedirect(meant)
    context = {"number": number, "nearest": nearest_codes(number), "well_formed": is_code_number(number)}
    return page(request, "codes/unknown.html", context, status=404)


@require_safe
def code_edits(request, number):
    """Every pair edit in force today with one code, also with codes that the catalogue does not describe."""
    if tidied := _tidied("code-edits", number):
        return tidied
    sheet = edit_sheet(number, clock.today()) if is_code_number(number) else None
    if sheet is None:
        return _unknown(request, number)
    found = Paginator(sheet.partners, EDITS_ON_A_PAGE).get_page(request.GET.get("page"))
    address = address_of("code-edits", number)

    def at(place: int) -> str:
        return f"{address}?page={place}" if place > 1 else address

    return page(
        request,
        "codes/edits.html",
        {
            "sheet": sheet,
            "found": found,
            "rows": [(partner, sheet.in_words(partner).values()) for partner in found],
            "settings": list(Setting),
            "previous": at(found.previous_page_number()) if found.has_previous() else "",
            "next": at(found.next_page_number()) if found.has_next() else "",
            "canonical": at(found.number),
            "twin": address_of("api:code-edits", number),
        },
    )


@require_safe
def modifier_list(request):
    return page(
        request,
        "modifiers/list.html",
        {"groups": lookups.modifiers_by_relevance(), "twin": address_of("api:modifiers")},
    )


@require_safe
def modifier_detail(request, code):
    if tidied := _tidied("modifier", code):
        return tidied
    modifier = lookups.modifier_entry(code) if is_modifier_code(code) else None
    if modifier is None:
        raise Http404
    unverified = lookups.unverified_topics(modifier.citations.all())
    return page(
        request,
        "modifiers/detail.html",
        {
            "modifier": modifier,
            "unverified": unverified,
            "keys": lookups.published_keys(),
            **shown("modifier", cards.of_modifier(modifier, unverified), code),
            "twin": address_of("api:modifier", code),
        },
    )
