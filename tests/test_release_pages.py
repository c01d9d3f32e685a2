"""What data this is, what changed in it, and the checker held against the table, as readers see it."""

import re
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime

import pytest
from django.core.cache import cache

from codes import lookups, releaselookups, selfcheck
from codes.models import Code, PairEdit, Release, TableChange
from tests.pages import Page, read

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
SHA = "ab" * 32


@pytest.fixture(autouse=True)
def nothing_remembered():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def loaded(db):
    """Two quarters of the whole practitioner table, as an operator has imported them; 2026 Q4 was rolled back."""

    def release(before, quarter, day, **more):
        return Release.objects.create(
            slug=f"ptp-practitioner-{quarter.replace(' ', '').lower()}-made",
            table="ptp",
            setting="practitioner",
            name=f"NCCI PTP {quarter}",
            quarter=quarter,
            effective_on=day,
            source=before.source,
            replaces=before,
            sha256=SHA,
            row_count=2_546_017,
            published_at=datetime(2026, day.month, 20, 15, 30, tzinfo=UTC),
            imported_by="morgan",
            files=[{"name": "ccipra-v322r0-f1.txt", "sha256": SHA, "rows": 2_546_017}],
            **more,
        )

    launch = Release.objects.get(slug="ptp-practitioner-2024q3")
    spring = release(launch, "2026 Q2", date(2026, 4, 1))
    summer = release(spring, "2026 Q3", date(2026, 7, 1))
    autumn = release(summer, "2026 Q4", date(2026, 10, 1))
    Release.objects.filter(pk=launch.pk).update(is_current=False)
    Release.objects.filter(pk=summer.pk).update(is_current=True)
    Release.objects.filter(pk=spring.pk).update(stage=Release.Stage.REMOVED)
    mue = Release.objects.get(slug="mue-practitioner-2026q4")
    rows = (
        (spring, "ended", "97140", "97530", "1", "", date(2026, 3, 31)),
        (summer, "added", "00100", "31500", "", "1", date(2026, 7, 1)),
        (summer, "added", "00102", "97140", "", "0", date(2026, 7, 1)),
        (summer, "indicator", "97124", "97140", "0", "1", date(2026, 7, 1)),
        (summer, "re-created", "97110", "97150", "", "1", date(2026, 7, 1)),
        (autumn, "added", "97110", "97112", "", "0", date(2026, 10, 1)),
        (mue, "changed", "97140", "", "6, 3", "4, 2", date(2026, 10, 1)),
    )
    for release_, kind, one, two, old, new, on in rows:
        TableChange.objects.create(
            release=release_, kind=kind, column_one=one, column_two=two, old=old, new=new, on=on
        )
    Release.objects.filter(pk=mue.pk).update(published_at=datetime(2026, 10, 2, tzinfo=UTC))
    return spring, summer, autumn


# --- Releases ----------------------------------------------------------------------------------


def test_the_launch_data_says_what_it_is(reader, django_assert_max_num_queries, one_version):
    reader.get("/releases/")  # what every page remembers is remembered now
    with django_assert_max_num_queries(1):
        page = Page(reader.get("/releases/"))
    assert page.status == 200
    for words in ("NCCI PTP v30.2", "2024 Q3", "July 1, 2024", "With the launch data", "outpatient hospital"):
        assert words in page.main_text
    assert "Beside the current one" in page.main_text


def test_a_release_says_its_file_its_sum_its_rows_when_and_by_whom(
    reader, loaded, django_assert_max_num_queries, one_version
):
    reader.get("/nothing/")  # what every page remembers is remembered now
    with django_assert_max_num_queries(1):
        page = Page(reader.get("/releases/"))
    for words in ("ccipra-v322r0-f1.txt", SHA, "2,546,017", "July 20, 2026", "by morgan", "11:30 EDT"):
        assert words in page.main_text


def test_a_release_is_current_replaced_or_rolled_back(reader, loaded):
    page = read(reader, "/releases/")
    rows = {row.split(">")[0]: row for row in page.html.split("<tr id=")[1:]}

    def standing(slug):
        return next(row for key, row in rows.items() if slug in key).split("</tr>")[0]

    assert "Current" in standing("ptp-practitioner-2026q3-made")
    assert "Rolled back" in standing("ptp-practitioner-2026q4-made")
    assert "Replaced, rows removed" in standing("ptp-practitioner-2026q2-made")
    assert "Replaced" in standing("ptp-practitioner-2024q3")
    assert page.html.index("2026q4-made") < page.html.index("2026q3-made") < page.html.index("2026q2-made")


