"""The parameters of the API: each type reads its text, with a kind message, and says in JSON Schema what it takes."""

import re
from datetime import date
from enum import Enum
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from codes.forms import is_code_number, is_modifier_code
from codes.models import Release
from codes.rules.terms import Setting
from codes.rules.visitline import VisitLine, parse_line
from codes.rules.visitterms import Payer, TreatedBy

A_CODE = "[0-9A-Za-z][0-9]{3}[0-9A-Za-z]"
A_MODIFIER = "[0-9A-Za-z]{2}"
AN_AMOUNT = "([0-9]{1,3}|1[0-3][0-9]{2}|14[0-3][0-9]|1440|x[1-9][0-9]?)"
A_LINE = f"^{A_CODE}(:{AN_AMOUNT}?(:{A_MODIFIER}(,{A_MODIFIER}){{0,7}})?)?$"


def text(pattern: str) -> WithJsonSchema:
    """A text of a form, as JSON Schema says it."""
    return WithJsonSchema({"type": "string", "pattern": pattern})


def choice(options: type[Enum]) -> WithJsonSchema:
    """One of some words, as JSON Schema says it."""
    return WithJsonSchema({"type": "string", "enum": [option.value for option in options]})


def _number(value: str) -> str:
    number = value.upper()
    if not is_code_number(number):
        raise ValueError(f"“{value[:20]}” is not a code number. A code has five characters: 97140 or G0283.")
    return number


def _modifier(value: str) -> str:
    code = value.upper()
    if not is_modifier_code(code):
        raise ValueError(f"“{value[:20]}” is no modifier. A modifier has two characters: 59 or GP.")
    return code


def _day(value: str) -> date:
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("This date cannot be read. Write it like 2024-07-01 (year, month, day).") from None


def _pair(value: str) -> tuple[str, str]:
    numbers = value.split("-")
    if len(numbers) != 2:
        raise ValueError(f"“{value[:20]}” is not a pair. Write two codes with a hyphen: 97124-97140.")
    first, second = sorted(map(_number, numbers))
    return first, second


def _assistant(value: str) -> int | None:
    if not re.fullmatch("[0-9]{0,4}", value):
        raise ValueError("The assistant's minutes are a whole number, or empty for a line without any.")
    return int(value) if value else None


def _zip(value: str) -> str:
    if not re.fullmatch("[0-9]{5}(-?[0-9]{4})?", value):
        raise ValueError("A ZIP code has five digits, for instance 60601.")
    return value[:5]


def _locality(value: str) -> str:
    if not re.fullmatch("[0-9]{5}-[0-9]{2}", value):
        raise ValueError("A locality is written as contractor and number, for instance 06102-16.")
    return value


def _quarter(value: str) -> str:
    found = re.fullmatch("([0-9]{4})[ -]?([Qq][1-4])", value)
    if not found:
        raise ValueError("A quarter is written like 2026-Q4.")
    return f"{found[1]} {found[2].upper()}"


Number = Annotated[str, BeforeValidator(_number), text(f"^{A_CODE}$")]
MaybeNumber = Annotated[str | None, BeforeValidator(_number), text(f"^{A_CODE}$")]
ModifierCode = Annotated[str, BeforeValidator(_modifier), text(f"^{A_MODIFIER}$")]
Slug = Annotated[str, text("^[-a-zA-Z0-9_]+$")]
Day = Annotated[
    date | None,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Pair = Annotated[tuple[str, str], BeforeValidator(_pair), text(f"^{A_CODE}-{A_CODE}$")]
Line = Annotated[VisitLine, BeforeValidator(parse_line), text(A_LINE)]
Assistant = Annotated[int | None, BeforeValidator(_assistant), text("^[0-9]{0,4}$")]
Zip = Annotated[str | None, BeforeValidator(_zip), text("^[0-9]{5}(-?[0-9]{4})?$")]
Locality = Annotated[str | None, BeforeValidator(_locality), text("^[0-9]{5}-[0-9]{2}$")]
Quarter = Annotated[str | None, BeforeValidator(_quarter), text("^[0-9]{4}[ -]?[Qq][1-4]$")]
SettingChoice = Annotated[Setting, choice(Setting)]
MaybeSetting = Annotated[Setting | None, choice(Setting)]
PayerChoice = Annotated[Payer, choice(Payer)]
MaybeTreatedBy = Annotated[TreatedBy | None, choice(TreatedBy)]
MaybeTable = Annotated[Release.Table | None, choice(Release.Table)]
