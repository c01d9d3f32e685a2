"""CMS's files that staff upload, and what became of them."""

from django.db import models


class Upload(models.Model):
    """Files of one upload, which a worker imports as `manage.py import_cms` does."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for a worker"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"
        STOPPED = "stopped", "Stopped"

    token = models.CharField(
        max_length=32, unique=True, editable=False, help_text="Name of the folder of its files."
    )
    files = models.JSONField(help_text="Names and sizes in bytes, as they were uploaded.")
    check_only = models.BooleanField(
        "only check",
        default=False,
        help_text="Report what an import would change or refuse; publish nothing.",
    )
    quarter = models.CharField(
        max_length=7, blank=True, help_text="Only where the file does not say it: 2026Q4."
    )
    setting = models.CharField(max_length=20, blank=True, help_text="Only where the file does not say it.")
    program = models.CharField(max_length=10, blank=True, help_text="Only where the file does not say it.")
    allow_fewer = models.BooleanField(
        "accept fewer rows",
        default=False,
        help_text="Accept a table that has far fewer rows than the last one, or lacks a part.",
    )
    by = models.CharField(max_length=150)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    said = models.TextField(
        blank=True, help_text="What the import told, a line for each table or each fault."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    queued_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self):
        return ", ".join(each["name"] for each in self.files)

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.DONE, self.State.REFUSED, self.State.STOPPED)
