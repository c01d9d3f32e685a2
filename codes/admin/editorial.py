"""Lists and forms of sources, questions, circulating claims and the glossary."""

from django.contrib import admin
from django.db.models import Count

from codes.models import CirculatingClaim, Citation, Faq, GlossaryTerm, Source

from . import resources
from .base import MARKDOWN_HELP, CitationInline, EntryAdmin, HistoryAdmin

TOPIC = Citation.Topic


@admin.register(Source)
class SourceAdmin(HistoryAdmin):
    resource_classes = [resources.SourceResource]
    slug_from = ("title",)
    list_display = ["title", "edition", "publisher", "kind", "published_on", "cited"]
    list_filter = ["kind", "publisher"]
    search_fields = ["title", "publisher", "edition", "slug"]
    search_help_text = "By document, publisher or edition."
    date_hierarchy = "published_on"
    fieldsets = [
        (None, {"fields": ["title", "slug", "publisher", "kind"]}),
        (
            "Which edition, and where to read it",
            {
                "fields": [("edition", "published_on"), "url", "note"],
                "description": "Name the edition that was read. When a new one appears, add it as a new source "
                "and move the citations as they are checked.",
            },
        ),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(cited=Count("citations"))

    @admin.display(description="citations", ordering="cited")
    def cited(self, source):
        return source.cited


class FaqCitationInline(CitationInline):
    topics = (TOPIC.ANSWER, TOPIC.RULE, TOPIC.NOTE)


@admin.register(Faq)
class FaqAdmin(EntryAdmin):
    resource_classes = [resources.FaqResource]
    markdown_fields = ("detail",)
    slug_from = ("question",)
    list_display = ["question", "topic", "most_asked", "state", "last_reviewed", "review"]
    list_filter = ["topic", "most_asked"]
    search_fields = ["question", "answer", "search_words", "slug"]
    search_help_text = "By words of the question, the answer or the search words."
    autocomplete_fields = ["codes", "modifiers"]
    inlines = [FaqCitationInline]
    fieldsets = [
        (None, {"fields": ["question", "slug", "topic", ("order", "most_asked")]}),
        EntryAdmin.state_fieldset,
        ("What readers see", {"fields": ["answer", "detail"], "description": MARKDOWN_HELP}),
        ("Where it shows up", {"fields": ["codes", "modifiers", "search_words"]}),
    ]


class ClaimCitationInline(CitationInline):
    topics = (TOPIC.CORRECTION, TOPIC.RULE, TOPIC.NOTE)


@admin.register(CirculatingClaim)
class CirculatingClaimAdmin(EntryAdmin):
    resource_classes = [resources.CirculatingClaimResource]
    markdown_fields = ("correction",)
    slug_from = ("text",)
    list_display = ["number", "text", "verdict", "state", "last_reviewed", "review"]
    list_display_links = ["number", "text"]
    list_filter = ["verdict"]
    search_fields = ["text", "correction", "search_words", "slug"]
    search_help_text = "By words of the claim, the correction or the search words."
    autocomplete_fields = ["codes", "modifiers"]
    inlines = [ClaimCitationInline]
    fieldsets = [
        (None, {"fields": ["number", "text", "slug"]}),
        EntryAdmin.state_fieldset,
        (
            "Our verdict",
            {
                "fields": [("verdict", "verdict_note"), "correction", "what_to_do"],
                "description": f"Tell the claim in a paraphrase, never in its author's words. {MARKDOWN_HELP}",
            },
        ),
        ("Where it shows up", {"fields": ["codes", "modifiers", "search_words"]}),
    ]


class TermCitationInline(CitationInline):
    topics = (TOPIC.MEANING, TOPIC.RULE, TOPIC.NOTE)


@admin.register(GlossaryTerm)
class GlossaryTermAdmin(EntryAdmin):
    resource_classes = [resources.GlossaryTermResource]
    markdown_fields = ("explanation",)
    slug_from = ("term",)
    list_display = ["term", "long_form", "short", "state", "last_reviewed", "review"]
    search_fields = ["term", "long_form", "short", "explanation", "spellings", "slug"]
    search_help_text = "By the term, its spellings or words of its explanation."
    inlines = [TermCitationInline]
    fieldsets = [
        (None, {"fields": ["term", "long_form", "slug"]}),
        EntryAdmin.state_fieldset,
        ("What readers see", {"fields": ["short", "explanation"], "description": MARKDOWN_HELP}),
        ("Where it shows up", {"fields": ["spellings", "search_words"]}),
    ]
