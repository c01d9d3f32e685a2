"""Keeps the index in step with what staff save. `loaddata` (raw) is left to `rebuild`, which its caller runs.

A change is indexed in the transaction that makes it, so a page and its search entry never differ.
"""

from itertools import batched

from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete
from django.dispatch import receiver

from codes.models import Category, CirculatingClaim, Code, Faq, GlossaryTerm, Modifier, Synonym

from .documents import Kind
from .index import refresh

KINDS = {
    Code: Kind.CODE,
    Modifier: Kind.MODIFIER,
    Faq: Kind.FAQ,
    CirculatingClaim: Kind.CLAIM,
    GlossaryTerm: Kind.TERM,
}
# Which kinds show the names of a code or a modifier beside their own text.
NAMED_IN = {Code: (Modifier, Faq, CirculatingClaim), Modifier: (Faq, CirculatingClaim)}
RELATIONS = (
    Code.replaced_by,
    Modifier.codes,
    Faq.codes,
    Faq.modifiers,
    CirculatingClaim.codes,
    CirculatingClaim.modifiers,
)


def shown_in(instance) -> list[tuple[Kind, list[int]]]:
    """The entries, by kind and primary key, that show the name of a code or modifier."""
    relation = "codes" if isinstance(instance, Code) else "modifiers"
    return [
        (KINDS[model], list(model.objects.filter(**{relation: instance.pk}).values_list("pk", flat=True)))
        for model in NAMED_IN.get(type(instance), ())
    ]


def before_delete(instance, **kwargs):
    """Afterwards nobody can tell any more which entries showed its name."""
    instance._search_shown_in = shown_in(instance)


def entry_changed(sender, instance, raw=False, **kwargs):
    """A code, modifier, question or claim was saved or deleted."""
    if not raw and refresh(KINDS[sender], [instance.pk]):
        for kind, pks in instance.__dict__.pop("_search_shown_in", None) or shown_in(instance):
            refresh(kind, pks)


for model in KINDS:
    pre_delete.connect(before_delete, sender=model, dispatch_uid=f"search-before-delete-{model.__name__}")
    post_save.connect(entry_changed, sender=model, dispatch_uid=f"search-save-{model.__name__}")
    post_delete.connect(entry_changed, sender=model, dispatch_uid=f"search-delete-{model.__name__}")


@receiver([post_save, post_delete], sender=Synonym, dispatch_uid="search-synonym")
def synonym_changed(instance, raw=False, **kwargs):
    """A synonym was saved or deleted: its code is found by other words."""
    if not raw:
        refresh(Kind.CODE, [instance.code_id])


@receiver(post_save, sender=Category, dispatch_uid="search-category")
def category_changed(instance, created=False, raw=False, **kwargs):
    """A category was renamed or moved: its codes are found by its name and ordered by its place."""
    if not (raw or created):
        for pks in batched(instance.codes.values_list("pk", flat=True), 500):
            refresh(Kind.CODE, pks)


def relation_changed(sender, instance, action, reverse, model, pk_set, raw=False, **kwargs):
    """Codes or modifiers were added to an entry or taken from it, from either side of the relation."""
    if raw or not action.startswith(("post_", "pre_clear")):
        return
    if not reverse:
        if action != "pre_clear":
            refresh(KINDS[type(instance)], [instance.pk])
        return
    if action == "pre_clear":
        # After a clear nobody can tell any more what was related.
        source, target = _columns(sender, model, type(instance))
        related = sender.objects.filter(**{target: instance.pk}).values_list(source, flat=True)
        instance._search_cleared = list(related)
    elif action == "post_clear":
        refresh(KINDS[model], instance.__dict__.pop("_search_cleared", ()))
    else:
        refresh(KINDS[model], pk_set)


def _columns(through, source, target) -> tuple[str, str]:
    """The through table's columns for the owner of a relation and for what it points to."""
    relation = next(field for field in source._meta.many_to_many if field.remote_field.through is through)
    return relation.m2m_field_name(), relation.m2m_reverse_field_name()


for relation in RELATIONS:
    name = relation.through.__name__
    m2m_changed.connect(relation_changed, sender=relation.through, dispatch_uid=f"search-relation-{name}")
