"""A whole visit, its units alone, and codes against codes."""

from dataclasses import replace

from django.http import Http404, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from codes import feelookups, lookups
from codes.forms import DateOfServiceForm, is_code_number, tidy_number
from codes.matrices import READY_MADE
from codes.pictures import cards
from codes.rules.fees import NATIONAL, Place
from codes.rules.matrix import MOST_CODES, judge_matrix
from codes.rules.terms import Setting
from codes.rules.visitamounts import VisitAmounts, expect_amounts
from codes.rules.visitfindings import Visit
from codes.rules.visits import Payer, TreatedBy, VisitAnswer, judge_visit
from codes.rules.visitterms import MOST_LINES, VisitQuestion, lens_of
from codes.rules.visitunits import count_visit
from codes.twins import as_data
from codes.visitforms import LONGEST_ADDRESS, Row, VisitForm, read_visit

from .errors import stylesheet
from .pages import page
from .pictures import send, shown

EMPTY_ROWS = 3


def _answer(question: VisitQuestion, zip_code: str) -> VisitAnswer:
    """Everything the rules need, in a fixed number of queries, and their verdict with the amounts expected."""
    numbers = [line.number for line in question.lines]
    releases = lookups.all_releases()
    answer = judge_visit(
        question,
        lookups.code_facts(numbers, releases),
        lookups.edits_among(numbers, releases),
        lookups.current_tables(releases),
        None,
        lookups.payer_facts(question.payer),
        lookups.therapy_thresholds(),
        timezone.localdate(),
        lookups.published_keys(),
    )
    return replace(answer, amounts=_amounts(answer, zip_code))


def _amounts(answer: VisitAnswer, zip_code: str) -> VisitAmounts | None:
    """What Medicare is expected to allow, where fee tables of the year are loaded; None where it cannot be told."""
    question = answer.question
    if question.payer != Payer.MEDICARE or question.setting != Setting.PRACTITIONER:
        return None
    tables = feelookups.fee_tables(question.day.year)
    rows = feelookups.relative_values_of([line.number for line in answer.proposed], tables)
    if not rows:
        return None
    indices = (zip_code and feelookups.indices_of_zip(zip_code, tables)) or NATIONAL
    values = {row.number: row for row in rows if not row.modifier}
    return expect_amounts(answer.proposed, values, Place.NON_FACILITY, indices)


def _form_page(request, template: str, form: VisitForm, *, status: int = 200, **more):
    """The form with rows to spare, or after "add" and "remove" what they leave."""
    rows = list(form.rows)
    removed = request.GET.get("remove_line", "")
    if removed.isdecimal() and int(removed) < len(rows):
        del rows[int(removed)]
    if "add_line" in request.GET:
        spare = 1
    elif "remove_line" in request.GET:
        spare = 0 if rows else 1
    else:
        spare = max(EMPTY_ROWS - len(rows), 0 if form.is_valid else 1)
    rows += [Row()] * min(spare, MOST_LINES - len(rows))
    context = {
        "form": form,
        "rows": rows,
        "most_lines": MOST_LINES,
        "payers": list(Payer),
        "treaters": list(TreatedBy),
        "settings": list(Setting),
        "keys": lookups.published_keys(),
        **more,
    }
    return page(request, template, context, partial="form", status=status)


@require_safe
def visit(request):
    """A visit's verdict at its permanent address; without lines the form."""
    if len(request.META.get("QUERY_STRING", "")) > LONGEST_ADDRESS:
        return page(request, "errors/414.html", {"stylesheet": stylesheet()}, status=414)
    form = read_visit(request.GET)
    if "add_line" in request.GET or "remove_line" in request.GET:
        return _form_page(request, "visits/form.html", form)
    if not form.lines and not form.errors:
        return _form_page(request, "visits/form.html", form)
    question = None
    if form.is_valid:
        try:
            question = form.question(timezone.localdate())
        except ValueError as error:
            form.errors.append(str(error))
    if question is None:
        return _form_page(request, "visits/form.html", form, status=400)
    address = f"{reverse('visits')}?{form.query()}"
    if form.from_fields:
        return HttpResponseRedirect(address)
    answer = _answer(question, form.zip_code)
    return _form_page(
        request,
        "visits/detail.html",
        form,
        answer=answer,
        payer_facts=[(fact, fact.is_stale_on(timezone.localdate())) for fact in answer.payer_facts],
        sources=lookups.sources_for(answer.cites),
        names=lookups.code_names([line.number for line in question.lines]),
        address=address,
        canonical=address,
        **shown("visit", cards.of_visit(answer), query=form.query()),
        twin=f"{reverse('visit-data')}?{form.query()}",
    )


