"""What must hold of the fixtures, checked on the files themselves, before any database sees them."""

import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models

from codes.models.editorial import CITED
from codes.reference import FIXTURES

Row = dict
"""One entry of a fixture: its `model`, its `fields`, and where it stands (`file`, `place`)."""


def read_rows(folder: Path) -> Iterator[Row]:
    """Every entry of every fixture in a folder, in the order in which they are loaded.

    Raises OSError when a file is missing and json.JSONDecodeError when one is not JSON.
    """
    for name in FIXTURES:
        for place, row in enumerate(json.loads((folder / f"{name}.json").read_text("utf-8")), start=1):
            yield {**row, "file": f"{name}.json", "place": place}


def problems(rows: list[Row]) -> list[str]:
    """All that is wrong, one sentence each, naming the file and the entry; empty when all is well."""
    by_model = defaultdict(list)
    for row in rows:
        by_model[row["model"]].append(row)
    found = []
    for check in (
        bad_fields,
        broken_references,
        doubles,
        thin_entries,
        two_way_edits,
        overlapping_edits,
        wrong_nines,
    ):
        found += [f"{_where(row)}: {text}" for row, text in check(by_model)]
    return found


def _where(row: Row) -> str:
    fields = row["fields"]
    names = ("number", "code", "slug", "column_one", "column_two", "term", "text", "add_on", "statement")
    name = " ".join(str(fields[key])[:60] for key in names if isinstance(fields.get(key), str))
    return f"{row['file']}, entry {row['place']} ({name})"


def _key(model: type[models.Model], fields: dict) -> tuple:
    return tuple(fields.get(name) for name in model.natural_key_fields)


def bad_fields(by_model) -> Iterator[tuple[Row, str]]:
    """Values that a field does not take: too long, not among its choices, not a date."""
    for name, rows in by_model.items():
        model = apps.get_model(name)
        plain = {field.name: field for field in model._meta.concrete_fields if not field.is_relation}
        known = {field.name for field in model._meta.get_fields()}
        for row in rows:
            for key, value in row["fields"].items():
                if key not in known:
                    yield row, f"there is no field “{key}”."
                elif key in plain:
                    try:
                        plain[key].clean(value, None)
                    except ValidationError as error:
                        yield row, f"{key}: {' '.join(error.messages)}"


def broken_references(by_model) -> Iterator[tuple[Row, str]]:
    """References to entries that are in no fixture."""
    keys = {
        model: {_key(model, row["fields"]) for row in rows}
        for model, rows in ((apps.get_model(name), rows) for name, rows in by_model.items())
        if hasattr(model, "natural_key_fields")
    }
    for name, rows in by_model.items():
        model = apps.get_model(name)
        relations = [
            field for field in model._meta.get_fields() if field.is_relation and not field.auto_created
        ]
        for row in rows:
            for field in relations:
                value = row["fields"].get(field.name)
                if value is None:
                    if not field.many_to_many and not field.null:
                        yield row, f"{field.name} is missing."
                    continue
                for key in value if field.many_to_many else [value]:
                    if tuple(key) not in keys.get(field.related_model, ()):
                        yield row, f"{field.name} names {' '.join(map(str, key))}, which is in no fixture."


def doubles(by_model) -> Iterator[tuple[Row, str]]:
    """Entries that are there twice, by whatever must be unique of them."""
    for name, rows in by_model.items():
        model = apps.get_model(name)
        rules = [
            (field.name,) for field in model._meta.concrete_fields if field.unique and not field.primary_key
        ]
        rules += [rule.fields for rule in model._meta.total_unique_constraints]
        for names in rules:
            seen = {}
            for row in rows:
                key = json.dumps([row["fields"].get(name) for name in names])
                if key in seen:
                    yield row, f"this entry is there more than once, first as {_where(seen[key])}."
                seen.setdefault(key, row)


def thin_entries(by_model) -> Iterator[tuple[Row, str]]:
    """Entries without what every page needs: a citation, a summary, and for codes two words to be found by."""
    cited = defaultdict(int)
    for row in by_model["codes.citation"]:
        for owner in CITED:
            if row["fields"].get(owner):
                cited[owner, tuple(row["fields"][owner])] += 1
    for owner, name, text in (
        ("code", "codes.code", "summary"),
        ("modifier", "codes.modifier", "summary"),
        ("faq", "codes.faq", "answer"),
        ("claim", "codes.circulatingclaim", "correction"),
        ("lookalike_group", "codes.lookalikegroup", "title"),
        ("term", "codes.glossaryterm", "short"),
    ):
        model = apps.get_model(name)
        for row in by_model[name]:
            if not cited[owner, _key(model, row["fields"])]:
                yield row, "it has no citation."
            if not row["fields"].get(text):
                yield row, f"it has no {text}."
    words = Counter(tuple(row["fields"]["code"]) for row in by_model["codes.synonym"])
    for row in by_model["codes.code"]:
        if row["fields"].get("licensed_descriptor"):
            yield row, "the licensed descriptor must stay empty in the fixtures."
        if words[(row["fields"]["number"],)] < 2:
            yield row, "it has fewer than two synonyms."


def _edits_by_pair(by_model) -> dict[tuple, list[Row]]:
    pairs = defaultdict(list)
    for row in by_model["codes.pairedit"]:
        fields = row["fields"]
        pairs[(*fields["release"], *sorted((fields["column_one"], fields["column_two"])))].append(row)
    return pairs


def two_way_edits(by_model) -> Iterator[tuple[Row, str]]:
    """Pairs with an edit in force in both directions: at most one row of a pair is in force on a day."""
    for rows in _edits_by_pair(by_model).values():
        in_force = [row for row in rows if row["fields"]["deleted_on"] is None]
        if len(in_force) > 1:
            yield (
                in_force[1],
                f"the pair has {len(in_force)} rows in force; the other is entry {in_force[0]['place']}.",
            )


def overlapping_edits(by_model) -> Iterator[tuple[Row, str]]:
    """Rows of one pair whose known periods overlap."""
    for rows in _edits_by_pair(by_model).values():
        dated = [row for row in rows if row["fields"]["effective_on"] and row["fields"]["indicator"] != 9]
        dated.sort(key=lambda row: row["fields"]["effective_on"])
        for before, after in itertools.pairwise(dated):
            if (before["fields"]["deleted_on"] or "9999") >= after["fields"]["effective_on"]:
                yield after, f"its period overlaps that of entry {before['place']}."


def wrong_nines(by_model) -> Iterator[tuple[Row, str]]:
    """Indicator 9 stands exactly where both dates are equal. Source: NCCI Policy Manual, 2026-01-01, ch. I §E."""
    for row in by_model["codes.pairedit"]:
        fields = row["fields"]
        same_day = fields["effective_on"] is not None and fields["effective_on"] == fields["deleted_on"]
        if same_day != (fields["indicator"] == 9):
            yield row, "indicator 9 must stand exactly where both dates are equal."
