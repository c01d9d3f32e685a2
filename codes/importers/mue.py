"""The medically unlikely edits: MCR_MUE_PractitionerServices_Eff_10-01-2026.csv and its like."""

from collections.abc import Iterator
from operator import itemgetter

from codes.models import Release, UnitLimit

from .layouts import BadRow, Found, Layout, Stream, find_columns, quarter_of, words
from .nccicells import Cells, WrongCell, code, effective_in, one_of, program_in, setting_in, units

HEADER = {
    "number": r"(hcpcs|cpt).*code",
    "value": r"mue value",
    "mai": r"adjudication indicator",
    "rationale": r"rationale",
}


class UnitLimits(Layout):
    table = Release.Table.MUE
    model = UnitLimit
    columns = tuple(HEADER)
    key = ("number",)
    values = ("value", "mai")
    has_settings = True
    source_title = "NCCI medically unlikely edits"
    source_url = (
        "https://www.cms.gov/medicare/coding-billing/national-correct-coding-initiative-ncci-edits/"
        "medicare-ncci-medically-unlikely-edits"
    )

    def recognises(self, head: list[list[str]], name: str) -> Found | None:
        last = next(
            (place for place, row in enumerate(head) if any("mue value" in words(cell) for cell in row)), None
        )
        columns = None if last is None else find_columns(head, last, HEADER)
        if columns is None:
            return None
        return Found(
            self,
            last,
            columns,
            setting=setting_in(f"{name} {head[last][columns['value']]}"),
            program=program_in(name),
            effective_on=effective_in(name),
        )

    def rows(self, stream: Stream, found: Found) -> Iterator[tuple]:
        pick = itemgetter(*(found.columns[name] for name in HEADER))
        numbers, values = Cells("HCPCS/CPT Code", code), Cells("MUE Values", units)
        indicators, reasons = (
            Cells("MUE Adjudication Indicator", one_of("1", "2", "3")),
            Cells("Rationale", _reason),
        )
        lines: dict[str, int] = {}
        for line, cells in stream:
            if not any(cells):
                continue
            try:
                number, value, indicator, reason = pick(cells)
                row = numbers[number], values[value], indicators[indicator], reasons[reason]
            except IndexError:
                raise BadRow(
                    line, "all", " ".join(cells), "the row ends too early: is the file whole?"
                ) from None
            except WrongCell as wrong:
                raise BadRow(line, wrong.column, wrong.value, wrong.message) from None
            if row[0] in lines:
                raise BadRow(
                    line, numbers.column, row[0], f"the code stands on line {lines[row[0]]} already."
                )
            lines[row[0]] = line
            yield row

    def release_name(self, found: Found) -> str:
        whose = "Medicaid MUE" if found.program == Release.Program.MEDICAID else "MUE"
        return f"{whose} {quarter_of(found.effective_on)}"


def _reason(text: str) -> str:
    if len(text) > 80:
        raise ValueError("the reason is longer than CMS's are.")
    return text
