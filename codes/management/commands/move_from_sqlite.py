"""`manage.py move_from_sqlite PATH`: move an existing site from SQLite to PostgreSQL."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from codes.moving import CannotMove, move

from .import_cms import Bar


class Command(BaseCommand):
    help = (
        "Moves a whole site (entries, histories, staff, CMS's tables) from a SQLite file into the empty PostgreSQL "
        "database that DATABASE_URL names, and compares both. All or nothing; the file is only read. "
        "Let nobody write to the old site meanwhile: what comes later is not moved."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "path", type=Path, metavar="PATH", help="the SQLite file, for instance db.sqlite3"
        )

    def handle(self, path, **options):
        bar = Bar(Console(file=self.stdout._out), self.stdout.write)
        doing = ""

        def tell(what, share, rows):
            nonlocal doing
            if what != doing:
                doing = what
                bar.begin(what)
            bar.advance(share, rows)

        try:
            with bar.progress:
                report = move(path, tell)
        except CannotMove as error:
            raise CommandError(str(error)) from error
        for table in report.tables:
            if table.rows:
                self.stdout.write(f"{table.table:45} {table.rows:>12,} rows  {table.checksum}")
        for table in report.left:
            self.stdout.write(self.style.WARNING(f"{table} is no table of the site: it was not moved."))
        rows = sum(table.rows for table in report.tables)
        self.stdout.write(
            self.style.SUCCESS(
                f"{rows:,} rows in {len(report.tables)} tables are the same on both sides; "
                f"{report.findable:,} entries can be found. Start the site with this DATABASE_URL."
            )
        )
