"""`manage.py import_cms FILE…`: load CMS's published tables into the running site."""

import getpass
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from codes.importers import release
from codes.importers.layouts import ImportFault, quarter_start
from codes.models import Release
from codes.rules.terms import Setting


class Bar(release.Progress):
    """Draws how far an import is, with rows a second and the time left; on a terminal only."""

    def __init__(self, console: Console, say):
        self.say = say
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[rows]:,} rows, {task.fields[rate]:,.0f} a second"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self.task = self.progress.add_task("", total=None, rows=0, rate=0, visible=False)

    def begin(self, what):
        self.progress.reset(self.task, total=1, description=what, rows=0, rate=0, visible=True)

    def advance(self, share, rows):
        task = self.progress.tasks[0]
        self.progress.update(self.task, completed=share, rows=rows, rate=rows / max(task.elapsed or 0, 0.1))


class Command(BaseCommand):
    help = (
        "Loads CMS's published files: PTP edits, MUE, add-on codes, relative values, GPCI, localities, ZIP codes, "
        "HCPCS level II. It finds out by itself what each file is. Give all parts (f1 to f4) of a table together. "
        "A table is published whole or not at all."
    )
    requires_system_checks = []  # they read the addresses of all pages, which an import has nothing to do with

    def add_arguments(self, parser):
        parser.add_argument(
            "files", nargs="+", type=Path, metavar="FILE", help="a zip, txt, csv or xlsx file"
        )
        parser.add_argument(
            "--check",
            action="store_true",
            help="report what an import would change or refuse, and publish nothing; it needs as much disk as an import",
        )
        parser.add_argument("--quarter", help="where the file does not say it, for instance 2026Q4")
        parser.add_argument("--setting", choices=[setting.value for setting in Setting])
        parser.add_argument("--program", choices=Release.Program.values)
        parser.add_argument(
            "--allow-fewer",
            action="store_true",
            help="accept a table that has far fewer rows than the last one, or lacks a part",
        )

    def handle(self, files, **options):
        quarter = options["quarter"]
        effective_on = quarter_start(quarter) if quarter else None
        if quarter and effective_on is None:
            raise CommandError(f"“{quarter}” is no quarter. Write it like this: 2026Q4.")
        bar = Bar(Console(file=self.stdout._out), self.stdout.write)
        try:
            with bar.progress:
                for outcome in release.import_files(
                    files,
                    effective_on=effective_on,
                    setting=options["setting"] or "",
                    program=options["program"] or "",
                    check_only=options["check"],
                    allow_fewer=options["allow_fewer"],
                    by=_who(),
                    progress=bar,
                ):
                    self.stdout.write(outcome.in_words(options["check"]))
        except ImportFault as fault:
            raise CommandError(str(fault)) from fault


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
