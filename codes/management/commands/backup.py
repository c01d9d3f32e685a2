"""`manage.py backup FILE`: all data in one file, while the site runs."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from codes.operation.backups import CannotCopy, back_up


class Command(BaseCommand):
    help = "Writes all data into a new file while the site runs: entries, histories, staff, CMS's tables."

    def add_arguments(self, parser):
        parser.add_argument("path", type=Path, metavar="FILE")

    def handle(self, path, **options):
        try:
            size = back_up(path)
        except CannotCopy as error:
            raise CommandError(str(error)) from error
        self.stdout.write(self.style.SUCCESS(f"{path}: {size:,} bytes. Keep it where only you can read it."))
