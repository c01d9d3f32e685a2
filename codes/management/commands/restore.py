"""`manage.py restore FILE`: all data as they were in a backup."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from codes.operation.backups import CannotCopy, restore


class Command(BaseCommand):
    help = "Puts back all data from a file that `manage.py backup` wrote. What was written since is lost."

    def add_arguments(self, parser):
        parser.add_argument("path", type=Path, metavar="FILE")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, path, yes, **options):
        if not yes and input(f"Replace all data of this site by {path}? Type yes: ").strip().lower() != "yes":
            raise CommandError("Nothing was changed.")
        try:
            restore(path)
        except CannotCopy as error:
            raise CommandError(f"{error} Nothing was changed.") from error
        self.stdout.write(
            self.style.SUCCESS(
                f"The data are those of {path}. If the site was updated since: manage.py migrate"
            )
        )
