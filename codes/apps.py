"""The reference itself, and the admin that staff use."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class StaffAdminConfig(admin.AdminConfig):
    default = False
    default_site = "codes.staffsite.StaffSite"


class CodesConfig(AppConfig):
    name = "codes"
    default = True
    verbose_name = "Billing reference"

    def ready(self):
        from codes import contentversion  # noqa: F401  (notices the queries of every connection)
        from codes.search import signals  # noqa: F401  (keeps the search index in step)
