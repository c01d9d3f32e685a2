"""What the API tells of entries that staff write: the parts of their pages, with the addresses of page and data."""

from copy import copy
from datetime import date, datetime
from typing import Annotated

from ninja import Schema
from pydantic import BeforeValidator, Field

from codes.addresses import address_of
from codes.answers import CodeSheet
from codes.models import Code, Release
from codes.releaselookups import Kind, Standing
from codes.rules.claimlines import MatteringModifier
from codes.rules.pairs import PairAnswer, Verdict
from codes.rules.partners import Partner
from codes.rules.terms import CodeFacts, Setting
from codes.rules.units import Band
from codes.twins import twin

PAGE = Field(description="The address of its page, on this site.")
DATA = Field(description="Its address in this API.")
MARKDOWN = "Markdown."


class CategoryEntry(Schema):
    """A family of codes."""

    slug: str
    name: str


class SourceEntry(Schema):
    """A document that statements are taken from. `cite.source` and `release.source` elsewhere name its slug."""

    slug: str
    title: str
    publisher: str
    kind: str = Field(description="`table`, `manual`, `rule`, `page`, `secondary` or `own`.")
    edition: str
    published_on: date | None
    url: str
    note: str


class CitationEntry(Schema):
    """One statement of an entry, with the place in a source that says it."""

    topic: str = Field(description="Which part of the entry it bears.")
    statement: str = Field(description="What the source says, in our words.")
    source: SourceEntry
    locator: str
    confidence: str = Field(description="Where it was read.", alias="get_confidence_display")
    is_verified: bool = Field(
        description="Whether somebody read it there; false marks what is only believed."
    )
    checked_on: date


class Linked(Schema):
    """What has a page and an address in this API."""

    page: str = PAGE
    data: str = DATA

    @staticmethod
    def resolve_page(entry) -> str:
        return entry.get_absolute_url()


class CodeLink(Linked):
    """A code, by number and our own short label."""

    number: str
    name: str

    @staticmethod
    def resolve_data(entry) -> str:
        return address_of("api:code", entry.number)


class CodeBrief(CodeLink):
    """A code as lists tell it."""

    summary: str
    system: str = Field(description="`cpt1`, `cpt3` or `hcpcs2`.")
    category: CategoryEntry
    timing: str
    unit_minutes: int | None
    therapy_status: str
    is_retired: bool


class ModifierLink(Linked):
    """A modifier, by code and our own short label."""

    code: str
    name: str

    @staticmethod
    def resolve_data(entry) -> str:
        return address_of("api:modifier", entry.code)


class ModifierBrief(ModifierLink):
    """A modifier as lists tell it."""

    summary: str
    kind: str
    relevance: int = Field(description="1 everyday, 2 now and then, 3 hardly ever in hands-on therapy.")
    bypasses_ptp: bool = Field(description="Whether it can bypass a pair edit with indicator 1.")


class FaqLink(Linked):
    """A question with the first sentences of its answer."""

    slug: str
    question: str
    answer: str

    @staticmethod
    def resolve_data(entry) -> str:
        return address_of("api:faq", entry.slug)


class FaqBrief(FaqLink):
    """A question as lists tell it."""

    topic: str


class ClaimLink(Linked):
    """A claim that circulates, with our verdict."""

    slug: str
    text: str
    verdict: str = Field(description="`true`, `part-true`, `outdated`, `wrong` or `payer-dependent`.")

    @staticmethod
    def resolve_data(entry) -> str:
        return address_of("api:claim", entry.slug)


class ClaimBrief(ClaimLink):
    """A claim as lists tell it."""

    number: int
    verdict_note: str


class Reviewed(Schema):
    """What all whole entries tell of themselves."""

    sources: list[CitationEntry] = Field(alias="citations")
    last_reviewed: date | None
    updated_at: datetime


