"""An operator moves a site from its SQLite file to PostgreSQL: everything goes along, or nothing."""

import os
import re
import sqlite3
from html import unescape

import psycopg
import pytest

from codes.models import PairEdit, Release
from codes.moving import checksum
from tests import cmsfiles
from tests.servers import new_database, postgresql_server
from tests.sites import manage, run

OWN_SERVER = pytest.mark.skipif(
    "postgresql" in os.environ.get("DATABASE_URL", ""), reason="a server of its own, tried once"
)

# --- A site as it is after some work ----------------------------------------------------------

WORK = """
from django.contrib.auth.models import Group, User
from codes.models import Category, Code, Faq, Synonym
morgan = User.objects.create_superuser("morgan", password="a long password")
edith = User.objects.create_user("edith", password="another long one", is_staff=True)
edith.groups.add(Group.objects.get(name="Editor"))
code = Code.objects.get(number="97140")
code.name, code._history_user, code._change_reason = "Manual therapy, edited “here”", morgan, "A better name"
code.save()
Synonym.objects.create(code=code, term="kneten\\tund\\\\ziehen")
draft = Code.objects.create(
    number="99901", system="cpt1", category=Category.objects.first(), name="Draft", summary="Not yet.",
    timing="untimed", attendance="none", therapy_status="never",
)
gone = Faq.objects.create(slug="gone", question="Gone?", answer="Yes.", topic="units")
result = {"gone": gone.pk}
gone.delete()
client = Client()
client.force_login(morgan)
result["session"] = client.cookies["sessionid"].value
"""
PAGES = [
    *("/", "/search/?q=kneten", "/search/?q=edited+manual", "/codes/", "/codes/97140/", "/codes/99901/"),
    *("/modifiers/59/", "/faqs/", "/claims/", "/pairs/97124/97140/", "/pairs/97140/97530/?date=2019-06-01"),
    *(
        "/pairs/0001U/99999/?setting=practitioner",
        "/api/pairs/97124/97140/",
        "/matrix/?code=97124+97140+98940",
    ),
    *(
        "/visits/?line=97140:23:GP&line=97110:15:GP&treated_by=pt",
        "/releases/",
        "/changes/",
        "/changes/feed/",
    ),
    *("/fees/97140/", "/about/", "/nothing-here/"),
]
STAFF_PAGES = [
    *("/admin/", "/admin/codes/code/", "/admin/codes/code/?q=97140", "/admin/codes/code/{code}/change/"),
    *(
        "/admin/codes/code/{code}/history/",
        "/admin/codes/release/",
        "/admin/codes/unitlimit/",
        "/codes/97140/",
    ),
    *("/admin/auth/user/", "/admin/codes/faq/", "/admin/codes/source/"),
]
READ = """
from codes.models import Code
pk = Code.objects.get(number="97140").pk
reader, staff = Client(), Client()
staff.cookies["sessionid"] = given["session"]
result = {"reader": {}, "staff": {}}
for name, client in (("reader", reader), ("staff", staff)):
    for address in given[name]:
        answer = client.get(address.format(code=pk))
        result[name][address] = [answer.status_code, answer.content.decode()]
"""


def pages(database: str, session: str) -> dict:
    """Every page as this site sends it, without what is new on each request."""
    found = run(database, READ, {"session": session, "reader": PAGES, "staff": STAFF_PAGES})
    return {
        (who, address): (status, re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text))
        for who, read in found.items()
        for address, (status, text) in read.items()
    }


@pytest.fixture(scope="module")
def server():
    with postgresql_server() as server:
        yield server


@pytest.fixture
def target(server) -> str:
    """An empty database."""
    return new_database(server)


@pytest.fixture(scope="module")
def migrated_once(server) -> str:
    """The name of a database that is migrated and holds nothing else."""
    database = new_database(server)
    manage(database, "migrate", "--verbosity", "0")
    return psycopg.conninfo.conninfo_to_dict(database)["dbname"]


