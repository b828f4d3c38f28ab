"""The tables of the first release, for tests of its upgrade."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import command

from kompas_crawler.archive import schema
from kompas_crawler.archive.migrations import columns as cols

_tables = sa.MetaData(naming_convention=cols.NAMES)


def _run_id() -> sa.Column[Any]:
    return sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id", ondelete="SET NULL"))


def _partial_index(name: str, column: str) -> sa.Index:
    where = sa.text(f"{column} is not null")
    return sa.Index(name, column, sqlite_where=where, postgresql_where=where)


sa.Table(
    "runs",
    _tables,
    cols.key(),
    *cols.columns(sa.String, "spider", "version"),
    *cols.columns(cols.JSON, "arguments", "counts"),
    cols.column("started_at", cols.INSTANT),
    *cols.nullable(cols.INSTANT, "finished_at"),
    *cols.nullable(sa.String, "mirror", "host", "outcome", "reason"),
    *cols.nullable(sa.Integer, "pid", "exit_code"),
)
sa.Table(
    "articles",
    _tables,
    cols.key(),
    cols.column("key", cols.KEY, unique=True),
    cols.column("url", cols.URL),
    cols.column("title", sa.String),
    *cols.nullable(sa.String, "summary"),
    cols.column("body", sa.Text),
    sa.Column("section", sa.String, index=True),
    *cols.nullable(sa.String, "subsection", "content_type", "dateline", "source", "topic"),
    cols.column("published_at", cols.INSTANT, index=True),
    *cols.nullable(cols.INSTANT, "updated_at"),
    cols.column("word_count", sa.Integer),
    *cols.nullable(sa.Integer, "declared_words", "pages"),
    *cols.nullable(sa.Boolean, "is_complete"),
    *cols.nullable(cols.KEY, "duplicate_of"),
    cols.column("revision", sa.Integer),
    cols.column("status", sa.String),
    *cols.columns(cols.INSTANT, "first_seen_at", "fetched_at"),
    cols.column("stored_at", cols.INSTANT, index=True),
    *cols.columns(sa.String, "content_hash", "text_hash", "extractor_version"),
    cols.column("found_in", cols.JSON),
    _run_id(),
    *cols.nullable(sa.String, "duplicate_reason"),
    *cols.nullable(sa.Float, "similarity"),
    *cols.nullable(sa.String, "warc_file"),
    *cols.nullable(sa.BigInteger, "warc_offset"),
    *cols.nullable(sa.String, "warc_digest"),
    *cols.nullable(cols.INSTANT, "warc_at"),
    _partial_index("ix_articles_duplicate_of", "duplicate_of"),
)
sa.Table(
    "signatures",
    _tables,
    cols.key("band", sa.BigInteger, autoincrement=False),
    cols.key("article_id", autoincrement=False),
    sqlite_with_rowid=False,
)
sa.Table(
    "revisions",
    _tables,
    cols.key(),
    cols.article_id(primary_key=False),
    cols.column("number", sa.Integer),
    cols.column("title", sa.String),
    *cols.nullable(sa.String, "summary"),
    cols.column("body", sa.Text),
    cols.column("tags", cols.JSON),
    cols.column("content_hash", sa.String),
    *cols.columns(cols.INSTANT, "fetched_at", "replaced_at"),
    cols.column("reason", sa.String),
    _run_id(),
    sa.UniqueConstraint("article_id", "number"),
)
for _name in ("people", "tags"):
    sa.Table(_name, _tables, cols.key(), cols.column("name", sa.String, unique=True))
sa.Table(
    "article_people",
    _tables,
    cols.article_id(),
    cols.key("role", sa.String),
    cols.key("position"),
    cols.column("person_id", sa.Integer, sa.ForeignKey("people.id"), index=True),
)
sa.Table(
    "article_tags",
    _tables,
    cols.article_id(),
    cols.key("position"),
    cols.column("tag_id", sa.Integer, sa.ForeignKey("tags.id"), index=True),
)
sa.Table(
    "images",
    _tables,
    cols.article_id(),
    cols.key("position"),
    cols.column("url", cols.URL),
    *cols.nullable(sa.String, "caption", "credit"),
)
sa.Table(
    "links",
    _tables,
    cols.article_id(),
    cols.key("position"),
    cols.column("target_key", cols.KEY, index=True),
    cols.column("url", cols.URL),
    *cols.nullable(sa.String, "title"),
)
sa.Table(
    "aliases",
    _tables,
    cols.key("url", cols.URL),
    cols.column("article_key", cols.KEY, index=True),
    cols.column("seen_at", cols.INSTANT),
)
sa.Table(
    "frontier",
    _tables,
    cols.key(),
    cols.column("key", cols.URL, unique=True),
    cols.column("url", cols.URL),
    *cols.columns(sa.String, "kind", "scope", "state"),
    *cols.columns(sa.Integer, "depth", "priority", "attempts", "barren", "unchanged"),
    cols.column("discovered_at", cols.INSTANT),
    *cols.nullable(sa.Date, "day"),
    *cols.nullable(sa.String, "section", "title", "reason", "etag", "last_modified"),
    *cols.nullable(sa.String, "lease_owner"),
    *cols.nullable(cols.INSTANT, "listed_at", "next_at", "visited_at", "lease_until"),
    *cols.nullable(sa.Integer, "last_status"),
    *cols.nullable(cols.URL, "discovered_from"),
    sa.Index("ix_frontier_day", "day"),
    sa.Index("ix_frontier_next_at", "next_at"),
    sa.Index("ix_frontier_state_priority", "state", "priority", "id"),
    _partial_index("ix_frontier_lease_owner", "lease_owner"),
)
sa.Table(
    "index_days",
    _tables,
    cols.key("site", sa.String),
    cols.key("day", sa.Date),
    *cols.columns(sa.Integer, "listed", "pages"),
    *cols.columns(sa.Boolean, "read_all", "complete"),
    cols.column("swept_at", cols.INSTANT),
)
sa.Table(
    "warc_positions", _tables, cols.key("file", sa.String), cols.column("offset", sa.BigInteger)
)
sa.Table(
    "robots",
    _tables,
    cols.key("host", sa.String),
    cols.column("fetched_at", cols.INSTANT),
    cols.column("body", sa.LargeBinary),
)
sa.Table(
    "fleet_pace",
    _tables,
    cols.key(autoincrement=False),
    *cols.columns(cols.INSTANT, "moment_at", "held_until"),
    cols.column("delay", sa.Float),
    cols.column("refused_at", cols.INSTANT),
    cols.column("gap", sa.Float),
)
sa.Table(
    "fleet_outcomes",
    _tables,
    cols.key("job_id", sa.BigInteger, autoincrement=False),
    cols.column("exit_code", sa.Integer),
    cols.column("reason", sa.String),
    cols.column("failures", sa.Integer),
    cols.column("ended_at", cols.INSTANT),
)


def create(connection: sa.Connection) -> None:
    """Create the tables, in an empty database, as that release did."""
    _tables.create_all(connection, checkfirst=False)
    command.stamp(schema.alembic_config(connection), "0005")
