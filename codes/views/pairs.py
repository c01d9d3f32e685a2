"""The pair checker: its form, and one verdict at a permanent address."""

from urllib.parse import urlencode

from django.http import Http404, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from codes import lookups
from codes.addresses import address_of, pair_address
from codes.answers import answer_pair
from codes.forms import DateOfServiceForm, PairForm, is_code_number, tidy_number
from codes.pictures import cards
from codes.rules import timeline
from codes.rules.pairs import PairQuestion, Verdict
from codes.search import nearest_codes

from .pages import page
from .pictures import send, shown


@require_safe
def checker(request):
    """The form. With two codes in the address it sends the reader on to the verdict."""
    if not request.GET:
        return page(request, "pairs/form.html", {"verdicts": dict(Verdict.__members__), "form": PairForm()})
    form = PairForm(request.GET)
    if form.is_valid():
        clean = form.cleaned_data
        return HttpResponseRedirect(pair_address(clean["first"], clean["second"], _query(clean)))
    incomplete = not (request.GET.get("first") and request.GET.get("second"))
    return page(
        request,
        "pairs/form.html",
        {"verdicts": dict(Verdict.__members__), "form": form},
        status=200 if incomplete else 400,
    )


def _query(clean: dict) -> dict:
    query = {}
    if clean["date"]:
        query["date"] = clean["date"].isoformat()
    if clean["setting"]:
        query["setting"] = clean["setting"].value
    return query


@require_safe
def pair(request, first, second):
    tidy = [tidy_number(first), tidy_number(second)]
    nonsense = [number for number in tidy if not is_code_number(number)]
    if nonsense:
        form = PairForm({"first": first, "second": second})
        return page(
            request, "pairs/form.html", {"verdicts": dict(Verdict.__members__), "form": form}, status=404
        )
    form = DateOfServiceForm(request.GET)
    if not form.is_valid():
        form = PairForm({"first": tidy[0], "second": tidy[1], **request.GET.dict()})
        return page(
            request, "pairs/form.html", {"verdicts": dict(Verdict.__members__), "form": form}, status=400
        )
    query = _query(form.cleaned_data)
    if [first, second] != sorted(tidy) or query.get("date", "") != request.GET.get("date", ""):
        return HttpResponsePermanentRedirect(pair_address(*tidy, query))
    return _verdict_page(request, first, second, form, query)


def _answer(first, second, form, today):
    clean = form.cleaned_data
    return answer_pair(PairQuestion(first, second, clean["date"] or today, clean["setting"]), today)


def _verdict_page(request, first, second, form, query):
    today = timezone.localdate()
    answer = _answer(first, second, form, today)
    question = answer.question
    entries = lookups.pair_entries(first, second)
    return page(
        request,
        "pairs/detail.html",
        {
            "answer": answer,
            "question": question,
            "timelines": [
                (each, timeline.draw(each.history, question.day, today))
                for each in answer.answers
                if each.history
            ],
            "sources": lookups.sources_for(answer.cites),
            "nearest": [(number, nearest_codes(number)) for number in answer.unknown_codes],
            "form": PairForm(initial={"first": first, "second": second, **query}),
            "dated": "date" in query,
            "dated_address": pair_address(first, second, {**query, "date": question.day.isoformat()}),
            "keys": lookups.published_keys(),
            "today": today,
            "canonical": pair_address(first, second, query),
            **_picture(answer, query),
            "twin": address_of("api:pair", first, second, query=query or None),
            **entries,
        },
    )


def _picture(answer, query):
    return shown(
        "pair",
        cards.of_pair(answer),
        answer.question.first,
        answer.question.second,
        query=urlencode(query),
    )


@require_safe
def pair_picture(request, first, second, version):
    """The same verdict as a picture. Nine queries, or what the verdict needs."""
    numbers = sorted(tidy_number(number) for number in (first, second))
    form = DateOfServiceForm(request.GET)
    if not all(map(is_code_number, numbers)) or not form.is_valid():
        raise Http404
    answer = _answer(*numbers, form, timezone.localdate())
    address = _picture(answer, _query(form.cleaned_data))["picture"]
    return send(cards.of_pair(answer), version, address)
