"""What data this is, what changed in it, and whether the checker says what it says."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.views.decorators.http import require_safe

from codes import releaselookups
from codes.addresses import address_of
from codes.forms import is_code_number, tidy_number
from codes.models import Release
from codes.selfcheck import self_check as check_of_today

from .pages import page

CHANGES_ON_A_PAGE = 100
MOST_DIFFERENCES_SHOWN = 200


class ChangesForm(forms.Form):
    """Which differences a reader wants to see: what stands behind the `?` of the address."""

    code = forms.CharField(required=False, label="Code", max_length=100)
    table = forms.ChoiceField(
        required=False,
        label="Table",
        choices=[("", "All tables"), *Release.Table.choices],
        error_messages={"invalid_choice": "We hold no table of this name. Choose one of the list."},
    )
    quarter = forms.CharField(required=False, label="Quarter", max_length=20)
    page = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=1_000_000,
        error_messages={"invalid": "The page is a number, for instance 2."},
    )

    def clean_code(self) -> str:
        """A code number as addresses have it; empty for all codes."""
        code = tidy_number(self.cleaned_data["code"])
        if code and not is_code_number(code):
            raise ValidationError("A code has five characters, for instance 97140 or G0283.")
        return code

    def clean_quarter(self) -> str:
        """A quarter as releases name it, "2026 Q4"; empty for any."""
        text = self.cleaned_data["quarter"].strip().upper()
        if not text:
            return ""
        found = re.fullmatch(r"(\d{4})[\s-]*(Q[1-4])", text, re.ASCII)
        if not found:
            raise ValidationError("A quarter is written like 2026 Q4.")
        return f"{found[1]} {found[2]}"


@require_safe
def releases(request):
    """Every release that is or was published, from which files."""
    context = {"releases": releaselookups.releases(), "twin": address_of("api:releases")}
    return page(request, "releases/list.html", context)


@require_safe
def changes(request):
    """The differences between releases. Without a code those of one quarter: the one asked for, else the newest."""
    form = ChangesForm(request.GET)
    listed = releaselookups.releases()
    if not form.is_valid():
        context = {"form": form, "query": {}, "quarters": releaselookups.quarters(listed)}
        return page(request, "releases/changes.html", context, status=400)
    query = {name: form.cleaned_data[name] for name in ("code", "table", "quarter")}
    quarters = releaselookups.quarters(listed, query["table"])
    shown = query["quarter"] or ("" if query["code"] else next(iter(quarters), ""))
    found = Paginator(
        releaselookups.changes(listed, **{**query, "quarter": shown}), CHANGES_ON_A_PAGE
    ).get_page(form.cleaned_data["page"] or 1)
    compared = [
        each
        for each in releaselookups.with_changes(listed, query["table"])
        if each.release.quarter == shown and not query["code"]
    ]
    counts = releaselookups.counts_of(compared) if compared else {}
    kept = {name: value for name, value in query.items() if value}
    return page(
        request,
        "releases/changes.html",
        {
            "form": form,
            "canonical": _address(kept, found.number),
            "query": query,
            "quarters": quarters,
            "shown_quarter": shown,
            "others": [
                (quarter, _address(kept | {"quarter": quarter})) for quarter in quarters if quarter != shown
            ],
            "compared": [(each, releaselookups.counted(counts[each.release.pk])) for each in compared],
            "changes": releaselookups.in_words(found.object_list, listed),
            "page": found,
            "previous": _address(kept, found.previous_page_number()) if found.has_previous() else "",
            "next": _address(kept, found.next_page_number()) if found.has_next() else "",
            "feed": address_of("changes-feed", query={"code": query["code"]} if query["code"] else None),
            "is_loaded": bool(releaselookups.with_changes(listed)),
            "twin": address_of("api:changes", query=_twin_query(kept, shown)),
        },
    )


def _twin_query(kept: dict, shown_quarter: str) -> dict | None:
    """What the page shows as a question to the API, which has no quarter of its own accord."""
    return kept | ({"quarter": shown_quarter} if shown_quarter else {}) or None


def _address(query: dict, number: int = 1) -> str:
    """The address of a page of differences; the first page goes without its number."""
    return address_of("changes", query=query | ({"page": number} if number > 1 else {}))


@require_safe
def self_check(request):
    """The checker's answers beside the rows of the table, today."""
    check = check_of_today()
    return page(
        request,
        "releases/self_check.html",
        {"check": check, "shown": check.differences[:MOST_DIFFERENCES_SHOWN] if check else ()},
    )
