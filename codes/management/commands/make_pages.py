"""`manage.py make_pages https://cptref.example`: make the pages that are asked for most ahead of who asks first."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError
from django.test import Client

from codes import lookups
from codes.addresses import address_of
from codes.models import CirculatingClaim, Code, CommonPartner, Faq, Modifier
from codes.pagestore import page_store

LISTS = (
    "home",
    "codes",
    "modifiers",
    "faqs",
    "claims",
    "pairs",
    "visits",
    "units",
    "matrix",
    "releases",
    "changes",
)


def addresses() -> Iterator[str]:
    """The lists, every entry, and the pairs that people ask about."""
    yield from map(address_of, (*LISTS, "glossary", "about"))
    for model in (Code, Modifier, Faq, CirculatingClaim):
        for entry in model.objects.published():
            yield entry.get_absolute_url()
    published = lookups.published_keys()
    asked = CommonPartner.objects.values_list("code__number", "partner__number")
    for pair in sorted({tuple(sorted(pair)) for pair in asked if published >= set(pair)}):
        yield address_of("pair", *pair)


class Command(BaseCommand):
    help = (
        "Makes the pages that are asked for most, so that nobody waits for them after an import or an update: run it "
        "then, or every few minutes. Pages that are kept already cost next to nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "site", metavar="ADDRESS", help="as readers write it, such as https://cptref.example"
        )

    def handle(self, site, **options):
        parts = urlsplit(site)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise CommandError(f"{site} is no address. Write it with http:// or https://")
        if page_store() is None:
            raise CommandError("PAGES_MAX_MB is 0: no pages are kept here.")
        headers = {"host": parts.netloc, "accept-encoding": "br"}
        if parts.scheme == "https":
            headers["x-forwarded-proto"] = "https"
        reader, made = Client(headers=headers), 0
        for path in addresses():
            answer = reader.get(path, secure=parts.scheme == "https")
            if answer.status_code != 200:
                raise CommandError(
                    f"{path} answers {answer.status_code}. Is {parts.netloc} among ALLOWED_HOSTS?"
                )
            made += 1
        self.stdout.write(self.style.SUCCESS(f"{made} pages are ready."))
