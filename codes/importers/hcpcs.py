"""HCPCS level II (HCPC…_ANWEB): codes and modifiers in one table; a long description goes on in further records."""

from collections.abc import Iterator

from codes.models import HcpcsCode, Release

from .cells import at, code_in, filled
from .layouts import Found, Layout, Stream, find_columns, words
from .titles import release_month

HEADER = {"number": r"^(hcpcs?|code)$", "description": r"^(long )?description$"}
MODIFIER_LENGTH = 2
DENTAL = "D"
"""The ADA's codes: CMS may print them, we may not."""
CONTINUED = "4"
"""The kind of record that goes on with the description of the code before it."""


class HcpcsCodes(Layout):
    table = Release.Table.HCPCS
    model = HcpcsCode
    columns = tuple(HEADER)
    source_title = "HCPCS level II codes"
    source_url = (
        "https://www.cms.gov/medicare/coding-billing/healthcare-common-procedure-system/quarterly-update"
    )

    def recognises(self, head: list[list[str]], name: str) -> Found | None:
        for last, row in enumerate(head):
            texts = [words(cell) for cell in row]
            if not texts or texts[0] not in ("hcpc", "hcpcs", "code") or "mod" in texts:
                continue
            columns = find_columns(head[last : last + 1], 0, HEADER)
            if columns is None:
                continue
            record = texts.index("recid") if "recid" in texts else len(texts)
            month = release_month(name) or release_month(
                " ".join(cell for row in head[:last] for cell in row)
            )
            return Found(self, last, {**columns, "record": record}, effective_on=month)
        return None

    def rows(self, stream: Stream, found: Found) -> Iterator[tuple]:
        number = description = ""
        for line, cells in filled(stream):
            text = at(cells, found.columns["description"])
            if at(cells, found.columns["record"]) == CONTINUED:
                description = f"{description} {text}"
                continue
            if number:
                yield number, description
            number, description = at(cells, found.columns["number"]), text
            if len(number) == MODIFIER_LENGTH or number.startswith(DENTAL):
                number = ""
            else:
                code_in(number, line, "code")
        if number:
            yield number, description

    def release_name(self, found: Found) -> str:
        return f"HCPCS level II, {found.effective_on:%B %Y}"