class FaqEntry(FaqBrief, Reviewed):
    """A question with its whole answer."""

    detail: str = Field(description=MARKDOWN)
    codes: list[CodeLink] = Field(alias="published_codes")
    modifiers: list[ModifierLink] = Field(alias="published_modifiers")


class ClaimEntry(ClaimBrief, Reviewed):
    """A claim that circulates, with what is correct."""

    correction: str = Field(description=MARKDOWN)
    what_to_do: str
    codes: list[CodeLink] = Field(alias="published_codes")
    modifiers: list[ModifierLink] = Field(alias="published_modifiers")


class ModifierEntry(ModifierBrief, Reviewed):
    """A modifier: what it says and what it can and cannot do."""

    meaning: str = Field(description=MARKDOWN)
    can_do: str = Field(description=MARKDOWN)
    cannot_do: str = Field(description=MARKDOWN)
    common_mistakes: str = Field(description=MARKDOWN)
    test: str = Field(description="What the record must show before it may be used. " + MARKDOWN)
    codes: list[CodeLink] = Field(alias="published_codes")
    faqs: list[FaqLink] = Field(alias="published_faqs")
    claims: list[ClaimLink] = Field(alias="published_claims")


class TermBrief(Linked):
    """A term of the trade in one sentence."""

    slug: str
    term: str
    long_form: str = Field(description="What an abbreviation stands for; empty for other terms.")
    short: str

    @staticmethod
    def resolve_data(entry) -> str:
        return address_of("api:term", entry.slug)


class TermEntry(TermBrief, Reviewed):
    """A term with its whole explanation."""

    explanation: str = Field(description=MARKDOWN)


class AskedPair(Schema):
    """The verdict with a code that people ask about together with this one."""

    number: str
    name: str
    verdict: Verdict
    short: str
    settings_differ: bool
    page: str = PAGE
    data: str = DATA

    @staticmethod
    def of(answer: PairAnswer, number: str, name: str) -> dict:
        pair = [answer.question.first, answer.question.second]
        return {
            "number": number,
            "name": name,
            "verdict": answer.verdict,
            "short": answer.short,
            "settings_differ": answer.settings_differ,
            "page": address_of("pair", *pair),
            "data": address_of("api:pair", *pair),
        }


class LookAlikeEntry(Schema):
    """What tells one code of a group from the others."""

    number: str = Field(alias="code.number")
    name: str = Field(alias="code.name")
    difference: str


class LookAlikes(Schema):
    """Codes that are mistaken for one another."""

    title: str
    explanation: str = Field(description=MARKDOWN)
    codes: list[LookAlikeEntry] = Field(alias="published_members")


class ReleaseLink(Schema):
    """A release by its names."""

    slug: str
    name: str
    quarter: str
    table: Release.Table
    setting: Annotated[Setting | None, BeforeValidator(lambda setting: setting or None)] = Field(
        description="null where the table has no setting."
    )
    program: Release.Program


class ChangeEntry(Schema):
    """One difference between a release and the one before."""

    kind: Kind
    codes: list[str] = Field(description="One code, a pair, or the key of a row that names none.")
    is_pair: bool
    title: str
    before: str
    after: str
    on: date | None
    day_means: str = Field(description="What that day is.")
    sentence: str
    release: ReleaseLink


class ReleaseFile(Schema):
    """A file that a release was read from."""

    name: str
    sha256: str
    rows: int


class ReleaseEntry(ReleaseLink):
    """One published quarter of one table."""

    standing: Standing = Field(description="Answers are read from the `current` ones.")
    effective_on: date
    source: str = Field(description="Slug of the source that describes the file.")
    coverage: str = Field(description="Which part of the published table is loaded; empty for all of it.")
    row_count: int | None
    rows_removed: bool = Field(description="Whether only this record of it is left.")
    published_at: datetime | None = Field(description="null for the launch data.")
    sha256: str
    files: list[ReleaseFile]
    changes: str | None = Field(
        description="The address of its differences in this API, where there are any."
    )


