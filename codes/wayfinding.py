"""What somebody may have meant by an address that leads nowhere: one page, or a few to choose from."""

import re
from dataclasses import dataclass

from codes import lookups
from codes.addresses import address_of, pair_address
from codes.forms import NUMBER_IN_TEXT, tidy_number
from codes.search import Hit, nearest_codes, search

SECTIONS = {
    "codes": "code codes cpt cpts hcpcs cptcode cptcodes cpt-code cpt-codes billing-code billing-codes",
    "modifiers": "modifier modifiers mod mods",
    "pairs": "pair pairs ncci edit edits check checker",
    "faqs": "faq faqs question questions answer answers",
    "claims": "claim claims myth myths",
    "visits": "visit visits",
    "units": "unit units calculator",
    "matrix": "matrix sheet",
    "fees": "fee fees price prices amount amounts",
    "glossary": "glossary term terms word words definition definitions",
    "search": "find results",
    "about": "info help",
}
"""Our sections, with other words under which people look for them."""
SECTION_OF = {word: section for section, words in SECTIONS.items() for word in words.split()}
NEARLY_A_NUMBER = re.compile(r"[0-9A-Z]{4,6}")
FOR_MACHINES = {"api", "fhir", "pictures", "static"}
"""Nobody types these."""
KINDS_IN = {"faqs": "faq", "claims": "claim", "glossary": "term"}
MOST = 5
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Ways:
    """Where an address may have been meant to lead."""

    go_to: str = ""
    """The one page that was certainly meant; empty where there is a choice or none."""
    offers: tuple[tuple[str, str, str], ...] = ()
    """Pages to choose from, nearest first: address, title, and a line about each."""


def ways_from(path: str) -> Ways:
    """What may have been meant by a path that has no page.

    No query for a path that names neither a section nor anything like a code, as those do that programs try; else at
    most five.
    """
    parts = [part.strip() for part in path[:LONGEST].split("/") if part.strip()]
    if not parts or parts[0] in FOR_MACHINES:
        return Ways()
    section = SECTION_OF.get(parts[0].lower(), "")
    rest = parts[1:] if section else parts
    if section and not rest:
        target = address_of(section)
        return Ways(target) if target != path else Ways()
    if section == "modifiers":
        return _modifiers(rest[0], path)
    if section in KINDS_IN:
        return _entries(section, rest[0], path)
    if section == "glossary":
        return Ways(
            offers=((address_of("glossary"), "The glossary", "Every term of the trade in plain words."),)
        )
    return _codes(section, " ".join(rest), path)


def _codes(section: str, text: str, path: str) -> Ways:
    """One known code goes to its page, two to their pair; else the nearest codes are offered."""
    # "97140-59" and "CPT97140" name a code, too.
    upper = re.sub(r"(?<![0-9A-Z])(?:CPT|HCPCS)[- ]*(?=[0-9A-Z]{5})", " ", text.upper())
    upper = re.sub(r"(?<=[0-9A-Z]{5})(?:-[0-9A-Z]{2})+$", "", upper)
    numbers = list(dict.fromkeys(NUMBER_IN_TEXT.findall(upper)))
    near = [word for word in NEARLY_A_NUMBER.findall(upper) if sum(map(str.isdigit, word)) >= 3]
    if not numbers and not near:
        return Ways()
    known = [number for number in numbers if number in lookups.published_keys()] if numbers else []
    if len(numbers) == 2 and known:
        return _not_itself(pair_address(*numbers), path)
    if len(numbers) == len(known) == 1 and tidy_number(upper) == known[0]:
        return _not_itself(address_of("fee" if section == "fees" else "code", *known), path)
    hits = {hit.key: hit for number in near[:2] for hit in nearest_codes(number)}
    return Ways(offers=tuple(map(_offer, hits.values()))[:MOST])


def _not_itself(target: str, path: str) -> Ways:
    """A redirect from a page to itself would never end."""
    return Ways(target) if target != path else Ways()


def _modifiers(text: str, path: str) -> Ways:
    """A modifier by its two characters, or those that differ from it in one place."""
    key = tidy_number(text)
    found = {modifier.code: modifier for _, group in lookups.modifiers_by_relevance() for modifier in group}
    if key in found:
        return _not_itself(address_of("modifier", key), path)
    swapped = [code for code in found if code == key[::-1]]
    near = [code for code in found if len(key) == 2 and (code[0] == key[0] or code[1] == key[1])]
    return Ways(
        offers=tuple(
            (address_of("modifier", code), str(found[code]), found[code].summary)
            for code in dict.fromkeys(swapped + near)
        )[:MOST]
    )


def _entries(section: str, slug: str, path: str) -> Ways:
    """A question or claim by the words of its address."""
    kind = KINDS_IN[section]
    hits = [hit for hit in search(re.sub(r"[-_+]+", " ", slug)).hits if hit.kind == kind]
    exact = next((hit for hit in hits if hit.key == slug.lower()), None)
    if exact and exact.url != path:
        return Ways(exact.url)
    return Ways(offers=tuple(map(_offer, hits))[:MOST])


def _offer(hit: Hit) -> tuple[str, str, str]:
    return hit.url, hit.title, hit.summary
