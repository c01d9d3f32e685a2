"""Which columns each table's spreadsheet has, and which of them say what row is meant."""

import re

from import_export import fields, widgets

from codes.models import (
    AddOnLink,
    Category,
    CirculatingClaim,
    Code,
    Faq,
    GlossaryTerm,
    LookAlikeGroup,
    MedicareStatus,
    Modifier,
    PairEdit,
    PayerRule,
    Rationale,
    Release,
    Source,
    Synonym,
    TherapyThreshold,
    UnitLimit,
)

from .exchange import StaffResource, as_text


class SynonymsCell(widgets.ManyToManyWidget):
    """Terms with semicolons between them; one that is no lay word has its kind in brackets: MFR (clinical)."""

    def __init__(self):
        super().__init__(Synonym)

    def clean(self, value, row=None, **kwargs):
        terms = {}
        for part in as_text(value).split(";"):
            text = " ".join(part.split())
            marked = re.fullmatch(rf"(.+?)\s*\(({'|'.join(Synonym.Kind.values)})\)", text, re.IGNORECASE)
            term, kind = (marked[1], marked[2].lower()) if marked else (text, Synonym.Kind.LAY.value)
            if len(term) > Synonym._meta.get_field("term").max_length:
                raise ValueError(f"“{term[:40]}…” is longer than 80 characters. Put ; between the synonyms.")
            if term:
                terms[term] = kind
        return terms

    def render(self, value, obj=None, **kwargs):
        if value is None:
            return ""
        return "; ".join(
            synonym.term if synonym.kind == Synonym.Kind.LAY else f"{synonym.term} ({synonym.kind})"
            for synonym in sorted(value.all(), key=lambda synonym: synonym.term.lower())
        )


class CategoryResource(StaffResource):
    class Meta:
        model = Category
        import_id_fields = ["slug"]
        fields = ["slug", "name", "intro", "order"]


class CodeResource(StaffResource):
    synonyms = fields.Field(attribute="synonyms", column_name="synonyms", widget=SynonymsCell())

    class Meta:
        model = Code
        import_id_fields = ["number"]
        fields = [
            *("number", "system", "category", "name", "summary", "explanation", "timing", "unit_minutes"),
            *("attendance", "therapy_status", "discipline", "introduced_year", "retired_on", "retired_year"),
            *("retirement_note", "replaced_by", "synonyms", "state", "last_reviewed"),
        ]

    def get_queryset(self):
        return super().get_queryset().select_related("category")

    def is_other(self, field, original, value):
        if field.column_name != "synonyms":
            return super().is_other(field, original, value)
        return value != {synonym.term: synonym.kind for synonym in original.synonyms.all()}

    def save_related(self, field, instance, value):
        if field.column_name != "synonyms":
            return super().save_related(field, instance, value)
        instance.synonyms.exclude(term__in=value).delete()
        for term, kind in value.items():
            Synonym.objects.update_or_create(code=instance, term=term, defaults={"kind": kind})


class ModifierResource(StaffResource):
    class Meta:
        model = Modifier
        import_id_fields = ["code"]
        fields = [
            *(
                "code",
                "name",
                "summary",
                "kind",
                "relevance",
                "bypasses_ptp",
                "meaning",
                "can_do",
                "cannot_do",
            ),
            *("common_mistakes", "test", "search_words", "codes", "state", "last_reviewed"),
        ]


class LookAlikeGroupResource(StaffResource):
    class Meta:
        model = LookAlikeGroup
        import_id_fields = ["slug"]
        fields = ["slug", "title", "explanation", "state", "last_reviewed"]


class SourceResource(StaffResource):
    class Meta:
        model = Source
        import_id_fields = ["slug"]
        fields = ["slug", "title", "publisher", "kind", "edition", "published_on", "url", "note"]


class FaqResource(StaffResource):
    class Meta:
        model = Faq
        import_id_fields = ["slug"]
        fields = [
            *("slug", "question", "answer", "detail", "topic", "order", "most_asked", "codes", "modifiers"),
            *("search_words", "state", "last_reviewed"),
        ]


