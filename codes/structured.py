"""What our pages are, for machines that read schema.org: plain data that pages carry as JSON-LD."""

from collections.abc import Iterable

from codes.models import CirculatingClaim, Code, Faq

SCHEMA = "https://schema.org"


def medical_code(code: Code, address: str) -> dict:
    """A code with our own name and description, never the AMA's."""
    return {
        "@context": SCHEMA,
        "@type": "MedicalCode",
        "codeValue": code.number,
        "codingSystem": "HCPCS" if code.system == Code.System.HCPCS_2 else "CPT",
        "name": code.name,
        "description": code.summary,
        "url": address,
    }


def faq_page(faq: Faq, address: str) -> dict:
    """A question with the answer that stands first on its page."""
    answer = {"@type": "Answer", "text": faq.answer}
    return {
        "@context": SCHEMA,
        "@type": "FAQPage",
        "url": address,
        "mainEntity": [{"@type": "Question", "name": faq.question, "acceptedAnswer": answer}],
    }


def claim_review(claim: CirculatingClaim, address: str, site: str) -> dict:
    """Our verdict on a claim. In words alone: it is no grade on a scale."""
    review = {
        "@context": SCHEMA,
        "@type": "ClaimReview",
        "url": address,
        "claimReviewed": claim.text,
        "author": {"@type": "Organization", "name": "cptref", "url": site},
        "reviewRating": {"@type": "Rating", "alternateName": claim.get_verdict_display()},
        "itemReviewed": {"@type": "Claim", "text": claim.text},
    }
    if claim.last_reviewed:
        review["datePublished"] = claim.last_reviewed.isoformat()
    return review


def website(home: str, search: str) -> dict:
    """The site, and how to search it. `search` is an address that ends where the words go."""
    return {
        "@context": SCHEMA,
        "@type": "WebSite",
        "name": "cptref",
        "url": home,
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{search}{{search_term_string}}"},
            "query-input": "required name=search_term_string",
        },
    }


def breadcrumbs(trail: Iterable[tuple[str, str]]) -> dict:
    """The way from the home page to a page, as names and addresses; the page itself has none."""
    return {
        "@context": SCHEMA,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name} | ({"item": address} if address else {})
            for position, (name, address) in enumerate(trail, 1)
        ],
    }
