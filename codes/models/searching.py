"""The search index: one row for everything that a reader can find, and the words that occur in it.

All of it is derived from the entries that staff write, and `codes.search` alone writes it.
"""

from django.db import models


class SearchEntry(models.Model):
    """One findable page, with its words in three grades of weight. Derived: never edited by hand.

    Beside this table the database keeps a full-text index of the three text fields, made by
    migration 0002: an FTS5 table fed by triggers in SQLite, generated columns in PostgreSQL.
    A later migration that changes this model in SQLite rebuilds the table, which drops the
    triggers: it must create them anew.
    """

    class Kind(models.TextChoices):
        CODE = "code", "Code"
        MODIFIER = "modifier", "Modifier"
        FAQ = "faq", "Question"
        CLAIM = "claim", "Claim"
        TERM = "term", "Term"

    kind = models.CharField(max_length=8, choices=Kind)
    key = models.CharField(max_length=100, help_text="Code number, modifier or slug.")
    object_id = models.BigIntegerField(
        help_text="Primary key of what it was made from: finds the row again when the key is changed."
    )
    title = models.CharField(max_length=300)
    summary = models.CharField(max_length=400)
    badge = models.CharField(
        max_length=40, blank=True, help_text="A word shown beside the title, such as a verdict."
    )
    standing = models.PositiveSmallIntegerField(
        default=0, help_text="Decides between entries that match equally well: the smaller comes first."
    )
    is_past = models.BooleanField(default=False, help_text="Whether it is history, such as a retired code.")
    names = models.TextField(help_text="The words it is called by: number, name, question.")
    synonyms = models.TextField(help_text="Words it is looked for by, one term a line.")
    body = models.TextField(help_text="Everything else that its page says.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="one_search_entry_for_a_page"),
            models.UniqueConstraint(fields=["kind", "object_id"], name="one_search_entry_for_an_object"),
        ]

    def __str__(self):
        return f"{self.kind} {self.key}"


class SearchWord(models.Model):
    """A word that occurs in the index: what inflected, unfinished and mistyped words are matched with."""

    word = models.CharField(max_length=60, unique=True)
    stem = models.CharField(max_length=60)
    entries = models.PositiveIntegerField(help_text="In how many entries it occurs.")

    def __str__(self):
        return self.word


class SearchStamp(models.Model):
    """One row that changes whenever the index does, so that every process knows when its copy is stale."""

    stamp = models.CharField(max_length=32)

    def __str__(self):
        return self.stamp
