"""Mistakes that readers report: looked at, answered, corrected, and then told to everybody."""

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.html import format_html

from codes.models import CirculatingClaim, Code, Faq, MistakeReport, Modifier

from .base import BOTH_PLACES, StaffFields
from .forms import StaffForm

State = MistakeReport.State
ENTRIES = {
    "code": (Code, "number"),
    "modifier": (Modifier, "code"),
    "faq": (Faq, "slug"),
    "claim": (CirculatingClaim, "slug"),
}
"""The entry that a page shows, by the name of its address: its model, and the field that the address names."""


def entry_of(path: str):
    """The entry that a page of this site is about, or None."""
    try:
        match = resolve(path)
    except Resolver404:
        return None
    model, field = ENTRIES.get(match.url_name, (None, ""))
    return model.objects.filter(**{field: next(iter(match.kwargs.values()))}).first() if model else None


class MistakeReportForm(StaffForm):
    """What staff do with a report. Only who may publish corrections can make one visible."""

    may_publish = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        state = self.fields.get("state")
        if state and not self.may_publish:
            state.choices = [choice for choice in state.choices if choice[0] != State.FIXED]

    def clean(self):
        clean = super().clean()
        if clean.get("state") == State.FIXED:
            for name, what in (("was", "what was wrong"), ("says_now", "what it says now")):
                if not clean.get(name):
                    self.add_error(name, ValidationError(f"Readers are told {what}. Write one sentence."))
        return clean


@admin.register(MistakeReport)
class MistakeReportAdmin(StaffFields, admin.ModelAdmin):
    form = MistakeReportForm
    # Reports have no versions and no spreadsheet, so Django's own pages fit them; the log has who did what.
    change_list_template = "admin/change_list.html"
    object_history_template = "admin/object_history.html"
    actions = ["accept", "reject"]
    list_display = ["about", "wrong_in_short", "created_at", "state", "corrected_at"]
    list_display_links = ["wrong_in_short"]
    list_filter = ["state", "created_at"]
    search_fields = ["page", "wrong", "should_be", "was", "says_now", "staff_note"]
    search_help_text = "By address or by words of the report or the correction."
    date_hierarchy = "created_at"
    list_per_page = 50
    save_on_top = True
    fieldsets = [
        (
            "What a reader wrote",
            {"fields": ["about", "entry", "page", "wrong", "should_be", "contact", "created_at"]},
        ),
        (
            "What we do",
            {
                "fields": ["state", "staff_note"],
                "description": "Rejected and corrected reports are closed, and closing deletes the e-mail address: "
                "answer first.",
            },
        ),
        (
            "The correction, as readers see it",
            {
                "fields": ["was", "says_now", "corrected_at"],
                "description": "Mend the page first. Once the state is “Corrected”, both sentences stand in the public "
                "list of corrections, in its feed and on the page itself. Reviewers set that state.",
            },
        ),
    ]

    class Media:
        css = {"all": ["admin_cptref/staff.css"]}

    def has_publish_permission(self, request):
        return request.user.has_perm("codes.publish_mistakereport")

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        form.may_publish = self.has_publish_permission(request)
        return form

    def get_readonly_fields(self, request, obj=None):
        """What a reader wrote stays as it is, and a published correction is changed by who may publish."""
        fixed = ["about", "entry", "created_at", "corrected_at"]
        if obj:
            fixed += ["page", "wrong", "should_be", "contact"]
        if obj and obj.state == State.FIXED and not self.has_publish_permission(request):
            fixed += ["state", "was", "says_now"]
        return fixed

    def get_fieldsets(self, request, obj=None):
        """The address is shown as a link, and asked for only where somebody of staff writes a report."""
        left_out = {"page"} if obj else {"about", "entry", "created_at", "contact"}
        return [
            (name, {**options, "fields": [field for field in options["fields"] if field not in left_out]})
            for name, options in super().get_fieldsets(request, obj)
        ]

    @admin.display(description="page", ordering="path")
    def about(self, report):
        if not report.page.startswith("/"):
            return "the site as a whole"
        return format_html('<a href="{}">{}</a>', report.page, report.page)

    @admin.display(description="entry")
    def entry(self, report):
        """The page's entry, with the way to its form."""
        entry = entry_of(report.path)
        if entry is None:
            return "none: the page is made from tables, or is no entry"
        try:
            address = reverse(f"admin:codes_{entry._meta.model_name}_change", args=[entry.pk])
        except NoReverseMatch:
            return str(entry)
        return format_html('<a href="{}">{}</a>', address, entry)

    @admin.display(description="what is wrong")
    def wrong_in_short(self, report):
        return report.wrong if len(report.wrong) <= 90 else f"{report.wrong[:89]}…"

    def _set(self, request, reports, state, done):
        """Change the state of each report by itself, so that each change is in the log."""
        count = 0
        for report in reports.exclude(state__in=[state, State.FIXED]):
            report.state = state
            report.save()
            self.log_change(request, report, f"{done.capitalize()}.")
            count += 1
        left = reports.filter(state=State.FIXED).count()
        self.message_user(request, f"{count} {done}.", messages.SUCCESS if count else messages.INFO)
        if left:
            self.message_user(
                request,
                f"{left} left as they were: published corrections are changed one by one.",
                messages.WARNING,
            )

    @admin.action(permissions=["change"], description="Accept: to be corrected", location=BOTH_PLACES)
    def accept(self, request, queryset):
        self._set(request, queryset, State.ACCEPTED, "accepted")

    @admin.action(permissions=["change"], description="Reject: no mistake", location=BOTH_PLACES)
    def reject(self, request, queryset):
        self._set(request, queryset, State.REJECTED, "rejected")
