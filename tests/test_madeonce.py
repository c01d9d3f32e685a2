"""Pages are made once for each version of their contents, and kept for whoever asks next."""

import sqlite3
from datetime import date
from io import StringIO

import brotli
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from codes import contentversion, lookups, madeonce
from codes.contentversion import content_version
from codes.management.commands import make_pages
from codes.models import (
    AddOnLink,
    Code,
    Faq,
    GlossaryTerm,
    MedicareStatus,
    MistakeReport,
    Modifier,
    PayerRule,
    Release,
    Source,
    UnitLimit,
)
from codes.pagestore import FileStore, page_store
from codes.urls import pages
from cptref.storage import smaller

pytestmark = pytest.mark.django_db

BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}  # as browsers say it
THE_PROGRAMS = contentversion.program_version.__wrapped__
ADDRESSES = (
    *("/", "/codes/", "/codes/97140/", "/modifiers/59/", "/faqs/", "/claims/", "/pairs/97124/97140/"),
    *("/search/?q=massage", "/visits/?line=97140:23&line=97110:15&treated_by=pt", "/units/?line=97140:20"),
    *(
        "/matrix/?code=97124+97140",
        "/fees/97140/",
        "/releases/",
        "/changes/",
        "/changes/feed/",
        "/glossary/",
        "/about/",
    ),
    *("/api/", "/api/v1/codes/97140/", "/api/v1/pairs/97124/97140/", "/fhir/metadata"),
)


@pytest.fixture
def store(settings, tmp_path) -> FileStore:
    """Pages are kept, as on a site."""
    settings.PAGES_MAX_MB, settings.PAGES_FILE = 10, tmp_path / "pages.sqlite3"
    page_store.cache_clear()
    yield page_store()
    page_store.cache_clear()


@pytest.fixture
def made(monkeypatch) -> list:
    """The addresses of the pages that were made, in order."""
    found, make = [], madeonce._make
    monkeypatch.setattr(
        madeonce,
        "_make",
        lambda view, request, *rest: found.append(request.path) or make(view, request, *rest),
    )
    return found


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_made_once_and_is_the_same_for_whoever_asks_next(reader, store, made, address):
    first = reader.get(address, headers=BROWSER)
    again = Client().get(address, headers=BROWSER)
    assert len(made) == 1
    assert (again.status_code, again.content) == (200, first.content)
    own = {"RateLimit": "", "X-Request-ID": ""}
    assert {**again.headers, **own} == {**first.headers, **own}
    assert again["Content-Encoding"] == "br"
    assert again["Cache-Control"] == "public, no-cache"
    assert "Cookie" not in again["Vary"]
    assert not again.cookies


def test_a_page_is_made_without_a_look_at_who_is_logged_in(reader, one_version, django_assert_num_queries):
    mine = reader.get("/pairs/97124/97140/")
    staff = Client()
    staff.force_login(User.objects.create_superuser("editor"))
    with django_assert_num_queries(0):
        theirs = staff.get("/pairs/97124/97140/")
    assert theirs.content == mine.content
    assert not theirs.cookies


@pytest.mark.parametrize("address", ADDRESSES)
def test_whoever_has_a_page_is_told_that_it_still_holds_before_anything_is_made(reader, store, made, address):
    first = reader.get(address)
    made.clear()
    answer = reader.get(address, headers={"If-None-Match": first["ETag"]})
    assert (answer.status_code, answer.content, made) == (304, b"", [])
    for name in ("ETag", "Cache-Control"):
        assert answer[name] == first[name]
    assert set(answer["Vary"].split(", ")) == set(first["Vary"].split(", "))
    assert reader.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_every_way_of_travelling_shows_the_same_page(reader, store):
    plain = reader.get("/codes/97140/")
    assert "Content-Encoding" not in plain
    zipped = reader.get("/codes/97140/", headers={"Accept-Encoding": "gzip"})
    assert zipped["Content-Encoding"] == "gzip"
    assert len(zipped.content) < len(plain.content) / 2
    for headers in (
        {},
        {"Accept-Encoding": "gzip"},
        {"Accept-Encoding": "br;q=0, gzip"},
        {"Accept-Encoding": "zstd"},
        BROWSER,
    ):
        kept = reader.get("/codes/97140/", headers=headers)
        assert Client().get("/codes/97140/", headers=headers).content == kept.content


