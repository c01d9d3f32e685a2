"""Who changed what, and the way back."""

from django.db import models
from django.utils.text import capfirst
from simple_history.template_utils import HistoricalRecordContextHelper

from codes.models import Citation

from . import diffs, validation


def touch(instance, reason=""):
    """Write one row of history with the instance as it stands in the database."""
    instance._change_reason = reason
    column = next(field for field in instance._meta.concrete_fields if not field.primary_key)
    instance.save(update_fields=[column.name])


def keep_first_version(model, pk):
    """Rows loaded from fixtures have no history: before their first change, record what they said.

    Answers whether the row exists.
    """
    stored = model._default_manager.filter(pk=pk).first() if pk else None
    if stored and not model.history.filter(**{model._meta.pk.attname: pk}).exists():
        stored._history_user = None
        touch(stored, "Before the first change")
    return stored is not None


class OneRecord:
    """Everything that is saved of one entry becomes one row of its history: text, codes, citations.

    `begin` before the entry is saved, `finish` when all that belongs to it is saved too.
    """

    @staticmethod
    def begin(instance):
        instance._is_new_record = not keep_first_version(type(instance), instance.pk)
        instance.skip_history_when_saving = True

    @staticmethod
    def finish(instance, reason=""):
        if not hasattr(instance, "skip_history_when_saving"):
            return
        del instance.skip_history_when_saving
        touch(instance, reason)
        if instance._is_new_record:
            record = instance.history.first()
            record.history_type = "+"
            record.save(update_fields=["history_type"])


class ReadableChanges(HistoricalRecordContextHelper):
    """Changes as staff read them: field names in words, texts compared word by word."""

    def context_for_delta_changes(self, delta):
        return [self.describe(change) for change in delta.changes]

    def describe(self, change):
        field = self.model._meta.get_field(change.field)
        old, new = (self.in_words(field, change, value) for value in (change.old, change.new))
        compare = diffs.words if isinstance(field, models.CharField | models.TextField) else diffs.swap
        if getattr(field, "choices", None):
            compare = diffs.swap
        return {"field": capfirst(field.verbose_name), "diff": compare(old, new)}

    def in_words(self, field, change, value):
        if value is None:
            return ""
        if isinstance(field, models.ManyToManyField):
            return ", ".join(str(other) for other in self.prepare_delta_change_value(change, value))
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(value, bool):
            return "yes" if value else "no"
        return str(value)


def changes_between(older, newer):
    """What changed from one record to the next, ready for a template."""
    delta = newer.diff_against(older, foreign_keys_are_objs=True)
    return ReadableChanges(newer.instance_type, newer).context_for_delta_changes(delta)


def _citation_records(entry):
    """The history of an entry's citations, oldest first, by citation."""
    records = {}
    owned = Citation.history.filter(**{f"{validation.OWNER[type(entry).__name__]}_id": entry.pk})
    for record in owned.select_related("history_user", "source").order_by("history_date", "history_id"):
        records.setdefault(record.id, []).append(record)
    return records


def citation_log(entry):
    """Every change of an entry's citations, newest first."""
    log = []
    for records in _citation_records(entry).values():
        for older, newer in zip([None, *records], records, strict=False):
            changes = changes_between(older, newer) if older else []
            log.append({"record": newer, "changes": changes})
    return sorted(log, key=lambda line: line["record"].history_date, reverse=True)


def citations_then(entry, moment):
    """The citations that an entry had at a moment, as unsaved instances.

    A citation that was loaded from a fixture and never changed has no history: it has always been there.
    One whose history starts later, but not with its creation, was there before in its earliest known form.
    """
    records = _citation_records(entry)
    then = [citation for citation in validation.citations_of(entry) if citation.pk not in records]
    for history in records.values():
        earlier = [record for record in history if record.history_date <= moment]
        if earlier:
            record = earlier[-1]
            exists = record.history_type != "-"
        else:
            record = history[0]
            exists = record.history_type != "+"
        if exists:
            then.append(record.instance)
    return sorted(then, key=lambda citation: citation.pk)


def restore_citations(entry, moment):
    """Make an entry's citations what they were at a moment. A published entry is never left without."""
    then = citations_then(entry, moment)
    if not then and validation.is_published(entry):
        return
    now = {citation.pk: citation for citation in validation.citations_of(entry)}
    fields = [field.attname for field in Citation._meta.concrete_fields]
    for citation in then:
        present = now.pop(citation.pk, None)
        if not present or any(getattr(present, name) != getattr(citation, name) for name in fields):
            citation._state.adding = present is None
            citation.save(force_insert=present is None)
    for citation in now.values():
        citation.delete()
