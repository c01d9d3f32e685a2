"""Search, codes, modifiers, questions, claims and sources."""

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from codes import clock, lookups
from codes.addresses import address_of
from codes.answers import code_sheet, edit_sheet
from codes.machines import Refusal
from codes.models import CirculatingClaim, Code, Faq, GlossaryTerm, Modifier, Source
from codes.rules.partners import Partner
from codes.search import nearest_codes
from codes.search import search as find
from codes.twins import twin

from . import schemas
from .inputs import ModifierCode, Number, Slug
from .paging import CURSOR, LIMIT, page_of, page_of_list, page_type

router = Router()


@router.get("/search/", response=schemas.SearchResults, tags=["Search"], summary="Search")
def search(
    request: HttpRequest,
    q: str = Query("", description="A number, part of one, words, or a question.", examples=["deep tissue"]),
):
    """The 30 best results over codes, modifiers, questions, claims and terms. Typing errors are forgiven."""
    return find(q)


@router.get(
    "/codes/",
    response=page_type(schemas.CodeBrief, "Codes"),
    tags=["Catalogue"],
    summary="All codes",
)
def codes(request: HttpRequest, response: HttpResponse, limit: int = LIMIT, cursor: str = CURSOR):
    """The catalogue's codes by number, retired ones included."""
    rows = Code.objects.published().select_related("category")
    return page_of(request, response, "codes", rows, ("number",), limit, cursor)


@router.get("/codes/{number}/", response=schemas.CodeEntry, tags=["Catalogue"], summary="One code")
def code(request: HttpRequest, number: Number = Path(examples=["97140"])):
    """A code with everything that its page tells. A code that is not here is `404`: that says nothing about it."""
    sheet = code_sheet(number, clock.today())
    if sheet is None:
        raise unknown_code(number)
    return schemas.entry_of(sheet)


@router.get(
    "/codes/{number}/edits/",
    response=page_type(twin(Partner), "Edits"),
    tags=["Catalogue"],
    summary="All pair edits of a code",
    url_name="code-edits",
)
def code_edits(
    request: HttpRequest,
    response: HttpResponse,
    number: Number = Path(examples=["97140"]),
    limit: int = LIMIT,
    cursor: str = CURSOR,
):
    """Every pair edit in force today with a code, by the number of the other one, of the catalogue or not."""
    sheet = edit_sheet(number, clock.today())
    if sheet is None:
        raise unknown_code(number)
    items = sheet.partners
    return page_of_list(
        request, response, "code-edits", items, lambda each: each.number, limit, cursor, number
    )


def unknown_code(number: str) -> Refusal:
    """That a code is not in our data, with the nearest ones."""
    nearest = [
        {"number": hit.key, "name": hit.title, "data": address_of("api:code", hit.key)}
        for hit in nearest_codes(number)
    ]
    return Refusal(
        404,
        f"{number} is not in our data. That does not mean that it does not exist, or that it may or may not be billed.",
        nearest=nearest,
    )


@router.get(
    "/modifiers/",
    response=page_type(schemas.ModifierBrief, "Modifiers"),
    tags=["Catalogue"],
    summary="All modifiers",
)
def modifiers(request: HttpRequest, response: HttpResponse, limit: int = LIMIT, cursor: str = CURSOR):
    """The modifiers, the everyday ones first."""
    rows = Modifier.objects.published()
    return page_of(request, response, "modifiers", rows, ("relevance", "code"), limit, cursor)


@router.get("/modifiers/{code}/", response=schemas.ModifierEntry, tags=["Catalogue"], summary="One modifier")
def modifier(request: HttpRequest, code: ModifierCode = Path(examples=["59"])):
    """A modifier: what it says, and what it can and cannot do."""
    found = lookups.modifier_entry(code)
    if found is None:
        raise Refusal(404, f"Modifier {code} is not in our data. Check it for a typing error.")
    return found


@router.get(
    "/faqs/", response=page_type(schemas.FaqBrief, "Faqs"), tags=["Catalogue"], summary="All questions"
)
def faqs(request: HttpRequest, response: HttpResponse, limit: int = LIMIT, cursor: str = CURSOR):
    """The questions that people ask, with the first sentences of each answer."""
    return page_of(request, response, "faqs", Faq.objects.published(), ("order", "slug"), limit, cursor)


@router.get("/faqs/{slug}/", response=schemas.FaqEntry, tags=["Catalogue"], summary="One question")
def faq(request: HttpRequest, slug: Slug = Path(examples=["97124-with-97140"])):
    """A question with its whole answer and its sources."""
    return _found(lookups.faq_entry(slug), "question")


@router.get(
    "/claims/", response=page_type(schemas.ClaimBrief, "Claims"), tags=["Catalogue"], summary="All claims"
)
def claims(request: HttpRequest, response: HttpResponse, limit: int = LIMIT, cursor: str = CURSOR):
    """Sentences about billing that go round, each with our verdict."""
    rows = CirculatingClaim.objects.published()
    return page_of(request, response, "claims", rows, ("number",), limit, cursor)


@router.get("/claims/{slug}/", response=schemas.ClaimEntry, tags=["Catalogue"], summary="One claim")
def claim(request: HttpRequest, slug: Slug = Path(examples=["97124-is-the-massage-code"])):
    """A claim that circulates, with what is correct and its sources."""
    return _found(lookups.claim_entry(slug), "claim")


@router.get(
    "/terms/", response=page_type(schemas.TermBrief, "Terms"), tags=["Catalogue"], summary="All terms"
)
def terms(request: HttpRequest, response: HttpResponse, limit: int = LIMIT, cursor: str = CURSOR):
    """The terms of the trade, each in one plain sentence."""
    return page_of(request, response, "terms", GlossaryTerm.objects.published(), ("slug",), limit, cursor)


@router.get("/terms/{slug}/", response=schemas.TermEntry, tags=["Catalogue"], summary="One term")
def term(request: HttpRequest, slug: Slug = Path(examples=["mue"])):
    """A term with its whole explanation and its sources."""
    return _found(lookups.cited_entry(GlossaryTerm, slug=slug), "term")


@router.get(
    "/sources/", response=page_type(schemas.SourceEntry, "Sources"), tags=["Data"], summary="All sources"
)
def sources(request: HttpRequest, response: HttpResponse, limit: int = LIMIT, cursor: str = CURSOR):
    """The documents behind the statements: what the slug in a `cite` stands for."""
    return page_of(request, response, "sources", Source.objects.all(), ("slug",), limit, cursor)


def _found[Entry](entry: Entry | None, what: str) -> Entry:
    if entry is None:
        raise Refusal(404, f"There is no {what} of this name. The list has the names of all.")
    return entry
