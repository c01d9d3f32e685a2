"""What lookups read of CMS's tables when Medicaid's are loaded beside them, and when whole tables are."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from codes import feelookups, lookups, selfcheck
from codes.contentversion import at_version
from codes.models import (
    AddOnLink,
    Gpci,
    HcpcsCode,
    MedicareStatus,
    PairEdit,
    RelativeValue,
    Release,
    UnitLimit,
    ZipLocality,
)
from tests.pages import read

pytestmark = pytest.mark.django_db
Table = Release.Table


def release(table, *, program="medicare", day=date(2026, 10, 1), is_current=True, **more) -> Release:
    """A release of a whole table, as an import makes it."""
    before = Release.objects.filter(table=table, program=program, is_current=True)
    before = before.filter(setting=more.get("setting", "")).first() if is_current else None
    if before:
        Release.objects.filter(pk=before.pk).update(is_current=False)
    return Release.objects.create(
        slug=f"{table}-{program}-{day}-{Release.objects.count()}",
        table=table,
        program=program,
        name=f"{program.capitalize()} {table}",
        quarter="2026 Q4",
        effective_on=day,
        source=Release.objects.first().source,
        is_current=is_current,
        replaces=before,
        published_at="2026-10-02T12:00Z",
        **more,
    )


def value(of: Release, number="97140", status="A") -> None:
    MedicareStatus.objects.create(release=of, number=number, letter=status)
    RelativeValue.objects.create(
        release=of,
        number=number,
        status=status,
        **dict.fromkeys(("work", "non_facility_pe", "facility_pe", "malpractice", "conversion_factor"), 1),
        non_facility_na=False,
        facility_na=False,
    )


# --- Medicaid ---------------------------------------------------------------------------------


@pytest.fixture
def medicaid(db):
    """Every kind of table once more, loaded for Medicaid, each with a row that Medicare's has not."""
    ptp = release(Table.PTP, program="medicaid", setting="practitioner", row_count=1_000_000)
    PairEdit.objects.create(release=ptp, column_one="97140", column_two="97110", indicator=0)
    PairEdit.objects.create(release=ptp, column_one="99999", column_two="97140", indicator=0)
    mue = release(Table.MUE, program="medicaid", setting="practitioner")
    UnitLimit.objects.create(release=mue, number="97140", value=99, mai=1)
    add_ons = release(Table.ADD_ON, program="medicaid")
    AddOnLink.objects.create(release=add_ons, add_on="97811", primary="97140", kind=1)
    value(release(Table.FEE_SCHEDULE, program="medicaid"), status="N")
    gpci = release(Table.GPCI, program="medicaid")
    indices = {"work": 2, "pe": 2, "malpractice": 2}
    Gpci.objects.create(release=gpci, mac="06102", locality="16", state="IL", name="CHICAGO", **indices)
    zips = release(Table.ZIP, program="medicaid")
    ZipLocality.objects.create(
        release=zips, zip="60601", state="IL", mac="06102", locality="16", is_split=False
    )
    hcpcs = release(Table.HCPCS, program="medicaid")
    HcpcsCode.objects.create(release=hcpcs, number="T1013", description="made up")


def answers() -> tuple:
    """Everything that lookups say of 97140."""
    tables = feelookups.fee_tables()
    return (
        lookups.edits_between("97110", "97140"),
        lookups.edits_among(["97110", "97140"]),
        lookups.edits_of("97140"),
        lookups.code_facts(["97140", "97811", "99999", "T1013"], beyond_catalogue=True),
        lookups.current_tables(),
        lookups.current_releases(),
        lookups.code_entries(lookups.catalogue_facts()["97140"].add_ons),
        lookups.about(),
        tables,
        feelookups.relative_values("97140", tables),
        feelookups.localities(tables),
        feelookups.zip_localities("60601", tables),
        feelookups.name_of("T1013", tables),
    )


def test_medicaids_tables_change_no_answer(db, request):
    before = answers()
    request.getfixturevalue("medicaid")
    assert answers() == before