@pytest.fixture
def migrated(server, migrated_once) -> str:
    """A database that is migrated and holds nothing else: empty, too."""
    return new_database(server, migrated_once)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A SQLite site with staff, an edited entry, a draft, a deleted question and two releases of a table."""
    folder = tmp_path_factory.mktemp("site")
    path = folder / "db.sqlite3"
    database = f"sqlite:///{path}"
    manage(database, "migrate", "--verbosity", "0")
    manage(database, "load_reference")
    notes = run(database, WORK)
    manage(database, "import_cms", "--allow-fewer", str(cmsfiles.ptp_file(folder)))
    later = cmsfiles.ptp_file(folder, cmsfiles.LATER_EDITS, "ccipra-v330r0-f1.txt")
    manage(database, "import_cms", "--allow-fewer", str(later))
    return path, notes


@pytest.fixture
def copy(site, tmp_path):
    """The same site once more, to be spoiled."""
    path = tmp_path / "copy.sqlite3"
    with sqlite3.connect(site[0]) as source, sqlite3.connect(path) as target:
        source.backup(target)
    return path


def rows_in(database: str) -> int:
    """How many codes and users a database holds; none before it is migrated."""
    with psycopg.connect(database) as connection:
        if connection.execute("SELECT to_regclass('codes_code')").fetchone()[0] is None:
            return 0
        return connection.execute(
            "SELECT (SELECT COUNT(*) FROM codes_code) + (SELECT COUNT(*) FROM auth_user)"
        ).fetchone()[0]


def move(path, target: str):
    return manage(target, "move_from_sqlite", str(path), check=False)


# --- It goes along ----------------------------------------------------------------------------


@OWN_SERVER
def test_every_page_is_the_same_afterwards_and_staff_go_on_with_their_work(site, target):
    path, notes = site
    done = move(path, target)
    assert done.returncode == 0, done.stderr
    assert re.search(r"codes_pairedit\s+[\d,]+ rows\s+[0-9a-f]{16}", done.stdout)
    assert "are the same on both sides" in done.stdout

    before = pages(f"sqlite:///{path}", notes["session"])
    after = pages(target, notes["session"])
    for where in before:
        assert after[where] == before[where], where
    assert "edited “here”" in unescape(after["reader", "/codes/97140/"][1])
    assert "A better name" in after["staff", "/admin/codes/code/{code}/history/"][1]
    assert all(after["staff", address][0] == 200 for address in STAFF_PAGES), "they are still logged in"

    new = run(
        target,
        """
