"""The corrections that readers may see, and since when the list of them is kept."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connections, router
from django.db.migrations.recorder import MigrationRecorder

from codes.models import MistakeReport
from codes.remembered import Remembered

BEGAN_WITH = ("codes", "0009_reports")
"""The migration that made a place for corrections: the list starts on the day on which a site ran it."""
NAMES = {
    "codes": "Code {}",
    "modifiers": "Modifier {}",
    "pairs": "{} with {}",
    "fees": "Medicare amount of {}",
    "faqs": "Question: {}",
    "claims": "Claim: {}",
    "glossary": "Glossary: {}",
}


@dataclass(frozen=True, slots=True)
class Correction:
    """What readers see of a mistake that was corrected."""

    pk: int
    page: str
    """The address on this site; empty for the site as a whole."""
    path: str
    was: str
    says_now: str
    corrected_at: datetime

    @property
    def page_name(self) -> str:
        """What the page is called: "Code 97140" for /codes/97140/."""
        return page_name(self.page)


def page_name(page: str) -> str:
    """What a page is called, made from its address alone."""
    section, *rest = page.partition("?")[0].strip("/").split("/")
    name = NAMES.get(section, "")
    if name and len(rest) == name.count("{}"):
        return name.format(*(part.replace("-", " ") for part in rest))
    return page if section else "The home page" if page else "The site as a whole"


def published_corrections() -> Sequence[Correction]:
    """Every correction, newest first. One query."""
    fields = ("pk", "page", "path", "was", "says_now", "corrected_at")
    rows = MistakeReport.objects.filter(state=MistakeReport.State.FIXED).order_by("-corrected_at", "-pk")
    return [Correction(*row) for row in rows.values_list(*fields)]


@Remembered
def _by_path() -> dict[str, list[Correction]]:
    found = defaultdict(list)
    for correction in published_corrections():
        found[correction.path].append(correction)
    return dict(found)


def corrections_of(path: str) -> Sequence[Correction]:
    """What was corrected on one page, newest first. No query but once for each version."""
    return _by_path().get(path, ())


def kept_since() -> datetime | None:
    """Since when corrections are listed here; None when that cannot be told. One query."""
    app, name = BEGAN_WITH
    database = connections[router.db_for_read(MistakeReport)]
    applied = MigrationRecorder(database).migration_qs.filter(app=app, name=name)
    return applied.values_list("applied", flat=True).first()