def test_pieces_for_htmx_and_pages_of_other_hosts_are_kept_apart(reader, store, settings):
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    address = "/search/?q=massage"
    page, piece = reader.get(address).content, reader.get(address, headers={"HX-Request": "true"}).content
    assert len(piece) < len(page)
    assert reader.get(address).content == page
    assert reader.get(address, headers={"HX-Request": "true"}).content == piece
    other = reader.get("/codes/97140/", headers={"Host": "other.example"}).content.decode()
    assert "http://other.example/codes/97140/" in other
    assert "http://other.example" not in reader.get("/codes/97140/").content.decode()


def test_what_is_no_answer_is_not_kept(reader, store, made):
    for address, status in (
        *(("/codes/99999/", 404), ("/pairs/97124/97140/?date=nonsense", 400), ("/codes/97140", 302)),
        *(("/pairs/97140/97124/", 301), ("/search/?q=97140", 302)),
    ):
        assert [reader.get(address).status_code for _ in range(2)] == [status, status]
        assert "ETag" not in reader.get(address)
    assert not sqlite3.connect(store.path).execute("SELECT * FROM page").fetchall()


def test_forms_and_the_staffs_side_are_never_kept(reader, store, made):
    for address in ("/report/?page=/codes/97140/", "/admin/login/", "/healthz"):
        assert "ETag" not in reader.get(address)
    assert made == []


# --- Versions -----------------------------------------------------------------------------------


def edit_code():
    code = Code.objects.get(number="97140")
    code.name = "Hands-on techniques"
    code.save()


def add_limit():
    UnitLimit.objects.create(
        release=Release.objects.filter(table="mue").first(), number="90000", value=1, mai=2
    )


def add_status():
    release = Release.objects.filter(table="fee-schedule").first() or Release.objects.first()
    MedicareStatus.objects.create(release=release, number="90000", letter="A")


def publish_correction():
    MistakeReport.objects.create(
        page="/codes/97140/",
        wrong="x",
        was="The minutes were wrong.",
        says_now="They are right.",
        state="fixed",
    )


