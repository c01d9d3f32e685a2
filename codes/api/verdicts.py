"""Pairs, whole visits, units, codes against codes, and Medicare's amounts."""

from django.http import HttpRequest
from ninja import Path, Query, Router

from codes import answers, clock
from codes.machines import Refusal
from codes.matrices import READY_MADE
from codes.rules.matrix import MOST_CODES
from codes.rules.pairs import PairAnswer, PairQuestion
from codes.rules.terms import Setting
from codes.rules.visits import VisitAnswer
from codes.rules.visitterms import MOST_LINES, Payer, VisitQuestion
from codes.twins import twin

from . import inputs, schemas
from .catalogue import unknown_code

router = Router(tags=["Verdicts"])
MOST_PAIRS = 50

ON_DAY = Query(None, description="The date of service; without it today.", examples=["2024-07-01"])
IN_SETTING = Query(None, description="Which of CMS's two tables; without it both.")
LINES = Query(
    min_length=1,
    max_length=MOST_LINES,
    description="`CODE`, `CODE:MINUTES` or `CODE:xUNITS`, each with `:MODIFIER,MODIFIER` behind it if wished. "
    "Once for each line.",
    examples=[["97140:23:GP", "97110:15:GP"]],
)


@router.get("/pairs/{first}/{second}/", response=twin(PairAnswer), summary="One pair")
def pair(
    request: HttpRequest,
    first: inputs.Number = Path(examples=["97124"]),
    second: inputs.Number = Path(examples=["97140"]),
    date: inputs.Day = ON_DAY,
    setting: inputs.MaybeSetting = IN_SETTING,
):
    """May two codes be billed together on one day? One of five verdicts, with reasons, actions and history.

    A code that is not in our data gives the verdict `not-known`, never a yes.
    """
    today = clock.today()
    first, second = sorted((first, second))
    return answers.answer_pair(PairQuestion(first, second, date or today, setting), today)


@router.get("/pairs/", response=list[twin(PairAnswer)], summary="Many pairs")
def pairs(
    request: HttpRequest,
    pair: list[inputs.Pair] = Query(
        min_length=1,
        max_length=MOST_PAIRS,
        description="Two codes with a hyphen between them. Once for each pair.",
        examples=[["97124-97140", "97110-97530"]],
    ),
    date: inputs.Day = ON_DAY,
    setting: inputs.MaybeSetting = IN_SETTING,
):
    """The verdicts on up to 50 pairs, in their order."""
    today = clock.today()
    return answers.answer_pairs([PairQuestion(*each, date or today, setting) for each in pair], today)


@router.get("/matrix/", response=twin(answers.MatrixAnswer), summary="Codes against codes")
def matrix(
    request: HttpRequest,
    code: list[inputs.Number] = Query(
        min_length=2,
        max_length=MOST_CODES,
        description="A code, once for each.",
        examples=[["97124", "97140", "98940"]],
    ),
    date: inputs.Day = ON_DAY,
    setting: inputs.MaybeSetting = IN_SETTING,
):
    """The strictest verdict on each pair of up to 30 codes. For the reasons ask for the pair."""
    today = clock.today()
    settings = [setting] if setting else list(Setting)
    return answers.answer_matrix(list(dict.fromkeys(code)), date or today, settings, today)


@router.get("/matrix/ready-made/", response=list[schemas.ReadyMade], summary="Ready-made lists of codes")
def ready_made(request: HttpRequest):
    """The codes that each kind of practice bills most."""
    return [{"key": key, "name": name, "codes": codes} for key, (name, codes) in READY_MADE.items()]


@router.get("/visits/", response=twin(VisitAnswer), summary="A whole visit")
def visit(
    request: HttpRequest,
    line: list[inputs.Line] = LINES,
    date: inputs.Day = ON_DAY,
    setting: inputs.SettingChoice = Query(Setting.PRACTITIONER, description="Which of CMS's two tables."),
    treated_by: inputs.MaybeTreatedBy = Query(None, description="Who gave the treatment."),
    payer: inputs.PayerChoice = Query(Payer.MEDICARE, description="Whose rules are asked for."),
    treatment: int | None = Query(None, ge=0, le=1440, description="The whole treatment time in minutes."),
    assistant: list[inputs.Assistant] = Query(
        [],
        max_length=MOST_LINES,
        description="Minutes that an assistant alone gave, once for each line; empty for none.",
    ),
    zip: inputs.Zip = Query(None, description="The ZIP code of the place, for amounts."),
):
    """Can a whole visit go out as it is? The outcome, what to change, the claim proposed, and every test."""
    given = tuple(assistant) + (None,) * (len(line) - len(assistant))
    try:
        question = VisitQuestion(
            tuple(line),
            date or clock.today(),
            setting,
            treated_by,
            payer,
            treatment,
            given if any(minutes is not None for minutes in given) else (),
        )
    except ValueError as error:
        raise Refusal(422, str(error)) from error
    return answers.answer_visit(question, zip or "", clock.today())


@router.get("/units/", response=twin(answers.UnitsAnswer), summary="Minutes into units")
def units(request: HttpRequest, line: list[inputs.Line] = LINES):
    """The units of timed codes by the CMS and the AMA rule, with the working."""
    return answers.count_units(line, clock.today())


@router.get("/fees/{number}/", response=twin(answers.FeeAnswer), summary="Medicare's amount")
def fee(
    request: HttpRequest,
    number: inputs.Number = Path(examples=["97140"]),
    zip: inputs.Zip = Query(None, description="The ZIP code of the place."),
    locality: inputs.Locality = Query(None, description="Contractor and number, instead of a ZIP code."),
    year: int | None = Query(
        None, ge=1992, le=2999, description="The year; without it the newest that is loaded."
    ),
):
    """What Medicare allows for one unit, with the arithmetic; nationally without a place. `verdict` says if it is known."""
    answer = answers.answer_fee(number, zip or "", locality or "", year)
    if answer.is_lost:
        raise unknown_code(number)
    return answer
