"""Forms of the staff side and the lines inside them."""

from django import forms
from django.core.exceptions import ValidationError
from simple_history.manager import SIMPLE_HISTORY_REVERSE_ATTR_NAME

from codes.models.base import State

from . import validation


class StaffForm(forms.ModelForm):
    """A row's form, with the rules of `validation` on top of the model's own."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        record = getattr(self.instance, SIMPLE_HISTORY_REVERSE_ATTR_NAME, None)
        if record:
            self._take_relations_from(record)

    def _take_relations_from(self, record):
        """An earlier version is shown with the codes and modifiers that it had then."""
        for field in record._history_m2m_fields:
            if field.name in self.fields:
                then = getattr(record, field.name).values_list(field.m2m_reverse_field_name(), flat=True)
                self.initial[field.name] = list(field.related_model.objects.filter(pk__in=list(then)))

    def _post_clean(self):
        super()._post_clean()
        for field, message in validation.problems_of(self.instance, **self.cleaned_data).items():
            if field not in self.errors:
                self.add_error(field if field in self.fields else None, message)


class EntryForm(StaffForm):
    """Going back to an earlier version has no lines for citations, so they are looked up."""

    def clean(self):
        cleaned = super().clean()
        is_earlier = getattr(self.instance, SIMPLE_HISTORY_REVERSE_ATTR_NAME, None)
        if is_earlier and cleaned.get("state") == State.PUBLISHED:
            problem = validation.publishing_problem(self.instance)
            if problem:
                self.add_error("state", problem)
        return cleaned


class CitationFormSet(forms.BaseInlineFormSet):
    """A published entry keeps at least one citation."""

    def clean(self):
        super().clean()
        if any(self.errors) or not validation.is_published(self.instance):
            return
        filled = [form for form in self.forms if form.has_changed() or form.instance.pk]
        if all(self._should_delete_form(form) for form in filled):
            raise ValidationError(
                "A published entry needs at least one citation. Add one here, or set the state to Draft."
            )


class LookAlikeFormSet(forms.BaseInlineFormSet):
    """Codes can be told apart only when there are at least two."""

    def clean(self):
        super().clean()
        if any(self.errors) or not validation.is_published(self.instance):
            return
        kept = [
            form
            for form in self.forms
            if form.cleaned_data.get("code") and not self._should_delete_form(form)
        ]
        if len(kept) < 2:
            raise ValidationError("A published group needs at least two codes. Add them here.")
