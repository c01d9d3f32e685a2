"""Codes and modifiers: their lists and their pages."""

from django.http import Http404, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from codes import lookups, releaselookups
from codes.forms import is_code_number, tidy_number
from codes.pictures import cards
from codes.rules import units
from codes.rules.claimlines import mattering_modifiers, plan_modifiers
from codes.rules.pairs import PairQuestion, judge_pair
from codes.rules.partners import ended_with, partners_on
from codes.rules.standing import status_in_words
from codes.rules.terms import Setting, Timing
from codes.search import nearest_codes
from codes.wayfinding import ways_from

from .pages import page
from .pictures import shown


@require_safe
def code_list(request):
    return page(request, "codes/list.html", {"categories": lookups.categories_with_codes()})


@require_safe
def code_detail(request, number):
    """One code. Case and spaces are forgiven by a redirect; a number that is not here offers the nearest ones."""
    tidy = tidy_number(number)
    if tidy != number:
        return HttpResponsePermanentRedirect(reverse("code", args=[tidy]))
    code = lookups.code_entry(number) if is_code_number(number) else None
    if code is None:
        if meant := ways_from(request.path_info).go_to:
            return HttpResponseRedirect(meant)
        context = {"number": number, "nearest": nearest_codes(number), "well_formed": is_code_number(number)}
        return page(request, "codes/unknown.html", context, status=404)
    today = timezone.localdate()
    releases = lookups.all_releases()
    edits = lookups.edits_of(number, releases)
    asked_numbers = [row.partner.number for row in code.published_partners]
    facts = lookups.code_facts([number, *asked_numbers], releases)
    own = facts[number]
    partners = partners_on(number, edits, today)
    ended = ended_with(number, edits, today)
    tables = lookups.current_tables(releases)
    asked = [
        judge_pair(
            PairQuestion(*sorted((number, other)), today),
            facts,
            [edit for edit in edits if other in (edit.column_one, edit.column_two)],
            tables,
            today,
        )
        for other in asked_numbers
    ]
    modifiers = mattering_modifiers(own, code.discipline, any(not partner.never for partner in partners))
    linked = {row.code for row in code.published_modifiers}
    keys = lookups.published_keys()
    unverified = lookups.unverified_topics(code.citations.all())
    return page(
        request,
        "codes/detail.html",
        {
            "code": code,
            "facts": own,
            "asked": [
                (answer, other, facts[other].name) for answer, other in zip(asked, asked_numbers, strict=True)
            ],
            "partners": partners,
            "names": lookups.code_names([partner.number for partner in partners] + list(ended)),
            "ended": ended,
            "bands": units.bands(_most_units(own)) if own.unit_minutes == units.QUARTER_HOUR else (),
            "add_ons": lookups.add_ons_to(number),
            "plans": plan_modifiers(own, code.discipline),
            "mattering": [each for each in modifiers if each.code in keys and each.code not in linked],
            "modifier_names": lookups.modifier_names([modifier.code for modifier in modifiers]),
            "status_words": status_in_words(own.status),
            "limits": [(setting, own.limit(setting)) for setting in Setting],
            "same_limit": len({(limit.value, limit.mai) for limit in own.unit_limits}) == 1
            and len(own.unit_limits) == len(Setting),
            "unverified": unverified,
            "is_timed": own.timing == Timing.TIMED,
            "tables": sorted({str(table) for table in tables.values()}),
            "changes": releaselookups.changes_of(number),
            "keys": keys,
            "today": today,
            **shown("code", cards.of_code(code, unverified), number),
        },
    )


def _most_units(facts) -> int:
    """How many bands of minutes to show: up to the MUE, at most eight; four where no MUE is known."""
    limit = facts.limit(Setting.PRACTITIONER)
    return min(limit.value, 8) if limit and limit.value else 4


@require_safe
def modifier_list(request):
    return page(request, "modifiers/list.html", {"groups": lookups.modifiers_by_relevance()})


@require_safe
def modifier_detail(request, code):
    tidy = tidy_number(code)
    if tidy != code:
        return HttpResponsePermanentRedirect(reverse("modifier", args=[tidy]))
    modifier = lookups.modifier_entry(code)
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
        },
    )
