"""`manage.py check_fixtures`: is the launch data whole and consistent?"""

import json
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from codes.fixturechecks import problems, read_rows


class Command(BaseCommand):
    help = "Checks the fixture files: fields, references, citations, synonyms, consistency of the edits."

    def add_arguments(self, parser):
        parser.add_argument("folder", nargs="?", default=settings.FIXTURE_DIRS[0], type=Path)

    def handle(self, folder, **options):
        try:
            rows = list(read_rows(folder))
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from error
        except json.JSONDecodeError as error:
            raise CommandError(f"A file in {folder} is not JSON: {error}.") from error
        found = problems(rows)
        for problem in found:
            self.stderr.write(problem)
        if found:
            raise CommandError(f"{len(found)} problem{'s' if len(found) > 1 else ''} in {len(rows)} entries.")
        self.stdout.write(self.style.SUCCESS(f"{len(rows)} entries, no problem."))
