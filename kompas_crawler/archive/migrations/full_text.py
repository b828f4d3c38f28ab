"""The full-text index over articles, which the database itself keeps up.

SQLite: an FTS5 table that holds no text of its own, fed by triggers. PostgreSQL: two
generated columns with an index each. A migration that rebuilds ``articles`` on SQLite
(Alembic's batch mode) loses the triggers, and one on PostgreSQL cannot change the type
of a column that a generated one reads: both call ``drop`` before and ``create`` after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

TABLE = "article_words"
"""The FTS5 table; SQLite's own tables beside it begin with the same name."""

COLUMNS = ("title_words", "all_words")
"""The generated columns of PostgreSQL."""

_OLD = "insert into article_words (article_words, rowid, title, summary, body) "
_OLD += "values ('delete', old.id, old.title, old.summary, old.body);"
_NEW = "insert into article_words (rowid, title, summary, body) "
_NEW += "values (new.id, new.title, new.summary, new.body);"

# Each commit adds a part to the index. They are merged when 32 of a size have gathered, not
# four: at a million articles merging by fours takes half of what storing a page costs. Merging
# goes step by step, beside what is written, unless 64 of a size have come meanwhile.
MERGING = (
    "insert into article_words (article_words, rank) values ('automerge', 32)",
    "insert into article_words (article_words, rank) values ('crisismerge', 64)",
)
"""How FTS5 merges the parts of the index; it keeps these settings in a table of its own."""

_SQLITE = (
    """create virtual table article_words using fts5 (
        title, summary, body, content="articles", content_rowid="id",
        tokenize="unicode61 remove_diacritics 2"
    )""",
    *MERGING,
    f"create trigger article_words_insert after insert on articles begin {_NEW} end",
    f"create trigger article_words_delete after delete on articles begin {_OLD} end",
    f"""create trigger article_words_update after update of id, title, summary, body on articles
        begin {_OLD} {_NEW} end""",
    "insert into article_words (article_words) values ('rebuild')",
)


def _vector(column: str, most: int) -> str:
    """The words of the first *most* characters of a column.

    PostgreSQL refuses a row whose words take more than a megabyte. Its parser would read
    "-19" in "Covid-19" as a number, "kompas.com" as a host: signs are spaces to us.
    """
    text = f"translate(left({column}, {most}), '-./:@_&=+~?#', '            ')"
    return f"to_tsvector('indonesian'::regconfig, {text})"


_POSTGRESQL = (
    f"""alter table articles
        add column title_words tsvector generated always as ({_vector("title", 1000)}) stored,
        add column all_words tsvector generated always as (
            setweight({_vector("title", 1000)}, 'A')
            || setweight({_vector("coalesce(summary, '')", 5000)}, 'B')
            || setweight({_vector("body", 100_000)}, 'C')
        ) stored""",
    "create index ix_articles_title_words on articles using gin (title_words)",
    "create index ix_articles_all_words on articles using gin (all_words)",
)
_SQLITE_GONE = (
    "drop trigger if exists article_words_insert",
    "drop trigger if exists article_words_delete",
    "drop trigger if exists article_words_update",
    "drop table if exists article_words",
)
_POSTGRESQL_GONE = (
    "alter table articles drop column if exists title_words, drop column if exists all_words",
)


def create(connection: Connection) -> None:
    """Make the index, and fill it with the articles that are there."""
    _run(connection, _POSTGRESQL if connection.dialect.name == "postgresql" else _SQLITE)


def drop(connection: Connection) -> None:
    """Remove the index, if it is there."""
    _run(connection, _POSTGRESQL_GONE if connection.dialect.name == "postgresql" else _SQLITE_GONE)


def is_ours(name: str | None, kind: str) -> bool:
    """Whether Alembic, comparing models with tables, meets a piece of the index."""
    name = name or ""
    if kind == "table":
        return name.startswith(TABLE)
    return name.removeprefix("ix_articles_") in COLUMNS


def _run(connection: Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)
