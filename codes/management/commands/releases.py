"""`manage.py releases`: which tables are loaded; and back to the release before."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from codes.importers import release
from codes.importers.layouts import ImportFault
from codes.models import Release


class Command(BaseCommand):
    help = "Lists the releases of CMS's tables. With --rollback TABLE [SETTING] the one before becomes current again."

    def add_arguments(self, parser):
        parser.add_argument(
            "--rollback",
            nargs="+",
            metavar="TABLE",
            help=f"one of {', '.join(Release.Table.values)}; then the setting",
        )
        parser.add_argument("--program", choices=Release.Program.values, default=Release.Program.MEDICARE)

    def handle(self, rollback, program, **options):
        if rollback:
            if len(rollback) > 2:
                raise CommandError("Say a table, and a setting where the table has one.")
            try:
                current = release.roll_back(*rollback, program=program)
            except ImportFault as fault:
                raise CommandError(str(fault)) from fault
            self.stdout.write(self.style.SUCCESS(f"{current} is current again."))
            return
        for each in Release.objects.all():
            self.stdout.write(_told(each))


def _told(each: Release) -> str:
    mark = "*" if each.is_current else " "
    rows = f"{each.row_count:,} rows" if each.row_count is not None else "launch data"
    when = f", loaded {timezone.localtime(each.published_at):%Y-%m-%d %H:%M}" if each.published_at else ""
    by = f" by {each.imported_by}" if each.imported_by else ""
    stage = "" if each.stage == Release.Stage.PUBLISHED else f", {each.get_stage_display().lower()}"
    table = " ".join(filter(None, (each.table, each.setting)))
    return f"{mark} {table:32} {each}: {rows}{when}{by}{stage}"
