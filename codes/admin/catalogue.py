"""Lists and forms of codes, modifiers, categories and look-alike groups."""

from django.contrib import admin
from django.db.models import Count

from codes.models import Category, Citation, Code, CommonPartner, LookAlike, LookAlikeGroup, Modifier, Synonym

from . import resources
from .base import MARKDOWN_HELP, CitationInline, EntryAdmin, StaffAdmin, StaffFields
from .filters import RetiredFilter
from .forms import LookAlikeFormSet

TOPIC = Citation.Topic


@admin.register(Category)
class CategoryAdmin(StaffAdmin):
    resource_classes = [resources.CategoryResource]
    list_display = ["name", "slug", "order", "number_of_codes"]
    list_editable = ["order"]
    search_fields = ["name", "slug"]
    slug_from = ("name",)
    fieldsets = [(None, {"fields": ["name", "slug", "intro", "order"]})]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(number_of_codes=Count("codes"))

    @admin.display(description="codes", ordering="number_of_codes")
    def number_of_codes(self, category):
        return category.number_of_codes


class SynonymInline(StaffFields, admin.TabularInline):
    model = Synonym
    extra = 1
    verbose_name_plural = "Synonyms: other words under which people look for this code"


class CommonPartnerInline(StaffFields, admin.TabularInline):
    model = CommonPartner
    fk_name = "code"
    autocomplete_fields = ["partner"]
    extra = 0
    verbose_name = "code"
    verbose_name_plural = "“Can I bill it with…”: codes answered in place on its page"


class CodeCitationInline(CitationInline):
    topics = (TOPIC.DESCRIPTION, TOPIC.TIMING, TOPIC.THERAPY, TOPIC.RETIREMENT, TOPIC.NOTE, TOPIC.RULE)


@admin.register(Code)
class CodeAdmin(EntryAdmin):
    resource_classes = [resources.CodeResource]
    key_field = "number"
    markdown_fields = ("explanation",)
    list_display = ["number", "name", "category", "timing", "state", "last_reviewed", "review"]
    list_filter = ["category", RetiredFilter, "timing", "therapy_status", "system"]
    list_select_related = ["category"]
    search_fields = ["number", "name", "summary", "synonyms__term"]
    search_help_text = "By number, name, summary or synonym."
    autocomplete_fields = ["category", "replaced_by"]
    inlines = [SynonymInline, CommonPartnerInline, CodeCitationInline]
    fieldsets = [
        (None, {"fields": [("number", "system"), "name", "category"]}),
        EntryAdmin.state_fieldset,
        (
            "What readers see",
            {
                "fields": ["summary", "explanation"],
                "description": f"In our own words, never the AMA's. {MARKDOWN_HELP}",
            },
        ),
        (
            "How it is counted",
            {
                "fields": [("timing", "unit_minutes"), "attendance", ("therapy_status", "discipline")],
                "description": "Timed codes have minutes for one unit. Banded codes depend on the length of the "
                "whole service, such as acupuncture's first 15 minutes.",
            },
        ),
        (
            "Introduced and retired",
            {
                "fields": [
                    "introduced_year",
                    ("retired_on", "retired_year"),
                    "retirement_note",
                    "replaced_by",
                ],
                "description": "Retired codes keep their page: it says when they ended and what replaced them.",
            },
        ),
        (
            "Official descriptor (needs a licence from the AMA)",
            {"fields": ["licensed_descriptor"], "classes": ["collapse"]},
        ),
    ]


class ModifierCitationInline(CitationInline):
    topics = (TOPIC.MEANING, TOPIC.BYPASS, TOPIC.RULE, TOPIC.MISTAKE, TOPIC.NOTE)


@admin.register(Modifier)
class ModifierAdmin(EntryAdmin):
    resource_classes = [resources.ModifierResource]
    key_field = "code"
    markdown_fields = ("meaning", "can_do", "cannot_do", "common_mistakes")
    list_display = ["code", "name", "kind", "relevance", "bypasses_ptp", "state", "last_reviewed", "review"]
    list_filter = ["kind", "relevance", "bypasses_ptp"]
    search_fields = ["code", "name", "summary", "search_words"]
    search_help_text = "By modifier, name, summary or search words."
    autocomplete_fields = ["codes"]
    inlines = [ModifierCitationInline]
    fieldsets = [
        (None, {"fields": ["code", "name", ("kind", "relevance"), "bypasses_ptp"]}),
        EntryAdmin.state_fieldset,
        (
            "What readers see",
            {
                "fields": ["summary", "meaning", "can_do", "cannot_do", "common_mistakes", "test"],
                "description": MARKDOWN_HELP,
            },
        ),
        ("Where it shows up", {"fields": ["codes", "search_words"]}),
    ]


class LookAlikeInline(StaffFields, admin.TabularInline):
    model = LookAlike
    formset = LookAlikeFormSet
    autocomplete_fields = ["code"]
    extra = 1
    verbose_name = "code"
    verbose_name_plural = "Codes side by side"


class LookAlikeCitationInline(CitationInline):
    topics = (TOPIC.LOOK_ALIKE, TOPIC.RULE, TOPIC.NOTE)


@admin.register(LookAlikeGroup)
class LookAlikeGroupAdmin(EntryAdmin):
    resource_classes = [resources.LookAlikeGroupResource]
    markdown_fields = ("explanation",)
    slug_from = ("title",)
    list_display = ["title", "number_of_codes", "state", "last_reviewed", "review"]
    search_fields = ["title", "slug", "members__code__number"]
    search_help_text = "By title or by a code in the group."
    inlines = [LookAlikeInline, LookAlikeCitationInline]
    fieldsets = [
        (None, {"fields": ["title", "slug"]}),
        EntryAdmin.state_fieldset,
        ("What readers see", {"fields": ["explanation"], "description": MARKDOWN_HELP}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(number_of_codes=Count("members", distinct=True))

    @admin.display(description="codes", ordering="number_of_codes")
    def number_of_codes(self, group):
        return group.number_of_codes
