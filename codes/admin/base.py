"""What all lists and forms of the staff side have in common.

Who may do what: Editors write drafts and may correct the text of published entries, which the history
records. Reviewers also publish, return to draft, mark as reviewed and delete.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.views.decorators.http import require_POST
from import_export.admin import ImportExportMixin
from simple_history.admin import SimpleHistoryAdmin

from codes import clock, markdown
from codes.models import Citation
from codes.models.base import State
from codes.models.catalogue import code_number, modifier_code

from . import exchange, history, validation
from .filters import ReviewFilter
from .forms import CitationFormSet, EntryForm, StaffForm
from .widgets import CapitalField, MarkdownTextarea, PlainTextarea, SentenceTextarea

LONG_SENTENCE = 200
BOTH_PLACES = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]
MARKDOWN_HELP = (
    "Texts marked Markdown: a blank line starts a paragraph, “- ” a list line, **bold**, "
    "[words](/codes/97140/) a link."
)


class StaffFields:
    """Widgets that fit each field, in forms and in the lines inside them."""

    markdown_fields = ()

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if code_number in db_field.validators or modifier_code in db_field.validators:
            kwargs["form_class"] = CapitalField
        elif isinstance(db_field, models.TextField):
            kwargs["widget"] = (
                MarkdownTextarea(self.preview_url())
                if db_field.name in self.markdown_fields
                else PlainTextarea
            )
        elif type(db_field) is models.CharField and not db_field.choices:
            if (db_field.max_length or 0) >= LONG_SENTENCE:
                kwargs["widget"] = SentenceTextarea
        elif db_field.name == "checked_on":
            kwargs["initial"] = clock.today
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class StaffAdmin(StaffFields, exchange.ExchangeMixin, ImportExportMixin, admin.ModelAdmin):
    """A list with search, filters, import and export."""

    form = StaffForm
    list_per_page = 50
    save_on_top = True
    slug_from = ()
    """Fields that a new entry's address is proposed from."""

    class Media:
        css = {"all": ["admin_cptref/staff.css"]}

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_preview"
        view = self.admin_site.admin_view(require_POST(self.preview))
        return [path("preview/", view, name=name), *super().get_urls()]

    def preview_url(self):
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_preview")

    def preview(self, request):
        """Markdown as the site will show it."""
        if not self.has_view_or_change_permission(request) and not self.has_add_permission(request):
            raise PermissionDenied
        half_typed = request.POST.get("text", "")
        return HttpResponse(markdown.render.__wrapped__(half_typed))  # not worth keeping in the cache

    def get_prepopulated_fields(self, request, obj=None):
        if self.slug_from and not (obj and "slug" in self.get_readonly_fields(request, obj)):
            return {"slug": self.slug_from}
        return {}