def test_an_add_on_of_medicaid_is_not_offered_on_a_codes_page(reader, medicaid):
    assert "97811" not in lookups.catalogue_facts()["97140"].add_ons
    assert "97811" not in read(reader, "/codes/97140/").main_text


# --- Whole tables -----------------------------------------------------------------------------


def test_a_whole_table_says_its_rows_without_counting_them(reader, django_assert_num_queries, one_version):
    for setting, rows in (("practitioner", 2_546_017), ("outpatient-hospital", 1_775_818)):
        release(Table.PTP, setting=setting, row_count=rows)
    with django_assert_num_queries(6) as asked:
        about = lookups.about()
    assert about["counts"]["edits"] == 2_546_017 + 1_775_818
    assert not any("codes_pairedit" in query["sql"] for query in asked.captured_queries)
    assert "4,321,835 pair edits" in read(reader, "/about/").main_text


def test_launch_data_and_a_whole_table_are_added_up():
    launch = Release.objects.get(slug="ptp-outpatient-hospital-2024q3")
    release(Table.PTP, setting="practitioner", row_count=2_546_017)
    counted = PairEdit.objects.filter(release=launch).count()
    assert lookups.about()["counts"]["edits"] == 2_546_017 + counted


def test_codes_that_only_a_whole_table_names_are_read_once_and_anew_when_it_changes(
    reader, django_assert_num_queries, monkeypatch
):
    mue = release(Table.MUE, setting="practitioner")
    UnitLimit.objects.create(release=mue, number="64400", value=1, mai=3)
    UnitLimit.objects.create(release=mue, number="64401", value=2, mai=3)

    def most_units(*numbers):
        facts = lookups.code_facts(numbers, beyond_catalogue=True)
        return {number: code.unit_limits[0].value for number, code in facts.items()}

    with at_version("before"):
        lookups.code_facts(())
        for asked, queries in (("64400", 1), ("64400", 0), ("64401", 1), ("99999", 1), ("99999", 1)):
            with django_assert_num_queries(queries):
                most_units(asked)
        assert most_units("64400", "64401", "99999") == {"64400": 1, "64401": 2}
    UnitLimit.objects.filter(number="64400").update(value=5)
    with at_version("after"):
        assert most_units("64400") == {"64400": 5}
        monkeypatch.setattr(lookups, "MOST_KEPT_BEYOND_CATALOGUE", 1)
        for _ in range(2):  # no room for it
            with django_assert_num_queries(1):
                assert most_units("64400", "64401") == {"64400": 5, "64401": 2}


def test_the_about_page_lists_what_answers_and_what_confirms_it(reader):
    listed = {each.slug for each in lookups.about()["releases"]}
    assert {"ptp-practitioner-2024q3", "ptp-practitioner-2026q4"} <= listed
    new = release(Table.PTP, setting="practitioner", row_count=1)
    release(Table.MUE, setting="practitioner", is_current=False, stage=Release.Stage.LOADING)
    told = lookups.about()["releases"]
    assert {each.slug for each in told} == listed - {"ptp-practitioner-2024q3"} | {new.slug}


def test_the_status_of_a_fee_schedule_that_was_rolled_back_is_not_told():
    def status():
        return lookups.code_facts(["97140"])["97140"].status

    first, second = release(Table.FEE_SCHEDULE), release(Table.FEE_SCHEDULE, day=date(2027, 1, 1))
    value(first, status="A")
    value(second, status="N")
    assert status() == "N"
    Release.objects.filter(pk=second.pk).update(is_current=False)
    Release.objects.filter(pk=first.pk).update(is_current=True)
    assert status() == "A"


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite's plan, which needs no statistics")
def test_the_self_checks_draw_reads_only_the_rows_that_it_draws():
    current = list(Release.objects.filter(table=Table.PTP, is_current=True))
    with CaptureQueriesContext(connection) as asked:
        selfcheck._sample(date(2026, 11, 25), current, frozenset())
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {asked.captured_queries[-1]['sql']}")
        steps = [step for *_, step in cursor.fetchall()]
    assert steps == ["SEARCH codes_pairedit USING INTEGER PRIMARY KEY (rowid=?)"]
