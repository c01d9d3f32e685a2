"""What all entries that staff write have in common."""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

from django.conf import settings
from django.db import models

from codes import clock


def today():
    """The day at the site, for fields that begin with it."""
    return clock.today()


class State(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"


class PublishableQuerySet(models.QuerySet):
    def published(self):
        """Only what readers may see."""
        return self.filter(state=State.PUBLISHED)

    def due_for_review(self, today=None):
        """Entries never reviewed, or last reviewed longer ago than REVIEW_INTERVAL_DAYS."""
        today = today or clock.today()
        limit = today - timedelta(days=settings.REVIEW_INTERVAL_DAYS)
        return self.filter(models.Q(last_reviewed=None) | models.Q(last_reviewed__lt=limit))


REMEMBERED: ContextVar[dict | None] = ContextVar("remembered natural keys", default=None)


@contextmanager
def remembered_natural_keys():
    """Inside, a row found by its natural key is not looked for again: most rows of a fixture name the same few."""
    token = REMEMBERED.set({})
    try:
        yield
    finally:
        REMEMBERED.reset(token)


class NaturalKeyManager(models.Manager):
    """A manager that finds a row by the model's `natural_key_fields`, as fixtures need it."""

    def get_by_natural_key(self, *values):
        """The one row with these values. Raises the model's DoesNotExist when there is none."""
        remembered = REMEMBERED.get()
        key = (self.model, values)
        if remembered is not None and key in remembered:
            return remembered[key]
        found = self.get(**dict(zip(self.model.natural_key_fields, values, strict=True)))
        if remembered is not None:
            remembered[key] = found
        return found


class Publishable(models.Model):
    """An entry with a draft and a published state and a date of its last review."""

    state = models.CharField(
        max_length=10,
        choices=State,
        default=State.DRAFT,
        db_index=True,
        help_text="A draft is invisible outside the admin.",
    )
    last_reviewed = models.DateField(
        null=True,
        blank=True,
        help_text="The day on which somebody last checked every statement of this entry.",
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = NaturalKeyManager.from_queryset(PublishableQuerySet)()

    class Meta:
        abstract = True

    @property
    def is_published(self):
        return self.state == State.PUBLISHED
