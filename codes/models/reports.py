"""Mistakes that readers report, and the corrections that came of them."""

from django.db import models
from django.utils import timezone

LONGEST_TEXT = 2000
LONGEST_ADDRESS = 500


class MistakeReport(models.Model):
    """One mistake on one page: what a reader wrote of it, what staff did, and the correction that everybody may read.

    Readers see nothing of it before it is corrected, and then only what staff wrote: `was`, `says_now` and the day.
    No address of the sender is kept; an e-mail address that was left for an answer goes when the report is closed.
    """

    class State(models.TextChoices):
        NEW = "new", "New"
        ACCEPTED = "accepted", "Accepted: to be corrected"
        REJECTED = "rejected", "Rejected: no mistake"
        FIXED = "fixed", "Corrected: shown to readers"

    CLOSED = (State.REJECTED, State.FIXED)

    page = models.CharField(
        max_length=LONGEST_ADDRESS,
        blank=True,
        help_text="The address on this site, from the first / on. Empty: the site as a whole.",
    )
    path = models.CharField(
        max_length=LONGEST_ADDRESS,
        blank=True,
        editable=False,
        db_index=True,
        help_text="The page's address without what stands behind the question mark.",
    )
    wrong = models.TextField("what is wrong", max_length=LONGEST_TEXT)
    should_be = models.TextField(
        "what it should say, and where it was read", max_length=LONGEST_TEXT, blank=True
    )
    contact = models.EmailField(
        "e-mail for an answer",
        blank=True,
        help_text="Only if the reader wants an answer. It is deleted when the report is closed.",
    )
    created_at = models.DateTimeField("reported", default=timezone.now, editable=False)
    state = models.CharField(max_length=8, choices=State, default=State.NEW, db_index=True)
    staff_note = models.TextField("note for staff", blank=True)
    was = models.CharField(
        "what was wrong", max_length=400, blank=True, help_text="One sentence for readers."
    )
    says_now = models.CharField(
        "what it says now", max_length=400, blank=True, help_text="One sentence for readers, with the source."
    )
    corrected_at = models.DateTimeField("corrected", null=True, editable=False)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "report of a mistake"
        verbose_name_plural = "reports of mistakes"
        permissions = [("publish_mistakereport", "Can publish corrections")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="fixed")
                | (~models.Q(was="") & ~models.Q(says_now="") & models.Q(corrected_at__isnull=False)),
                name="a_correction_says_what_it_corrects",
                violation_error_message="A correction needs what was wrong and what it says now.",
            )
        ]

    def __str__(self):
        return f"{self.page or 'the site'}: {self.wrong[:60]}"

    def save(self, **options):
        """Keep what follows from the rest in step: the path, the moment of the correction, and no e-mail once closed."""
        self.path = self.page.partition("?")[0].partition("#")[0]
        if self.is_closed:
            self.contact = ""
        if self.state != self.State.FIXED:
            self.corrected_at = None
        elif self.corrected_at is None:
            self.corrected_at = timezone.now()
        if options.get("update_fields") is not None:
            options["update_fields"] = {*options["update_fields"], "path", "contact", "corrected_at"}
        super().save(**options)

    @property
    def is_closed(self) -> bool:
        """Whether nothing is left to do."""
        return self.state in self.CLOSED
