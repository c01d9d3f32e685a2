"""What can be found: search entries made from codes, modifiers, questions, claims and terms."""

from collections.abc import Iterable, Iterator

from django.db.models import Model, Prefetch, QuerySet

from codes.models import CirculatingClaim, Code, Faq, GlossaryTerm, Modifier
from codes.models.searching import SearchEntry

from .words import index_lines, term_lines

Kind = SearchEntry.Kind
BODY_LIMIT = 60_000  # PostgreSQL's limit for one document is a megabyte of words; no page of ours needs more


def _published(relation: str, model: type[Model], *fields: str) -> Prefetch:
    """Fetch of the published rows at the other end of a relation, as the list `shown_<relation>`."""
    return Prefetch(relation, model.objects.published().only(*fields), to_attr=f"shown_{relation}")


LINKED_CODES = _published("codes", Code, "number", "name")
LINKED_MODIFIERS = _published("modifiers", Modifier, "code", "name")


def _entry(
    kind: Kind, source: Model, key: str, names: tuple, synonyms: tuple, body: tuple, **shown
) -> SearchEntry:
    """A search entry, not saved. `names`, `synonyms` and `body` are texts in falling order of weight."""
    return SearchEntry(
        kind=kind,
        key=key,
        object_id=source.pk,
        names=index_lines(*names),
        synonyms=index_lines(*map(term_lines, synonyms)),
        body=index_lines(*body)[:BODY_LIMIT],
        **shown,
    )


def code_entry(code: Code) -> SearchEntry:
    """A code: called by its number and name, looked for by its synonyms."""
    badge = f"Retired {code.retired_year}" if code.is_retired else ""
    return _entry(
        Kind.CODE,
        code,
        code.number,
        names=(code.number, code.name),
        synonyms=tuple(synonym.term for synonym in code.synonyms.all()),
        body=(
            code.summary,
            code.explanation,
            code.category.name,
            code.get_discipline_display(),
            code.retirement_note,
            *(other.number for other in code.replaced_by.all()),
        ),
        title=f"{code.number} {code.name}",
        summary=code.summary,
        badge=badge,
        standing=min(code.category.order, 1000),
        is_past=code.is_retired,
    )


def modifier_entry(modifier: Modifier) -> SearchEntry:
    """A modifier: called by its two characters and its name."""
    return _entry(
        Kind.MODIFIER,
        modifier,
        modifier.code,
        names=(modifier.code, modifier.name),
        synonyms=(modifier.search_words,),
        body=(
            "modifier",
            modifier.summary,
            modifier.meaning,
            modifier.can_do,
            modifier.cannot_do,
            modifier.common_mistakes,
            modifier.test,
            modifier.get_kind_display(),
            *(code.number for code in modifier.shown_codes),
        ),
        title=f"{modifier.code} {modifier.name}",
        summary=modifier.summary,
        badge="",
        standing=100 * (modifier.relevance - 1),
    )


def _linked(entry: Faq | CirculatingClaim) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The codes and modifiers that an entry is about: what they are called by, and their names."""
    keys = [code.number for code in entry.shown_codes] + [modifier.code for modifier in entry.shown_modifiers]
    return tuple(keys), tuple(linked.name for linked in (*entry.shown_codes, *entry.shown_modifiers))


def faq_entry(faq: Faq) -> SearchEntry:
    """A question: called by the question itself."""
    keys, names = _linked(faq)
    return _entry(
        Kind.FAQ,
        faq,
        faq.slug,
        names=(faq.question,),
        synonyms=(faq.search_words, *keys),
        body=(faq.answer, faq.detail, faq.get_topic_display(), *names),
        title=faq.question,
        summary=faq.answer,
        badge=faq.get_topic_display(),
        standing=0 if faq.most_asked else 100,
    )


def claim_entry(claim: CirculatingClaim) -> SearchEntry:
    """A circulating claim: called by what is said."""
    keys, names = _linked(claim)
    verdict = claim.get_verdict_display()
    return _entry(
        Kind.CLAIM,
        claim,
        claim.slug,
        names=(claim.text,),
        synonyms=(claim.search_words, *keys),
        body=(claim.correction, claim.what_to_do, claim.verdict_note, verdict, "claim", *names),
        title=claim.text,
        summary=_short(claim.correction, SearchEntry._meta.get_field("summary").max_length),
        badge=verdict,
        standing=100,
    )


def term_entry(term: GlossaryTerm) -> SearchEntry:
    """A term of the trade: called by its name and what it stands for."""
    return _entry(
        Kind.TERM,
        term,
        term.slug,
        names=(term.term, term.long_form),
        synonyms=(term.spellings, term.search_words),
        body=(term.short, term.explanation),
        title=f"{term.term}: {term.long_form}" if term.long_form else term.term,
        summary=term.short,
        badge="",
        standing=200,
    )


def _short(text: str, limit: int) -> str:
    """The first paragraph of a text, cut at a word if it is longer than `limit`."""
    first = " ".join(text.strip().split("\n\n")[0].split())
    return first if len(first) <= limit else first[: limit - 1].rsplit(" ", 1)[0] + "…"


ENTRIES = {
    Kind.CODE: (Code, ("synonyms", "replaced_by"), ("category",), code_entry),
    Kind.MODIFIER: (Modifier, (LINKED_CODES,), (), modifier_entry),
    Kind.FAQ: (Faq, (LINKED_CODES, LINKED_MODIFIERS), (), faq_entry),
    Kind.CLAIM: (CirculatingClaim, (LINKED_CODES, LINKED_MODIFIERS), (), claim_entry),
    Kind.TERM: (GlossaryTerm, (), (), term_entry),
}


def _sources(kind: Kind) -> QuerySet:
    """What readers may see of one kind, with everything that its entries are made from."""
    model, prefetched, joined, _ = ENTRIES[kind]
    query = model.objects.published().prefetch_related(*prefetched).order_by("pk")
    return query.select_related(*joined) if joined else query


def entries_for(kind: Kind, pks: Iterable[int]) -> list[SearchEntry]:
    """Entries, not saved, for those of the given rows that are published."""
    make = ENTRIES[kind][3]
    return [make(source) for source in _sources(kind).filter(pk__in=list(pks))]


def all_entries() -> Iterator[SearchEntry]:
    """An entry, not saved, for everything that is published; a thousand rows in memory at a time."""
    for kind, (_, _, _, make) in ENTRIES.items():
        for source in _sources(kind).iterator(chunk_size=1000):
            yield make(source)
