"""The pair checker: its form, and one verdict at a permanent address."""

from urllib.parse import urlencode

from django.http import Http404, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.views.decorators.http import require_safe

from codes import clock, lookups
from codes.addresses import address_of, pair_address
from codes.answers import answer_pair
from codes.forms import PairForm, Typed, is_code_number, query_of, read_date_and_setting, tidy_number
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
        return HttpResponseRedirect(
            pair_address(clean["first"], clean["second"], query_of(clean["date"], clean["setting"]))
        )
    incomplete = not (request.GET.get("first") and request.GET.get("second"))
    return page(
        request,
        "pairs/form.html",
        {"verdicts": dict(Verdict.__members__), "form": form},
        status=200 if incomplete else 400,
    )


@require_safe
def pair(request, first, second):
    tidy = [tidy_number(first), tidy_number(second)]
    nonsense = [number for number in tidy if not is_code_number(number)]
    if nonsense:
        form = PairForm({"first": first, "second": second})
        return page(
            request, "pairs/form.html", {"verdicts": dict(Verdict.__members__), "form": form}, status=404
        )
    day, setting, wrong = read_date_and_setting(request.GET)
    if wrong:
        form = PairForm({"first": tidy[0], "second": tidy[1], **request.GET.dict()})
        return page(
            request, "pairs/form.html", {"verdicts": dict(Verdict.__members__), "form": form}, status=400
        )
    query = query_of(day, setting)
    if [first, second] != sorted(tidy) or query.get("date", "") != request.GET.get("date", ""):
        return HttpResponsePermanentRedirect(pair_address(*tidy, query))
    return _verdict_page(request, first, second, day, setting)


def _verdict_page(request, first, second, day, setting):
    today = clock.today()
    answer = answer_pair(PairQuestion(first, second, day or today, setting), today)
    question, query = answer.question, query_of(day, setting)
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
            "typed": Typed(**query),
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
    """The same verdict as a picture. Queries as for the verdict."""
    numbers = sorted(tidy_number(number) for number in (first, second))
    day, setting, wrong = read_date_and_setting(request.GET)
    if not all(map(is_code_number, numbers)) or wrong:
        raise Http404
    today = clock.today()
    answer = answer_pair(PairQuestion(*numbers, day or today, setting), today)
    address = _picture(answer, query_of(day, setting))["picture"]
    return send(cards.of_pair(answer), version, address)
