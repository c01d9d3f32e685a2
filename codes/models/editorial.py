"""What we say and where we have it from: sources, citations, questions, circulating claims."""

from django.db import models
from simple_history.models import HistoricalRecords

from codes.addresses import address_of
from codes.rules.terms import Confidence

from .base import NaturalKeyManager, Publishable
from .catalogue import Code, LookAlikeGroup, Modifier
from .glossary import GlossaryTerm


class Source(models.Model):
    """A document that statements are taken from."""

    class Kind(models.TextChoices):
        TABLE = "table", "Official table"
        MANUAL = "manual", "Official manual"
        RULE = "rule", "Official decision or notice"
        PAGE = "page", "Medicare page"
        SECONDARY = "secondary", "Secondary source"
        OWN = "own", "Our own compilation"

    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField("document", max_length=200)
    publisher = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind)
    edition = models.CharField(
        max_length=80, blank=True, help_text="Version or quarter, for instance v30.2, 2024 Q3."
    )
    published_on = models.DateField(null=True, blank=True)
    url = models.URLField("address", blank=True, max_length=400)
    note = models.CharField(max_length=300, blank=True)

    objects = NaturalKeyManager()
    history = HistoricalRecords()
    natural_key_fields = ("slug",)

    class Meta:
        ordering = ["kind", "title"]

    def __str__(self):
        return f"{self.title}, {self.edition}" if self.edition else self.title

    def natural_key(self):
        return (self.slug,)


class Faq(Publishable):
    """A question that people ask, with the answer first."""

    class Topic(models.TextChoices):
        CHOOSING = "choosing-a-code", "Choosing a code"
        TOGETHER = "together", "Billing codes together"
        MODIFIERS = "modifiers", "Modifiers"
        UNITS = "units", "Minutes and units"
        MEDICARE = "medicare", "Medicare rules"
        PAYERS = "payers", "Other payers"
        EVALUATIONS = "evaluations", "Evaluations"
        ACUPUNCTURE = "acupuncture", "Acupuncture and dry needling"
        CHIROPRACTIC = "chiropractic", "Chiropractic"
        MASSAGE = "massage", "Massage therapists"
        COPYRIGHT = "copyright", "Copyright"

    slug = models.SlugField(max_length=100, unique=True)
    question = models.CharField(max_length=200)
    answer = models.CharField(max_length=400, help_text="The answer first, in one or two sentences.")
    detail = models.TextField(blank=True, help_text="Markdown: the reason, and what to do.")
    topic = models.CharField(max_length=20, choices=Topic)
    order = models.PositiveSmallIntegerField(default=100)
    most_asked = models.BooleanField(default=False, help_text="Shown on the home page.")
    codes = models.ManyToManyField(Code, blank=True, related_name="faqs")
    modifiers = models.ManyToManyField(Modifier, blank=True, related_name="faqs")
    search_words = models.TextField(blank=True, help_text="Further words under which people look for it.")

    history = HistoricalRecords(m2m_fields=[codes, modifiers])
    natural_key_fields = ("slug",)

    class Meta:
        ordering = ["order", "question"]
        verbose_name = "question"
        permissions = [("publish_faq", "Can publish questions")]

    def __str__(self):
        return self.question

    def natural_key(self):
        return (self.slug,)

    def get_absolute_url(self):
        return address_of("faq", self.slug)


class CirculatingClaim(Publishable):
    """A sentence about billing that goes round, with our verdict on it."""

    class Verdict(models.TextChoices):
        TRUE = "true", "True"
        PART_TRUE = "part-true", "Partly true"
        OUTDATED = "outdated", "Outdated"
        WRONG = "wrong", "Wrong"
        PAYER_DEPENDENT = "payer-dependent", "Depends on the payer"

    number = models.PositiveSmallIntegerField(unique=True, help_text="Order in the list.")
    slug = models.SlugField(max_length=100, unique=True)
    text = models.CharField(max_length=300, help_text="What is said, in a paraphrase of ours.")
    verdict = models.CharField(max_length=16, choices=Verdict)
    verdict_note = models.CharField(max_length=120, blank=True)
    correction = models.TextField(help_text="Markdown: the correct statement.")
    what_to_do = models.CharField(max_length=300, blank=True)
    codes = models.ManyToManyField(Code, blank=True, related_name="claims")
    modifiers = models.ManyToManyField(Modifier, blank=True, related_name="claims")
    search_words = models.TextField(blank=True, help_text="Further words under which people look for it.")

    history = HistoricalRecords(m2m_fields=[codes, modifiers])
    natural_key_fields = ("slug",)

    class Meta:
        ordering = ["number"]
        permissions = [("publish_circulatingclaim", "Can publish circulating claims")]

    def __str__(self):
        return self.text

    def natural_key(self):
        return (self.slug,)

    def get_absolute_url(self):
        return address_of("claim", self.slug)


CITED = ("code", "modifier", "faq", "claim", "lookalike_group", "term")


class Citation(models.Model):
    """Ties one statement of one entry to a place in a source."""

    class Topic(models.TextChoices):
        DESCRIPTION = "description", "Description"
        TIMING = "timing", "Minutes and attendance"
        THERAPY = "therapy", "Therapy list"
        RETIREMENT = "retirement", "Retirement"
        NOTE = "note", "Good to know"
        MEANING = "meaning", "Meaning"
        BYPASS = "bypass", "Bypass list"
        RULE = "rule", "Rule"
        MISTAKE = "mistake", "Common mistake"
        ANSWER = "answer", "Answer"
        CORRECTION = "correction", "Correction"
        LOOK_ALIKE = "lookalike", "Look-alikes"

    code = models.ForeignKey(Code, null=True, blank=True, on_delete=models.CASCADE, related_name="citations")
    modifier = models.ForeignKey(
        Modifier, null=True, blank=True, on_delete=models.CASCADE, related_name="citations"
    )
    faq = models.ForeignKey(Faq, null=True, blank=True, on_delete=models.CASCADE, related_name="citations")
    claim = models.ForeignKey(
        CirculatingClaim, null=True, blank=True, on_delete=models.CASCADE, related_name="citations"
    )
    lookalike_group = models.ForeignKey(
        LookAlikeGroup, null=True, blank=True, on_delete=models.CASCADE, related_name="citations"
    )
    term = models.ForeignKey(
        GlossaryTerm, null=True, blank=True, on_delete=models.CASCADE, related_name="citations"
    )
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="citations")
    locator = models.CharField(max_length=120, blank=True, help_text="Chapter, section or row.")
    topic = models.CharField(max_length=12, choices=Topic)
    statement = models.CharField(max_length=400, help_text="What the source says, in one sentence of ours.")
    confidence = models.CharField(
        max_length=1, choices=[(mark.value, mark.label.capitalize()) for mark in Confidence]
    )
    checked_on = models.DateField(help_text="The day on which somebody last read it there.")

    history = HistoricalRecords()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    *[models.Q(**{f"{other}__isnull": other != owner for other in CITED}) for owner in CITED],
                    _connector=models.Q.OR,
                ),
                name="citation_belongs_to_one_entry",
                violation_error_message="A citation belongs to exactly one entry.",
            )
        ]

    def __str__(self):
        return f"{self.source}, {self.locator}" if self.locator else str(self.source)

    @property
    def is_verified(self):
        return self.confidence != Confidence.NOT_VERIFIED
