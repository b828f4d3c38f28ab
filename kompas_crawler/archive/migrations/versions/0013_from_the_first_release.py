"""All changes since the first release: proofs, whole records, search, copies, counts, views."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from kompas_crawler.archive.migrations import columns as cols
from kompas_crawler.archive.migrations import unmapped

revision = "0013"
down_revision = "0005"

_NEW_COLUMNS = {
    "frontier": (
        *cols.nullable(cols.URL, "claim"),
        *cols.nullable(cols.INSTANT, "claimed_at"),
        cols.column("looks", sa.Integer, server_default="0"),
        *cols.nullable(cols.URL, "pager_of"),
        cols.column("in_index", sa.Boolean, server_default=sa.false()),
    ),
    "article_people": (*cols.nullable(sa.String, "label"),),
    "articles": (
        *cols.nullable(cols.INSTANT, "fetched_at", "added_at"),
        *cols.nullable(sa.String, "details_hash"),
    ),
    "revisions": (
        *cols.nullable(sa.String, "kind", "details_hash"),
        *cols.nullable(cols.JSON, "record"),
    ),
}
_NEW_TABLES = {
    "index_days": (  # the days of the first release are not proven
        cols.key("site", sa.String),
        cols.key("day", sa.Date),
        *cols.columns(sa.Integer, "listed", "pages"),
        *cols.columns(sa.Boolean, "read_all", "complete"),
        *cols.columns(cols.INSTANT, "swept_at", "began_at"),
        cols.column("named", sa.Integer, server_default="1"),
        cols.column("read_pages", cols.JSON, server_default="[]"),
        *cols.nullable(sa.String, "first_keys"),
        cols.column("is_checking", sa.Boolean, server_default=sa.false()),
        cols.column("sittings", sa.Integer, server_default="0"),
        *cols.nullable(cols.INSTANT, "again_at"),
    ),
    "fronts": (
        cols.key("key", cols.URL),
        cols.column("section", sa.String),
        *cols.columns(cols.INSTANT, "since_at", "closed_at", "began_at"),
        cols.column("pages_read", sa.Integer),
    ),
    "exports": (
        cols.key("host", sa.String),
        cols.key("path", cols.URL),
        cols.column("written_at", cols.INSTANT),
        cols.column("manifest", cols.JSON),
    ),
    "article_states": (
        cols.article_id(),
        cols.key("until_at", cols.INSTANT),
        cols.column("status", sa.String),
        *cols.nullable(cols.KEY, "duplicate_of"),
    ),
    "signatures": (cols.key("band"), cols.key("article_id")),  # of another kind than before
    "similarities": (
        cols.article_id(),
        cols.article_id("other_id", index=True),
        *cols.columns(sa.Float, "share", "other_share"),
    ),
    "frontier_counts": (
        *cols.columns(cols.URL, "day", "section", "kind", "state", primary_key=True),
        *cols.columns(
            sa.Boolean, "is_stored", "is_dead", "is_listed", "in_index", primary_key=True
        ),
        cols.column("total", sa.Integer),
    ),
}
_WITHOUT_ROWID = ("signatures", "frontier_counts")

_RECORD = {
    "sqlite": "json_object('title', title, 'summary', summary, 'body', body, 'tags', json(tags),"
    " 'content_hash', content_hash)",
    "postgresql": "jsonb_build_object('title', title, 'summary', summary, 'body', body,"
    " 'tags', tags, 'content_hash', content_hash)",
}
_OLD_FULL_TEXT = {
    "sqlite": (
        *(f"drop trigger if exists article_words_{on}" for on in ("insert", "delete", "update")),
        "drop table if exists article_words",
    ),
    "postgresql": (
        "alter table articles drop column if exists title_words, drop column if exists all_words",
    ),
}


def upgrade() -> None:
    from kompas_crawler.archive.full_text import index_all
    from kompas_crawler.archive.store.near_duplicates import note_all

    connection = op.get_bind()
    dialect = connection.dialect.name
    for statement in _OLD_FULL_TEXT[dialect]:
        connection.exec_driver_sql(statement)
    unmapped.create_index(connection)
    for name in ("index_days", "signatures"):
        op.drop_table(name)
    for name, made in _NEW_TABLES.items():
        op.create_table(name, *made, sqlite_with_rowid=name not in _WITHOUT_ROWID)
    # It may be absent from now on; SQLite can say so of a new column alone.
    op.alter_column("articles", "fetched_at", new_column_name="was_fetched_at")
    for name, added in _NEW_COLUMNS.items():
        for each in added:
            op.add_column(name, each)
    _convert(dialect)
    index_all(connection)
    note_all(connection, datetime.now(UTC))
    unmapped.create_others(connection)


def _convert(dialect: str) -> None:
    op.execute(
        "update articles set fetched_at = was_fetched_at, added_at = coalesce("
        "(select min(replaced_at) from revisions where article_id = articles.id), stored_at)"
    )
    op.drop_column("articles", "was_fetched_at")
    op.execute(f"update revisions set kind = 'text', record = {_RECORD[dialect]}")
    with op.batch_alter_table("revisions") as batch:
        batch.drop_constraint("uq_revisions_article_id_number", type_="unique")
        for name, is_nullable in (("kind", False), ("record", False), ("fetched_at", True)):
            batch.alter_column(name, nullable=is_nullable)
        for name in ("title", "summary", "body", "tags"):
            batch.drop_column(name)
        batch.create_index("ix_revisions_article_id", ["article_id", "number"])
        batch.create_index("ix_revisions_replaced_at", ["replaced_at"])
    op.execute("delete from people where id not in (select person_id from article_people)")
    op.execute("delete from tags where id not in (select tag_id from article_tags)")
    op.drop_index("ix_frontier_next_at", "frontier")
    op.create_index("ix_frontier_state_next_at", "frontier", ["state", "next_at", "id"])
    op.create_index(
        "ix_articles_incomplete",
        "articles",
        ["key"],
        sqlite_where=sa.text("is_complete is 0"),
        postgresql_where=sa.text("is_complete is false"),
    )
