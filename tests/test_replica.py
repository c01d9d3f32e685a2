"""Readers' pages come from a replica that streams from the primary; everything else stays with the primary."""

import os
import subprocess
import sys

import psycopg
import pytest
from django.contrib.auth.models import User

from codes.models import Code
from cptref import replica
from tests import cmsfiles
from tests.servers import Standby, WebServer, new_database, postgresql_server, site_server
from tests.sites import environment, manage, run

OWN_SERVERS = pytest.mark.skipif(
    "postgresql" in os.environ.get("DATABASE_URL", ""), reason="servers of its own, tried once"
)


class Pair:
    """A site on a primary with its replica."""

    def __init__(self, primary: str, standby: Standby, session: str):
        self.primary, self.standby, self.session = primary, standby, session
        name = psycopg.conninfo.conninfo_to_dict(primary)["dbname"]
        self.replica = standby.address(name)

    def manage(self, *words: str):
        return manage(self.primary, *words, DATABASE_REPLICA_URL=self.replica)

    def run(self, script: str, given=None, **more):
        """Run lines in the site; HELPERS say what they find."""
        given = {"primary": self.primary, "replica": self.replica, "session": self.session, "given": given}
        return run(self.primary, HELPERS + script, given, **{"DATABASE_REPLICA_URL": self.replica, **more})

    def change(self, statement: str) -> None:
        """Do something on the primary, as a writer there."""
        with psycopg.connect(self.primary, autocommit=True) as connection:
            connection.execute(statement)


HELPERS = """
import time
import psycopg
from django.db import connections
from cptref import replica

def over(address):
    def sql(statement):
        with psycopg.connect(address, autocommit=True) as connection:
            found = connection.execute(statement)
            return found.fetchall() if found.description else None
    return sql

primary, standby = over(given["primary"]), over(given["replica"])
reader, staff = Client(), Client()
staff.cookies["sessionid"] = given["session"]
asked = []

def noting(alias, then=lambda number: None):
    def wrapper(execute, sql, params, many, context):
        found = execute(sql, params, many, context)
        asked.append(alias)
        then(asked.count(alias))
        return found
    return wrapper

def read(client, address, then=lambda number: None):
    # status, text and where it was read from
    asked.clear()
    with connections["default"].execute_wrapper(noting("default")), connections["replica"].execute_wrapper(noting("replica", then)):
        answer = client.get(address)
    return [answer.status_code, answer.content.decode(), sorted(set(asked))]
"""


@pytest.fixture(scope="module")
def servers():
    with postgresql_server() as primary:
        standby = Standby(primary)
        try:
            yield primary, standby
        finally:
            standby.remove()


@pytest.fixture(scope="module")
def first_site(servers) -> tuple[str, str]:
    """The name of a database with the launch data, and the session of a member of staff who is logged in."""
    database = new_database(servers[0])
    manage(database, "migrate", "--verbosity", "0")
    manage(database, "load_reference")
    script = """
from django.contrib.auth.models import User
client = Client()
client.force_login(User.objects.create_superuser("morgan", password="a long password"))
result = client.cookies["sessionid"].value
"""
    return psycopg.conninfo.conninfo_to_dict(database)["dbname"], run(database, script)


@pytest.fixture
def site(servers, first_site) -> Pair:
    """The site on both servers, the replica up to date and running."""
    primary, standby = servers
    name, session = first_site
    pair = Pair(new_database(primary, name), standby, session)
    standby.catch_up()
    yield pair
    standby.catch_up()


RENAME = """
    UPDATE codes_code SET name = 'Renamed just now' WHERE number = '97140';
    UPDATE codes_searchstamp SET stamp = 'after that'
"""
"""As the admin does it: the index of words is told."""

# --- Who reads where --------------------------------------------------------------------------


