"""CMS's files uploaded in the admin: queued, imported by a real worker, watched, stopped, tried again."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from io import BytesIO

import pytest
from django.conf import settings as site_settings
from django.contrib.auth.models import Group, User
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from codes import uploads
from codes.models import PairEdit, Release, Upload
from tests import cmsfiles

pytestmark = pytest.mark.django_db
LAUNCHED = 3
"""Releases of PTP edits in the launch data."""
ADD = "/admin/codes/upload/add/"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.UPLOAD_DIR = tmp_path / "uploads"
    return settings.UPLOAD_DIR


def member(client, group):
    user = User.objects.create(username=f"{group}-member", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    return client


@pytest.fixture
def reviewer(client):
    return member(client, "Reviewer")


def upload(client, *files, **options):
    """What the form answers, and the upload that it made."""
    handles = [path.open("rb") for path in files]
    response = client.post(ADD, {"files": handles, **options})
    return response, Upload.objects.first()


def work():
    """Does what waits, inside the test's transaction. Further below a real worker does it in a process of its own."""
    for waiting in DBTaskResult.objects.ready():
        waiting.claim("a test")
        waiting.task.call(*waiting.task_result.args, **waiting.task_result.kwargs)


def page_of(client, made):
    return client.get(reverse("admin:codes_upload_change", args=[made.pk])).content.decode()


@pytest.fixture
def edits(tmp_path):
    return cmsfiles.ptp_file(tmp_path, cmsfiles.EDITS, "ccipra-v330r0-f1.txt")


class TestImport:
    def test_what_is_uploaded_is_published_by_the_worker(self, reviewer, edits):
        response, made = upload(reviewer, edits, allow_fewer="on")
        assert response.status_code == 302
        assert "Waiting for a worker" in page_of(reviewer, made)
        assert Release.objects.filter(table=Release.Table.PTP).count() == LAUNCHED, (
            "nothing yet, but the launch data"
        )
        work()
        made.refresh_from_db()
        from django_tasks_db.models import DBTaskResult

        print(DBTaskResult.objects.first().traceback)
        assert made.state == Upload.State.DONE, made.said
        assert f"{len(cmsfiles.EDITS)} rows read" in page_of(reviewer, made)
        assert not uploads.folder_of(made).exists(), "what is published needs no copy"
        release = Release.objects.get(table=Release.Table.PTP, is_current=True, setting="practitioner")
        assert release.row_count == PairEdit.objects.filter(release=release).count() == len(cmsfiles.EDITS)

    def test_a_check_publishes_nothing(self, reviewer, edits):
        before = list(Release.objects.values_list("pk", "is_current"))
        _, made = upload(reviewer, edits, allow_fewer="on", check_only="on")
        work()
        made.refresh_from_db()
        assert "Nothing was written" in page_of(reviewer, made)
        assert list(Release.objects.values_list("pk", "is_current")) == before

    def test_a_file_that_is_refused_says_where_and_can_be_tried_again(self, reviewer, tmp_path):
        broken = tmp_path / "ccipra-v330r0-f1.txt"
        whole = cmsfiles.ptp_file(tmp_path, cmsfiles.EDITS, broken.name)
        text = whole.read_text()
        broken.write_text(text.replace("97140", "97?40", 1))
        _, made = upload(reviewer, broken, allow_fewer="on")
        work()
        made.refresh_from_db()
        assert made.state == Upload.State.REFUSED
        assert "97?40" in made.said
        assert broken.name in made.said
        assert str(uploads.folder_of(made)) not in made.said
        assert "Try again" in page_of(reviewer, made)
        (uploads.folder_of(made) / broken.name).write_text(text)
        reviewer.post(reverse("admin:codes_upload_again", args=[made.pk]))
        work()
        made.refresh_from_db()
        assert made.state == Upload.State.DONE, made.said

    def test_one_that_is_stopped_before_a_worker_comes_is_never_imported(self, reviewer, edits):
        _, made = upload(reviewer, edits, allow_fewer="on")
        reviewer.post(reverse("admin:codes_upload_stop", args=[made.pk]))
        work()
        made.refresh_from_db()
        assert made.state == Upload.State.STOPPED
        assert "Nothing was published" in page_of(reviewer, made)
        assert Release.objects.filter(table=Release.Table.PTP).count() == LAUNCHED

    def test_one_that_is_stopped_while_it_runs_leaves_nothing_behind(self, reviewer, edits, monkeypatch):
        _, made = upload(reviewer, edits, allow_fewer="on")
        begin = uploads.Told.begin

        def asked_to_stop(told, what):
            reviewer.post(reverse("admin:codes_upload_stop", args=[made.pk]))
            begin(told, what)

        monkeypatch.setattr(uploads.Told, "begin", asked_to_stop)
        work()
        made.refresh_from_db()
        assert made.state == Upload.State.STOPPED
        assert Release.objects.filter(table=Release.Table.PTP).count() == LAUNCHED


