"""Lists and forms of CMS's tables: releases, PTP edits, MUE, add-on codes, Medicare status."""

from django.contrib import admin
from django.db import connection
from django.db.models import Q

from codes.models import AddOnLink, MedicareStatus, PairEdit, Rationale, Release, UnitLimit

from . import resources
from .base import FirstRows, StaffAdmin, TableAdmin
from .filters import InForceFilter


@admin.register(Release)
class ReleaseAdmin(StaffAdmin):
    resource_classes = [resources.ReleaseResource]
    list_display = ["name", "quarter", "table", "setting", "effective_on", "is_current", "coverage"]
    list_filter = ["table", "setting", "is_current"]
    list_select_related = ["source"]
    search_fields = ["name", "quarter", "slug"]
    date_hierarchy = "effective_on"
    autocomplete_fields = ["source"]
    slug_from = ("name", "quarter")
    fieldsets = [
        (None, {"fields": [("name", "quarter"), "slug", ("table", "setting"), "effective_on", "source"]}),
        (
            "In use",
            {
                "fields": ["is_current", "coverage"],
                "description": "One release of each table and setting is current: answers are read from it.",
            },
        ),
    ]


@admin.register(Rationale)
class RationaleAdmin(TableAdmin):
    resource_classes = [resources.RationaleResource]
    search_fields = ["text"]


@admin.register(PairEdit)
class PairEditAdmin(TableAdmin):
    resource_classes = [resources.PairEditResource]
    list_display = [
        *("column_one", "column_two", "indicator", "effective_on", "effective_basis", "deleted_on"),
        *("release", "rationale"),
    ]
    list_display_links = ["column_one", "column_two"]
    list_filter = [InForceFilter, "release", "indicator", "effective_basis"]
    list_select_related = ["release", "rationale"]
    search_fields = ["column_one__startswith", "column_two__startswith"]
    search_help_text = "One code, or two for a pair in either order: 97124 97140."
    autocomplete_fields = ["release", "rationale", "confirmed_in"]
    fieldsets = [
        (
            None,
            {
                "fields": ["release", ("column_one", "column_two"), "indicator", "rationale"],
                "description": "Column one may be paid, column two is denied. A release lists a pair in force "
                "in one direction only.",
            },
        ),
        (
            "When it is in force",
            {
                "fields": [("effective_on", "effective_basis"), "deleted_on", "confirmed_in"],
                "description": "Leave a date empty that is not known, and say how sure it is. Where both dates "
                "are the same day, the edit was never in force and the indicator is 9.",
            },
        ),
    ]

    def get_ordering(self, request):
        """An order that the database finds in an index: sorting a whole table would take seconds."""
        by_codes = ["column_one", "column_two"]
        return by_codes if connection.vendor == "postgresql" else ["release_id", *by_codes]

    def get_search_results(self, request, queryset, search_term):
        """Whole codes are found in an index, parts of them row by row."""
        words = search_term.upper().split()
        if not words or any(len(word) != 5 for word in words):
            return super().get_search_results(request, queryset, search_term)
        releases = list(Release.objects.values_list("pk", flat=True))
        found = PairEdit.objects.order_by().filter(release__in=releases)
        for word in words:
            found = found.filter(Q(column_one=word) | Q(column_two=word))
        return queryset.filter(pk__in=list(found.values_list("pk", flat=True)[: FirstRows.most])), False


@admin.register(UnitLimit)
class UnitLimitAdmin(TableAdmin):
    resource_classes = [resources.UnitLimitResource]
    list_display = ["number", "value", "mai", "rationale", "release"]
    list_filter = ["release", "mai"]
    list_select_related = ["release"]
    search_fields = ["number__startswith"]
    search_help_text = "By code."
    autocomplete_fields = ["release", "confirmed_in"]
    fieldsets = [(None, {"fields": ["release", "number", ("value", "mai"), "rationale", "confirmed_in"]})]


@admin.register(AddOnLink)
class AddOnLinkAdmin(TableAdmin):
    resource_classes = [resources.AddOnLinkResource]
    list_display = ["add_on", "primary", "kind", "release"]
    list_display_links = ["add_on", "primary"]
    list_filter = ["release", "kind"]
    list_select_related = ["release"]
    search_fields = ["add_on__startswith", "primary__startswith"]
    search_help_text = "By code, add-on or primary."
    autocomplete_fields = ["release"]
    fieldsets = [(None, {"fields": ["release", ("add_on", "primary"), "kind"]})]


@admin.register(MedicareStatus)
class MedicareStatusAdmin(TableAdmin):
    resource_classes = [resources.MedicareStatusResource]
    list_display = ["number", "letter", "multiple_procedure", "global_days", "release"]
    list_filter = ["release", "letter"]
    list_select_related = ["release"]
    search_fields = ["number__startswith"]
    search_help_text = "By code."
    autocomplete_fields = ["release"]
    fieldsets = [(None, {"fields": ["release", "number", "letter", ("multiple_procedure", "global_days")]})]