@require_safe
def visit_data(request):
    """The same verdict as data."""
    form = read_visit(request.GET)
    if form.is_valid:
        try:
            return JsonResponse(as_data(_answer(form.question(timezone.localdate()), form.zip_code)))
        except ValueError as error:
            form.errors.append(str(error))
    errors = form.errors or ["Name at least one line, such as line=97140:23."]
    problem = {"title": "The visit cannot be read", "status": 400, "detail": " ".join(errors)}
    return JsonResponse(problem, status=400, content_type="application/problem+json")


@require_safe
def visit_picture(request, version):
    """The same verdict as a picture. Queries as for the data."""
    form = read_visit(request.GET)
    try:
        if len(request.META.get("QUERY_STRING", "")) > LONGEST_ADDRESS or not form.is_valid:
            raise Http404
        answer = _answer(form.question(timezone.localdate()), form.zip_code)
    except ValueError:
        raise Http404 from None
    card = cards.of_visit(answer)
    return send(card, version, shown("visit", card, query=form.query())["picture"])


@require_safe
def units(request):
    """Minutes into units by both rules, with the working."""
    form = read_visit(request.GET)
    if not form.lines and not form.errors:
        return _form_page(request, "visits/units.html", form)
    if "add_line" in request.GET or "remove_line" in request.GET:
        return _form_page(request, "visits/units.html", form)
    if form.errors:
        return _form_page(request, "visits/units.html", form, status=400)
    if form.from_fields:
        return HttpResponseRedirect(f"{reverse('units')}?{form.query()}")
    today = timezone.localdate()
    facts = lookups.code_facts([line.number for line in form.lines], lookups.all_releases())
    question = VisitQuestion(tuple(form.lines), today)
    counted = Visit(question, facts, lens_of(Payer.MEDICARE, (), today), today)
    unknown = [line.number for line in form.lines if line.number not in facts]
    units = count_visit(counted, counted.known)
    return _form_page(
        request,
        "visits/units.html",
        form,
        canonical=f"{reverse('units')}?{form.query()}",
        units=units,
        unknown=unknown,
        names={number: code.name for number, code in facts.items()},
        sources=lookups.sources_for([units.cms.cite, units.ama.cite]),
    )


@require_safe
def matrix(request):
    """Up to thirty codes against one another, on one sheet."""
    asked = [
        tidy_number(text) for value in request.GET.getlist("code") for text in value.replace(",", " ").split()
    ]
    numbers = list(dict.fromkeys(asked))
    when = DateOfServiceForm({"date": request.GET.get("date", ""), "setting": request.GET.get("setting", "")})
    errors = [error for found in when.errors.values() for error in found]
    wrong = [number[:20] for number in numbers if not is_code_number(number)]
    if wrong:
        errors.append(
            f"Not a code: {', '.join(wrong[:5])}. A code has five characters, such as 97140 or G0283."
        )
    if len(numbers) > MOST_CODES:
        errors.append(f"A sheet holds at most {MOST_CODES} codes; these are {len(numbers)}. Leave some out.")
    context = {"ready_made": READY_MADE, "numbers": numbers, "form": when, "errors": errors}
    if errors:
        return page(request, "visits/matrix.html", context, status=400)
    if len(numbers) < 2:
        return page(request, "visits/matrix.html", context)
    today = timezone.localdate()
    day = when.cleaned_data["date"] or today
    settings = [when.cleaned_data["setting"]] if when.cleaned_data["setting"] else list(Setting)
    releases = lookups.all_releases()
    tables = lookups.current_tables(releases)
    facts = lookups.code_facts(numbers, releases, beyond_catalogue=True)
    edits = lookups.edits_among(numbers, releases)
    cells = judge_matrix(numbers, day, settings, facts, edits, tables, today)
    query = {"code": " ".join(numbers)}
    if when.cleaned_data["date"]:
        query["date"] = day.isoformat()
    if when.cleaned_data["setting"]:
        query["setting"] = when.cleaned_data["setting"].value
    context |= {
        "canonical": reverse("matrix", query=query),
        "is_ready_made": query == {"code": " ".join(numbers)}
        and numbers in [each for _, each in READY_MADE.values()],
        "rows": [(number, [cells.get((number, other)) for other in numbers]) for number in numbers],
        "names": {number: code.name for number, code in facts.items()},
        "day": day,
        "settings": settings,
        "dated": "date" in request.GET and request.GET["date"],
        "tables": sorted({str(table) for table in tables.values()}),
    }
    return page(request, "visits/matrix.html", context)
