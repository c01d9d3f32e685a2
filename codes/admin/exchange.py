"""CSV and XLSX in and out of the lists, with a preview of what would change.

Rows are recognised by their natural keys (a code's number, an entry's slug), relations are written as the
natural keys of the others, and whatever is wrong is told by row and column.
"""

import datetime
import re

from django import forms
from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.core import signing
from django.core.exceptions import MultipleObjectsReturned, ObjectDoesNotExist, ValidationError
from django.db import models
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.text import capfirst
from import_export import fields, formats, resources, widgets
from import_export.formats.base_formats import CSV, XLSX
from import_export.forms import ConfirmImportForm, ExportForm, ImportForm

from codes.models.base import State
from codes.models.catalogue import code_number, modifier_code

from . import diffs, history, validation

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
FIRST_ROW = 2
"""Spreadsheet row of the first record, below the headings."""

SEVERAL_FIT = "Several rows of the list fit this one. Change them there, one by one."

# --- Files ------------------------------------------------------------------------------------


def escape_formula(cell):
    """A spreadsheet would run a text that begins like a formula; a quote in front keeps it a text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def unescape_formula(cell):
    if isinstance(cell, str) and cell[:1] == "'" and cell[1:].startswith(FORMULA_STARTS):
        return cell[1:]
    return cell


def each_cell(dataset, change):
    """A copy of the dataset with each cell changed."""
    changed = type(dataset)(headers=dataset.headers)
    for row in dataset:
        changed.append([change(cell) for cell in row])
    return changed


def without_empty_end(dataset):
    """Spreadsheets keep empty rows and columns at the end; they say nothing."""
    headers = list(dataset.headers or [])
    while headers and not str(headers[-1] or "").strip():
        headers.pop()
    rows = [list(row)[: len(headers)] for row in dataset]
    while rows and not any(str(cell or "").strip() for cell in rows[-1]):
        rows.pop()
    trimmed = type(dataset)(headers=[str(header or "").strip() for header in headers])
    for row in rows:
        trimmed.append(row)
    return trimmed


class StaffCSV(CSV):
    def create_dataset(self, in_stream, **kwargs):
        return without_empty_end(each_cell(super().create_dataset(in_stream, **kwargs), unescape_formula))

    def export_data(self, dataset, **kwargs):
        return super().export_data(each_cell(dataset, escape_formula), **kwargs)


class StaffXLSX(XLSX):
    def create_dataset(self, in_stream):
        return without_empty_end(each_cell(super().create_dataset(in_stream), unescape_formula))

    def export_data(self, dataset, **kwargs):
        return super().export_data(each_cell(dataset, escape_formula), column_width=28, **kwargs)


# Cells of XLSX files keep their types: import-export asks this list which formats can hold them.
formats.base_formats.BINARY_FORMATS.append(StaffXLSX)

# --- Cells ------------------------------------------------------------------------------------


def as_text(value):
    """What somebody meant who typed into a spreadsheet: no stray spaces, and 97140.0 is 97140."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).replace("\r\n", "\n").strip()


class TextCell(widgets.Widget):
    def __init__(self, capitals=False):
        self.capitals = capitals
        super().__init__()

    def clean(self, value, row=None, **kwargs):
        text = as_text(value)
        return text.upper() if self.capitals else text


class NumberCell(widgets.Widget):
    def clean(self, value, row=None, **kwargs):
        text = as_text(value)
        if not text:
            return None
        if not re.fullmatch(r"-?\d{1,9}", text):
            raise ValueError(f"“{text}” is not a whole number.")
        return int(text)

    def render(self, value, obj=None, force_native_type=False, **kwargs):
        return value if force_native_type else super().render(value)


class YesNoCell(widgets.Widget):
    WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}

    def clean(self, value, row=None, **kwargs):
        text = as_text(value).lower()
        if text not in self.WORDS:
            raise ValueError(f"Write yes or no, not “{text}”." if text else "Write yes or no.")
        return self.WORDS[text]

    def render(self, value, obj=None, **kwargs):
        return {True: "yes", False: "no"}.get(value, "")