CHANGES = {
    "a code": edit_code,
    "a code's state": lambda: Code.objects.get(number="97140").delete(),
    "a modifier": lambda: Modifier.objects.get(code="59").save(),
    "a question": lambda: Faq.objects.first().save(),
    "a term": lambda: GlossaryTerm.objects.first().delete(),
    "a source": lambda: Source.objects.first().save(),
    "a payer's rule": lambda: PayerRule.objects.first().save(),
    "a limit": add_limit,
    "a status": add_status,
    "an add-on code": lambda: AddOnLink.objects.create(
        release=Release.objects.filter(table="add-on").first(), add_on="90001", primary="90000", kind=1
    ),
    "a release": lambda: Release.objects.filter(is_current=True, table="ptp").update(is_current=False),
    "a correction": publish_correction,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_every_change_makes_a_new_version_and_what_is_taken_back_the_old_one(change):
    before = content_version()
    assert content_version() == before
    with transaction.atomic():
        change()
        assert content_version() != before
        transaction.set_rollback(True)
    assert content_version() == before


def test_an_edit_in_the_admin_shows_at_once(store, reader):
    staff = Client()
    staff.force_login(User.objects.create_superuser("chief"))
    limit = UnitLimit.objects.filter(number="97140").first()
    before = reader.get("/api/v1/codes/97140/")
    form = {
        "release": limit.release_id,
        "number": "97140",
        "value": 77,
        "mai": limit.mai,
        "rationale": limit.rationale,
    }
    assert staff.post(reverse("admin:codes_unitlimit_change", args=[limit.pk]), form).status_code == 302
    after = reader.get("/api/v1/codes/97140/", headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert 77 in {each["value"] for each in after.json()["facts"]["unit_limits"]}


def test_tomorrow_every_answer_for_today_is_made_anew(reader, store, monkeypatch):
    first = reader.get("/pairs/97124/97140/")
    monkeypatch.setattr("codes.clock.today", lambda: date(2026, 11, 26))
    assert reader.get("/pairs/97124/97140/", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_an_update_of_the_site_makes_every_page_anew(reader, store, monkeypatch):
    first = reader.get("/pairs/97124/97140/")
    monkeypatch.setattr(contentversion, "program_version", lambda: "another")
    assert reader.get("/pairs/97124/97140/", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_the_programs_version_counts_rules_templates_and_what_settings_show(settings, tmp_path):
    version = THE_PROGRAMS
    before = version()
    assert version() == before
    settings.CPT_LICENSE_HELD = True
    assert version() != before
    settings.CPT_LICENSE_HELD = False
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "base.html").write_text("other")
    settings.BASE_DIR = tmp_path
    assert version() != before


def test_a_page_during_which_something_is_published_is_made_again(reader, store, monkeypatch):
    """The answer is of one version, never half of each, and is kept under the one it has."""
    asked = madeonce.content_version
    versions = iter(["before", "after", "after", "after", "after"])
    monkeypatch.setattr(madeonce, "content_version", lambda: next(versions, None) or asked())
    tries, about = [], lookups.about
    monkeypatch.setattr(
        "codes.views.home.lookups.about",
        lambda: tries.append(contentversion.content_version()) or about(),
    )
    assert reader.get("/about/").status_code == 200
    assert tries == ["before", "after"]
    assert reader.get("/about/").status_code == 200
    assert len(tries) == 2


@pytest.mark.parametrize(("reads", "looks"), [(False, 1), (True, 2)])
def test_a_page_that_needed_nothing_of_the_database_needs_no_second_look_at_the_version(
    reader, store, monkeypatch, reads, looks
):
    """All that it was made of is remembered, and is of one version."""
    reader.get("/pairs/97124/97140/")
    looked = []
    entries, asked = lookups.pair_entries, madeonce.content_version
    if reads:
        monkeypatch.setattr(
            lookups, "pair_entries", lambda *pair: Release.objects.exists() and entries(*pair)
        )
    monkeypatch.setattr(madeonce, "content_version", lambda: looked.append(1) or asked())
    assert reader.get("/pairs/97110/97140/").status_code == 200
    assert len(looked) == looks


def test_where_something_is_published_all_the_time_a_page_is_sent_and_not_kept(reader, store, monkeypatch):
    versions = iter(range(100))
    monkeypatch.setattr(madeonce, "content_version", lambda: str(next(versions)))
    assert reader.get("/about/").status_code == 200
    assert not sqlite3.connect(store.path).execute("SELECT * FROM page").fetchall()


# --- The store ----------------------------------------------------------------------------------


def test_a_store_that_is_full_lets_the_oldest_go(tmp_path):
    store = FileStore(tmp_path / "pages.sqlite3", most_bytes=1_000_000)
    for number in range(1_024):
        store.put(str(number).encode(), bytes(4_000))
    assert store.get(b"0") is None
    assert store.get(b"1023") == bytes(4_000)
    size = sum(file.stat().st_size for file in tmp_path.iterdir())
    assert size < 8_000_000


@pytest.mark.parametrize("trouble", ["nonsense", "folder", "read-only"])
def test_a_store_that_cannot_be_used_costs_no_answer(reader, settings, tmp_path, trouble, caplog):
    path = tmp_path / "pages.sqlite3"
    if trouble == "nonsense":
        path.write_bytes(b"This is no database. " * 500)
    elif trouble == "folder":
        path.mkdir()
    else:
        path = tmp_path / "missing" / "pages.sqlite3"
    settings.PAGES_MAX_MB, settings.PAGES_FILE = 10, path
    page_store.cache_clear()
    answers = [reader.get("/codes/97140/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "Pages cannot be kept" in caplog.text
    if trouble == "nonsense":
        assert page_store().get(b"other") is None
        assert len(sqlite3.connect(path).execute("SELECT * FROM page").fetchall()) == 1, "it was built anew"


def test_a_store_that_is_being_written_makes_nobody_wait(reader, store):
    reader.get("/about/")
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert reader.get("/about/").status_code == 200
    assert reader.get("/glossary/").status_code == 200
    other.execute("ROLLBACK")


def test_machines_share_what_they_made_in_the_shared_cache(reader, settings, made):
    settings.PAGES_SHARED = True
    settings.CACHES = {
        **settings.CACHES,
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    }
    page_store.cache_clear()
    first = reader.get("/codes/97140/")
    assert Client().get("/codes/97140/").content == first.content
    assert made == ["/codes/97140/"]


def test_a_shared_cache_that_does_not_answer_costs_no_page(reader, settings, monkeypatch):
    class Gone:
        def get(self, *args, **options):
            raise ConnectionError

        set = get

    settings.PAGES_SHARED = True
    page_store.cache_clear()
    monkeypatch.setattr("codes.pagestore.caches", {"default": Gone()})
    assert reader.get("/codes/97140/").status_code == 200


def test_a_cdn_may_keep_a_page_and_throw_it_away_by_its_version(reader, store, settings):
    assert "CDN-Cache-Control" not in reader.get("/codes/97124/")
    settings.CDN_SECONDS = 600
    answer = reader.get("/codes/97140/")
    assert answer["CDN-Cache-Control"] == "public, max-age=600"
    assert answer["Cache-Tag"] == answer["Surrogate-Key"] == f"content-{content_version()}"
    assert answer["Cache-Control"] == "public, no-cache", "browsers ask each time"


def test_pages_are_looked_for_by_the_first_parts_of_their_addresses():
    parts = {str(pattern.pattern).split("/")[0] for pattern in pages}
    assert parts | {"api", "fhir"} == madeonce.FIRST_PARTS


def test_what_is_kept_has_every_header_that_protects_a_page(reader, store):
    made, kept = reader.get("/codes/97140/"), reader.get("/codes/97140/")
    for name in ("Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy"):
        assert kept[name] == made[name]
    assert kept["Content-Length"] == str(len(kept.content))


def test_a_host_that_is_not_ours_is_refused_also_where_pages_are_kept(reader, store):
    reader.get("/codes/97140/")
    for path in ("/codes/97140/", "/api/v1/codes/97140/", "/admin/", "/nothing/"):
        answer = reader.get(path, headers={"Host": "evil.example"})
        assert answer.status_code == 400
        assert "evil.example" not in answer.content.decode()
    assert "does not go by that name" in reader.get("/", headers={"Host": "evil.example"}).content.decode()


def test_every_page_of_readers_is_made_once(settings):
    assert {pattern.name for pattern in pages} >= {
        "home",
        "code",
        "pair",
        "visits",
        "search",
        "faq",
        "releases",
    }
    assert all(hasattr(pattern.callback, "__wrapped__") for pattern in pages)


def test_the_database_is_asked_for_the_version_only_after_something_was_written(monkeypatch):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL tells it in one query; see test_servers.py")
    monkeypatch.setattr(contentversion, "_state", lambda connection: (1,))
    read = []
    monkeypatch.setattr(contentversion, "_read_version", lambda today: read.append(1) or "v")
    assert [content_version() for _ in range(3)] == ["v"] * 3
    assert len(read) == 1
    monkeypatch.setattr(contentversion, "_state", lambda connection: (2,))
    content_version()
    assert len(read) == 2
    connection.__dict__.pop("content_version", None)


# --- Ahead --------------------------------------------------------------------------------------


def test_the_pages_that_are_asked_most_are_made_ahead(store, made, reader, monkeypatch):
    paths = ["/", "/codes/97140/", "/pairs/97124/97140/"]
    every = list(make_pages.addresses())
    assert set(paths) <= set(every)
    assert len(every) > 400
    monkeypatch.setattr(make_pages, "addresses", lambda: paths)
    call_command("make_pages", "http://testserver", stdout=StringIO())
    assert made == paths
    for path in paths:
        assert reader.get(path, headers={"Accept-Encoding": "br", "Host": "testserver"}).status_code == 200
    assert made == paths, "nobody waits for them"


@pytest.mark.parametrize(
    ("address", "words"), [("cptref.example", "Write it with"), ("https://other.example", "ALLOWED_HOSTS")]
)
def test_pages_are_not_made_for_an_address_that_is_none_of_ours(store, address, words):
    with pytest.raises(CommandError, match=words):
        call_command("make_pages", address)


@pytest.mark.parametrize("number", ["97140", "97124", "97110", "97032", "98940"])
def test_a_code_page_paints_in_one_round_trip(reader, store, settings, number):
    """The longest of our pages of codes, with the stylesheet that a screen needs, as a site sends them."""
    page = reader.get(f"/codes/{number}/", headers={"accept-encoding": "gzip, deflate, br, zstd"})
    assert page["Content-Encoding"] == "br"
    css = (settings.BASE_DIR / "static" / "css" / "site.css").read_bytes()
    assert len(page.content) + len(brotli.compress(smaller(css))) < 14_000