class SearchHit(Schema):
    """One result of a search."""

    kind: str = Field(description="`code`, `modifier`, `faq`, `claim` or `term`.")
    key: str = Field(description="Code number, modifier or slug.")
    title: str
    summary: str
    badge: str = Field(description="A word beside the title, such as a claim's verdict; may be empty.")
    page: str = PAGE
    data: str = DATA

    @staticmethod
    def resolve_page(hit) -> str:
        return hit.url

    @staticmethod
    def resolve_data(hit) -> str:
        return address_of(f"api:{hit.kind}", hit.key)


class SearchResults(Schema):
    """What was found, and what the query was understood to be."""

    query: str = Field(description="As cleaned.")
    hits: list[SearchHit] = Field(description="Best first.")
    codes: list[str] = Field(description="Code numbers that the query names, in its order.")
    exact: SearchHit | None = Field(
        description="Where the query is nothing but one code or modifier: that entry."
    )
    did_you_mean: str | None = Field(
        description="The query with typing errors mended; the hits are of that one."
    )
    nearest: list[str] = Field(description="Without hits: words or numbers that would find something.")


class ReadyMade(Schema):
    """A list of codes that one kind of practice bills most, for the matrix."""

    key: str
    name: str
    codes: list[str]


class CodeEntry(CodeBrief, Reviewed):
    """A code with everything that its page tells."""

    explanation: str = Field(description=MARKDOWN)
    retirement_note: str
    replaced_by: list[CodeLink] = Field(alias="successors")
    replaces: list[CodeLink] = Field(alias="predecessors")
    facts: twin(CodeFacts) = Field(alias="sheet.facts", description="What the rules know of it.")
    status_words: str = Field(alias="sheet.status_words", description="Medicare's status indicator in words.")
    bands: list[twin(Band)] = Field(
        alias="sheet.bands", description="How minutes turn into units when the code is given alone."
    )
    plan_modifiers: list[str] = Field(alias="sheet.plans", description="Which of GP, GO and GN can apply.")
    modifiers: list[ModifierLink] = Field(
        alias="published_modifiers", description="Modifiers that belong to it."
    )
    mattering_modifiers: list[twin(MatteringModifier)] = Field(
        alias="sheet.mattering", description="Further ones that matter, and why."
    )
    add_on_codes: list[CodeLink] = Field(
        alias="sheet.add_ons", description="Its add-on codes in this catalogue."
    )
    asked: list[AskedPair] = Field(
        description="The codes people ask about together with it, with the verdict for today."
    )
    partners: list[twin(Partner)] = Field(
        alias="sheet.partners", description="The pair edits in force today with codes of the catalogue."
    )
    all_edits: str = Field(description="The address of every pair edit in force today, with any code.")
    ended: list[str] = Field(
        alias="sheet.ended", description="Codes of the catalogue whose edit with it has ended."
    )
    lookalikes: list[LookAlikes] = Field(alias="published_groups")
    faqs: list[FaqLink] = Field(alias="published_faqs")
    claims: list[ClaimLink] = Field(alias="published_claims")
    changes: list[ChangeEntry] = Field(
        alias="sheet.changes", description="The newest 20 differences between releases that name it."
    )
    unverified: list[str] = Field(description="Topics that rest on nothing verified.")

    @staticmethod
    def resolve_all_edits(code) -> str:
        return address_of("api:code-edits", code.number)

    @staticmethod
    def resolve_asked(code) -> list[dict]:
        return [AskedPair.of(*each) for each in code.sheet.asked]

    @staticmethod
    def resolve_unverified(code) -> list[str]:
        return sorted(code.sheet.unverified)


def entry_of(sheet: CodeSheet) -> Code:
    """A code's sheet as `CodeEntry` reads it: the entry, with the rest of its sheet behind it."""
    entry = copy(sheet.code)  # the entry itself is shared by all answers
    entry.sheet = sheet
    return entry
