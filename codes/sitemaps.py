"""The map of the site for search engines: an index, and a file for each kind of page with the days of its last changes."""

from datetime import date, datetime, time

from django.contrib.sitemaps import Sitemap, views
from django.db.models import Max
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from codes import lookups
from codes.addresses import address_of
from codes.matrices import READY_MADE
from codes.models import CirculatingClaim, Code, Faq, Modifier, Release

LISTS = {"codes": Code, "modifiers": Modifier, "faqs": Faq, "claims": CirculatingClaim}
"""Pages that list all entries of a model."""
OTHER_PAGES = (
    *("home", "pairs", "visits", "units", "matrix", "fees"),
    *("glossary", "releases", "changes", "self-check", "about"),
)


def _moment(value: date | datetime | None) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return timezone.make_aware(datetime.combine(value, time.min))


def _latest(*values: date | datetime | None) -> datetime | None:
    """The latest of some days and moments; None where there is none."""
    return max(filter(None, map(_moment, values)), default=None)


def _tables_changed() -> datetime | None:
    """When what the tables say last changed here: a release was published, or took effect. One query."""
    current = Release.objects.filter(is_current=True)
    return _latest(*current.aggregate(Max("published_at"), Max("effective_on")).values())


def _changed(model) -> datetime | None:
    """When an entry of a model was last changed or reviewed. One query."""
    newest = model.objects.published().aggregate(Max("updated_at"), Max("last_reviewed"))
    return _latest(*newest.values())


class Entries(Sitemap):
    """The published entries of a model. With `of_tables` their pages also change when a table does. At most two queries."""

    def __init__(self, model, *, of_tables: bool = False):
        self.model, self.of_tables = model, of_tables

    @cached_property
    def entries(self):
        fields = (*self.model.natural_key_fields, "updated_at", "last_reviewed")
        return list(self.model.objects.published().only(*fields))

    @cached_property
    def tables_changed(self):
        return _tables_changed() if self.of_tables else None

    def items(self):
        return self.entries

    def lastmod(self, entry):
        return _latest(entry.updated_at, entry.last_reviewed, self.tables_changed)


class Pairs(Sitemap):
    """The pairs that the tables hold an edit for: without one there is nothing to find. Four queries."""

    limit = 10_000

    @cached_property
    def pairs(self):
        return sorted(lookups.pairs_of_catalogue())

    @cached_property
    def tables_changed(self):
        return _tables_changed()

    def items(self):
        return self.pairs

    def location(self, pair):
        return address_of("pair", *pair)

    def lastmod(self, pair):
        return self.tables_changed


class Pages(Sitemap):
    """The lists, the tools, the ready-made sheets, and what tells of the site. Four queries."""

    def items(self):
        return self.pages

    @cached_property
    def pages(self):
        sheets = [
            address_of("matrix", query={"code": " ".join(numbers)}) for _, numbers in READY_MADE.values()
        ]
        lists = [(address_of(name), _changed(model)) for name, model in LISTS.items()]
        return (
            lists + [(address_of(name), None) for name in OTHER_PAGES] + [(sheet, None) for sheet in sheets]
        )

    def location(self, item):
        return item[0]

    def lastmod(self, item):
        return item[1]


def _sitemaps() -> dict[str, Sitemap]:
    """Made anew for each answer: each remembers what it has asked."""
    return {
        "pages": Pages(),
        "codes": Entries(Code, of_tables=True),
        "modifiers": Entries(Modifier),
        "faqs": Entries(Faq),
        "claims": Entries(CirculatingClaim),
        "pairs": Pairs(),
    }


@require_safe
@cache_control(public=True, max_age=60 * 60)
def index(request):
    """The files of the map."""
    return views.index(request, _sitemaps(), sitemap_url_name="sitemap-section")


@require_safe
@cache_control(public=True, max_age=60 * 60)
def section(request, section):
    """One file of the map; `?p=2` goes on where it is long."""
    return views.sitemap(request, _sitemaps(), section)