@OWN_SERVERS
def test_readers_read_what_the_replica_has_and_staff_what_they_wrote(site):
    site.standby.pause()
    site.change(RENAME)
    old, new, admin = site.run(
        """
result = [
    read(reader, "/codes/97140/"), read(staff, "/codes/97140/"), read(staff, "/admin/codes/code/?q=97140"),
]
"""
    )
    assert (old[0], "Renamed" in old[1], old[2]) == (200, False, ["replica"])
    assert (new[0], "Renamed" in new[1], new[2]) == (200, True, ["default"])
    assert (admin[0], "Renamed" in admin[1], admin[2]) == (200, True, ["default"])
    site.standby.catch_up()
    status, text, _ = site.run("result = read(reader, '/codes/97140/')")
    assert (status, "Renamed" in text) == (200, True)


@OWN_SERVERS
def test_a_program_is_never_told_that_an_old_answer_still_holds(site):
    site.standby.pause()
    name, etag = site.run(
        """
from codes.models import Code
code = Code.objects.get(number="97140")
code.name = "Renamed just now"
code.save()
answer = reader.get("/api/v1/codes/97140/")
result = [answer.json()["name"], answer["ETag"]]
"""
    )
    assert name != "Renamed just now"
    site.standby.catch_up()
    again = site.run(
        f"""
answer = reader.get("/api/v1/codes/97140/", headers={{"If-None-Match": {etag!r}}})
result = [answer.status_code, answer.content.decode()]
"""
    )
    assert (again[0], "Renamed just now" in again[1]) == (200, True)


@OWN_SERVERS
def test_no_page_that_readers_open_asks_the_primary_for_anything(site):
    read = site.run(
        """
from tests.test_pages import ADDRESSES
more = ["/codes/11111/", "/nothing/", "/api/pairs/97124/97140/", "/codes/suggestions/?first=97", "/fees/97140/"]
result = {address: [read(reader, address)[0], asked[:]] for address in [*ADDRESSES, *more] if "{" not in address}
"""
    )
    assert len(read) > 25
    assert {address for address, (_, asked) in read.items() if "default" in asked} == set()
    assert read["/codes/97140/"][0] == read["/self-check/"][0] == read["/healthz"][0] == 200
    assert len(read["/codes/97140/"][1]) > 10


@OWN_SERVERS
def test_forms_and_log_in_are_the_primarys(site):
    asked = site.run(
        """
result = []
read(reader, "/admin/login/")
result.append(sorted(set(asked)))
asked.clear()
with connections["default"].execute_wrapper(noting("default")), connections["replica"].execute_wrapper(noting("replica")):
    answer = reader.post("/admin/login/", {"username": "morgan", "password": "a long password", "next": "/admin/"})
result.append(sorted(set(asked)))
result.append(reader.post("/codes/97140/").status_code)
"""
    )
    assert "replica" not in asked[0]
    assert asked[1] == ["default"]
    assert asked[2] == 405


@OWN_SERVERS
def test_what_a_page_writes_it_reads_where_it_wrote_it(site):
    site.standby.pause()
    found = site.run(
        """
from codes.models import Source
with replica._replica():
    before = Source.objects.count()
    made = [Source.objects.get_or_create(slug="new", defaults={"title": "New", "publisher": "We", "kind": "own"})[1] for _ in "ab"]
    result = [made, Source.objects.filter(slug="new").count(), Source.objects.count() - before]
"""
    )
    assert found == [[True, False], 1, 1]


@OWN_SERVERS
def test_an_import_never_looks_at_a_replica_that_lags_behind(site, tmp_path):
    site.standby.pause()
    assert (
        "is published" in site.manage("import_cms", "--allow-fewer", str(cmsfiles.ptp_file(tmp_path))).stdout
    )
    later = str(cmsfiles.ptp_file(tmp_path, cmsfiles.LATER_EDITS, "ccipra-v330r0-f1.txt"))
    assert "2 new, 1 ended, 1 changed" in site.manage("import_cms", "--allow-fewer", later).stdout
    assert "* ptp practitioner                 NCCI PTP v33.0" in site.manage("releases").stdout
    address = "/pairs/97140/97150/?setting=practitioner&date=2026-11-01"
    assert "v33.0" not in site.run(f"result = read(reader, {address!r})[1]")
    site.standby.catch_up()
    assert "v33.0" in site.run(f"result = read(reader, {address!r})[1]")


