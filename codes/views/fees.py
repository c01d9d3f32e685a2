"""Medicare's amounts: the form, and one code's amount in one place at a permanent address."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponsePermanentRedirect, HttpResponseRedirect
from django.views.decorators.http import require_safe

from codes import feelookups, lookups
from codes.addresses import address_of
from codes.answers import answer_fee
from codes.forms import CodeField, codes_meant, is_code_number, tidy_number
from codes.rules.fees import THERAPY_RULES
from codes.search import Hit, nearest_codes

from .pages import page


class PlaceForm(forms.Form):
    """Where and when: the part of a question that stands behind the `?` of an address."""

    zip = forms.CharField(required=False, label="ZIP code", max_length=20)
    locality = forms.RegexField(
        r"^\d{5}-\d{2}$",
        required=False,
        label="Locality",
        error_messages={
            "invalid": "A locality is written as contractor and number, for instance 06102-16. Choose one below."
        },
    )
    year = forms.IntegerField(
        required=False,
        min_value=1992,
        max_value=2999,
        label="Year",
        error_messages={"invalid": "This year cannot be read. Write it like 2026."},
    )

    def clean_zip(self) -> str:
        """The first five digits of a ZIP code or ZIP+4; empty for none."""
        text = self.cleaned_data["zip"].strip()
        if text and not re.fullmatch(r"\d{5}(-?\d{4})?", text, re.ASCII):
            raise ValidationError("A ZIP code has five digits, for instance 60601.")
        return text[:5]

    def clean(self):
        clean = super().clean()
        if clean.get("zip") and clean.get("locality"):
            self.add_error("locality", "Enter a ZIP code or choose a locality, not both.")
        return clean


class FeeForm(PlaceForm):
    """A code, and where and when."""

    field_order = ["code", "zip", "locality", "year"]
    code = CodeField(label="Code")

    @property
    def candidates(self) -> tuple[Hit, ...]:
        """The codes that may be meant where a word was entered instead of a number."""
        if self.is_bound and self.has_error("code", code="choose"):
            return codes_meant(self.data.get("code", ""))
        return ()


def fee_address(number: str, query: dict) -> str:
    """The permanent address of a code's amount, with only those parts of the question that were asked."""
    return address_of("fee", number, query=_asked(query))


def _asked(query: dict) -> dict | None:
    return {key: value for key, value in query.items() if value} or None


@require_safe
def fee_form(request):
    """The form. With a code in the address it sends the reader on to the amount."""
    if not request.GET:
        return _form_page(request, FeeForm())
    form = FeeForm(request.GET)
    if form.is_valid():
        clean = dict(form.cleaned_data)
        return HttpResponseRedirect(fee_address(clean.pop("code"), clean))
    return _form_page(request, form, status=400 if request.GET.get("code") else 200)


def _form_page(request, form, status=200):
    tables = feelookups.fee_tables()
    context = {"form": form, "tables": tables, "localities": feelookups.localities(tables).values()}
    return page(request, "fees/form.html", context, status=status)


@require_safe
def fee_detail(request, number):
    """One code's amounts in a ZIP code or locality, or the national ones when neither is named."""
    tidy = tidy_number(number)
    if not is_code_number(tidy):
        return _form_page(request, FeeForm({"code": number}), status=404)
    form = PlaceForm(request.GET)
    if not form.is_valid():
        return _form_page(request, FeeForm({**request.GET.dict(), "code": tidy}), status=400)
    query = form.cleaned_data
    if tidy != number or query["zip"] != request.GET.get("zip", ""):
        return HttpResponsePermanentRedirect(fee_address(tidy, query))
    return _amount_page(request, number, query)


def _amount_page(request, number, query):
    answer = answer_fee(number, query["zip"], query["locality"], query["year"])
    tables, asked = answer.tables, answer.asked
    fees = answer.places[0].fees if len(answer.places) == 1 else ()
    lead = fees[0] if fees else None
    return page(
        request,
        "fees/detail.html",
        {
            "number": number,
            "canonical": fee_address(number, query),
            "asked": any(query.values()),
            "name": answer.name,
            "in_catalogue": answer.in_catalogue,
            "tables": tables,
            "query": query,
            "answers": [(place.indices, place.fees) for place in answer.places],
            "indices": asked[0] if len(asked) == 1 else None,
            "fees": fees,
            "lead": lead,
            "therapy_rules": THERAPY_RULES,
            "sources": lookups.sources_for([THERAPY_RULES]) if lead and lead.therapy else [],
            "missing": answer.missing,
            "has_rows": answer.has_rows,
            "is_split": answer.is_split,
            "counties": feelookups.counties_of(asked[0], tables) if len(asked) == 1 else None,
            "localities": answer.localities.values(),
            "nearest": nearest_codes(number) if answer.is_lost else (),
            "form": FeeForm(initial={"code": number, **query}),
            "twin": "" if answer.is_lost else address_of("api:fee", number, query=_asked(query)),
        },
        status=404 if answer.is_lost else 200,
    )
