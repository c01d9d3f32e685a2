"""Uploads of CMS's files: kept in a private folder, imported by a worker, watched and stopped by staff.

How far an import is stands in a file beside the uploaded ones and not in the database: the import holds transactions
there, which would hide it or wait for it. The web processes and the worker must therefore see the same UPLOAD_DIR.
"""

import json
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePath
from threading import Event, Thread
from uuid import uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.tasks import task
from django.utils import timezone

from codes.importers import release
from codes.importers.layouts import ImportFault, quarter_start
from codes.models import Upload

SUFFIXES = (".zip", ".txt", ".csv", ".xlsx")
BEAT = 1.0
"""A running import tells how far it is this often, in seconds, also while a step has nothing to tell."""
SILENT_AFTER = 30
"""A worker that has told nothing for so many seconds is gone."""
KEPT_FOR = timedelta(days=7)
"""Files of an upload that was refused or stopped stay so long, for another try. Published ones go at once."""
PROGRESS, STOP = "progress.json", "stop"

State = Upload.State


class Stopped(Exception):
    """Staff stopped the import."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an upload is, for the page that shows it."""

    step: str = ""
    share: float = 0.0
    """Of this step, from 0 to 1."""
    rows: int = 0
    rate: int = 0
    """Rows a second."""
    seconds_left: int | None = None
    is_silent: bool = False
    """Whether nothing was heard of it for so long that its worker must be gone, or none has come."""

    @property
    def percent(self) -> int:
        return int(self.share * 100)


def folder_of(upload: Upload) -> Path:
    return Path(settings.UPLOAD_DIR) / upload.token


def receive(files: list[UploadedFile], by: str, **options) -> Upload:
    """Keep uploaded files and queue their import. `options` are fields of Upload.

    Raises OSError when they cannot be kept; then nothing of them stays.
    """
    _tidy_up()
    upload = Upload(token=uuid4().hex, by=by, queued_at=timezone.now(), files=[], **options)
    folder = folder_of(upload)
    try:
        folder.mkdir(mode=0o700, parents=True)
        for file in files:
            name = PurePath(file.name.replace("\\", "/")).name
            with (folder / name).open("xb") as target:
                for chunk in file.chunks():
                    target.write(chunk)
            upload.files.append({"name": name, "bytes": file.size})
        _queue(upload)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return upload


def try_again(upload: Upload) -> None:
    """Queue an upload whose import was refused or stopped, or whose worker is gone. The files must still be there."""
    for name in (PROGRESS, STOP):
        (folder_of(upload) / name).unlink(missing_ok=True)
    upload.state, upload.said, upload.ended_at, upload.queued_at = State.WAITING, "", None, timezone.now()
    _queue(upload)


def _queue(upload: Upload) -> None:
    with transaction.atomic():
        upload.save()
        import_upload.enqueue(upload.pk, upload.queued_at.isoformat())


def stop(upload: Upload) -> None:
    """Ask for an end: at once where no worker has begun, else as soon as the worker hears of it."""
    with suppress(FileNotFoundError):
        (folder_of(upload) / STOP).touch()
    if standing(upload).is_silent or upload.state == State.WAITING:
        Upload.objects.filter(pk=upload.pk, state__in=[State.WAITING, State.RUNNING]).update(
            state=State.STOPPED, ended_at=timezone.now(), said="Stopped. Nothing was published."
        )


def remove_files(upload: Upload) -> None:
    shutil.rmtree(folder_of(upload), ignore_errors=True)


def has_files(upload: Upload) -> bool:
    return all((folder_of(upload) / each["name"]).is_file() for each in upload.files)


def may_try_again(upload: Upload, standing: Standing) -> bool:
    """Whether its import ended without success, or its worker is gone, and its files are still there."""
    ended = upload.state in (State.REFUSED, State.STOPPED)
    gone = upload.state == State.RUNNING and standing.is_silent
    return (ended or gone) and has_files(upload)


