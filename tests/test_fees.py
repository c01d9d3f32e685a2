"""What Medicare pays, as a reader asks: by code, ZIP code or locality, and year."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from codes.models import Gpci, HcpcsCode, LocalityCounties, RelativeValue, Release, Source, ZipLocality
from tests.pages import Page, read

Table = Release.Table


def release(table, day, name, current=True):
    if current:
        Release.objects.filter(table=table, is_current=True).update(is_current=False)
    quarter = f"{day.year} Q{(day.month + 2) // 3}"
    source = Source.objects.get(slug="pfs-2026-07")
    return Release.objects.create(
        slug=f"{table}-{day:%Y-%m}-test",
        table=table,
        name=name,
        quarter=quarter,
        effective_on=day,
        source=source,
        is_current=current,
    )


def value(of, number, status="A", values="0 0 0 0", modifier="", na="", mult="0"):
    work, non_facility, facility, malpractice = map(Decimal, values.split())
    RelativeValue.objects.create(
        release=of,
        number=number,
        modifier=modifier,
        status=status,
        work=work,
        non_facility_pe=non_facility,
        facility_pe=facility,
        malpractice=malpractice,
        non_facility_na=na == "non-facility",
        facility_na=na == "facility",
        multiple_procedure=mult,
        global_days="XXX",
        conversion_factor=Decimal("32.3465"),
    )


@pytest.fixture
def fee_tables(db):
    """The fee tables of 2025, with the rows that the tests ask for."""
    values = release(Table.FEE_SCHEDULE, date(2025, 10, 1), "Physician fee schedule, October 2025")
    value(values, "97140", values="0.43 0.40 0.40 0.01", na="facility", mult="5")
    value(values, "98940", values="0.46 0.35 0.19 0.01")
    value(values, "95886", values="0.86 1.91 1.91 0.03", na="facility")
    value(values, "95886", modifier="26", values="0.86 0.44 0.44 0.03")
    value(values, "95886", modifier="TC", values="0.00 1.47 1.47 0.00", na="facility")
    value(values, "97010", status="B", values="0.06 0.13 0.13 0.01")
    value(values, "97039", status="C")
    value(values, "G0283", values="0.18 0.19 0.19 0.01", na="facility", mult="5")
    value(values, "G0999", status="R", values="0.10 0.20 0.10 0.01")
    gpcis = release(Table.GPCI, date(2025, 1, 1), "GPCI 2025")
    for state, key, name, indices in (
        ("IL", "06102-16", "CHICAGO", "1.007 1.023 2.018"),
        ("IL", "06102-15", "SUBURBAN CHICAGO", "1.004 1.031 1.608"),
        ("AR", "07102-13", "ARKANSAS", "1 0.86 0.518"),
    ):
        work, pe, malpractice = map(Decimal, indices.split())
        mac, locality = key.split("-")
        Gpci.objects.create(
            release=gpcis,
            mac=mac,
            locality=locality,
            state=state,
            name=name,
            work=work,
            pe=pe,
            malpractice=malpractice,
        )
    zips = release(Table.ZIP, date(2025, 10, 1), "ZIP codes 2025 Q4")
    for zip_code, state, key, split in (
        ("60601", "IL", "06102-16", False),
        ("60007", "IL", "06102-15", True),
        ("60499", "IL", "06102-16", False),
        ("60499", "IL", "06102-15", False),
    ):
        mac, locality = key.split("-")
        ZipLocality.objects.create(
            release=zips, zip=zip_code, state=state, mac=mac, locality=locality, is_split=split
        )
    counties = release(Table.LOCALITY, date(2025, 1, 1), "Localities 2025")
    LocalityCounties.objects.create(
        release=counties, mac="06102", locality="16", state="ILLINOIS", area="CHICAGO", counties="COOK"
    )
    hcpcs = release(Table.HCPCS, date(2025, 10, 1), "HCPCS level II, October 2025")
    HcpcsCode.objects.create(release=hcpcs, number="G0999", description="A service made up for this test")


def heading(page: Page) -> dict:
    """The attributes of the main heading: what outside checks read."""
    return next(found for tag, found in page.elements if tag == "h1")


def test_before_any_fee_table_is_loaded_the_page_says_what_the_operator_has_to_do(reader):
    for path in ("/fees/", "/fees/97140/", "/fees/97140/?zip=60601"):
        page = read(reader, path)
        assert page.status == 200
        assert "No fee tables are loaded" in page.main_text
        assert "manage.py import_cms" in page.main_text
        assert "$0" not in page.main_text


@pytest.mark.usefixtures("fee_tables")
class TestAmounts:
    def test_the_amount_comes_first_then_its_arithmetic_its_source_and_release(self, reader):
        page = read(reader, "/fees/97140/?zip=60601")
        assert heading(page)["data-fee"] == "known"
        assert heading(page)["data-non-facility"] == "27.90"
        for words in (
            "$27.90",
            "CHICAGO, IL",
            "0.43",
            "× 1.007",
            "0.43301",
            "32.3465",
            "27.895298135",
            "Physician fee schedule, October 2025",
            "GPCI 2025",
            "ZIP codes 2025 Q4",
            "COOK",
        ):
            assert words in page.main_text

    def test_a_locality_has_a_permanent_address_of_its_own(self, reader):
        page = read(reader, "/fees/98940/?locality=07102-13")
        assert (heading(page)["data-non-facility"], heading(page)["data-facility"]) == ("24.78", "20.33")
        assert "$24.78, in a facility $20.33" in page.main_text

    def test_without_a_place_the_national_amount_is_shown(self, reader):
        page = read(reader, "/fees/97140/")
        assert heading(page)["data-non-facility"] == "27.17"
        assert "before a locality adjusts it" in page.main_text

    def test_further_units_and_assistants(self, reader):
        page = read(reader, "/fees/97140/?zip=60601")
        for words in ("$21.28", "$23.72", "$18.09", "× 0.50", "Therapy services"):
            assert words in page.main_text
        assert "at the non-facility amount wherever it is given" in page.main_text
        assert "Each further unit" not in read(reader, "/fees/98940/?zip=60601").main_text

    def test_the_professional_and_technical_parts_stand_beside_the_whole(self, reader):
        page = read(reader, "/fees/95886/")
        for words in ("$90.57", "26: the professional part", "$43.02", "TC: the technical part", "$47.55"):
            assert words in page.main_text

    @pytest.mark.parametrize(
        ("number", "words"),
        [("97010", "Pays it inside other services"), ("97039", "contractor sets the price")],
    )
    def test_a_code_without_a_national_amount_says_so_in_words(self, reader, number, words):
        page = read(reader, f"/fees/{number}/?zip=60601")
        assert heading(page)["data-fee"] == "no-amount"
        assert "No national amount" in page.main_text
        assert words.lower() in page.main_text.lower()
        assert "$0" not in page.main_text

    def test_a_code_outside_the_catalogue_is_priced_too_and_named_as_cms_names_it(self, reader):
        page = read(reader, "/fees/G0999/")
        assert "A service made up for this test" in page.main_text
        assert "Coverage is restricted" in page.main_text
        assert reverse("code", args=["G0999"]) not in page.own_links

    def test_a_zip_code_in_two_localities_shows_both(self, reader):
        page = read(reader, "/fees/97140/?zip=60499")
        assert heading(page)["data-fee"] == "several"
        for words in (
            "2 localities share this ZIP code",
            "CHICAGO, IL",
            "SUBURBAN CHICAGO, IL",
            "$27.90",
            "$27.82",
        ):
            assert words in page.main_text
        assert "/fees/97140/?locality=06102-15" in page.main_links

    def test_a_zip_code_that_is_split_by_its_last_four_digits_is_marked(self, reader):
        assert "may lie in another locality" in read(reader, "/fees/97140/?zip=60007").main_text
        assert "may lie in another locality" not in read(reader, "/fees/97140/?zip=60601").main_text

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("zip=99999", "do not know the ZIP code 99999"),
            ("locality=99999-99", "no locality 99999-99"),
            ("year=2019", "no relative values for 2019"),
        ],
    )
    def test_what_is_not_in_the_tables_is_not_known(self, reader, query, words):
        page = read(reader, f"/fees/97140/?{query}")
        assert heading(page)["data-fee"] == "not-known"
        assert words in page.main_text
        assert "$" not in page.main_text

    def test_another_years_indices_are_not_taken_instead(self, reader):
        newer = release(Table.FEE_SCHEDULE, date(2026, 7, 1), "Physician fee schedule, July 2026")
        value(newer, "97140", values="0.43 0.38 0.38 0.01")
        page = read(reader, "/fees/97140/?zip=60601")
        assert heading(page)["data-fee"] == "not-known"
        assert "GPCIs of 2026 are not loaded" in page.main_text
        assert heading(read(reader, "/fees/97140/?zip=60601&year=2025"))["data-non-facility"] == "27.90"

    def test_a_release_that_is_still_being_loaded_is_not_read(self, reader):
        loading = release(Table.FEE_SCHEDULE, date(2026, 1, 1), "Half a schedule", current=False)
        Release.objects.filter(pk=loading.pk).update(stage=Release.Stage.LOADING)
        value(loading, "97140", values="9 9 9 9")
        assert heading(read(reader, "/fees/97140/"))["data-non-facility"] == "27.17"
        assert "no relative values for 2026" in read(reader, "/fees/97140/?year=2026").main_text

    @pytest.mark.parametrize(
        "day", [date(2025, 11, 1), date(2026, 1, 1)], ids=["of the year", "of the next year"]
    )
    def test_a_release_that_was_rolled_back_is_not_read(self, reader, day):
        value(release(Table.FEE_SCHEDULE, day, "Rolled back", current=False), "97140", values="9 9 9 9")
        assert heading(read(reader, "/fees/97140/"))["data-non-facility"] == "27.17"

    def test_a_code_that_the_schedule_does_not_name(self, reader):
        page = read(reader, "/fees/97799/")
        assert page.status == 200
        assert "97799 is not in the fee schedule of 2025" in page.main_text
        page = Page(reader.get("/fees/97149/"))
        assert page.status == 404
        assert "Did you mean" in page.main_text

    @pytest.mark.parametrize(
        "path",
        [
            "/fees/97140/",
            "/fees/97140/?zip=60601",
            "/fees/95886/?locality=06102-16",
            "/fees/97140/?zip=60499",
        ],
    )
    def test_an_amount_costs_a_fixed_number_of_queries(
        self, reader, path, django_assert_max_num_queries, one_version
    ):
        reader.get(path)  # what is remembered for a version is remembered now
        with django_assert_max_num_queries(5):
            reader.get(path)


@pytest.mark.usefixtures("fee_tables")
class TestTheForm:
    def test_it_leads_to_the_permanent_address(self, reader):
        response = reader.get(
            "/fees/", {"code": "97140 Manual therapy", "zip": "60601-1234", "locality": "", "year": ""}
        )
        assert response.status_code == 302
        assert response["Location"] == "/fees/97140/?zip=60601"

    def test_case_spaces_and_zip_plus_four_are_forgiven_by_a_redirect(self, reader):
        assert reader.get("/fees/g0283/")["Location"] == "/fees/G0283/"
        assert reader.get("/fees/97140/?zip=606011234")["Location"] == "/fees/97140/?zip=60601"

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ({"zip": "6060"}, "A ZIP code has five digits"),
            ({"zip": "six"}, "A ZIP code has five digits"),
            ({"locality": "Chicago"}, "contractor and number"),
            ({"year": "last"}, "This year cannot be read"),
            ({"zip": "60601", "locality": "06102-16"}, "not both"),
        ],
    )
    def test_what_cannot_be_read_gets_a_kind_400(self, reader, query, words):
        for page in (
            Page(reader.get("/fees/97140/", query)),
            Page(reader.get("/fees/", {"code": "97140", **query})),
        ):
            assert page.status == 400
            assert words in page.main_text

    def test_a_word_offers_codes(self, reader):
        page = Page(reader.get("/fees/", {"code": "massage", "zip": "60601"}))
        assert "/fees/?code=97124&zip=60601&locality=&year=" in page.main_links

    def test_nonsense_in_the_address_is_not_found(self, reader):
        assert reader.get("/fees/massage/").status_code == 404

    def test_localities_can_be_chosen_by_name(self, reader):
        assert "IL: SUBURBAN CHICAGO (06102-15)" in read(reader, "/fees/").main_text