class DateCell(widgets.Widget):
    FORMATS = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y")

    def clean(self, value, row=None, **kwargs):
        if isinstance(value, datetime.datetime):
            return value.date()
        if isinstance(value, datetime.date):
            return value
        text = as_text(value)
        if not text:
            return None
        for form in self.FORMATS:
            try:
                return datetime.datetime.strptime(text, form).date()
            except ValueError:
                continue
        raise ValueError(f"“{text}” is not a date. Write it as year-month-day, for instance 2024-07-31.")

    def render(self, value, obj=None, force_native_type=False, **kwargs):
        return value if force_native_type else value.isoformat() if value else ""


class ChoiceCell(widgets.Widget):
    """One of a few values, by its short form or by the words on the form."""

    def __init__(self, field):
        self.choices = {
            as_text(key).lower(): value
            for value, label in field.flatchoices
            for key in (label, value)
            if value not in ("", None)
        }
        self.values = [str(value) for value, label in field.flatchoices if value not in ("", None)]
        self.empty = None if field.null else ""
        super().__init__()

    def clean(self, value, row=None, **kwargs):
        text = as_text(value)
        if not text:
            return self.empty
        if text.lower() not in self.choices:
            raise ValueError(f"“{text}” is not one of: {', '.join(self.values)}.")
        return self.choices[text.lower()]

    def render(self, value, obj=None, force_native_type=False, **kwargs):
        return value if force_native_type and isinstance(value, int) else super().render(value)


class KeyCells:
    """Finds rows of another table by their natural key, reading that table once for each import."""

    def __init__(self, model):
        self.key = model.natural_key_fields[0]
        self.found = None
        super().__init__(model, field=self.key)

    def find(self, text):
        if self.found is None:
            self.found = {
                str(getattr(row, self.key)).lower(): row for row in self.model._default_manager.all()
            }
        if text.lower() not in self.found:
            row = self.model._default_manager.filter(**{f"{self.key}__iexact": text}).first()
            if not row:
                raise ValueError(f"There is no {self.model._meta.verbose_name} “{text}”.")
            self.found[text.lower()] = row
        return self.found[text.lower()]


class ForeignKeyCell(KeyCells, widgets.ForeignKeyWidget):
    def clean(self, value, row=None, **kwargs):
        text = as_text(value)
        return self.find(text) if text else None

    def render(self, value, obj=None, **kwargs):
        return "" if value is None else str(getattr(value, self.key))


class ManyKeysCell(KeyCells, widgets.ManyToManyWidget):
    """Several natural keys, with spaces, commas or semicolons between them."""

    def clean(self, value, row=None, **kwargs):
        return list(dict.fromkeys(self.find(text) for text in re.split(r"[\s,;]+", as_text(value)) if text))

    def render(self, value, obj=None, **kwargs):
        return "" if value is None else " ".join(sorted(str(getattr(row, self.key)) for row in value.all()))


def cell_for(field):
    """How a model's field is written in a spreadsheet."""
    if isinstance(field, models.ManyToManyField):
        return ManyKeysCell(field.related_model)
    if isinstance(field, models.ForeignKey):
        return ForeignKeyCell(field.related_model)
    if field.choices:
        return ChoiceCell(field)
    if isinstance(field, models.BooleanField):
        return YesNoCell()
    if isinstance(field, models.DateField):
        return DateCell()
    if isinstance(field, models.IntegerField):
        return NumberCell()
    return TextCell(capitals=code_number in field.validators or modifier_code in field.validators)


# --- Rows -------------------------------------------------------------------------------------


class Changes:
    """What a row would change, as a list of columns with the old and the new text."""

    def __init__(self, resource, instance, new):
        self.resource = resource
        self.new = new
        self.before = [""] * len(self.columns) if new else self.read(instance)
        self.after = self.before

    @property
    def columns(self):
        return self.resource.get_import_fields()

    def read(self, instance):
        return [str(field.export(instance)) for field in self.columns]

    def compare_with(self, resource, instance):
        self.after = self.read(instance) if instance else [""] * len(self.columns)

    def as_html(self):
        return [
            {"column": field.column_name, "diff": diffs.words(before, after)}
            for field, before, after in zip(self.columns, self.before, self.after, strict=True)
            if before != after
        ]


