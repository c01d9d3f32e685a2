"""From files to a table that answers are read from: load beside, check, publish at once, keep the one before."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from itertools import batched, chain, count
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from codes.models import Release, Source

from . import bulk, differences
from .layouts import BadRow, ImportFault, Layout, layouts
from .lock import only_import
from .reading import Parcel, missing_parts, read

SHRINKS_TO = 0.9
"""A table with fewer rows than this share of the last one's is probably not whole: CMS's grow from quarter to quarter."""


class Progress:
    """Hears how an import goes on. This one keeps it for itself."""

    def begin(self, what: str) -> None:
        """A new table, or a new step of it, begins."""

    def advance(self, share: float, rows: int) -> None:
        """So much of the step is done, between 0 and 1, and so many rows were read."""

    def say(self, text: str) -> None:
        """Something that whoever watches should know."""


@dataclass
class Outcome:
    """What became of one table."""

    parcel: Parcel
    rows: int = 0
    published: bool = False
    note: str = ""
    """Why nothing was loaded, where nothing was."""
    release: Release | None = None
    before: Release | None = None
    changes: dict[str, int] | None = field(default=None)
    """How many differences of each kind; None where there is nothing to compare with."""

    @property
    def new(self) -> int:
        return (self.changes or {}).get("added", 0) + (self.changes or {}).get("re-created", 0)

    @property
    def ended(self) -> int:
        return (self.changes or {}).get("ended", 0)

    @property
    def changed(self) -> int:
        return (self.changes or {}).get("changed", 0) + (self.changes or {}).get("indicator", 0)

    @property
    def unchanged(self) -> int:
        return self.rows - self.new - self.changed

    def in_words(self, checked: bool) -> str:
        """What became of the table, or, after a check, would become of it, in one line."""
        name = str(self.release or f"{self.parcel.name}, {self.parcel.quarter}")
        if self.note:
            return f"{name}: {self.note}."
        text = f"{name} {'can be' if checked else 'is'} published. {self.rows:,} rows read, 0 refused"
        if self.changes is None:
            text += "; there is no full release before it to compare with."
        else:
            text += f": {self.new:,} new, {self.ended:,} ended, {self.changed:,} changed, {self.unchanged:,} unchanged."
        return f"{text} Nothing was written." if checked else text


def import_files(
    paths: list[Path],
    *,
    effective_on: date | None = None,
    setting: str = "",
    program: str = "",
    check_only: bool = False,
    allow_fewer: bool = False,
    by: str = "",
    progress: Progress | None = None,
) -> Iterator[Outcome]:
    """Load CMS's files and publish each table that they hold; yields what became of each.

    Every file is looked at before the first row is loaded. With `check_only` each table is loaded, checked and compared
    as ever, and then taken out again instead of published: nobody sees it, and nothing of it stays.
    Raises ImportFault, with a message for the operator, when anything is wrong: the site goes on with the release
    that it had. A check goes on to the next table first, and names at its end all that would be refused.
    """
    progress = progress or Progress()
    parcels = read([Path(path) for path in paths], effective_on, setting, program)
    for parcel in parcels:
        progress.say(f"{parcel.where}: {', '.join(sheet.name for sheet, _ in parcel.sheets)}")
        if missing := missing_parts(parcel):
            text = f"{parcel.where}: {' and '.join(missing)} of this table {'is' if len(missing) == 1 else 'are'} missing."
            if not allow_fewer:
                raise ImportFault(f"{text} Give all parts together, or accept it with --allow-fewer.")
            progress.say(text)
    with only_import(), _database_faults(), bulk.frugal(), bulk.without_collections():
        clear_leftovers()
        faults = []
        for parcel in parcels:
            try:
                outcome = _import(parcel, allow_fewer, by, progress, check_only)
            except ImportFault as fault:
                if not check_only:
                    raise
                faults.append(fault)
            else:
                yield outcome
        if faults:
            raise faults[0] if len(faults) == 1 else ImportFault("\n".join(map(str, faults)))


def clear_leftovers() -> None:
    """Remove what an import that was killed has left behind. Only for whoever holds the lock."""
    for release in _releases().filter(stage=Release.Stage.LOADING):
        _drop_rows(release)
        release.delete(using=DEFAULT_DB_ALIAS)


def roll_back(table: str, setting: str = "", program: str = Release.Program.MEDICARE) -> Release:
    """Make the release before the current one current again, and return it. Raises ImportFault when there is none."""
    with only_import():
        current = _current(table, setting, program)
        if current is None:
            raise ImportFault("No release of this table is current.")
        before = current.replaces
        if before is None or before.stage != Release.Stage.PUBLISHED:
            raise ImportFault(f"{current}: the release before it is not kept.")
        _make_current(before, current)
    return before


# --- One table -------------------------------------------------------------------------------


def _import(
    parcel: Parcel, allow_fewer: bool, by: str, progress: Progress, check_only: bool = False
) -> Outcome:
    before = _current_of(parcel)
    same = (
        _releases()
        .filter(
            **_scope(parcel),
            effective_on=parcel.found.effective_on,
            sha256=parcel.sha256,
            stage=Release.Stage.PUBLISHED,
        )
        .first()
    )
    if same and not same.is_current and before and before.effective_on <= same.effective_on:
        if check_only:
            note = "was loaded before and kept: an import makes it current again"
            return Outcome(parcel, same.row_count, False, note, same, before)
        _make_current(same, before)
        note = "was loaded before and kept: it is current again"
        return Outcome(parcel, same.row_count, True, note, same, before)
    if same:
        return Outcome(parcel, same.row_count, False, "already loaded: nothing has changed", same, before)
    is_newer = before is None or before.coverage or before.effective_on <= parcel.found.effective_on
    if not is_newer and not parcel.layout.kept_by_year:
        raise ImportFault(
            f"{parcel.where} is older than {before}, which is current. To go back to the release before, "
            "use manage.py releases --rollback."
        )
    before = before if is_newer else None
    source, is_new = _source(parcel)
    release = _begin(parcel, source, before, by)
    try:
        outcome = _load_and_check(parcel, release, before, allow_fewer, progress)
    except BaseException:
        _drop_quietly(parcel, release, source if is_new else None)
        raise
    if check_only:
        progress.begin("Removing what was loaded for the check")
        _drop(parcel, release, source if is_new else None)
        bulk.tidy_up()
        return outcome
    _publish(release, before, is_newer)
    outcome.published = True
    progress.begin("Removing what is no longer needed")
    _remove_older(release, parcel.layout)
    bulk.tidy_up()
    return outcome


def _load_and_check(parcel, release, before, allow_fewer, progress) -> Outcome:
    layout = parcel.layout
    progress.begin(parcel.where)
    per_sheet: dict[str, int] = {}
    rows = bulk.load(layout.model, layout.columns, release, _rows(parcel, progress, per_sheet))
    _must_hold_rows(parcel, rows)
    if (
        before
        and not before.coverage
        and before.row_count
        and rows < before.row_count * SHRINKS_TO
        and not allow_fewer
    ):
        raise ImportFault(
            f"{parcel.where} has {rows:,} rows, the release before had {before.row_count:,}. Is the file whole, and "
            "are all parts given? If it is right, accept it with --allow-fewer."
        )
    progress.begin("Checking")
    layout.complete(release)
    problems = list(layout.problems(release))
    if problems:
        raise ImportFault(f"{parcel.where} contradicts itself. {' '.join(problems)}")
    progress.begin("Comparing with the release before")
    changes = differences.keep(layout, release, before)
    release.row_count = rows
    release.files = [
        {"name": sheet.name, "sha256": parcel.sums[sheet.file], "rows": per_sheet.get(sheet.name, 0)}
        for sheet, _ in parcel.sheets
    ]
    return Outcome(
        parcel,
        rows,
        release=release,
        before=before,
        changes=None if before is None or before.coverage else changes,
    )


def _rows(parcel: Parcel, progress: Progress, per_sheet: dict[str, int] | None = None) -> Iterator[tuple]:
    """The rows of all parts, one after the other. Raises BadRow with the name of the file."""
    return chain.from_iterable(_batches(parcel, progress, {} if per_sheet is None else per_sheet))


def _batches(parcel: Parcel, progress: Progress, per_sheet: dict[str, int]) -> Iterator[tuple[tuple, ...]]:
    total, done, read_before = max(parcel.size, 1), 0, 0
    for sheet, found in parcel.sheets:
        with sheet.rows(found.header + 1, parcel.layout.undivided_after) as (stream, share):
            number = 0
            try:
                for batch in batched(parcel.layout.rows(stream, found), 5_000, strict=False):
                    yield batch
                    number += len(batch)
                    progress.advance((done + share() * sheet.size) / total, read_before + number)
            except BadRow as bad:
                bad.file = sheet.name
                raise
        done += sheet.size
        read_before += number
        per_sheet[sheet.name] = number


def _must_hold_rows(parcel: Parcel, rows: int) -> None:
    if not rows:
        raise ImportFault(f"{parcel.where}: there is no row below the header. Is the file whole?")


# --- Releases --------------------------------------------------------------------------------


def _releases():
    return Release.objects.using(DEFAULT_DB_ALIAS)


def _scope(parcel: Parcel) -> dict:
    found = parcel.found
    return {"table": parcel.layout.table, "setting": found.setting, "program": found.program}


def _current(table, setting, program) -> Release | None:
    return (
        _releases()
        .select_related("replaces")
        .filter(table=table, setting=setting, program=program, is_current=True)
        .first()
    )


def _current_of(parcel: Parcel) -> Release | None:
    return _current(**_scope(parcel))


def _base(parcel: Parcel) -> str:
    """What slugs are made of: for instance ptp-practitioner-2026q4."""
    found = parcel.found
    parts = (_program_mark(found), parcel.layout.table, found.setting, parcel.quarter)
    return "-".join(filter(None, parts)).lower().replace(" ", "")


def _begin(parcel: Parcel, source: Source, before: Release | None, by: str) -> Release:
    found, base = parcel.found, _base(parcel)
    slug = next(
        slug
        for number in count(1)
        if not _releases().filter(slug=(slug := base if number == 1 else f"{base}-{number}")).exists()
    )
    return _releases().create(
        **_scope(parcel),
        slug=slug,
        name=parcel.name[:60],
        quarter=parcel.quarter,
        effective_on=found.effective_on,
        source=source,
        stage=Release.Stage.LOADING,
        replaces=before,
        sha256=parcel.sha256,
        imported_by=by,
    )


def _program_mark(found) -> str:
    return found.program if found.program != Release.Program.MEDICARE else ""


def _source(parcel: Parcel) -> tuple[Source, bool]:
    """The source that a release names, and whether it was made now."""
    found = parcel.found
    title = parcel.layout.source_title + (f", {found.setting.replace('-', ' ')}" if found.setting else "")
    if found.program == Release.Program.MEDICAID:
        title = f"Medicaid {title}"
    return Source.objects.using(DEFAULT_DB_ALIAS).get_or_create(
        slug=f"cms-{_base(parcel)}"[:60],
        defaults={
            "title": title,
            "publisher": "Centers for Medicare & Medicaid Services (CMS)",
            "kind": Source.Kind.TABLE,
            "edition": ", ".join(filter(None, (found.version, parcel.quarter))),
            "published_on": found.effective_on,
            "url": parcel.layout.source_url,
        },
    )


def _publish(release: Release, before: Release | None, make_current: bool) -> None:
    release.stage = Release.Stage.PUBLISHED
    release.published_at = timezone.now()
    with transaction.atomic(DEFAULT_DB_ALIAS):
        release.save(using=DEFAULT_DB_ALIAS, update_fields=["stage", "published_at", "row_count", "files"])
        if make_current:
            _make_current(release, before)


def _make_current(release: Release, before: Release | None) -> None:
    with transaction.atomic(DEFAULT_DB_ALIAS):
        if before:
            _releases().filter(pk=before.pk).update(is_current=False)
        _releases().filter(pk=release.pk).update(is_current=True)
    release.is_current = True


def _remove_older(release: Release, layout: Layout) -> None:
    """Keep the release before, for a rollback, and drop the rows of those before that; their records stay.

    A release that was never current, such as one that only confirms dates, is left alone.
    """
    older = (
        _releases()
        .filter(table=release.table, setting=release.setting, program=release.program, is_current=False)
        .filter(stage=Release.Stage.PUBLISHED)
        .filter(Q(published_at__isnull=False) | Q(replaced_by__isnull=False))
        .exclude(pk__in=[release.pk, release.replaces_id or 0])
        .distinct()
    )
    kept_years = set()
    for old in older.order_by("-effective_on", "-pk"):
        if layout.kept_by_year and old.effective_on.year not in kept_years | {release.effective_on.year}:
            kept_years.add(old.effective_on.year)
            continue
        _drop_rows(old)
        _releases().filter(pk=old.pk).update(stage=Release.Stage.REMOVED)


def _drop_rows(release: Release) -> None:
    for layout in layouts():
        if layout.table == release.table:
            layout.discard(release)
            bulk.remove(layout.model, release)


def _drop(parcel: Parcel, release: Release, source: Source | None) -> None:
    """Take out a release that is not published, with what was made for it; `source` if it was made for it, too."""
    _drop_rows(release)
    release.delete(using=DEFAULT_DB_ALIAS)
    parcel.layout.forget()
    if source:
        made = Source.history.using(DEFAULT_DB_ALIAS).filter(id=source.pk)
        source.delete(using=DEFAULT_DB_ALIAS)
        made.delete()


def _drop_quietly(parcel: Parcel, release: Release, source: Source | None) -> None:
    """Clear up after a failure. Where even that fails, as on a full disk, the next import does it."""
    with suppress(DatabaseError):
        _drop(parcel, release, source)


@contextmanager
def _database_faults():
    try:
        yield
    except DatabaseError as error:
        raise ImportFault(
            f"The database refused ({str(error).strip()}). Nothing was published, and the site goes on with the release "
            "that it had. Is the disk full?"
        ) from error
