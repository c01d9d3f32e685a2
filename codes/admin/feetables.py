"""Lists of what was read from CMS's fee tables and the HCPCS file, and of what changed from release to release.

They are for looking up alone: a row is what the file says, and a newer file brings the next. What a wrong file brought
is taken back as a whole, by `manage.py releases`.
"""

from django.contrib import admin

from codes.models import Gpci, HcpcsCode, LocalityCounties, RelativeValue, TableChange, ZipLocality

from .base import FewCounted


class FileRowsAdmin(FewCounted, admin.ModelAdmin):
    """Rows that nobody adds, changes or deletes by hand."""

    change_list_template = "admin/change_list.html"
    object_history_template = "admin/object_history.html"
    list_select_related = ["release"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(RelativeValue)
class RelativeValueAdmin(FileRowsAdmin):
    list_display = [
        *("number", "modifier", "status", "work", "non_facility_pe", "facility_pe", "malpractice"),
        *("conversion_factor", "release"),
    ]
    list_filter = ["release", "status"]
    search_fields = ["number__startswith"]
    search_help_text = "By code."


@admin.register(Gpci)
class GpciAdmin(FileRowsAdmin):
    list_display = ["name", "state", "mac", "locality", "work", "pe", "malpractice", "release"]
    list_filter = ["release", "state"]
    search_fields = ["name", "state__iexact"]
    search_help_text = "By the locality's name, or the state's two letters."


@admin.register(LocalityCounties)
class LocalityCountiesAdmin(FileRowsAdmin):
    list_display = ["area", "state", "mac", "locality", "counties", "release"]
    list_filter = ["release", "state"]
    search_fields = ["area", "state", "counties"]
    search_help_text = "By state, area or county."


@admin.register(ZipLocality)
class ZipLocalityAdmin(FileRowsAdmin):
    list_display = ["zip", "state", "mac", "locality", "is_split", "release"]
    list_filter = ["release", "is_split"]
    search_fields = ["zip__startswith"]
    search_help_text = "By ZIP code."


@admin.register(HcpcsCode)
class HcpcsCodeAdmin(FileRowsAdmin):
    list_display = ["number", "description", "release"]
    list_filter = ["release"]
    search_fields = ["number__startswith", "description"]
    search_help_text = "By code, or by a word of the description."


@admin.register(TableChange)
class TableChangeAdmin(FileRowsAdmin):
    list_display = ["column_one", "column_two", "kind", "old", "new", "on", "release"]
    list_filter = ["release", "kind"]
    search_fields = ["column_one__startswith", "column_two__startswith"]
    search_help_text = "By code, locality or ZIP code."