class HistoryAdmin(StaffAdmin, SimpleHistoryAdmin):
    """A row whose every version is kept."""

    object_history_template = "admin/codes/object_history.html"
    object_history_list_template = "admin/codes/object_history_list.html"
    object_history_form_template = "admin/codes/object_history_form.html"

    import_export_change_list_template = "admin/codes/change_list.html"

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_deleted"
        return [
            path("deleted/", self.admin_site.admin_view(self.deleted_view), name=name),
            *super().get_urls(),
        ]

    def deleted_view(self, request):
        """What was deleted, with the way back."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        present = self.model._default_manager.values("pk")
        records = self.model.history.filter(history_type="-").exclude(id__in=present)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Deleted {self.opts.verbose_name_plural}",
            "opts": self.opts,
            "records": records.select_related("history_user")[: self.history_list_per_page],
        }
        return TemplateResponse(request, "admin/codes/deleted.html", context)

    def get_historical_record_context_helper(self, request, historical_record):
        return history.ReadableChanges(self.model, historical_record)

    def get_history_queryset(self, request, history_manager, pk_name, object_id):
        related = [field.name for field in self.opts.concrete_fields if field.is_relation]
        records = history_manager.filter(**{pk_name: object_id})
        return records.select_related("history_user", *related)

    @property
    def has_citations(self):
        return self.model.__name__ in validation.OWNER

    def history_view(self, request, object_id, extra_context=None):
        if not object_id.isdigit():
            raise Http404
        entry = self.model(pk=int(object_id))
        log = history.citation_log(entry) if self.has_citations else []
        return super().history_view(
            request,
            object_id,
            {"citation_log": log, "has_citations": self.has_citations, **(extra_context or {})},
        )

    @transaction.atomic
    def history_form_view(self, request, object_id, version_id, extra_context=None):
        if not (object_id.isdigit() and version_id.isdigit()):
            raise Http404
        record = get_object_or_404(self.model.history, id=object_id, history_id=version_id)
        if request.method == "POST" and not self.has_change_permission(request):
            raise PermissionDenied
        request.reverting_to = record
        extra = {"record": record, "has_citations": self.has_citations}
        if self.has_citations:
            extra["citations_then"] = history.citations_then(record.instance, record.history_date)
        return super().history_form_view(request, object_id, version_id, {**extra, **(extra_context or {})})

    def save_model(self, request, obj, form, change):
        """Fields that this person may not change keep what the database holds, whatever was sent."""
        stored = self.model._default_manager.filter(pk=obj.pk).first() if obj.pk else None
        for name in self.get_readonly_fields(request, stored):
            field = next((field for field in self.opts.concrete_fields if field.name == name), None)
            if field:
                setattr(obj, field.attname, getattr(stored, field.attname) if stored else field.get_default())
        history.OneRecord.begin(obj)
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        history.OneRecord.finish(form.instance)

    def save_formset(self, request, form, formset, change):
        if formset.model is Citation:
            for line in formset.initial_forms:
                if line.has_changed():
                    history.keep_first_version(Citation, line.instance.pk)
        super().save_formset(request, form, formset, change)

    def response_change(self, request, obj):
        record = getattr(request, "reverting_to", None)
        if not record:
            return super().response_change(request, obj)
        if self.has_citations:
            history.restore_citations(obj, record.history_date)
        when = timezone.localtime(record.history_date)
        history.OneRecord.finish(obj, f"Back to the version of {when:%Y-%m-%d %H:%M}")
        self.message_user(
            request, f"“{obj}” is back at its version of {when:%Y-%m-%d %H:%M}.", messages.SUCCESS
        )
        return self.response_post_save_change(request, obj)


class CitationInline(StaffFields, admin.StackedInline):
    model = Citation
    formset = CitationFormSet
    autocomplete_fields = ["source"]
    fields = [("source", "locator"), "statement", ("topic", "confidence", "checked_on")]
    verbose_name_plural = "Citations: where each statement was read"
    topics = ()
    """The topics that fit this kind of entry best: offered first."""

    def get_extra(self, request, obj=None, **kwargs):
        return 0 if obj else 1

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "topic" and self.topics:
            ordered = dict.fromkeys([*self.topics, *Citation.Topic])
            kwargs["choices"] = [("", "---------"), *((topic.value, topic.label) for topic in ordered)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)


class EntryAdmin(HistoryAdmin):
    """An entry with a draft and a published state, and a date of its last review."""

    is_entry = True
    form = EntryForm
    actions = ["mark_reviewed", "publish", "return_to_draft"]
    change_form_template = "admin/codes/entry_form.html"
    key_field = "slug"
    """The field that is the entry's address: fixed once readers may know it."""

    state_fieldset = (
        "State and review",
        {
            "fields": [("state", "last_reviewed")],
            "description": "A draft is invisible to readers. Reviewers publish, and note the day on which "
            "every statement was last checked against its source.",
        },
    )

    def has_publish_permission(self, request):
        return request.user.has_perm(f"{self.opts.app_label}.publish_{self.opts.model_name}")

    def get_list_filter(self, request):
        return ["state", ReviewFilter, *super().get_list_filter(request)]

    def get_readonly_fields(self, request, obj=None):
        fixed = list(super().get_readonly_fields(request, obj))
        if not self.has_publish_permission(request):
            fixed += ["state", "last_reviewed"]
        if obj and obj.pk and self.model.objects.published().filter(pk=obj.pk).exists():
            fixed.append(self.key_field)
        return fixed

    def get_view_on_site_url(self, obj=None):
        """Only what readers may see has an address on the site."""
        if obj and obj.pk and obj.is_published and hasattr(obj, "get_absolute_url"):
            return obj.get_absolute_url()
        return None

    @admin.display(description="review")
    def review(self, entry):
        return "needs review" if is_due(entry.last_reviewed) else ""

    # --- Actions -------------------------------------------------------------------------------

    def _change_each(self, request, entries, done, **values):
        """Change the entries one by one, so that each change is in the history and in the log."""
        names = []
        for entry in entries:
            if all(getattr(entry, name) == value for name, value in values.items()):
                continue
            with transaction.atomic():
                history.keep_first_version(self.model, entry.pk)
                for name, value in values.items():
                    setattr(entry, name, value)
                entry._change_reason = capfirst(done)
                entry.save()
                self.log_change(request, entry, f"{capfirst(done)}.")
            names.append(str(entry))
        if names:
            self.message_user(request, f"{capfirst(done)}: {_listed(names)}.", messages.SUCCESS)
        else:
            self.message_user(request, f"Nothing to do: already {done}.", messages.INFO)

    @admin.action(permissions=["publish"], description="Mark as reviewed today", location=BOTH_PLACES)
    def mark_reviewed(self, request, queryset):
        self._change_each(request, queryset, "reviewed today", last_reviewed=clock.today())

    @admin.action(permissions=["publish"], description="Publish", location=BOTH_PLACES)
    def publish(self, request, queryset):
        ready = []
        for entry in queryset:
            problem = validation.publishing_problem(entry)
            if problem:
                self.message_user(request, f"Not published: “{entry}”. {problem}", messages.ERROR)
            else:
                ready.append(entry)
        if ready:
            self._change_each(request, ready, "published", state=State.PUBLISHED)

    @admin.action(permissions=["publish"], description="Return to draft", location=BOTH_PLACES)
    def return_to_draft(self, request, queryset):
        self._change_each(request, queryset, "returned to draft", state=State.DRAFT)


def is_due(last_reviewed):
    """What `due_for_review` asks of the database, for a row that is already here."""
    limit = clock.today() - timedelta(days=settings.REVIEW_INTERVAL_DAYS)
    return last_reviewed is None or last_reviewed < limit


def _listed(names):
    """A few names, and how many more."""
    names = list(names)
    shown = "; ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown


class FirstRows(Paginator):
    """Pages of the first rows. Counting millions takes as long as reading them, and nobody turns to page 20,000."""

    most = 10_000

    @cached_property
    def count(self):
        return self.object_list.order_by()[: self.most].count()


class FewCounted:
    """A list of a table that may have millions of rows: nothing counts or lists them all. Search finds the others."""

    paginator = FirstRows
    show_full_result_count = False
    list_per_page = 100

    def changelist_view(self, request, extra_context=None):
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown and shown["cl"].result_count == FirstRows.most:
            shown["subtitle"] = f"The first {FirstRows.most:,}: search or filter to find the others"
        return response


class TableAdmin(FewCounted, StaffAdmin):
    """Rows of CMS's tables."""