def standing(upload: Upload) -> Standing:
    """How far an upload is, from what its worker told last."""
    if upload.is_over:
        return Standing()
    told = folder_of(upload) / PROGRESS
    try:
        age = time.time() - told.stat().st_mtime
        return Standing(**json.loads(told.read_text()), is_silent=age > SILENT_AFTER)
    except (OSError, ValueError):
        return Standing(is_silent=timezone.now() - upload.queued_at > timedelta(seconds=SILENT_AFTER))


def _tidy_up() -> None:
    for upload in Upload.objects.filter(ended_at__lt=timezone.now() - KEPT_FOR):
        remove_files(upload)


# --- In the worker ------------------------------------------------------------------------------


class Told(release.Progress):
    """Writes how far an import is, and hears when it is to stop."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.step, self.share, self.rows, self.began = "Reading the files", 0.0, 0, time.monotonic()
        self.said = []
        self._looked_at = 0.0
        self._over = Event()
        self._beat = Thread(target=self._beats, daemon=True)

    def __enter__(self):
        self._write()
        self._beat.start()
        return self

    def __exit__(self, *exception):
        self._over.set()
        self._beat.join()

    def begin(self, what):
        self.step, self.share, self.rows, self.began = what, 0.0, 0, time.monotonic()
        self._stop_if_asked()

    def advance(self, share, rows):
        self.share, self.rows = share, rows
        if time.monotonic() - self._looked_at > BEAT / 2:
            self._stop_if_asked()

    def say(self, text):
        self.said.append(text)

    def _stop_if_asked(self):
        self._looked_at = time.monotonic()
        if (self.folder / STOP).exists():
            raise Stopped

    def _beats(self):
        while not self._over.wait(BEAT):
            with suppress(OSError):
                self._write()

    def _write(self):
        spent = max(time.monotonic() - self.began, 0.1)
        left = int(spent / self.share - spent) if self.share > 0.02 else None
        told = {"step": self.step, "share": self.share, "rows": self.rows, "rate": int(self.rows / spent)}
        beside = self.folder / f"{PROGRESS}.new"
        beside.write_text(json.dumps(told | {"seconds_left": left}))
        beside.replace(self.folder / PROGRESS)


@task()
def import_upload(pk: int, queued_at: str) -> None:
    """Import one upload, in a worker. One that was queued anew, stopped or deleted meanwhile is left alone."""
    waiting = Upload.objects.filter(pk=pk, state=State.WAITING, queued_at=queued_at)
    if not waiting.update(state=State.RUNNING):
        return
    upload = Upload.objects.get(pk=pk)
    state, said = (
        State.REFUSED,
        ["The import ended unexpectedly. The site goes on with the release that it had."],
    )
    try:
        state, said = _import(upload)
    finally:
        Upload.objects.filter(pk=pk, queued_at=queued_at).update(
            state=state, said="\n".join(said), ended_at=timezone.now()
        )
        if state == State.DONE:
            remove_files(upload)


def _import(upload: Upload) -> tuple[str, list[str]]:
    folder = folder_of(upload)
    done = []
    try:
        with Told(folder) as progress:
            for outcome in release.import_files(
                [folder / each["name"] for each in upload.files],
                effective_on=quarter_start(upload.quarter) if upload.quarter else None,
                setting=upload.setting,
                program=upload.program,
                check_only=upload.check_only,
                allow_fewer=upload.allow_fewer,
                by=upload.by,
                progress=progress,
            ):
                done.append(outcome.in_words(upload.check_only))
    except ImportFault as fault:
        return State.REFUSED, [
            *done,
            str(fault).replace(f"{folder}/", "").replace("--allow-fewer", "“accept fewer rows”"),
        ]
    except Stopped:
        return State.STOPPED, [
            *done,
            "Stopped. " + ("The rest was not published." if done else "Nothing was published."),
        ]
    except OSError as error:
        return State.REFUSED, [*done, f"The files could not be read: {error.strerror}."]
    return State.DONE, [*progress.said, *done]
