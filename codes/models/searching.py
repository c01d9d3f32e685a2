"""The search index: one row for everything that a reader can find."""

from django.db import models


class SearchEntry(models.Model):
    """One findable page, with its words in three grades of weight. Derived: never edited by hand."""

    class Kind(models.TextChoices):
        CODE = "code", "Code"
        MODIFIER = "modifier", "Modifier"
        FAQ = "faq", "Question"
        CLAIM = "claim", "Claim"

    kind = models.CharField(max_length=8, choices=Kind)
    key = models.CharField(max_length=100, help_text="Code number, modifier or slug.")
    title = models.CharField(max_length=300)
    summary = models.CharField(max_length=400)
    badge = models.CharField(
        max_length=40, blank=True, help_text="A word shown beside the title, such as a verdict."
    )
    names = models.TextField(help_text="The words it is called by: number, name, question.")
    synonyms = models.TextField(help_text="Words it is looked for by, one term a line.")
    body = models.TextField(help_text="Everything else that its page says.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="one_search_entry_for_a_page")]

    def __str__(self):
        return f"{self.kind} {self.key}"
