"""A whole visit, its units alone, and codes against codes."""

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from codes import clock, lookups
from codes.addresses import address_of
from codes.answers import MatrixAnswer, answer_matrix, answer_visit, count_units
from codes.forms import DateOfServiceForm, is_code_number, query_of, tidy_number
from codes.matrices import READY_MADE
from codes.pictures import cards
from codes.pictures.shapes import colours
from codes.rules.matrix import MOST_CODES
from codes.rules.terms import Setting
from codes.rules.visits import Payer, TreatedBy
from codes.rules.visitterms import MOST_LINES
from codes.visitforms import LONGEST_ADDRESS, Row, VisitForm, read_visit

from .errors import stylesheet
from .pages import page, rendered, root_of
from .pictures import send, shown

EMPTY_ROWS = 3


def _form_page(request, template: str, form: VisitForm, *, status: int = 200, **more):
    """The form with rows to spare, or after "add" and "remove" what they leave."""
    rows = list(form.rows)
    removed = request.GET.get("remove_line", "")
    if removed in map(str, range(len(rows))):
        del rows[int(removed)]
    if "add_line" in request.GET:
        spare = 1
    elif "remove_line" in request.GET:
        spare = 0 if rows else 1
    else:
        spare = max(EMPTY_ROWS - len(rows), 0 if form.is_valid else 1)
    rows += [Row()] * min(spare, MOST_LINES - len(rows))
    focus_line = 0  # nothing takes the focus, but what was added, or what stands where a line was removed
    if "add_line" in request.GET:
        focus_line = len(rows)
    elif removed in map(str, range(MOST_LINES)):
        focus_line = min(int(removed) + 1, len(rows))
    context = {
        "focus_line": focus_line,
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
            question = form.question(clock.today())
        except ValueError as error:
            form.errors.append(str(error))
    if question is None:
        return _form_page(request, "visits/form.html", form, status=400)
    query = form.query()
    address = f"{address_of('visits')}?{query}"
    if form.from_fields:
        return HttpResponseRedirect(address)
    answer = answer_visit(question, form.zip_code, clock.today())
    return _form_page(
        request,
        "visits/detail.html",
        form,
        answer=answer,
        payer_facts=[(fact, fact.is_stale_on(clock.today())) for fact in answer.payer_facts],
        sources=lookups.sources_for(answer.cites),
        names=lookups.code_names(),
        address=address,
        canonical=address,
        **shown("visit", cards.of_visit(answer), query=query),
        twin=f"{address_of('api:visit')}?{query}",
    )


@require_safe
def visit_picture(request, version):
    """The same verdict as a picture. Queries as for the data."""
    form = read_visit(request.GET)
    try:
        if len(request.META.get("QUERY_STRING", "")) > LONGEST_ADDRESS or not form.is_valid:
            raise Http404
        today = clock.today()
        answer = answer_visit(form.question(today), form.zip_code, today)
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
    query = form.query()
    if form.from_fields:
        return HttpResponseRedirect(f"{address_of('units')}?{query}")
    answer = count_units(form.lines, clock.today())
    return _form_page(
        request,
        "visits/units.html",
        form,
        canonical=f"{address_of('units')}?{query}",
        units=answer.units,
        unknown=answer.unknown,
        names=answer.names,
        sources=lookups.sources_for([answer.units.cms.cite, answer.units.ama.cite]),
        twin=f"{address_of('api:units')}?{query}",
    )


def _read_sheet(request) -> tuple[list[str], DateOfServiceForm, list[str]]:
    """The codes that a sheet is asked for, its date and setting, and what is wrong with them."""
    asked = [
        tidy_number(text) for value in request.GET.getlist("code") for text in value.replace(",", " ").split()
    ]
    numbers = list(dict.fromkeys(asked))
    when = DateOfServiceForm(request.GET)
    errors = [error for found in when.errors.values() for error in found]
    wrong = [number[:20] for number in numbers if not is_code_number(number)]
    if wrong:
        errors.append(
            f"Not a code: {', '.join(wrong[:5])}. A code has five characters, such as 97140 or G0283."
        )
    if len(numbers) > MOST_CODES:
        errors.append(f"A sheet holds at most {MOST_CODES} codes; these are {len(numbers)}. Leave some out.")
    return numbers, when, errors


def _answer_sheet(numbers: list[str], when: DateOfServiceForm) -> tuple[MatrixAnswer, dict]:
    """The sheet, and the query of its permanent address."""
    today = clock.today()
    day, setting = when.cleaned_data["date"], when.cleaned_data["setting"]
    answer = answer_matrix(numbers, day or today, [setting] if setting else list(Setting), today)
    return answer, {"code": numbers, **query_of(day, setting)}


def _sheet_address(name: str, query: dict) -> str:
    return address_of(name, query={**query, "code": " ".join(query["code"])})


@require_safe
def matrix(request):
    """Up to thirty codes against one another, on one sheet."""
    numbers, when, errors = _read_sheet(request)
    context = {"ready_made": READY_MADE, "numbers": numbers, "form": when, "errors": errors}
    if errors:
        return page(request, "visits/matrix.html", context, status=400)
    if len(numbers) < 2:
        return page(request, "visits/matrix.html", context)
    answer, query = _answer_sheet(numbers, when)
    context |= {
        "canonical": _sheet_address("matrix", query),
        "drawing": _sheet_address("matrix-drawing", query),
        "is_ready_made": query == {"code": numbers} and numbers in [each for _, each in READY_MADE.values()],
        "rows": answer.rows,
        "names": answer.names,
        "day": answer.day,
        "settings": answer.settings,
        "dated": when.cleaned_data["date"],
        "tables": answer.tables,
        "twin": address_of("api:matrix", query=query),
    }
    return page(request, "visits/matrix.html", context)


@require_safe
def matrix_drawing(request):
    """The same sheet as a drawing that stands alone (SVG), with all verdicts in words in it."""
    numbers, when, errors = _read_sheet(request)
    if errors or len(numbers) < 2:
        raise Http404
    answer, query = _answer_sheet(numbers, when)
    context = {
        "answer": answer,
        "root": root_of(request),
        "address": _sheet_address("matrix", query),
        "tone_of": cards.TONES,
        "colours": colours(),
    }
    return HttpResponse(rendered("visits/matrix.svg", context), content_type="image/svg+xml")
