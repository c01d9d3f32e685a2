"""`manage.py doctor`: what is wrong with this installation."""

import sys

from django.core.management.base import BaseCommand

from codes.operation.health import findings


class Command(BaseCommand):
    help = "Looks at the whole installation and says in plain words what is wrong and what to do. Changes nothing."
    requires_system_checks = []

    def handle(self, **options):
        wrong = 0
        for finding in findings():
            if not finding.problem:
                self.stdout.write(f"{self.style.SUCCESS('good')}   {finding.what}")
            elif finding.is_hint:
                self.stdout.write(f"{self.style.WARNING('hint')}   {finding.problem}")
            else:
                wrong += 1
                self.stdout.write(f"{self.style.ERROR('WRONG')}  {finding.problem}")
        if wrong:
            sys.exit(1)
        self.stdout.write("Nothing is wrong.")