# --- One state --------------------------------------------------------------------------------


@OWN_SERVERS
def test_a_page_is_read_from_one_state_whatever_arrives_meanwhile(site):
    before, during, after = site.run(
        """
def everything_changes(number):
    if number == 1:
        primary("UPDATE codes_code SET name = 'Renamed just now'; UPDATE codes_source SET title = 'Retitled';"
                "UPDATE codes_pairedit SET indicator = 1 - indicator WHERE indicator < 2;"
                "UPDATE codes_searchstamp SET stamp = 'as every change of an entry does'")
        while standby("SELECT COUNT(*) FROM codes_source WHERE title = 'Retitled'")[0][0] == 0:
            time.sleep(0.02)

address = "/pairs/97124/97140/"
result = [read(reader, address), read(reader, address, everything_changes), read(reader, address)]
"""
    )
    assert during[1] == before[1]
    assert "never-together" in before[1]
    assert "Retitled" not in before[1]
    assert 'data-verdict="modifier"' in after[1]
    assert "Renamed just now" in after[1]
    assert "Retitled" in after[1]


# --- The replica fails ------------------------------------------------------------------------


@OWN_SERVERS
def test_when_the_replica_breaks_off_in_the_middle_the_page_is_read_anew_from_the_primary(site):
    site.standby.pause()
    site.change(RENAME)
    found = site.run(
        """
def break_off(number):
    if number == 5:
        standby("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()")

result = [read(reader, "/codes/97140/", break_off), read(reader, "/codes/97140/")]
"""
    )
    whole = site.run("result = read(reader, '/codes/97140/')", DATABASE_REPLICA_URL=site.primary)
    (status, text, asked), again = found
    assert (status, asked) == (200, ["default", "replica"])
    assert text == whole[1], "nothing of what the replica said is left in it"
    assert "Renamed just now" in text
    assert again[2] == ["replica"], "a replica that is there is asked again at once"


@OWN_SERVERS
def test_without_the_replica_pages_come_from_the_primary(site):
    site.standby.stop()
    try:
        pages = site.run(
            "result = [read(reader, a) for a in ('/', '/codes/97140/', '/healthz', '/search/?q=massage')]"
        )
    finally:
        site.standby.start()
    assert [(status, asked) for status, _, asked in pages] == [(200, ["default"])] * 4


@OWN_SERVERS
def test_a_replica_that_is_gone_is_left_alone_for_a_while_and_then_asked_again(site, tmp_path):
    """The way to it is a link, which is taken away and put back."""
    way = tmp_path / "way"
    way.symlink_to(site.standby.folder)
    address = site.replica.replace(str(site.standby.folder), str(way))
    found = site.run(
        """
import os
from unittest import mock
way, folder = given["given"]
tried = []
connect = connections["replica"].get_new_connection
replica.RETRY_AFTER = 2

def counting(params):
    tried.append(time.monotonic())
    return connect(params)

result = []
with mock.patch.object(connections["replica"], "get_new_connection", counting):
    def look():
        result.append([*read(reader, "/codes/97140/")[::2], len(tried)])
    look()
    os.unlink(way)
    standby("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()")
    look()
    look()
    os.symlink(folder, way)
    look()
    time.sleep(2.1)
    look()
""",
        [str(way), str(site.standby.folder)],
        DATABASE_REPLICA_URL=address,
    )
    assert found == [
        [200, ["replica"], 1],
        [200, ["default"], 2],
        [200, ["default"], 2],
        [200, ["default"], 2],
        [200, ["replica"], 3],
    ]


