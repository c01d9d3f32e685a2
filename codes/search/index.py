"""Writing the index: all of it, or what belongs to entries that have changed."""

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import batched

from django.db import router, transaction
from django.db.models import F

from codes.models.searching import SearchEntry, SearchStamp, SearchWord

from .documents import Kind, all_entries, entries_for
from .stemming import stem

BATCH = 1000
FIELDS = ("names", "synonyms", "body")


def rebuild() -> int:
    """Write the whole index anew and return the number of entries. Readers see the old one until it is done."""
    alias = router.db_for_write(SearchEntry)
    with transaction.atomic(using=alias):
        SearchEntry.objects.using(alias).all().delete()
        SearchWord.objects.using(alias).all().delete()
        counts, total = Counter(), 0
        for batch in batched(all_entries(), BATCH):
            SearchEntry.objects.using(alias).bulk_create(batch)
            total += len(batch)
            for entry in batch:
                counts.update(words_in(entry))
        SearchWord.objects.using(alias).bulk_create(
            (
                SearchWord(word=word, stem=stem(word), entries=number)
                for word, number in sorted(counts.items())
            ),
            batch_size=BATCH,
        )
        _stamp(alias)
    return total


def refresh(kind: Kind, pks: Iterable[int]) -> bool:
    """Bring the entries of some rows up to date: made, changed, or removed when the row is a draft or gone.

    Returns whether any became findable, ceased to be, or changed the name that other entries show.
    """
    pks = set(pks)
    if not pks:
        return False
    alias = router.db_for_write(SearchEntry)
    with transaction.atomic(using=alias):
        old = {
            entry.object_id: entry
            for entry in SearchEntry.objects.using(alias).filter(kind=kind, object_id__in=pks)
        }
        new = {entry.object_id: entry for entry in entries_for(kind, pks)}
        gone = [entry.pk for pk, entry in old.items() if pk not in new]
        SearchEntry.objects.using(alias).filter(pk__in=gone).delete()
        for pk, entry in new.items():
            entry.pk = old[pk].pk if pk in old else None
            entry.save(using=alias)
        _count_words(alias, old.values(), new.values())
        if old or new:
            _stamp(alias)
    return {pk: entry.title for pk, entry in old.items()} != {pk: entry.title for pk, entry in new.items()}


def words_in(entry: SearchEntry) -> set[str]:
    """Every word of an entry, once."""
    return {word for field in FIELDS for word in getattr(entry, field).split()}


def _count_words(alias: str, old: Iterable[SearchEntry], new: Iterable[SearchEntry]) -> None:
    """Keep the number of entries that each word occurs in; a word that occurs nowhere goes."""
    change = Counter(word for entry in new for word in words_in(entry))
    change.subtract(word for entry in old for word in words_in(entry))
    words = SearchWord.objects.using(alias)
    added = sorted(word for word, number in change.items() if number > 0)
    words.bulk_create(
        (SearchWord(word=word, stem=stem(word), entries=0) for word in added),
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    for number, some in _by_change(change):
        # Never below zero, also when a count had drifted: the column refuses that.
        if number < 0:
            words.filter(word__in=some, entries__lte=-number).delete()
        words.filter(word__in=some).update(entries=F("entries") + number)


def _by_change(change: Counter) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The words grouped by how much their count changes, in batches that a statement can hold."""
    groups = {}
    for word in sorted(change):
        if change[word]:
            groups.setdefault(change[word], []).append(word)
    for number, words in groups.items():
        for some in batched(words, BATCH // 2):
            yield number, some


def _stamp(alias: str) -> None:
    """Tell every process that the index has changed."""
    SearchStamp.objects.using(alias).update_or_create(pk=1, defaults={"stamp": secrets.token_hex(16)})