def test_a_worker_that_is_killed_is_noticed_and_a_second_try_works(tmp_path):
    """A real worker in a process of its own, ended with kill -9 in the middle of an import."""
    if connection.vendor != "sqlite":
        pytest.skip("the database of the site is made here, as a file")
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'site.sqlite3'}",
        "UPLOAD_DIR": str(tmp_path / "uploads"),
        "DJANGO_SETTINGS_MODULE": "cptref.settings",
    }

    def manage(*arguments, text=None):
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=environment,
            cwd=site_settings.BASE_DIR,
            input=text,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    manage("migrate", "--verbosity", "0")
    manage("load_reference")
    rows = cmsfiles.EDITS[:1] + [
        (f"{one:05}", f"{two:05}", *cmsfiles.EDITS[0][2:])
        for one in range(10000, 10400)
        for two in range(20000, 20250)
    ]
    file = cmsfiles.ptp_file(tmp_path, rows, "ccipra-v330r0-f1.txt")
    manage(
        "shell",
        text=f"""
from django.core.files.uploadedfile import SimpleUploadedFile
from codes import uploads
uploads.receive([SimpleUploadedFile("{file.name}", open("{file}", "rb").read())], "morgan", allow_fewer=True)
""",
    )
    worker = [sys.executable, "manage.py", "db_worker", "--batch", "--no-reload", "--no-startup-delay"]
    running = subprocess.Popen(worker, env=environment, cwd=site_settings.BASE_DIR, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list((tmp_path / "uploads").glob("*/progress.json")) and time.monotonic() < deadline:
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.wait()
    told = manage(
        "shell",
        text="""
from unittest.mock import patch
from codes import uploads
from codes.models import Upload
upload = Upload.objects.get()
with patch.object(uploads, "SILENT_AFTER", -1):
    print("STANDING", upload.state, uploads.standing(upload).is_silent, uploads.has_files(upload))
uploads.try_again(upload)
""",
    )
    assert "STANDING running True True" in told
    subprocess.run(worker, env=environment, cwd=site_settings.BASE_DIR, check=True, stdout=subprocess.DEVNULL)
    told = manage(
        "shell",
        text="""
from codes.models import Release, Upload
upload = Upload.objects.get()
print("ENDED", upload.state, Release.objects.filter(stage="loading").count(), upload.said)
""",
    )
    assert "ENDED done 0" in told
    assert f"{len(rows):,} rows read" in told


class TestForm:
    def test_it_shows_how_far_an_import_is(self, reviewer, edits):
        _, made = upload(reviewer, edits)
        Upload.objects.update(state=Upload.State.RUNNING)
        with uploads.Told(uploads.folder_of(made)) as told:
            told.begin("Loading NCCI PTP edits")
            told.advance(0.5, 1_234_567)
            told._write()
        part = reviewer.get(reverse("admin:codes_upload_progress", args=[made.pk])).content.decode()
        for words in ("Loading NCCI PTP edits", "50%", "1,234,567 rows"):
            assert words in part
        assert 'hx-trigger="every 1s"' in part
        Upload.objects.update(state=Upload.State.DONE)
        part = reviewer.get(reverse("admin:codes_upload_progress", args=[made.pk])).content.decode()
        assert "hx-trigger" not in part, "what is over is asked for no more"

    def test_it_says_when_no_worker_comes(self, reviewer, edits):
        _, made = upload(reviewer, edits)
        Upload.objects.update(queued_at=timezone.now() - timedelta(minutes=1))
        assert "db_worker" in page_of(reviewer, made)

    @pytest.mark.parametrize(
        ("names", "options", "says"),
        [
            (["table.exe"], {}, "no zip, txt, csv or xlsx file"),
            (["one.txt", "one.txt"], {}, "Two files are called one.txt"),
            (["one.txt"], {"quarter": "spring"}, "is no quarter"),
            ([], {}, "Choose at least one file"),
            ([f"{number}.csv" for number in range(21)], {}, "at most 20"),
        ],
    )
    def test_what_cannot_be_taken_is_said_and_nothing_is_kept(self, reviewer, folder, names, options, says):
        files = []
        for name in names:
            file = BytesIO(b"text")
            file.name = name
            files.append(file)
        response = reviewer.post(ADD, {"files": files, **options})
        assert response.status_code == 400
        assert says in response.content.decode()
        assert not Upload.objects.exists()
        assert not folder.exists()

    def test_a_file_that_is_too_large_is_refused(self, reviewer, edits, settings):
        settings.UPLOAD_MAX_MB = 0
        response, made = upload(reviewer, edits)
        assert response.status_code == 400
        assert made is None

    def test_a_name_cannot_lead_out_of_the_folder(self, reviewer, folder):
        file = BytesIO(b"text")
        file.name = "../../outside.csv"
        reviewer.post(ADD, {"files": [file]})
        made = Upload.objects.get()
        assert [each.name for each in uploads.folder_of(made).iterdir()] == ["outside.csv"]

    def test_editors_see_uploads_and_make_none(self, client, edits):
        _, made = upload(member(client, "Reviewer"), edits)
        editor = member(client, "Editor")
        assert edits.name in page_of(editor, made)
        assert editor.get(ADD).status_code == 403
        for what in ("stop", "again"):
            address = reverse(f"admin:codes_upload_{what}", args=[made.pk])
            assert editor.post(address).status_code == 403
            assert editor.get(address).status_code == 405

    def test_what_is_deleted_takes_its_files_along(self, reviewer, edits):
        _, made = upload(reviewer, edits)
        reviewer.post(reverse("admin:codes_upload_stop", args=[made.pk]))
        reviewer.post(reverse("admin:codes_upload_delete", args=[made.pk]), {"post": "yes"})
        assert not Upload.objects.exists()
        assert not uploads.folder_of(made).exists()