@OWN_SERVERS
def test_readers_go_on_reading_while_the_primary_is_down(site, tmp_path):
    gone = f"postgresql://postgres:@/nothing?host={tmp_path}"
    pages = run(
        gone,
        "result = [Client().get(address).status_code for address in ('/codes/97140/', '/pairs/97124/97140/', '/healthz')]",
        DATABASE_REPLICA_URL=site.replica,
    )
    assert pages == [200, 200, 200]


# --- Rules and settings -----------------------------------------------------------------------


def test_outside_of_pages_everything_is_the_primarys():
    router = replica.Router()
    assert router.db_for_read(Code) == router.db_for_write(Code) == router.db_for_read(User) == "default"


def test_only_the_references_own_tables_are_read_from_the_replica():
    router = replica.Router()
    before = replica._reads_from.set("replica")
    try:
        assert router.db_for_read(Code) == "replica"
        assert router.db_for_read(User) == "default"
        assert router.db_for_write(Code) == "default"
        assert router.db_for_read(Code) == "default"
    finally:
        replica._reads_from.reset(before)


def test_the_replica_is_never_migrated_and_rows_of_both_belong_together():
    router = replica.Router()
    assert router.allow_migrate("replica", "codes") is False
    assert router.allow_migrate("default", "codes") is None
    assert router.allow_relation(Code(), Code()) is True


@pytest.mark.parametrize(
    ("primary", "second"),
    [
        ("sqlite://:memory:", "postgresql://u:p@h/n"),
        ("postgresql://u:p@h/n", "sqlite:///other.sqlite3"),
    ],
)
def test_a_replica_without_a_postgresql_primary_is_refused_with_what_to_do(primary, second):
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env=environment(primary, DATABASE_REPLICA_URL=second),
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "DATABASE_URL must name its primary" in done.stderr
    assert "leave DATABASE_REPLICA_URL out" in done.stderr


# --- Several machines ---------------------------------------------------------------------------


def machine(site, folder, number: int) -> WebServer:
    """A machine with a web process and kept pages of its own on the site's primary."""
    own = {"PAGES_MAX_MB": "10", "PAGES_FILE": str(folder / f"machine-{number}-pages.sqlite3")}
    return site_server(environment(site.primary, **own))


def fetch(server: WebServer, path: str, etag: str = "") -> tuple[str, str]:
    """The text and the ETag of a page; no text where the one that is given still holds."""
    answer, body = server.ask(path, If_None_Match=etag)
    assert answer.status == (200 if body else 304)
    return body.decode(), answer.headers["ETag"]


@OWN_SERVERS
def test_what_one_machine_imports_every_other_answers_from_at_once_and_never_by_half(site, tmp_path):
    asked, other = (machine(site, tmp_path, number) for number in range(2))
    try:
        page = "/pairs/97140/97530/"
        old, old_etag = fetch(asked, page)
        assert fetch(asked, page) == (old, old_etag)
        assert fetch(asked, page, old_etag) == ("", old_etag)
        importing = subprocess.Popen(
            [sys.executable, "manage.py", "import_cms", "--allow-fewer", str(cmsfiles.ptp_file(tmp_path))],
            env=environment(site.primary),
            stdout=subprocess.DEVNULL,
        )
        seen = []
        while importing.poll() is None:
            seen.append(fetch(asked, page))
        assert importing.returncode == 0
        new, new_etag = fetch(asked, page, old_etag)
        assert new, "the answer of before is not given any more"
        assert new_etag != old_etag
        assert ("v30.2" in old, "v32.3" in old) == (True, False)
        assert ("v30.2" in main_verdict(new), "v32.3" in main_verdict(new)) == (False, True)
        assert len(seen) > 20
        assert set(seen) <= {(old, old_etag), (new, new_etag)}
        same = fetch(other, page)[0].replace(other.address, asked.address)
        assert same == new, "both machines give the same answer"
    finally:
        asked.end()
        other.end()


def main_verdict(text: str) -> str:
    """What stands under a pair's verdict for the practitioner's claim."""
    return text[text.index("data-verdict") : text.index("Outpatient hospital")]
