"""The JSON twin of a verdict: the value that its page shows, as plain data."""

from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum

SHOWN_PROPERTIES = {
    "VisitAnswer": ("changes", "missing", "caveats", "cites"),
    "PairAnswer": ("verdict", "headline", "settings_differ", "cites"),
    "SettingAnswer": ("actions",),
    "Edit": ("story",),
    "Counting": ("minutes", "units"),
}
"""What a page shows of a value beside its fields."""


def as_data(value):
    """A rule's value as dictionaries, lists, texts and numbers. Dates are ISO, enums their values."""
    if is_dataclass(value):
        names = [field.name for field in fields(value)] + list(SHOWN_PROPERTIES.get(type(value).__name__, ()))
        return {name: as_data(getattr(value, name)) for name in names}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): as_data(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [as_data(each) for each in value]
    return value