def test_a_release_that_is_being_loaded_is_not_shown(reader, loaded):
    Release.objects.filter(pk=loaded[2].pk).update(stage=Release.Stage.LOADING)
    assert "2026q4-made" not in read(reader, "/releases/").html


def test_a_site_without_tables_says_so(reader):
    PairEdit.objects.all().delete()
    Release.objects.all().delete()
    for address, words in (
        ("/releases/", "No table is loaded"),
        ("/changes/", "nothing to compare yet"),
        ("/self-check/", "No pair table is loaded"),
    ):
        page = read(reader, address)
        assert page.status == 200
        assert words in page.main_text


# --- Changes -----------------------------------------------------------------------------------


def told(page: Page) -> list[str]:
    """The differences on a page, in their order."""
    return [
        re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", row)).strip()
        for row in re.findall(r'<tr id="change-.*?</tr>', page.html, re.DOTALL)
    ]


def test_without_two_whole_releases_there_is_nothing_to_compare(reader):
    page = read(reader, "/changes/")
    assert page.status == 200
    assert "There is nothing to compare yet" in page.main_text


def test_the_changes_of_a_quarter_begin_with_the_catalogues_own_codes(
    reader, loaded, django_assert_max_num_queries, one_version
):
    reader.get("/changes/")  # what is remembered for a version is remembered now
    with django_assert_max_num_queries(3):
        page = Page(reader.get("/changes/", {"quarter": "2026 Q3"}))
    rows = told(page)
    assert [row[:16] for row in rows] == [
        "97110 over 97150",
        "97124 over 97140",
        "00102 over 97140",
        "00100 over 31500",
    ]
    assert "Re-created" in rows[0]
    assert "Indicator changed" in rows[1]
    assert "indicator 0: no modifier helps" in rows[1]
    assert "indicator 1: a modifier can fit" in rows[1]
    assert "In force since July 1, 2026" in rows[1]
    assert "/pairs/97124/97140/" in page.main_links
    assert "2 added, 1 indicator changed, 1 re-created" in page.main_text
    assert "4 changes" in page.main_text


def test_the_newest_quarter_is_shown_first_and_links_to_the_others(reader, loaded):
    page = read(reader, "/changes/")
    assert "What changed in 2026 Q4" in page.main_text
    assert told(page)[0].startswith("97140 Changed 6 units (MAI 3) 4 units (MAI 2)")
    assert "/changes/?quarter=2026+Q3" in page.main_links


def test_what_was_rolled_back_never_came_to_be(reader, loaded):
    for address in ("/changes/", "/changes/?quarter=2026+Q4", "/changes/?code=97112"):
        assert "97110 over 97112" not in read(reader, address).main_text


def test_a_code_has_its_changes_of_all_quarters(reader, loaded):
    page = read(reader, "/changes/?code=97140")
    assert [row[:16] for row in told(page)] == [
        "97140 Changed 6 ",
        "97124 over 97140",
        "00102 over 97140",
        "97140 over 97530",
    ]
    assert "Last day in force March 31, 2026" in page.main_text
    assert "/changes/feed/?code=97140" in page.main_links
    assert "/codes/97140/" in page.main_links


def test_a_zip_code_is_no_code(reader, loaded):
    zips = Release.objects.create(
        slug="zip-made",
        table="zip",
        name="ZIP codes",
        quarter="2026 Q3",
        effective_on=date(2026, 7, 1),
        source=loaded[0].source,
        is_current=True,
    )
    TableChange.objects.create(release=zips, kind="changed", column_one="97140", old="OR, 01", new="OR, 99")
    assert "OR, 99" not in read(reader, "/changes/?code=97140").main_text
    page = read(reader, "/changes/?table=zip")
    assert "OR, 99" in page.main_text
    assert "/codes/97140/" not in page.main_links


def test_changes_are_filtered_by_table(reader, loaded):
    assert len(told(read(reader, "/changes/?table=mue"))) == 1
    assert "in 2026 Q3" in read(reader, "/changes/?table=ptp").main_text


@pytest.mark.parametrize("written", ["97140", " 97140 ", "971 40"])
def test_spaces_in_a_code_are_forgiven(reader, loaded, written):
    assert len(told(Page(reader.get("/changes/", {"code": written})))) == 4


