"""A visit as it stands in an address, or in the fields of its form."""

import re
from dataclasses import dataclass, field
from datetime import date

from django.http import QueryDict

from codes.forms import read_date_and_setting
from codes.rules.terms import Setting
from codes.rules.visitline import VisitLine, parse_line, write_line
from codes.rules.visitterms import MOST_LINES, Payer, TreatedBy, VisitQuestion

LONGEST_ADDRESS = 8_000
"""Characters of a query. Twelve full lines need fewer than 800."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the form, as typed."""

    code: str = ""
    amount: str = ""
    modifiers: str = ""
    assistant: str = ""
    error: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.code or self.amount or self.modifiers)

    @property
    def text(self) -> str:
        """The row in the form of an address's `line`."""
        amount = self.amount.strip()
        return ":".join(
            filter(None, (self.code.strip(), amount or ("" if not self.modifiers else " "), self.modifiers))
        )


@dataclass(slots=True)
class VisitForm:
    """Everything that was asked, its rows to be shown again, and what is wrong with it."""

    rows: list[Row]
    lines: list[VisitLine] = field(default_factory=list)
    day: date | None = None
    setting: Setting = Setting.PRACTITIONER
    treated_by: TreatedBy | None = None
    payer: Payer = Payer.MEDICARE
    treatment: str = ""
    treatment_minutes: int | None = None
    raw_date: str = ""
    zip_code: str = ""
    errors: list[str] = field(default_factory=list)
    from_fields: bool = False

    @property
    def is_valid(self) -> bool:
        return not self.errors and bool(self.lines)

    def question(self, today: date) -> VisitQuestion:
        """The question for the rules. Raises ValueError when the parts do not fit together."""
        assistant = tuple(
            int(row.assistant) if row.assistant else None for row in self.rows if not row.is_empty
        )
        return VisitQuestion(
            lines=tuple(self.lines),
            day=self.day or today,
            setting=self.setting,
            treated_by=self.treated_by,
            payer=self.payer,
            treatment_minutes=self.treatment_minutes,
            assistant_minutes=assistant if any(given is not None for given in assistant) else (),
        )

    def query(self) -> str:
        """The canonical query of the visit's permanent address; defaults are left out."""
        query = QueryDict(mutable=True)
        query.setlist("line", [write_line(line) for line in self.lines])
        if self.day:
            query["date"] = self.day.isoformat()
        if self.setting != Setting.PRACTITIONER:
            query["setting"] = self.setting.value
        if self.treated_by:
            query["treated_by"] = self.treated_by.value
        if self.payer != Payer.MEDICARE:
            query["payer"] = self.payer.value
        if self.treatment_minutes is not None:
            query["treatment"] = str(self.treatment_minutes)
        if self.zip_code:
            query["zip"] = self.zip_code
        assistants = [row.assistant for row in self.rows if not row.is_empty]
        if any(assistants):
            query.setlist("assistant", assistants)
        return query.urlencode(safe=":,")


def read_visit(data: QueryDict) -> VisitForm:
    """Read a visit from an address (`line=`) or from the form's fields (`code=`, `amount=`, `modifiers=`)."""
    from_fields = "code" in data
    form = VisitForm(rows=_typed_rows(data) if from_fields else [], from_fields=from_fields)
    texts = [row.text for row in form.rows if not row.is_empty] if from_fields else data.getlist("line")
    if not from_fields:
        assistants = data.getlist("assistant")
        form.rows = [
            _row_of(text, assistants[place] if place < len(assistants) else "")
            for place, text in enumerate(texts)
        ]
    if len(texts) > MOST_LINES:
        form.errors.append(
            f"A visit has at most {MOST_LINES} lines here; this one has {len(texts)}. Leave out what you do not ask about."
        )
        form.rows = form.rows[:MOST_LINES]
        return form
    for text in texts:
        try:
            form.lines.append(parse_line(text))
        except ValueError as error:
            form.errors.append(str(error))
    _read_rest(form, data)
    return form


def _typed_rows(data: QueryDict) -> list[Row]:
    columns = [data.getlist(name) for name in ("code", "amount", "modifiers", "assistant")]
    count = max(len(column) for column in columns)
    cells = [
        [column[place][:100] if place < len(column) else "" for column in columns] for place in range(count)
    ]
    return [Row(*(cell.strip() for cell in row)) for row in cells]


def _row_of(text: str, assistant: str) -> Row:
    code, _, rest = text[:200].partition(":")
    amount, _, modifiers = rest.partition(":")
    return Row(code, amount, modifiers, assistant.strip()[:6])


def _read_rest(form: VisitForm, data: QueryDict) -> None:
    for name in ("date", "setting", "treated_by", "payer", "treatment", "zip"):
        if len(set(data.getlist(name))) > 1:
            form.errors.append(f"The address names more than one {name.replace('_', ' ')}. Keep one.")
    form.raw_date = data.get("date", "")
    form.day, setting, errors = read_date_and_setting(data)
    form.setting = setting or Setting.PRACTITIONER
    form.errors += errors
    form.treated_by = _choice(form, TreatedBy, data.get("treated_by", ""), "who treated") or None
    form.payer = _choice(form, Payer, data.get("payer", ""), "the payer") or Payer.MEDICARE
    form.treatment = data.get("treatment", "").strip()
    if form.treatment:
        if form.treatment.isascii() and form.treatment.isdecimal() and int(form.treatment[:6]) <= 1440:
            form.treatment_minutes = int(form.treatment)
        else:
            form.errors.append("The treatment time is whole minutes, from 0 to 1440.")
    form.zip_code = data.get("zip", "").strip()
    if form.zip_code and not re.fullmatch(r"[0-9]{5}", form.zip_code, re.ASCII):
        form.errors.append("A ZIP code has five digits, such as 60601.")
    for row in form.rows:
        if row.assistant and not (row.assistant.isascii() and row.assistant.isdecimal()):
            form.errors.append(f"{row.code}: the assistant's minutes are a whole number.")


def _choice(form: VisitForm, choices, value: str, what: str):
    if not value:
        return None
    try:
        return choices(value)
    except ValueError:
        known = ", ".join(choice.value for choice in choices)
        form.errors.append(f"“{value[:40]}” is no choice for {what}. Choose one of: {known}.")
        return None
