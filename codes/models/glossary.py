"""The terms of the trade, in plain words."""

from django.db import models
from django.db.models.functions import Lower
from simple_history.models import HistoricalRecords

from codes.addresses import address_of

from .base import Publishable


class GlossaryTerm(Publishable):
    """One term: what it means in one sentence, shown where the term stands, and more of it in the glossary."""

    slug = models.SlugField(max_length=60, unique=True)
    term = models.CharField(max_length=60, help_text="As people say it: MUE, add-on code.")
    long_form = models.CharField(
        max_length=100, blank=True, help_text="What an abbreviation stands for. Empty for other terms."
    )
    short = models.CharField(
        max_length=160,
        help_text="One plain sentence. It opens wherever a page first uses the term, so keep it short.",
    )
    explanation = models.TextField(blank=True, help_text="Markdown: more, for the glossary alone.")
    spellings = models.TextField(
        blank=True,
        help_text="One a line: how the term is written in our texts. Small letters also fit at the start of a sentence, "
        "and an s at the end is always allowed. Empty: the term stands in the glossary and is marked nowhere.",
    )
    search_words = models.TextField(blank=True, help_text="Further words under which people look for it.")

    history = HistoricalRecords()
    natural_key_fields = ("slug",)

    class Meta:
        ordering = [Lower("term")]
        permissions = [("publish_glossaryterm", "Can publish glossary terms")]

    def __str__(self):
        return self.term

    def natural_key(self):
        return (self.slug,)

    def get_absolute_url(self):
        return f"{address_of('glossary')}#{self.slug}"