@pytest.mark.parametrize("written", ["2026 q3", "2026Q3", "2026-Q3"])
def test_a_quarter_may_be_written_in_other_ways(reader, loaded, written):
    assert len(told(Page(reader.get("/changes/", {"quarter": written})))) == 4


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"code": "massage!"}, "A code has five characters"),
        ({"code": "<script>"}, "A code has five characters"),
        ({"table": "nonsense"}, "We hold no table of this name"),
        ({"quarter": "last summer"}, "A quarter is written like 2026 Q4"),
        ({"page": "two"}, "The page is a number"),
        ({"page": "-1"}, "greater than or equal to 1"),
        ({"code": "9\x007140"}, "Null characters"),
    ],
)
def test_a_filter_that_makes_no_sense_is_told_kindly(reader, loaded, query, words):
    page = Page(reader.get("/changes/", query))
    assert page.status == 400
    assert words in page.main_text
    assert "<script>" not in page.html


def test_a_code_without_changes_says_so(reader, loaded):
    page = read(reader, "/changes/?code=98940")
    assert page.status == 200
    assert "No change found for 98940" in page.main_text


def test_long_lists_are_read_page_by_page(reader, loaded, django_assert_max_num_queries, one_version):
    TableChange.objects.bulk_create(
        TableChange(release=loaded[1], kind="added", column_one=f"2{number:04}", column_two="36000", new="1")
        for number in range(250)
    )
    first = read(reader, "/changes/?quarter=2026+Q3")
    assert "254 changes, page 1 of 3" in first.main_text
    assert "/changes/?quarter=2026+Q3&page=2" in first.main_links
    seen = []
    for number in (1, 2, 3):
        with django_assert_max_num_queries(5):
            page = Page(reader.get("/changes/", {"quarter": "2026 Q3", "page": number}))
        seen += told(page)
    assert len(seen) == len(set(seen)) == 254
    assert "/changes/?quarter=2026+Q3" in read(reader, "/changes/?quarter=2026+Q3&page=2").main_links


def test_a_codes_own_changes_for_its_page(loaded, django_assert_num_queries, one_version):
    releaselookups.changes_of("98940")  # what is remembered for a version is remembered now
    with django_assert_num_queries(1):
        found = releaselookups.changes_of("97140")
    assert [change.title for change in found] == [
        "97140",
        "97124 over 97140",
        "00102 over 97140",
        "97140 over 97530",
    ]
    TableChange.objects.bulk_create(
        TableChange(release=loaded[1], kind="added", column_one=f"2{number:04}", column_two="97140", new="1")
        for number in range(30)
    )
    assert len(releaselookups.changes_of("97140")) == 20
    assert releaselookups.changes_of("98940") == []


# --- Feed --------------------------------------------------------------------------------------


def entries(response) -> list[ET.Element]:
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/atom+xml")
    feed = ET.fromstring(response.content)  # noqa: S314  (our own feed)
    assert feed.tag == f"{ATOM}feed"
    for required in ("id", "title", "updated"):
        assert feed.find(f"{ATOM}{required}") is not None
    for link in feed.iter(f"{ATOM}link"):
        assert link.get("href").startswith("http://testserver/")
    found = feed.findall(f"{ATOM}entry")
    ids = [entry.findtext(f"{ATOM}id") for entry in found]
    assert len(ids) == len(set(ids))
    for entry in found:
        assert entry.findtext(f"{ATOM}updated")
    return found


def test_the_feed_tells_what_each_release_changed(reader, loaded, django_assert_max_num_queries, one_version):
    with django_assert_max_num_queries(3):
        response = reader.get("/changes/feed/")
    titles = [entry.findtext(f"{ATOM}title") for entry in entries(response)]
    assert titles[1] == (
        "NCCI PTP 2026 Q3, 2026 Q3, practitioner: 2 added, 1 indicator changed, 1 re-created"
    )
    assert len(titles) == 3


def test_the_feed_of_a_code_tells_its_changes(reader, loaded):
    found = entries(reader.get("/changes/feed/?code=97140"))
    assert found[1].findtext(f"{ATOM}title") == "97124 over 97140: indicator changed (2026 Q3)"
    assert "indicator 0: no modifier helps → indicator 1" in found[1].findtext(f"{ATOM}summary")
    assert len(found) == 4


def test_the_links_of_the_feed_lead_to_the_change(reader, loaded):
    for address in ("/changes/feed/", "/changes/feed/?code=97140"):
        for entry in entries(reader.get(address)):
            link, _, place = entry.find(f"{ATOM}link").get("href").partition("#")
            assert f'id="{place}"' in read(reader, link.removeprefix("http://testserver")).html


def test_an_empty_feed_is_a_feed(reader):
    assert entries(reader.get("/changes/feed/")) == []


def test_a_feed_of_nonsense_is_refused_kindly(reader):
    assert reader.get("/changes/feed/?code=massage!").status_code == 400


# --- Self-check --------------------------------------------------------------------------------


