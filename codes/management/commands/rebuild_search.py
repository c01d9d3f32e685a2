"""manage.py rebuild_search: write the search index anew."""

from django.core.management.base import BaseCommand

from codes.search import rebuild


class Command(BaseCommand):
    help = "Writes the whole search index anew. Needed after loaddata; readers keep the old one until it is done."

    def handle(self, *args, **options):
        total = rebuild()
        self.stdout.write(self.style.SUCCESS(f"{total} entries can be found."))
