"""Codes and modifiers: what the catalogue lists."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from simple_history.models import HistoricalRecords

from codes.addresses import address_of
from codes.rules.terms import Attendance, TherapyStatus, Timing

from .base import NaturalKeyManager, Publishable

code_number = RegexValidator(
    r"^[0-9A-Z][0-9]{3}[0-9A-Z]$",
    "A code has five characters: digits, with a letter only at the start or the end (97140, G0283, 0552T).",
)
modifier_code = RegexValidator(
    r"^[0-9A-Z]{2}$", "A modifier has two characters, digits or capital letters (59, XS)."
)


def choices_of(terms):
    """Choices of a field from one of the enums in `codes.rules.terms`."""
    return [(term.value, term.value.replace("-", " ").capitalize()) for term in terms]


class Category(models.Model):
    """A family of codes, as the list of codes is browsed."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=60)
    intro = models.TextField(blank=True, help_text="One or two plain sentences above the list of its codes.")
    order = models.PositiveSmallIntegerField(default=100)

    objects = NaturalKeyManager()
    natural_key_fields = ("slug",)

    class Meta:
        ordering = ["order", "name"]
        verbose_name_plural = "categories"

    def __str__(self):
        return self.name

    def natural_key(self):
        return (self.slug,)


class Code(Publishable):
    """One CPT or HCPCS level II code, described in our own words."""

    class System(models.TextChoices):
        CPT_1 = "cpt1", "CPT category I"
        CPT_3 = "cpt3", "CPT category III (emerging)"
        HCPCS_2 = "hcpcs2", "HCPCS level II"

    class Discipline(models.TextChoices):
        PT = "pt", "Physical therapy (GP)"
        OT = "ot", "Occupational therapy (GO)"
        SLP = "slp", "Speech-language pathology (GN)"

    number = models.CharField(max_length=5, unique=True, validators=[code_number])
    system = models.CharField(max_length=6, choices=System)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="codes")
    name = models.CharField(max_length=80, help_text="Our own short label, never the AMA's.")
    summary = models.CharField(max_length=220, help_text="One plain sentence in our own words.")
    explanation = models.TextField(blank=True, help_text="Markdown: what happens, what it is confused with.")
    licensed_descriptor = models.TextField(
        blank=True,
        help_text="Leave empty. The official descriptor is the AMA's text: it may be entered only under a "
        "licence, and is shown only when the setting CPT_LICENSE_HELD says that one is held.",
    )
    timing = models.CharField(max_length=8, choices=choices_of(Timing))
    unit_minutes = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Minutes that one unit stands for."
    )
    attendance = models.CharField(max_length=10, choices=choices_of(Attendance))
    therapy_status = models.CharField(max_length=9, choices=choices_of(TherapyStatus))
    discipline = models.CharField(
        max_length=3,
        choices=Discipline,
        blank=True,
        help_text="Only where the code itself names the discipline, as an occupational-therapy evaluation does.",
    )
    introduced_year = models.PositiveSmallIntegerField(null=True, blank=True)
    retired_on = models.DateField(
        null=True, blank=True, help_text="The first day on which it was no longer valid."
    )
    retired_year = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Needed for every retired code, also when the exact day is not known.",
    )
    retirement_note = models.CharField(max_length=300, blank=True)
    replaced_by = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="replaces")

    history = HistoricalRecords(m2m_fields=[replaced_by])
    natural_key_fields = ("number",)

    class Meta:
        ordering = ["number"]
        permissions = [("publish_code", "Can publish codes")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(timing="timed", unit_minutes__gt=0) | ~models.Q(timing="timed"),
                name="timed_code_has_minutes",
                violation_error_message="A timed code needs the minutes of one unit.",
            ),
            models.CheckConstraint(
                condition=models.Q(retired_on=None) | models.Q(retired_year=models.F("retired_on__year")),
                name="retired_year_is_year_of_retired_on",
                violation_error_message="The year of retirement must be the year of the retirement date.",
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.name}"

    def natural_key(self):
        return (self.number,)

    def get_absolute_url(self):
        return address_of("code", self.number)

    def clean(self):
        if self.timing != Timing.TIMED and self.unit_minutes:
            raise ValidationError(
                {"unit_minutes": "Only a timed code has minutes for a unit. Clear this field."}
            )

    @property
    def is_retired(self):
        return self.retired_year is not None


class Synonym(models.Model):
    """Another word under which people look for a code."""

    class Kind(models.TextChoices):
        LAY = "lay", "Lay word"
        CLINICAL = "clinical", "Clinical word"
        ABBREVIATION = "abbreviation", "Abbreviation"
        BRAND = "brand", "Brand or method name"

    code = models.ForeignKey(Code, on_delete=models.CASCADE, related_name="synonyms")
    term = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.LAY)

    class Meta:
        ordering = ["code", "term"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "term"],
                name="synonym_once_for_each_code",
                violation_error_message="This code already has that synonym.",
            )
        ]

    def __str__(self):
        return self.term