class StaffResource(resources.ModelResource):
    """A table's rows as a spreadsheet."""

    user = None
    told_apart_by = ()
    """Columns that tell rows of a file apart, beyond those by which stored rows are recognised."""

    @classmethod
    def field_from_django_field(cls, field_name, django_field, readonly):
        return fields.Field(attribute=field_name, column_name=field_name, widget=cell_for(django_field))

    @classmethod
    def get_diff_class(cls):
        return Changes

    def filter_export(self, queryset, **kwargs):
        """All rows of relations in one query each, however many rows the file has."""
        single = [
            field for field in self.fields.values() if isinstance(field.widget, widgets.ForeignKeyWidget)
        ]
        many = [field for field in self.fields.values() if isinstance(field.widget, widgets.ManyToManyWidget)]
        if single:
            queryset = queryset.select_related(*(field.attribute for field in single))
        return queryset.prefetch_related(*(field.attribute for field in many))

    # --- The file as a whole --------------------------------------------------------------------

    def before_import(self, dataset, **kwargs):
        self.user = kwargs.get("user")
        self.file_name = kwargs.get("file_name") or "a file"
        known = [field.column_name for field in self.get_import_fields()]
        keys = list(self.get_import_id_fields())
        unknown = [header for header in dataset.headers if header not in known]
        missing = [key for key in keys if key not in dataset.headers]
        if missing:
            raise ValidationError(f"The file has no column “{missing[0]}”, by which its rows are recognised.")
        if unknown:
            raise ValidationError(
                f"The column “{unknown[0]}” is not known. The columns are: {', '.join(known)}. "
                "A file may leave columns out, and those stay as they are."
            )
        seen = {}
        distinct = [*keys, *(column for column in self.told_apart_by if column in dataset.headers)]
        places = [dataset.headers.index(column) for column in distinct]
        for number, row in enumerate(dataset, FIRST_ROW):
            key = tuple(as_text(row[place]).lower() for place in places)
            if key in seen:
                raise ValidationError(
                    f"Rows {seen[key]} and {number} are both about {' '.join(filter(None, key))}. Keep one of them."
                )
            seen[key] = number

    # --- One row --------------------------------------------------------------------------------

    def get_instance(self, instance_loader, row):
        errors = {}
        for key in self.get_import_id_fields():
            try:
                value = self.fields[key].clean(row)
            except ValueError as error:
                errors[key] = str(error)
            else:
                field = self._meta.model._meta.get_field(key)
                if value in ("", None) and not (field.blank or field.null):
                    errors[key] = "This cell must not be empty: it says which row is meant."
        if errors:
            raise ValidationError(errors)
        try:
            return self.find(instance_loader, row)
        except MultipleObjectsReturned:
            raise ValidationError(SEVERAL_FIT) from None

    def find(self, instance_loader, row):
        """The stored row that a row of the file means, or None when it is new."""
        return super().get_instance(instance_loader, row)

    def after_init_instance(self, instance, new, row, **kwargs):
        self.is_new = new
        self.before = {
            name: getattr(instance, name) for name in ("state", "last_reviewed") if hasattr(instance, name)
        }

    def import_instance(self, instance, row, **kwargs):
        """Read every cell, also those of relations, so that all that is wrong is told at once."""
        errors = {}
        self.related = {}
        for field in self.get_import_fields():
            if field.column_name not in row:
                continue
            if as_text(row[field.column_name]) == "" and self.keeps_when_empty(field):
                continue
            try:
                value = field.clean(row)
            except ValueError as error:
                errors[field.column_name] = str(error)
            else:
                if isinstance(field.widget, widgets.ManyToManyWidget):
                    self.related[field.column_name] = value
                else:
                    setattr(instance, field.attribute, value)
        if errors:
            raise ValidationError(errors)

    def keeps_when_empty(self, field):
        """An empty cell of a column that always has a value, such as the state, changes nothing."""
        try:
            column = self._meta.model._meta.get_field(field.attribute)
        except LookupError:
            return False
        return column.has_default() and not column.blank and not column.many_to_many

    def skip_row(self, instance, original, row, import_validation_errors=None):
        if import_validation_errors or original.pk is None:
            return False
        for field in self.get_import_fields():
            if field.column_name not in row:
                continue
            if field.column_name in self.related:
                if self.is_other(field, original, self.related[field.column_name]):
                    return False
            elif as_stored(field.get_value(instance)) != as_stored(field.get_value(original)):
                return False
        return True

    def is_other(self, field, original, value):
        present = field.get_value(original)
        return {row.pk for row in value} != {row.pk for row in present.all()}

    def validate_instance(self, instance, import_validation_errors=None, validate_unique=True):
        errors = dict(import_validation_errors or {})
        try:
            instance.full_clean(exclude=list(errors), validate_unique=validate_unique)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        related = {}
        for name in validation.LOOKED_AT.get(type(instance).__name__, ()):
            if name in self.related:
                related[name] = self.related[name]
            elif instance.pk:
                related[name] = list(getattr(instance, name).all())
        for name, message in {
            **validation.problems_of(instance, **related),
            **self.not_allowed(instance),
        }.items():
            errors.setdefault(name, [ValidationError(message)])
        if errors:
            raise ValidationError(errors)

    def not_allowed(self, instance):
        """What this person may not do, whatever the file says."""
        options = instance._meta
        label = options.app_label

        def may(verb):
            return bool(self.user) and self.user.has_perm(f"{label}.{verb}_{options.model_name}")

        problems = {}
        if self.is_new and not may("add"):
            key = self.get_import_id_fields()[0]
            problems[key] = f"There is no such {options.verbose_name}, and you may not add one."
        if not hasattr(instance, "state"):
            return problems
        if instance.state != self.before["state"]:
            if not may("publish"):
                problems["state"] = (
                    "You may not publish or unpublish. Leave the column out, or ask a reviewer."
                )
            elif instance.state == State.PUBLISHED and (problem := validation.publishing_problem(instance)):
                problems["state"] = problem
        if instance.last_reviewed != self.before["last_reviewed"] and not may("publish"):
            problems["last_reviewed"] = "You may not mark entries as reviewed. Leave the column out."
        return problems

    def save_instance(self, instance, is_create, row, **kwargs):
        if hasattr(instance, "history"):
            history.OneRecord.begin(instance)
        super().save_instance(instance, is_create, row, **kwargs)

    def save_m2m(self, instance, row, **kwargs):
        for field in self.get_import_fields():
            if field.column_name in self.related:
                self.save_related(field, instance, self.related[field.column_name])
        if hasattr(instance, "history"):
            history.OneRecord.finish(instance, f"Import of {self.file_name}"[:100])

    def save_related(self, field, instance, value):
        getattr(instance, field.attribute).set(value)


