"""Rows of CMS's published tables. Codes are kept as text: the tables name far more than the catalogue."""

from django.db import models
from django.db.models import F, Q

from codes.rules.terms import DateBasis, Setting

from .base import NaturalKeyManager
from .catalogue import choices_of, code_number
from .editorial import Source


class Release(models.Model):
    """One published quarter of one table.

    Readers see the rows of current releases only. A release that is being loaded beside them has the stage
    LOADING until it is whole; of one that was replaced twice only this record is left.
    """

    class Table(models.TextChoices):
        PTP = "ptp", "PTP edits"
        MUE = "mue", "MUE"
        ADD_ON = "add-on", "Add-on codes"
        FEE_SCHEDULE = "fee-schedule", "Physician fee schedule"
        GPCI = "gpci", "Geographic practice cost indices (GPCI)"
        LOCALITY = "locality", "Localities and their counties"
        ZIP = "zip", "ZIP codes and their localities"
        HCPCS = "hcpcs", "HCPCS level II"

    class Program(models.TextChoices):
        MEDICARE = "medicare", "Medicare"
        MEDICAID = "medicaid", "Medicaid"

    class Stage(models.TextChoices):
        LOADING = "loading", "Being loaded"
        PUBLISHED = "published", "Published"
        REMOVED = "removed", "Rows removed"

    slug = models.SlugField(max_length=60, unique=True)
    table = models.CharField(max_length=12, choices=Table)
    program = models.CharField(max_length=8, choices=Program, default=Program.MEDICARE)
    setting = models.CharField(
        max_length=20,
        choices=choices_of(Setting),
        blank=True,
        help_text="Empty where the table has no setting.",
    )
    name = models.CharField(max_length=60, help_text="For instance NCCI PTP v30.2.")
    quarter = models.CharField(max_length=10, help_text="For instance 2024 Q3.")
    effective_on = models.DateField()
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="releases")
    is_current = models.BooleanField(default=False, help_text="Whether answers are read from this release.")
    coverage = models.CharField(
        max_length=200, blank=True, help_text="Which part of the published table is loaded; empty: all of it."
    )
    stage = models.CharField(max_length=9, choices=Stage, default=Stage.PUBLISHED, editable=False)
    replaces = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="replaced_by",
        help_text="The release that was current before: the one that a rollback goes back to.",
    )
    files = models.JSONField(default=list, editable=False, help_text="Name, SHA-256 and rows of each file.")
    sha256 = models.CharField(
        "SHA-256",
        max_length=64,
        blank=True,
        editable=False,
        help_text="Of the file; of several files, of their sums.",
    )
    row_count = models.PositiveIntegerField(null=True, editable=False)
    published_at = models.DateTimeField(null=True, editable=False, help_text="Empty for the launch data.")
    imported_by = models.CharField(max_length=150, blank=True, editable=False)

    objects = NaturalKeyManager()
    natural_key_fields = ("slug",)

    class Meta:
        ordering = ["table", "setting", "-effective_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["table", "setting", "program"],
                condition=Q(is_current=True),
                name="one_current_release_of_a_table",
                violation_error_message="Another release of this table is current.",
            )
        ]

    def __str__(self):
        return f"{self.name}, {self.quarter}"

    def natural_key(self):
        return (self.slug,)


class Rationale(models.Model):
    """CMS's reason for an edit, stored once instead of once for each of millions of rows."""

    text = models.CharField(max_length=120, unique=True)

    objects = NaturalKeyManager()
    natural_key_fields = ("text",)

    class Meta:
        ordering = ["text"]

    def __str__(self):
        return self.text

    def natural_key(self):
        return (self.text,)