class CommonPartner(models.Model):
    """A code that people most often ask about together with another: answered in place on its page."""

    code = models.ForeignKey(Code, on_delete=models.CASCADE, related_name="common_partners")
    partner = models.ForeignKey(Code, on_delete=models.CASCADE, related_name="+")
    order = models.PositiveSmallIntegerField(default=100)

    class Meta:
        ordering = ["code", "order"]
        constraints = [
            models.UniqueConstraint(fields=["code", "partner"], name="partner_once_for_each_code"),
            models.CheckConstraint(
                condition=~models.Q(code=models.F("partner")),
                name="partner_is_another_code",
                violation_error_message="A code is not its own partner.",
            ),
        ]

    def __str__(self):
        return f"{self.code_id} with {self.partner_id}"


class LookAlikeGroup(Publishable):
    """Codes that are mistaken for one another, shown side by side."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=100)
    explanation = models.TextField(blank=True, help_text="Markdown.")
    codes = models.ManyToManyField(Code, through="LookAlike", related_name="lookalike_groups")

    history = HistoricalRecords()
    natural_key_fields = ("slug",)

    class Meta:
        ordering = ["title"]
        verbose_name = "look-alike group"
        permissions = [("publish_lookalikegroup", "Can publish look-alike groups")]

    def __str__(self):
        return self.title

    def natural_key(self):
        return (self.slug,)


class LookAlike(models.Model):
    """What tells one code of a group from the others."""

    group = models.ForeignKey(LookAlikeGroup, on_delete=models.CASCADE, related_name="members")
    code = models.ForeignKey(Code, on_delete=models.CASCADE, related_name="+")
    difference = models.CharField(max_length=240, help_text="One short sentence.")
    order = models.PositiveSmallIntegerField(default=100)

    class Meta:
        ordering = ["group", "order"]
        constraints = [models.UniqueConstraint(fields=["group", "code"], name="code_once_in_a_group")]

    def __str__(self):
        return f"{self.code_id} in {self.group_id}"


class Modifier(Publishable):
    """A two-character modifier: what it says and what it can and cannot do."""

    class Kind(models.TextChoices):
        DISTINCT = "distinct-service", "Distinct service"
        ANATOMIC = "anatomic", "Part of the body"
        THERAPY_PLAN = "therapy-plan", "Plan of care"
        ASSISTANT = "assistant", "Assistant"
        NECESSITY = "medical-necessity", "Medical necessity"
        NOTICE = "notice", "Notice to the patient"
        GLOBAL = "global-period", "Visit around a procedure"
        REPEAT = "repeat", "Repeated service"
        PAYMENT = "payment", "Payment"
        TELEHEALTH = "telehealth", "Telehealth"
        LABORATORY = "laboratory", "Laboratory"
        STATE = "state", "State Medicaid"
        OTHER = "other", "Other"

    class Relevance(models.IntegerChoices):
        CORE = 1, "Everyday"
        SOMETIMES = 2, "Now and then"
        RARE = 3, "Hardly ever in hands-on therapy"

    code = models.CharField("modifier", max_length=2, unique=True, validators=[modifier_code])
    name = models.CharField(max_length=80, help_text="Our own short label.")
    summary = models.CharField(max_length=220, help_text="One plain sentence.")
    kind = models.CharField(max_length=20, choices=Kind)
    relevance = models.PositiveSmallIntegerField(choices=Relevance, default=Relevance.RARE)
    bypasses_ptp = models.BooleanField(
        "can bypass an indicator-1 edit", help_text="Whether CMS lists it as an NCCI PTP-associated modifier."
    )
    meaning = models.TextField(blank=True, help_text="Markdown.")
    can_do = models.TextField("what it can do", blank=True, help_text="Markdown.")
    cannot_do = models.TextField("what it cannot do", blank=True, help_text="Markdown.")
    common_mistakes = models.TextField(blank=True, help_text="Markdown, a list.")
    test = models.TextField(
        blank=True,
        help_text="What the record must show before this modifier may be used. Shown by the pair checker.",
    )
    search_words = models.TextField(blank=True, help_text="Further words under which people look for it.")
    codes = models.ManyToManyField(
        Code, blank=True, related_name="modifiers", help_text="Codes it belongs to."
    )

    history = HistoricalRecords(m2m_fields=[codes])
    natural_key_fields = ("code",)

    class Meta:
        ordering = ["relevance", "code"]
        permissions = [("publish_modifier", "Can publish modifiers")]

    def __str__(self):
        return f"{self.code} {self.name}"

    def natural_key(self):
        return (self.code,)

    def get_absolute_url(self):
        return address_of("modifier", self.code)