from django.contrib.auth.models import User
edith = User.objects.get(username="edith")
from codes.models import Code, Faq, Release, TableChange
faq = Faq.objects.create(slug="new", question="New?", answer="Yes.", topic="units", state="published")
code = Code.objects.get(number="97140")
result = {
    "key": faq.pk, "histories": [faq.history.count(), code.history.count()], "who": code.history.first().history_user.username,
    "password": edith.check_password("another long one"),
    "group": edith.has_perm("codes.change_code"),
    "found": Client().get("/search/?q=new").content.decode().count("/faqs/new/"),
    "changes": TableChange.objects.count(),
}
""",
    )
    assert new["key"] > notes["gone"], "a key that a deleted entry had is never given again"
    assert new["histories"] == [1, 2]
    assert (new["who"], new["password"], new["group"]) == ("morgan", True, True)
    assert new["found"]
    assert new["changes"] == 4


PARTITIONS = "SELECT tableoid::regclass::text, COUNT(*) FROM codes_pairedit GROUP BY 1 ORDER BY 2 DESC"


@OWN_SERVER
def test_the_next_import_finds_whole_tables_where_it_would_have_put_them(site, migrated, tmp_path):
    assert move(site[0], migrated).returncode == 0
    with psycopg.connect(migrated) as connection:
        places = connection.execute(PARTITIONS).fetchall()
    assert places[0][0] == "codes_pairedit_others"
    assert [number for _, number in places][1:] == [len(cmsfiles.LATER_EDITS), len(cmsfiles.EDITS)]
    next_one = cmsfiles.ptp_file(tmp_path, cmsfiles.LATER_EDITS, "ccipra-v331r0-f1.txt")
    assert "8 unchanged" in manage(migrated, "import_cms", "--allow-fewer", str(next_one)).stdout
    with psycopg.connect(migrated) as connection:
        assert len(connection.execute(PARTITIONS).fetchall()) == 3, "the oldest has gone, the new one come"


# --- It is refused ----------------------------------------------------------------------------


@OWN_SERVER
def test_a_target_that_holds_data_is_left_as_it_is(site, migrated):
    run(migrated, "from django.contrib.auth.models import User; User.objects.create(username='somebody')")
    done = move(site[0], migrated)
    assert done.returncode != 0
    assert "The target holds data already: there are rows in auth_user." in done.stderr
    assert "createdb" in done.stderr
    assert rows_in(migrated) == 1


@OWN_SERVER
def test_a_database_of_something_else_is_not_touched(site, target):
    with psycopg.connect(target) as connection:
        connection.execute("CREATE TABLE patients (name text)")
    assert "tables of something else: patients" in move(site[0], target).stderr
    with psycopg.connect(target) as connection:
        tables = connection.execute("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert tables == (1,)


def test_a_target_that_is_no_postgresql_is_refused(tmp_path):
    database = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    done = move(tmp_path / "db.sqlite3", database)
    assert "The target is not PostgreSQL" in done.stderr
    assert "DATABASE_URL=postgresql://" in done.stderr


@OWN_SERVER
def test_what_is_no_site_is_refused(tmp_path, target):
    missing, text, other = (tmp_path / name for name in ("missing.sqlite3", "letter.txt", "other.sqlite3"))
    text.write_text("Dear operator, this is no database. " * 100)
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE songs (name TEXT)")
    assert "missing.sqlite3 is no file" in move(missing, target).stderr
    for path in (text, other):
        assert f"{path.name} is not the database of a cptref site" in move(path, target).stderr
    assert rows_in(target) == 0


@OWN_SERVER
def test_a_site_of_another_version_is_refused_with_what_to_do(copy, target):
    with sqlite3.connect(copy) as connection:
        connection.execute("DELETE FROM django_migrations WHERE app = 'codes' AND name > '0005'")
    done = move(copy, target)
    assert "lacks codes.0005_fees, codes.0006_payer_rules" in done.stderr
    assert f"DATABASE_URL=sqlite:///{copy} manage.py migrate" in done.stderr
    with sqlite3.connect(copy) as connection:
        connection.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('codes', '9999_later', '2030-01-01')"
        )
    assert "of another version of the site: this one lacks codes.9999_later" in move(copy, target).stderr


@OWN_SERVER
def test_a_row_that_postgresql_does_not_take_is_named_and_nothing_is_moved(copy, migrated):
    with sqlite3.connect(copy) as connection:
        connection.execute("UPDATE codes_code SET name = ? WHERE number = '97140'", ["much too long " * 20])
    done = move(copy, migrated)
    assert "PostgreSQL refused: value too long for type character varying(80)" in done.stderr
    assert "COPY codes_code, line" in done.stderr
    assert rows_in(migrated) == 0
    with sqlite3.connect(copy) as connection:
        connection.execute("UPDATE codes_code SET name = 'short', category_id = 77777 WHERE number = '97140'")
    done = move(copy, migrated)
    assert "PostgreSQL refused" in done.stderr
    assert "foreign key" in done.stderr
    assert rows_in(migrated) == 0


# --- It breaks --------------------------------------------------------------------------------

BREAK = """
import os, signal
from unittest import mock
from django.core.management import call_command
with mock.patch({where!r}, {instead}):
    call_command("move_from_sqlite", given)
"""


@OWN_SERVER
def test_a_move_that_is_killed_leaves_nothing_and_a_second_one_works(site, migrated):
    script = BREAK.format(
        where="codes.moving.search.rebuild", instead="lambda: os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = run(migrated, script, str(site[0]), check=False)
    assert killed.returncode == -9
    assert rows_in(migrated) == 0
    assert move(site[0], migrated).returncode == 0
    assert rows_in(migrated) > 170


@OWN_SERVER
def test_a_copy_that_differs_is_noticed_and_undone(site, migrated):
    lose = 'lambda source, cursor, moved: cursor.execute("UPDATE codes_pairedit SET indicator = 1 WHERE indicator = 0")'
    done = run(
        migrated, BREAK.format(where="codes.moving._continue_keys", instead=lose), str(site[0]), check=False
    )
    assert "codes_pairedit is not the same on both sides" in done.stderr
    assert rows_in(migrated) == 0


@pytest.mark.django_db
def test_a_checksum_tells_any_row_and_value_apart_and_no_order():
    first = checksum(PairEdit, "default")
    assert checksum(PairEdit, "default") == first
    row = PairEdit.objects.filter(deleted_on=None).first()
    for values in (
        {"indicator": 9},
        {"column_two": "99998"},
        {"rationale": None, "effective_basis": "unknown"},
    ):
        PairEdit.objects.filter(pk=row.pk).update(**values)
        assert checksum(PairEdit, "default")[0] == first[0]
        assert checksum(PairEdit, "default")[1] != first[1]
    kept = checksum(Release, "default")
    Release.objects.filter(pk=Release.objects.first().pk).update(files=[{"name": "x", "rows": 1}])
    assert checksum(Release, "default")[1] != kept[1]
