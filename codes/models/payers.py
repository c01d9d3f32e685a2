"""What staff know of payers, and the yearly amounts: rules with a source and a date, which grow stale."""

from django.db import models
from simple_history.models import HistoricalRecords

from codes.rules.terms import Confidence
from codes.rules.visitterms import Payer, PayerTopic

from .base import NaturalKeyManager, Publishable, today
from .catalogue import Code
from .editorial import Source


class PayerRule(Publishable):
    """One thing that is known of one kind of payer. A year after its check it is shown as stale and decides nothing."""

    class Follows(models.TextChoices):
        CMS = "cms", "Medicare's rule"
        AMA = "ama", "AMA's rule"

    slug = models.SlugField(max_length=80, unique=True)
    payer = models.CharField(max_length=20, choices=[(payer.value, payer.label) for payer in Payer])
    topic = models.CharField(
        max_length=20,
        choices=[(topic.value, topic.value.replace("-", " ").capitalize()) for topic in PayerTopic],
    )
    text = models.CharField(max_length=400, help_text="What is known, in one or two sentences.")
    follows = models.CharField(
        max_length=3,
        choices=Follows,
        blank=True,
        help_text="Only where the source says that this payer follows one of the two: then the visit check applies it.",
    )
    codes = models.ManyToManyField(
        Code, blank=True, related_name="payer_rules", help_text="Empty: all codes."
    )
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="payer_rules")
    locator = models.CharField(max_length=120, blank=True, help_text="Chapter, section or page.")
    confidence = models.CharField(
        max_length=1, choices=[(mark.value, mark.label.capitalize()) for mark in Confidence]
    )
    checked_on = models.DateField(help_text="The day on which somebody last read it there.")

    history = HistoricalRecords(m2m_fields=[codes])
    natural_key_fields = ("slug",)

    class Meta:
        ordering = ["payer", "topic", "slug"]
        permissions = [("publish_payerrule", "Can publish payer rules")]

    def __str__(self):
        return f"{self.get_payer_display()}: {self.text}"

    def natural_key(self):
        return (self.slug,)


class TherapyThreshold(models.Model):
    """The amounts above which Medicare asks for KX, and may review, in one calendar year."""

    year = models.PositiveSmallIntegerField(unique=True)
    pt_slp_cents = models.PositiveIntegerField("PT and SLP together, in cents")
    ot_cents = models.PositiveIntegerField("OT, in cents")
    review_cents = models.PositiveIntegerField("targeted review, in cents", null=True, blank=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    locator = models.CharField(max_length=120, blank=True)
    confidence = models.CharField(
        max_length=1, choices=[(mark.value, mark.label.capitalize()) for mark in Confidence]
    )
    checked_on = models.DateField(default=today)

    objects = NaturalKeyManager()
    history = HistoricalRecords()
    natural_key_fields = ("year",)

    class Meta:
        ordering = ["-year"]

    def __str__(self):
        return str(self.year)

    def natural_key(self):
        return (self.year,)
