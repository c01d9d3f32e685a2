"""The questions that the fee pages ask of the database, each a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from codes.lookups import as_release, catalogue_facts
from codes.models import Gpci, HcpcsCode, LocalityCounties, RelativeValue, Release, ZipLocality
from codes.remembered import Remembered
from codes.rules.fees import PriceIndices, RelativeValues

Table = Release.Table
OTHER_TABLES = (Table.GPCI, Table.ZIP, Table.LOCALITY, Table.HCPCS)


@dataclass(frozen=True, slots=True)
class FeeTables:
    """The releases that the answers for one year are read from. None: not loaded."""

    year: int | None = None
    years: tuple[int, ...] = ()
    """All years with relative values, the newest first."""
    relative_values: Release | None = None
    gpci: Release | None = None
    zips: Release | None = None
    counties: Release | None = None
    hcpcs: Release | None = None

    @property
    def used(self) -> list[Release]:
        return [release for release in (self.relative_values, self.gpci, self.zips) if release]


@Remembered
def _releases_by_year() -> dict[str, dict[int, list[Release]]]:
    """The published fee tables by kind and year, the current one first. One query for each version of the contents."""
    has_values = Exists(RelativeValue.objects.filter(release=OuterRef("pk")))
    by_table = {table: defaultdict(list) for table in (Table.FEE_SCHEDULE, *OTHER_TABLES)}
    current: dict[str, Release] = {}  # what is later than it was rolled back
    for release in (
        Release.objects.filter(Q(table=Table.FEE_SCHEDULE) & has_values | Q(table__in=OTHER_TABLES))
        .filter(stage=Release.Stage.PUBLISHED, program=Release.Program.MEDICARE)
        .select_related("source")
        .order_by("-is_current", "-effective_on", "-pk")
    ):
        current.setdefault(release.table, release)
        if release.effective_on <= current[release.table].effective_on:
            by_table[release.table][release.effective_on.year].append(release)
    return by_table


def fee_tables(year: int | None = None) -> FeeTables:
    """The published fee tables for a year, or for the newest year that is loaded. No query of its own.

    Relative values and indices hold for their own year only: those of another are never taken instead. ZIP codes and
    counties move rarely: those of the newest year not after it, else of the first year there is.
    """
    by_table = _releases_by_year()
    years = tuple(sorted(by_table[Table.FEE_SCHEDULE], reverse=True))
    year = year or (years[0] if years else None)
    return FeeTables(
        year=year,
        years=years,
        relative_values=_of_year(by_table[Table.FEE_SCHEDULE], year),
        gpci=_of_year(by_table[Table.GPCI], year),
        zips=_nearest(by_table[Table.ZIP], year),
        counties=_nearest(by_table[Table.LOCALITY], year),
        hcpcs=_nearest(by_table[Table.HCPCS], year),
    )


def _of_year(by_year: dict[int, list[Release]], year: int | None) -> Release | None:
    """The release of a year: the current one before those that it replaced."""
    return by_year[year][0] if year in by_year else None


def _nearest(by_year: dict[int, list[Release]], year: int | None) -> Release | None:
    before = [each for each in by_year if year is None or each <= year]
    return _of_year(by_year, max(before) if before else min(by_year, default=None))


def relative_values(number: str, tables: FeeTables) -> list[RelativeValues]:
    """The rows of a code, the whole before its parts; empty when the file does not name it. One query, or none."""
    return relative_values_of([number], tables)


def relative_values_of(numbers: Iterable[str], tables: FeeTables) -> list[RelativeValues]:
    """The rows of several codes, for each the whole before its parts. One query, or none."""
    if tables.relative_values is None:
        return []
    release = as_release(tables.relative_values)
    return [
        RelativeValues(
            number=row.number,
            modifier=row.modifier,
            status=row.status,
            work=row.work,
            non_facility_pe=row.non_facility_pe,
            facility_pe=row.facility_pe,
            malpractice=row.malpractice,
            conversion_factor=row.conversion_factor,
            release=release,
            non_facility_na=row.non_facility_na,
            facility_na=row.facility_na,
            multiple_procedure=row.multiple_procedure,
            global_days=row.global_days,
        )
        for row in RelativeValue.objects.filter(release=tables.relative_values, number__in=set(numbers))
    ]


def indices_of_zip(zip_code: str, tables: FeeTables) -> PriceIndices | None:
    """The indices of a ZIP code's one locality; None where it is not loaded, or lies in several. At most two queries."""
    places = zip_localities(zip_code, tables)
    if len(places) != 1:
        return None
    return localities(tables).get(f"{places[0].mac}-{places[0].locality}")


def localities(tables: FeeTables) -> dict[str, PriceIndices]:
    """All localities of the year by their key (contractor and number), in the order of states. One query, or none."""
    if tables.gpci is None:
        return {}
    release = as_release(tables.gpci)
    found = [
        PriceIndices(row.work, row.pe, row.malpractice, row.name, row.state, row.mac, row.locality, release)
        for row in Gpci.objects.filter(release=tables.gpci)
    ]
    return {indices.key: indices for indices in found}


def zip_localities(zip_code: str, tables: FeeTables) -> list[ZipLocality]:
    """The localities of a five-digit ZIP code; empty when it is not in the file. One query, or none."""
    if tables.zips is None:
        return []
    return list(ZipLocality.objects.filter(release=tables.zips, zip=zip_code))


def counties_of(indices: PriceIndices, tables: FeeTables) -> LocalityCounties | None:
    """What area a locality covers, where the file of localities is loaded. One query, or none."""
    if tables.counties is None or not indices.mac:
        return None
    return LocalityCounties.objects.filter(
        release=tables.counties, mac=indices.mac, locality=indices.locality
    ).first()


def name_of(number: str, tables: FeeTables) -> tuple[str, bool]:
    """What to call a code, and whether the catalogue has a page for it. One query at most.

    Our own label; else CMS's description of a HCPCS level II code; else nothing.
    """
    if own := catalogue_facts().get(number):
        return own.name, True
    if tables.hcpcs is None:
        return "", False
    described = HcpcsCode.objects.filter(release=tables.hcpcs, number=number)
    return described.values_list("description", flat=True).first() or "", False
