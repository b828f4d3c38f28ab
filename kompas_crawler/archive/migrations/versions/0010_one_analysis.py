"""One full-text analysis for both databases; indexes what is stored."""

from alembic import op

revision = "0010"
down_revision = "0009"

_SQL = {
    "sqlite": (
        *(f"drop trigger if exists article_words_{on}" for on in ("insert", "delete", "update")),
        "drop table if exists article_words",
        """create virtual table article_words using fts5 (
            words, content="", tokenize="ascii tokenchars '_='"
        )""",
        # Each commit adds a segment to the index. Segments of a size are merged by 32, not by 4:
        # at a million articles merging by fours takes half of what storing a page costs. Merging
        # goes step by step, beside what is written, unless 64 of a size have come meanwhile.
        "insert into article_words (article_words, rank) values ('automerge', 32)",
        "insert into article_words (article_words, rank) values ('crisismerge', 64)",
    ),
    "postgresql": (
        "alter table articles drop column if exists title_words, drop column if exists all_words",
        "create table article_words (rowid bigint primary key, words tsvector not null)",
    ),
}


def upgrade() -> None:
    from kompas_crawler.archive.full_text import index_all

    connection = op.get_bind()
    for statement in _SQL[connection.dialect.name]:
        connection.exec_driver_sql(statement)
    index_all(connection)
    if connection.dialect.name == "postgresql":  # faster than before
        op.execute("create index ix_article_words_words on article_words using gin (words)")


def downgrade() -> None:
    op.execute("drop table article_words")