def as_stored(value):
    """Texts that differ only in line ends and outer spaces are the same."""
    return as_text(value) if isinstance(value, str) else value


# --- Pages ------------------------------------------------------------------------------------


class StaffImportForm(ImportForm):
    """Asks only for the file: its ending says which format it has."""

    def __init__(self, formats, resources, **kwargs):
        super().__init__(formats, resources, **kwargs)
        self.titles = [file_format().get_title() for file_format in formats]
        self.fields["format"].required = False
        self.fields["format"].widget = forms.HiddenInput()
        self.fields["import_file"].label = "CSV or XLSX file"
        self.fields["import_file"].widget.attrs = {"accept": ".csv,.xlsx"}

    @property
    def media(self):
        return forms.Media()

    def clean(self):
        cleaned = super().clean()
        ending = cleaned["import_file"].name.rsplit(".", 1)[-1].lower() if cleaned.get("import_file") else ""
        if ending in self.titles:
            cleaned["format"] = str(self.titles.index(ending))
        elif ending:
            self.add_error("import_file", "Choose a file whose name ends in .csv or .xlsx.")
        return cleaned


class StaffConfirmForm(ConfirmImportForm):
    """The name of the stored file goes through the browser, so it comes back signed."""

    signer = signing.TimestampSigner(salt="codes.admin.import")

    def clean_import_file_name(self):
        try:
            return self.signer.unsign(
                self.cleaned_data["import_file_name"], max_age=datetime.timedelta(hours=12)
            )
        except signing.BadSignature:
            raise ValidationError("This preview is too old. Upload the file again.") from None


