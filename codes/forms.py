"""What readers type, made clean: code numbers, dates of service, settings."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django import forms
from django.core.exceptions import ValidationError

from codes.rules.terms import Setting
from codes.search import Hit, nearest_codes, suggest_codes

CODE_NUMBER = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]")
MODIFIER_CODE = re.compile(r"[0-9A-Z]{2}")
NUMBER_IN_TEXT = re.compile(r"(?<![0-9A-Z])[0-9A-Z][0-9]{3}[0-9A-Z](?![0-9A-Z])")


def tidy_number(text: str) -> str:
    """A code number as it is written in addresses: no spaces, capital letters."""
    return re.sub(r"\s+", "", text).upper()


def is_code_number(text: str) -> bool:
    """Whether a text has the form of a CPT or HCPCS code (97140, G0283, 0552T)."""
    return CODE_NUMBER.fullmatch(text) is not None


def codes_meant(text: str) -> tuple[Hit, ...]:
    """The codes that a text may mean which is no code number: by a word, else by a number that is nearly one."""
    return suggest_codes(text) or nearest_codes(text)


def is_modifier_code(text: str) -> bool:
    """Whether a text has the form of a modifier (59, GP)."""
    return MODIFIER_CODE.fullmatch(text) is not None


class CodeField(forms.CharField):
    """A code by its number, or by a text that holds just one number ("97124 Massage")."""

    default_error_messages = {
        "required": "Enter a code, for instance 97140, or a word such as massage.",
        "not_a_code": "“%(value)s” is not a code number. A code has five characters, for instance 97140 or G0283.",
        "choose": "Which code do you mean by “%(value)s”? Choose one below.",
    }

    def __init__(self, **kwargs):
        super().__init__(max_length=100, **kwargs)

    def clean(self, value):
        text = super().clean(value)
        number = tidy_number(text)
        if is_code_number(number):
            return number
        numbers = set(NUMBER_IN_TEXT.findall(text.upper()))
        if len(numbers) == 1:
            return numbers.pop()
        code = "choose" if codes_meant(text) else "not_a_code"
        raise ValidationError(self.error_messages[code], code=code, params={"value": text})


SETTINGS = (("", "Both"), *((setting.value, setting.label) for setting in Setting))


@dataclass(frozen=True, slots=True)
class Typed:
    """A date of service and a setting as they were typed, to be shown again, with what is wrong with them."""

    date: str = ""
    setting: str = ""
    date_errors: Sequence[str] = ()
    setting_errors: Sequence[str] = ()
    settings: Sequence[tuple[str, str]] = SETTINGS


def read_date_and_setting(data: Mapping[str, str]) -> tuple[date | None, Setting | None, list[str]]:
    """What was asked, as a date and a setting, and what is wrong with it. Without either, no form has to be made."""
    if not data.get("date") and not data.get("setting"):
        return None, None, []
    form = DateOfServiceForm(data)
    if form.is_valid():
        return form.cleaned_data["date"], form.cleaned_data["setting"], []
    return None, None, [error for errors in form.errors.values() for error in errors]


def query_of(day: date | None, setting: Setting | None) -> dict[str, str]:
    """The part of an address behind the `?`, for the date and the setting that were asked for."""
    query = {"date": day and day.isoformat(), "setting": setting and setting.value}
    return {name: value for name, value in query.items() if value}


class DateOfServiceForm(forms.Form):
    """When and where: the part of a question that stands behind the `?` of an address."""

    date = forms.DateField(
        required=False,
        input_formats=["%Y-%m-%d", "%m/%d/%Y"],
        error_messages={"invalid": "This date cannot be read. Write it like 2024-07-01 (year, month, day)."},
    )
    setting = forms.ChoiceField(
        required=False,
        choices=SETTINGS,
        error_messages={"invalid_choice": "The setting is either “practitioner” or “outpatient-hospital”."},
    )

    def clean_setting(self) -> Setting | None:
        value = self.cleaned_data["setting"]
        return Setting(value) if value else None

    @property
    def typed(self) -> Typed:
        """What was typed, for the fields."""
        day, setting = self["date"], self["setting"]
        return Typed(day.value() or "", setting.value() or "", day.errors, setting.errors)


class PairForm(DateOfServiceForm):
    """Two codes, and when and where."""

    first = CodeField(label="First code")
    second = CodeField(label="Second code")

    def _candidates(self, name: str) -> tuple[Hit, ...]:
        """The codes that may be meant where a word was entered instead of a number."""
        if self.is_bound and self.has_error(name, code="choose"):
            return codes_meant(self.data.get(name, ""))
        return ()

    @property
    def first_candidates(self) -> tuple[Hit, ...]:
        return self._candidates("first")

    @property
    def second_candidates(self) -> tuple[Hit, ...]:
        return self._candidates("second")
