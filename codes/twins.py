"""The JSON twin of a value: a model with the value's own fields, and what its page shows of it beside them.

A value and its twin have one source, the dataclass: its types are the types of the data, and the texts that describe
its fields describe them in the API's documentation too.
"""

import ast
import inspect
import re
import textwrap
from dataclasses import fields, is_dataclass
from functools import cache, reduce
from itertools import pairwise
from operator import or_
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from codes.rules.visitamounts import VisitAmounts

SHOWN = {
    "Cell": ("verdict", "headline"),
    "Counting": ("minutes", "units"),
    "Edit": ("story",),
    "FeeAnswer": ("verdict", "year", "releases"),
    "Limit": ("meaning",),
    "PairAnswer": ("verdict", "headline", "short", "settings_differ", "cites"),
    "Partner": ("differs",),
    "PriceIndices": ("key",),
    "SettingAnswer": ("actions",),
    "VisitAmounts": ("total",),
    "VisitAnswer": ("changes", "missing", "caveats", "cites"),
    "VisitUnits": ("differ",),
}
"""What a page shows of a value beside its fields."""

HIDDEN = {
    "Cell": ("answer",),
    "FeeAnswer": ("tables", "localities", "asked"),
    "PriceIndices": ("release",),
    "RelativeValues": ("release",),
}
"""Fields that a twin leaves out: what stands elsewhere in the same answer, or is much more than the page shows."""

TYPES = {("VisitAnswer", "amounts"): VisitAmounts | None}
"""The type of a field where the rules cannot name it without going round in circles."""


class Twin(BaseModel):
    """What all twins have in common: they are read from the value's attributes."""

    model_config = ConfigDict(from_attributes=True)


@cache
def twin(value_type: type) -> type[Twin]:
    """The model of a dataclass. Every field is there in every answer; null says that our data does not tell."""
    name = value_type.__name__
    types = get_type_hints(value_type)
    about = _texts_of_fields(value_type)
    found: dict[str, Any] = {}
    for field in fields(value_type):
        if field.name not in HIDDEN.get(name, ()):
            kind = TYPES.get((name, field.name), types[field.name])
            found[field.name] = (_twinned(kind), Field(description=about.get(field.name)))
    for shown in SHOWN.get(name, ()):
        getter = getattr(value_type, shown).fget
        found[shown] = (
            _twinned(get_type_hints(getter)["return"]),
            Field(description=_unwrapped(inspect.getdoc(getter))),
        )
    return create_model(name, __base__=Twin, __doc__=inspect.getdoc(value_type), **found)


def _twinned(kind: Any) -> Any:
    """A type with every dataclass in it replaced by its twin."""
    if is_dataclass(kind):
        return twin(kind)
    if isinstance(kind, UnionType):
        return reduce(or_, map(_twinned, get_args(kind)))
    if get_origin(kind):
        return get_origin(kind)[tuple(map(_twinned, get_args(kind)))]
    return kind


def _texts_of_fields(value_type: type) -> dict[str, str]:
    """The text that stands below a field in the source, by the field's name."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(value_type))).body
    return {
        field.target.id: _unwrapped(below.value.value)
        for field, below in pairwise(body.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
    }


def _unwrapped(text: str | None) -> str | None:
    """A text of several lines on one line, with Python's name for nothing in JSON's."""
    return re.sub(r"\bNone\b", "null", " ".join(text.split())) if text else None