def test_every_answer_of_the_launch_data_agrees_with_the_table(
    reader, today, django_assert_max_num_queries, one_version
):
    with django_assert_max_num_queries(15):
        page = Page(reader.get("/self-check/"))
    codes = Code.objects.published().count()
    assert f"100% of {codes * (codes - 1):,} answers agree" in page.main_text
    for words in ("NCCI PTP v30.2, 2024 Q3, practitioner", "November 25, 2026", "seconds"):
        assert words in page.main_text
    with django_assert_max_num_queries(1):
        reader.get("/self-check/")
    assert selfcheck.self_check().seconds < 10


def spoil(**values) -> PairEdit:
    """Change a row of the current practitioner table behind the site's back."""
    row = PairEdit.objects.filter(
        release__slug="ptp-practitioner-2024q3", column_one="97140", column_two="97124", deleted_on=None
    ).get()
    PairEdit.objects.filter(pk=row.pk).update(**values)
    return row


def test_a_row_with_an_indicator_that_is_none_is_found(reader):
    spoil(indicator=7)
    page = read(reader, "/self-check/")
    assert page.status == 200
    assert "99.99% of" in page.main_text
    assert "1 does not" in page.main_text
    assert "97124 and 97140" in page.main_text
    assert "indicator 7, which is none" in page.main_text
    assert "/pairs/97124/97140/?setting=practitioner" in page.main_links


def test_a_pair_in_force_both_ways_is_found(reader):
    row = spoil()
    PairEdit.objects.create(release=row.release, column_one="97124", column_two="97140", indicator=1)
    page = read(reader, "/self-check/")
    assert "rows that contradict one another" in page.main_text


def test_a_checker_that_loses_a_row_is_found(reader, monkeypatch):
    whole = lookups.edits_among

    def without_one(numbers):
        return [edit for edit in whole(numbers) if (edit.column_one, edit.column_two) != ("97140", "97124")]

    monkeypatch.setattr("codes.lookups.edits_among", without_one)
    page = read(reader, "/self-check/")
    assert "2 do not" in page.main_text
    assert re.search(r"97124 and 97140 ?Practitioner ?no-edit ?never-together", page.main_text)


def test_a_check_is_kept_for_the_day_and_made_anew_for_another_release(reader, loaded):
    first = selfcheck.self_check()
    assert selfcheck.self_check().made_at == first.made_at
    Release.objects.filter(pk=loaded[1].pk).update(row_count=5)
    assert selfcheck.self_check().made_at > first.made_at


@pytest.fixture
def full_table(db):
    """Rows of the whole table: pairs with codes beyond the catalogue."""
    release = Release.objects.get(slug="ptp-practitioner-2024q3")
    PairEdit.objects.bulk_create(
        PairEdit(
            release=release,
            column_one=f"2{number:04}",
            column_two=f"3{number % 700:04}",
            effective_on=date(2010, 1, 1),
            deleted_on=date(2019, 12, 31) if number % 5 == 0 else None,
            indicator=number % 2,
        )
        for number in range(5000)
    )
    return release


def test_pairs_of_the_full_table_are_drawn_and_others_the_next_day(
    reader, full_table, monkeypatch, django_assert_max_num_queries, one_version
):
    reader.get("/nothing/")  # what every page remembers is remembered now
    with django_assert_max_num_queries(15):
        page = Page(reader.get("/self-check/"))
    assert "100% of" in page.main_text
    assert "drawn anew each day from the full table" in page.main_text
    own = frozenset(Code.objects.published().values_list("number", flat=True))
    one, same, other = (
        selfcheck._sample(day, [full_table], own)
        for day in (date(2026, 11, 25), date(2026, 11, 25), date(2026, 11, 26))
    )
    assert one == same != other
    assert 50 < len(one) <= 2 * selfcheck.SAMPLED


def test_a_spoiled_row_of_the_full_table_is_found_when_it_is_drawn(reader, full_table, today):
    own = frozenset(Code.objects.published().values_list("number", flat=True))
    drawn = selfcheck._sample(today, [full_table], own)
    row = next(
        edit
        for edit in PairEdit.objects.filter(release=full_table, column_one__startswith="2", deleted_on=None)
        if (edit.column_one, edit.column_two) in drawn
    )
    PairEdit.objects.filter(pk=row.pk).update(indicator=5)
    page = read(reader, "/self-check/")
    assert f"{row.column_one} and {row.column_two}" in page.main_text
    assert "indicator 5, which is none" in page.main_text


@pytest.mark.parametrize("address", ["/releases/", "/changes/", "/self-check/", "/changes/feed/"])
def test_pages_are_only_read(reader, address):
    assert reader.head(address).status_code == 200
    if "feed" not in address:
        assert reader.post(address).status_code == 405