class PairEdit(models.Model):
    """One row of a PTP table: column one may be paid, column two is denied.

    A pair can have several rows, one for each period in which it was in force.
    `deleted_on` is the last day in force; None means that it still is.

    A full table has millions of rows. The release comes first in each index, so that those of a new one are
    written behind all others, in order; and the database does not check the foreign keys row by row.
    """

    class Indicator(models.IntegerChoices):
        NOT_ALLOWED = 0, "0: no modifier helps"
        ALLOWED = 1, "1: a modifier can fit"
        NOT_APPLICABLE = 9, "9: never in force"

    release = models.ForeignKey(
        Release, on_delete=models.CASCADE, related_name="pair_edits", db_index=False, db_constraint=False
    )
    column_one = models.CharField(max_length=5, validators=[code_number])
    column_two = models.CharField(max_length=5, validators=[code_number])
    effective_on = models.DateField(null=True, blank=True)
    effective_basis = models.CharField(max_length=8, choices=choices_of(DateBasis), default=DateBasis.EXACT)
    deleted_on = models.DateField(
        null=True, blank=True, help_text="The last day in force. Empty while in force."
    )
    indicator = models.PositiveSmallIntegerField("modifier indicator", choices=Indicator)
    rationale = models.ForeignKey(
        Rationale,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    confirmed_in = models.ForeignKey(
        Release,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        db_constraint=False,
        help_text="A later release in which this row was read unchanged.",
    )

    class Meta:
        ordering = ["release", "column_one", "column_two", "deleted_on"]
        verbose_name = "PTP edit"
        indexes = [
            models.Index(fields=["release", "column_one", "column_two"], name="pair_edit_by_column_one"),
            models.Index(fields=["release", "column_two"], name="pair_edit_by_column_two"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(column_one=F("column_two")),
                name="pair_edit_has_two_codes",
                violation_error_message="The two columns must hold different codes.",
            ),
            models.CheckConstraint(
                condition=Q(effective_on=None) | Q(deleted_on=None) | Q(deleted_on__gte=F("effective_on")),
                name="pair_edit_ends_after_it_starts",
                violation_error_message="The deletion date lies before the effective date.",
            ),
        ]

    def __str__(self):
        return f"{self.column_one} > {self.column_two} ({self.indicator})"


class UnitLimit(models.Model):
    """A medically unlikely edit (MUE): the most units of a code for one patient and day."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="unit_limits", db_index=False)
    number = models.CharField("code", max_length=5, validators=[code_number])
    value = models.PositiveIntegerField("units")
    mai = models.PositiveSmallIntegerField(
        "adjudication indicator",
        choices=[
            (1, "1: claim line"),
            (2, "2: date of service, policy"),
            (3, "3: date of service, clinical"),
        ],
    )
    rationale = models.CharField(max_length=80, blank=True)
    confirmed_in = models.ForeignKey(
        Release, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["number"]
        verbose_name = "MUE"
        constraints = [models.UniqueConstraint(fields=["number", "release"], name="one_limit_for_a_code")]

    def __str__(self):
        return f"{self.number}: {self.value} (MAI {self.mai})"


class AddOnLink(models.Model):
    """An add-on code with one of its primary codes."""

    release = models.ForeignKey(
        Release, on_delete=models.CASCADE, related_name="add_on_links", db_index=False
    )
    add_on = models.CharField("add-on code", max_length=5, validators=[code_number])
    primary = models.CharField("primary code", max_length=5)
    kind = models.PositiveSmallIntegerField(
        "type",
        choices=[
            (1, "1: all primaries listed"),
            (2, "2: contractor decides"),
            (3, "3: some primaries listed"),
        ],
    )

    class Meta:
        ordering = ["add_on", "primary"]
        verbose_name = "add-on link"
        constraints = [
            models.UniqueConstraint(fields=["add_on", "primary", "release"], name="one_link_for_a_pair")
        ]
        indexes = [models.Index(fields=["primary"], name="add_on_by_primary")]

    def __str__(self):
        return f"{self.add_on} with {self.primary}"


class MedicareStatus(models.Model):
    """A code's status indicator in Medicare's physician fee schedule."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="statuses", db_index=False)
    number = models.CharField("code", max_length=5, validators=[code_number])
    letter = models.CharField("status indicator", max_length=1)
    multiple_procedure = models.CharField(
        max_length=1, blank=True, help_text="5 marks the therapy reduction (MPPR)."
    )
    global_days = models.CharField(max_length=3, blank=True)

    class Meta:
        ordering = ["number"]
        verbose_name_plural = "Medicare statuses"
        constraints = [models.UniqueConstraint(fields=["number", "release"], name="one_status_for_a_code")]

    def __str__(self):
        return f"{self.number}: {self.letter}"


class TableChange(models.Model):
    """One difference between a release and the one that was current before it."""

    class Kind(models.TextChoices):
        ADDED = "added", "Added"
        ENDED = "ended", "Ended"
        INDICATOR = "indicator", "Indicator changed"
        RE_CREATED = "re-created", "Re-created"
        CHANGED = "changed", "Changed"

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="changes", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    column_one = models.CharField(
        "code",
        max_length=14,
        help_text="The column one code of an edit; else the code, locality or ZIP code.",
    )
    column_two = models.CharField(
        max_length=14, blank=True, help_text="The column two code of an edit, the primary of an add-on code."
    )
    old = models.CharField("before", max_length=120, blank=True)
    new = models.CharField("after", max_length=120, blank=True)
    on = models.DateField(null=True, blank=True, help_text="The day that the table names for the change.")

    class Meta:
        ordering = ["column_one", "column_two"]
        indexes = [
            models.Index(fields=["release", "column_one"], name="change_by_release"),
            models.Index(fields=["column_one"], name="change_by_column_one"),
            models.Index(fields=["column_two"], name="change_by_column_two"),
        ]

    def __str__(self):
        return f"{self.column_one} {self.column_two}: {self.get_kind_display().lower()}".replace(" :", ":")
