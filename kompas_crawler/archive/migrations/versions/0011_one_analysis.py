"""One full-text analysis for both databases; indexes what is stored."""

from __future__ import annotations

from importlib import import_module

from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None

_OLD = "kompas_crawler.archive.migrations.versions.0005_the_first_release"
_UP = {
    "sqlite": (
        *(f"drop trigger article_words_{event}" for event in ("insert", "delete", "update")),
        "drop table article_words",
        # Without texts, and without counts of words, which only a rank needs.
        """create virtual table article_words using fts5 (
            words, content="", columnsize=0, tokenize="ascii tokenchars '_='"
        )""",
        # Each commit adds a segment to the index. Segments of a size are merged by 32, not by 4:
        # at a million articles merging by fours takes half of what storing a page costs. Merging
        # goes step by step, beside what is written, unless 64 of a size have come meanwhile.
        "insert into article_words (article_words, rank) values ('automerge', 32)",
        "insert into article_words (article_words, rank) values ('crisismerge', 64)",
    ),
    "postgresql": (
        "alter table articles drop column title_words, drop column all_words",
        "create table article_words (rowid bigint primary key, words tsvector not null)",
        "create index ix_article_words_words on article_words using gin (words)",
    ),
}


def upgrade() -> None:
    from kompas_crawler.archive.full_text import index_all

    connection = op.get_bind()
    for statement in _UP[connection.dialect.name]:
        connection.exec_driver_sql(statement)
    index_all(connection)


def downgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql("drop table article_words")
    old = import_module(_OLD)
    if connection.dialect.name == "postgresql":
        statements = old._POSTGRESQL
    else:
        rebuild = "insert into article_words (article_words) values ('rebuild')"
        statements = (*old._SQLITE, rebuild)
    for statement in statements:
        connection.exec_driver_sql(statement)
