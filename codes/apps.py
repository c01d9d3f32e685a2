from django.apps import AppConfig


class CodesConfig(AppConfig):
    name = "codes"
    verbose_name = "Billing reference"

    def ready(self):
        from codes.search import signals  # noqa: F401  (keeps the search index in step)
