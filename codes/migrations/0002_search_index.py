"""The full-text index beside the search entries, and the words that occur in it.

SQLite: an FTS5 table that reads its text from `codes_searchentry` (external content), kept in step by
triggers. PostgreSQL: two generated columns with GIN indexes. Both hold the plain words, without stemming:
`codes.search.lexicon` turns a word of a query into all its inflected forms.
"""

from django.db import migrations, models

SQLITE = [
    """
    CREATE VIRTUAL TABLE codes_search_fts USING fts5(
        names, synonyms, body,
        content = 'codes_searchentry', content_rowid = 'id',
        tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
    )
    """,
    """
    CREATE TRIGGER codes_search_fts_insert AFTER INSERT ON codes_searchentry BEGIN
        INSERT INTO codes_search_fts(rowid, names, synonyms, body)
        VALUES (new.id, new.names, new.synonyms, new.body);
    END
    """,
    """
    CREATE TRIGGER codes_search_fts_delete AFTER DELETE ON codes_searchentry BEGIN
        INSERT INTO codes_search_fts(codes_search_fts, rowid, names, synonyms, body)
        VALUES ('delete', old.id, old.names, old.synonyms, old.body);
    END
    """,
    """
    CREATE TRIGGER codes_search_fts_update AFTER UPDATE ON codes_searchentry BEGIN
        INSERT INTO codes_search_fts(codes_search_fts, rowid, names, synonyms, body)
        VALUES ('delete', old.id, old.names, old.synonyms, old.body);
        INSERT INTO codes_search_fts(rowid, names, synonyms, body)
        VALUES (new.id, new.names, new.synonyms, new.body);
    END
    """,
]
SQLITE_BACK = [
    "DROP TRIGGER codes_search_fts_update",
    "DROP TRIGGER codes_search_fts_delete",
    "DROP TRIGGER codes_search_fts_insert",
    "DROP TABLE codes_search_fts",
]
def vector(column, weight):
    """SQL for the words of a column, all with one weight.

    Not `to_tsvector`: its parser takes words apart that look like numbers ("8e0kx1z" is 8e0 and kx1z
    to it). The index holds nothing but letters, digits and white space, which a cast reads as they stand.
    """
    return f"CAST(regexp_replace({column}, '(\\S+)', '\\1:1{weight}', 'g') AS tsvector)"


POSTGRESQL = [
    # `heads` is small, so that ranking by names and synonyms stays quick where thousands of entries match.
    f"""
    ALTER TABLE codes_searchentry ADD COLUMN heads tsvector GENERATED ALWAYS AS (
        {vector("names", "A")} || {vector("synonyms", "B")}
    ) STORED
    """,
    f"""
    ALTER TABLE codes_searchentry ADD COLUMN document tsvector GENERATED ALWAYS AS (
        {vector("names", "A")} || {vector("synonyms", "B")} || {vector("body", "C")}
    ) STORED
    """,
    "CREATE INDEX codes_search_heads ON codes_searchentry USING gin (heads)",
    "CREATE INDEX codes_search_document ON codes_searchentry USING gin (document)",
]
POSTGRESQL_BACK = ["ALTER TABLE codes_searchentry DROP COLUMN document, DROP COLUMN heads"]


def run(statements):
    """A migration step that runs the statements listed for the database in use."""

    def step(apps, schema_editor):
        for statement in statements.get(schema_editor.connection.vendor, ()):
            schema_editor.execute(statement)

    return step


class Migration(migrations.Migration):
    dependencies = [("codes", "0001_initial")]

    operations = [
        # The index is derived: what it holds is written anew by `rebuild_search`, so nothing is lost here.
        migrations.RunSQL("DELETE FROM codes_searchentry", migrations.RunSQL.noop),
        migrations.AddField(
            "searchentry",
            "object_id",
            models.BigIntegerField(
                help_text="Primary key of what it was made from: finds the row again when the key is changed."
            ),
        ),
        migrations.AddField(
            "searchentry",
            "standing",
            models.PositiveSmallIntegerField(
                default=0, help_text="Decides between entries that match equally well: the smaller comes first."
            ),
        ),
        migrations.AddField(
            "searchentry",
            "is_past",
            models.BooleanField(default=False, help_text="Whether it is history, such as a retired code."),
        ),
        migrations.AddConstraint(
            "searchentry",
            models.UniqueConstraint(fields=["kind", "object_id"], name="one_search_entry_for_an_object"),
        ),
        migrations.CreateModel(
            "SearchWord",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(max_length=60, unique=True)),
                ("stem", models.CharField(max_length=60)),
                ("entries", models.PositiveIntegerField(help_text="In how many entries it occurs.")),
            ],
        ),
        migrations.CreateModel(
            "SearchStamp",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stamp", models.CharField(max_length=32)),
            ],
        ),
        migrations.RunPython(
            run({"sqlite": SQLITE, "postgresql": POSTGRESQL}),
            run({"sqlite": SQLITE_BACK, "postgresql": POSTGRESQL_BACK}),
        ),
    ]