class StaffExportForm(ExportForm):
    def __init__(self, formats, resources, **kwargs):
        super().__init__(formats, resources, **kwargs)
        titles = [
            (str(number), file_format().get_title().upper()) for number, file_format in enumerate(formats)
        ]
        self.fields["format"].choices = titles
        self.fields["format"].initial = titles[-1][0]


class ExchangeMixin:
    """Import and export of a list: who may, in which formats, and how the outcome is told."""

    formats = [StaffCSV, StaffXLSX]
    import_form_class = StaffImportForm
    confirm_form_class = StaffConfirmForm
    export_form_class = StaffExportForm

    def has_import_permission(self, request):
        return self.has_change_permission(request)

    def has_export_permission(self, request):
        return self.has_view_or_change_permission(request)

    def get_confirm_form_initial(self, request, import_form):
        initial = super().get_confirm_form_initial(request, import_form)
        if "import_file_name" in initial:
            name = initial["import_file_name"].replace("\\", "/").rsplit("/", 1)[-1]
            initial["import_file_name"] = StaffConfirmForm.signer.sign(name)
        return initial

    def get_import_data_kwargs(self, **kwargs):
        return {**super().get_import_data_kwargs(**kwargs), "rollback_on_validation_errors": True}

    def add_data_read_fail_error_to_form(self, form, e):
        form.add_error(
            "import_file",
            "This file could not be read. Save it as an Excel workbook (.xlsx) or as “CSV UTF-8”, with the "
            "names of the columns in the first row, and upload it again.",
        )

    def import_action(self, request, **kwargs):
        response = super().import_action(request, **kwargs)
        context = getattr(response, "context_data", None)
        if context:
            kind = self.opts.verbose_name_plural
            context["title"] = f"Import {kind}"
            if context.get("result"):
                context["preview"] = preview_of(context["result"])
        return response

    def process_result(self, result, request):
        if result.has_errors() or result.has_validation_errors():
            self.message_user(
                request,
                "Nothing was imported: the data changed since the preview, and some rows no longer fit. "
                "Upload the file again to see which.",
                messages.ERROR,
            )
            info = f"{self.opts.app_label}_{self.opts.model_name}"
            return HttpResponseRedirect(reverse(f"admin:{info}_import"))
        return super().process_result(result, request)

    def add_success_message(self, result, request):
        totals = result.totals
        self.message_user(
            request,
            f"Import finished: {totals['new']} new, {totals['update']} changed, {totals['skip']} unchanged.",
            messages.SUCCESS,
        )

    def _create_log_entry(self, user_pk, rows, import_type, action_flag):
        verb = {"new": "Added", "update": "Changed"}.get(import_type, capfirst(import_type))
        if rows:
            LogEntry.objects.log_actions(
                user_pk,
                rows,
                action_flag,
                change_message=f"{verb} by an import.",
                single_object=len(rows) == 1,
            )


def preview_of(result):
    """What an import would do, or what is wrong with it, in rows as the spreadsheet numbers them."""
    problems = []
    for error in result.base_errors:
        problems.append({"row": "", "column": "", "message": message_of(error.error)})
    for number, errors in result.row_errors():
        for error in errors:
            problems.append({"row": number + FIRST_ROW - 1, "column": "", "message": message_of(error.error)})
    for row in result.invalid_rows:
        for column, texts in row.error_dict.items():
            for text in texts:
                name = "" if column == "__all__" else column
                problems.append({"row": row.number + FIRST_ROW - 1, "column": name, "message": text})
    rows = [
        {
            "row": number,
            "what": {"new": "New", "update": "Changed"}[row.import_type],
            "kind": row.import_type,
            "name": row.object_repr,
            "changes": row.diff,
        }
        for number, row in enumerate(result.rows, FIRST_ROW)
        if row.import_type in ("new", "update")
    ]
    return {"problems": problems, "rows": rows, "totals": result.totals}


def message_of(error):
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    if isinstance(error, ObjectDoesNotExist):
        return "This row names something that is not there."
    return str(error)
