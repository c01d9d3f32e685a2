"""Filters beside the lists."""

from django.contrib.admin import SimpleListFilter

from codes import clock
from codes.models import PairEdit

from .validation import stale_limit


class ReviewFilter(SimpleListFilter):
    title = "review"
    parameter_name = "review"

    def lookups(self, request, model_admin):
        return [("due", "Needs review"), ("never", "Never reviewed"), ("fresh", "Reviewed, not yet due")]

    def queryset(self, request, queryset):
        if self.value() == "due":
            return queryset.due_for_review()
        if self.value() == "never":
            return queryset.filter(last_reviewed=None)
        if self.value() == "fresh":
            return queryset.exclude(pk__in=queryset.model.objects.due_for_review().values("pk"))
        return queryset


class StaleFilter(SimpleListFilter):
    """Rules whose check is a year old: they are shown as stale and decide nothing."""

    title = "check"
    parameter_name = "check"

    def lookups(self, request, model_admin):
        return [("stale", "Stale: checked a year ago or more"), ("fresh", "Checked within a year")]

    def queryset(self, request, queryset):
        if self.value() == "stale":
            return queryset.filter(checked_on__lte=stale_limit())
        if self.value() == "fresh":
            return queryset.filter(checked_on__gt=stale_limit())
        return queryset


class RetiredFilter(SimpleListFilter):
    title = "validity"
    parameter_name = "retired"

    def lookups(self, request, model_admin):
        return [("no", "In use"), ("yes", "Retired")]

    def queryset(self, request, queryset):
        if self.value() in ("no", "yes"):
            return queryset.filter(retired_year__isnull=self.value() == "no")
        return queryset


class InForceFilter(SimpleListFilter):
    title = "in force"
    parameter_name = "in_force"

    def lookups(self, request, model_admin):
        return [("now", "In force today"), ("ended", "Ended"), ("never", "Never in force")]

    def queryset(self, request, queryset):
        never = PairEdit.Indicator.NOT_APPLICABLE
        today = clock.today()
        if self.value() == "never":
            return queryset.filter(indicator=never)
        if self.value() == "ended":
            return queryset.exclude(indicator=never).filter(deleted_on__lt=today)
        if self.value() == "now":
            return queryset.exclude(indicator=never).exclude(deleted_on__lt=today)
        return queryset
