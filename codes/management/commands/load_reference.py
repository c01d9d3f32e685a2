"""`manage.py load_reference`: put the launch data into a database that has none."""

from django.core.management.base import BaseCommand

from codes import reference


class Command(BaseCommand):
    help = "Loads the fixtures into an empty database. A database that has entries is left as it is."

    def handle(self, **options):
        if reference.is_loaded():
            self.stdout.write("The database has entries already: they are left as they are.")
            return
        reference.load()
        self.stdout.write(self.style.SUCCESS("The launch data is loaded."))