class CirculatingClaimResource(StaffResource):
    class Meta:
        model = CirculatingClaim
        import_id_fields = ["slug"]
        fields = [
            *("slug", "number", "text", "verdict", "verdict_note", "correction", "what_to_do", "codes"),
            *("modifiers", "search_words", "state", "last_reviewed"),
        ]


class GlossaryTermResource(StaffResource):
    class Meta:
        model = GlossaryTerm
        import_id_fields = ["slug"]
        fields = [
            *("slug", "term", "long_form", "short", "explanation", "spellings", "search_words"),
            *("state", "last_reviewed"),
        ]


class ReleaseResource(StaffResource):
    class Meta:
        model = Release
        import_id_fields = ["slug"]
        fields = [
            *(
                "slug",
                "table",
                "setting",
                "name",
                "quarter",
                "effective_on",
                "source",
                "is_current",
                "coverage",
            ),
        ]


class RationaleResource(StaffResource):
    class Meta:
        model = Rationale
        import_id_fields = ["text"]
        fields = ["text"]


class PairEditResource(StaffResource):
    """A pair has one row for each period in which it was in force, and some periods' beginnings are not known.

    A row of the file is the stored one with the same two dates. One whose deletion date is new is the stored
    row that began on the same day and that no other row of the file means: so an edit can be ended.
    """

    told_apart_by = ("deleted_on",)

    class Meta:
        model = PairEdit
        import_id_fields = ["release", "column_one", "column_two", "effective_on"]
        fields = [
            *("release", "column_one", "column_two", "effective_on", "effective_basis", "deleted_on"),
            *("indicator", "rationale", "confirmed_in"),
        ]

    def before_import(self, dataset, **kwargs):
        super().before_import(dataset, **kwargs)
        self.meant = {self.period(dict(zip(dataset.headers, row, strict=True))) for row in dataset}

    def period(self, row):
        """What tells one row of the table from the others, or None when a cell cannot be read."""
        try:
            values = [self.fields[key].clean(row) for key in self.get_import_id_fields()]
            ended = self.fields["deleted_on"].clean(row) if "deleted_on" in row else None
        except ValueError:
            return None
        return (values[0].pk if values[0] else None, *values[1:], ended)

    def get_queryset(self):
        return super().get_queryset().select_related("release", "rationale", "confirmed_in")

    def find(self, instance_loader, row):
        period = self.period(row)
        if period is None:
            return None  # a date that cannot be read: told with the row's other cells
        release, *key, ended = period
        names = self.get_import_id_fields()[1:]
        same = list(self.get_queryset().filter(release=release, **dict(zip(names, key, strict=True))))
        exact = [edit for edit in same if edit.deleted_on == ended] if "deleted_on" in row else []
        free = [edit for edit in same if (release, *key, edit.deleted_on) not in self.meant]
        found = exact or (free if "deleted_on" in row else same)
        if len(found) > 1:
            raise PairEdit.MultipleObjectsReturned
        return found[0] if found else None


class UnitLimitResource(StaffResource):
    class Meta:
        model = UnitLimit
        import_id_fields = ["release", "number"]
        fields = ["release", "number", "value", "mai", "rationale", "confirmed_in"]


class AddOnLinkResource(StaffResource):
    class Meta:
        model = AddOnLink
        import_id_fields = ["release", "add_on", "primary"]
        fields = ["release", "add_on", "primary", "kind"]


class MedicareStatusResource(StaffResource):
    class Meta:
        model = MedicareStatus
        import_id_fields = ["release", "number"]
        fields = ["release", "number", "letter", "multiple_procedure", "global_days"]


class PayerRuleResource(StaffResource):
    class Meta:
        model = PayerRule
        import_id_fields = ["slug"]
        fields = [
            *("slug", "payer", "topic", "text", "follows", "codes", "source", "locator", "confidence"),
            *("checked_on", "state", "last_reviewed"),
        ]


class TherapyThresholdResource(StaffResource):
    class Meta:
        model = TherapyThreshold
        import_id_fields = ["year"]
        fields = [
            *("year", "pt_slp_cents", "ot_cents", "review_cents", "source", "locator", "confidence"),
            "checked_on",
        ]
