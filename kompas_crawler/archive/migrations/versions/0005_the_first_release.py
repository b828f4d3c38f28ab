"""All tables of the first release; 0013 replaces their full-text index."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from kompas_crawler.archive.migrations.columns import (
    INSTANT,
    JSON,
    KEY,
    NAMES,
    URL,
    article_id,
    column,
    columns,
    key,
    nullable,
)

revision = "0005"
down_revision = None

_tables = sa.MetaData(naming_convention=NAMES)


def _run_id() -> sa.Column[Any]:
    return sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id", ondelete="SET NULL"))


def _partial_index(name: str, column: str) -> sa.Index:
    where = sa.text(f"{column} is not null")
    return sa.Index(name, column, sqlite_where=where, postgresql_where=where)


sa.Table(
    "runs",
    _tables,
    key(),
    column("spider", sa.String),
    column("arguments", JSON),
    column("started_at", INSTANT),
    *nullable(INSTANT, "finished_at"),
    column("version", sa.String),
    *nullable(sa.String, "mirror", "host"),
    *nullable(sa.Integer, "pid"),
    *nullable(sa.String, "outcome"),
    *nullable(sa.Integer, "exit_code"),
    *nullable(sa.String, "reason"),
    column("counts", JSON),
)
sa.Table(
    "articles",
    _tables,
    key(),
    column("key", KEY, unique=True),
    column("url", URL),
    column("title", sa.String),
    *nullable(sa.String, "summary"),
    column("body", sa.Text),
    sa.Column("section", sa.String, index=True),
    *nullable(sa.String, "subsection", "content_type", "dateline", "source", "topic"),
    column("published_at", INSTANT, index=True),
    *nullable(INSTANT, "updated_at"),
    column("word_count", sa.Integer),
    *nullable(sa.Integer, "declared_words", "pages"),
    *nullable(sa.Boolean, "is_complete"),
    *nullable(KEY, "duplicate_of"),
    column("revision", sa.Integer),
    column("status", sa.String),
    *columns(INSTANT, "first_seen_at", "fetched_at"),
    column("stored_at", INSTANT, index=True),
    *columns(sa.String, "content_hash", "text_hash", "extractor_version"),
    column("found_in", JSON),
    _run_id(),
    *nullable(sa.String, "duplicate_reason"),
    *nullable(sa.Float, "similarity"),
    *nullable(sa.String, "warc_file"),
    *nullable(sa.BigInteger, "warc_offset"),
    *nullable(sa.String, "warc_digest"),
    *nullable(INSTANT, "warc_at"),
    _partial_index("ix_articles_duplicate_of", "duplicate_of"),
)
sa.Table(
    "signatures",
    _tables,
    key("band", sa.BigInteger, autoincrement=False),
    key("article_id", autoincrement=False),
    sqlite_with_rowid=False,
)
sa.Table(
    "revisions",
    _tables,
    key(),
    article_id(primary_key=False),
    column("number", sa.Integer),
    column("title", sa.String),
    *nullable(sa.String, "summary"),
    column("body", sa.Text),
    column("tags", JSON),
    column("content_hash", sa.String),
    *columns(INSTANT, "fetched_at", "replaced_at"),
    column("reason", sa.String),
    _run_id(),
    sa.UniqueConstraint("article_id", "number"),
)
for _name in ("people", "tags"):
    sa.Table(_name, _tables, key(), column("name", sa.String, unique=True))
sa.Table(
    "article_people",
    _tables,
    article_id(),
    key("role", sa.String),
    key("position"),
    column("person_id", sa.Integer, sa.ForeignKey("people.id"), index=True),
)
sa.Table(
    "article_tags",
    _tables,
    article_id(),
    key("position"),
    column("tag_id", sa.Integer, sa.ForeignKey("tags.id"), index=True),
)
sa.Table(
    "images",
    _tables,
    article_id(),
    key("position"),
    column("url", URL),
    *nullable(sa.String, "caption", "credit"),
)
sa.Table(
    "links",
    _tables,
    article_id(),
    key("position"),
    column("target_key", KEY, index=True),
    column("url", URL),
    *nullable(sa.String, "title"),
)
sa.Table(
    "aliases",
    _tables,
    key("url", URL),
    column("article_key", KEY, index=True),
    column("seen_at", INSTANT),
)
sa.Table(
    "frontier",
    _tables,
    key(),
    column("key", URL, unique=True),
    column("kind", sa.String),
    column("url", URL),
    *nullable(sa.String, "section"),
    *nullable(sa.Date, "day"),
    *nullable(sa.String, "title"),
    *nullable(INSTANT, "listed_at"),
    column("scope", sa.String),
    *columns(sa.Integer, "depth", "priority"),
    column("state", sa.String),
    *nullable(sa.String, "reason"),
    *columns(sa.Integer, "attempts", "barren", "unchanged"),
    *nullable(INSTANT, "next_at"),
    *nullable(sa.Integer, "last_status"),
    *nullable(sa.String, "etag", "last_modified"),
    *nullable(URL, "discovered_from"),
    column("discovered_at", INSTANT),
    *nullable(INSTANT, "visited_at"),
    *nullable(sa.String, "lease_owner"),
    *nullable(INSTANT, "lease_until"),
    sa.Index("ix_frontier_day", "day"),
    sa.Index("ix_frontier_next_at", "next_at"),
    sa.Index("ix_frontier_state_priority", "state", "priority", "id"),
    _partial_index("ix_frontier_lease_owner", "lease_owner"),
)
sa.Table(
    "index_days",
    _tables,
    key("site", sa.String),
    key("day", sa.Date),
    *columns(sa.Integer, "listed", "pages"),
    *columns(sa.Boolean, "read_all", "complete"),
    column("swept_at", INSTANT),
)
sa.Table("warc_positions", _tables, key("file", sa.String), column("offset", sa.BigInteger))
sa.Table(
    "robots",
    _tables,
    key("host", sa.String),
    column("fetched_at", INSTANT),
    column("body", sa.LargeBinary),
)
sa.Table(
    "fleet_pace",
    _tables,
    key(autoincrement=False),
    *columns(INSTANT, "moment_at", "held_until"),
    column("delay", sa.Float),
    column("refused_at", INSTANT),
    column("gap", sa.Float),
)
sa.Table(
    "fleet_outcomes",
    _tables,
    key("job_id", sa.BigInteger, autoincrement=False),
    column("exit_code", sa.Integer),
    column("reason", sa.String),
    column("failures", sa.Integer),
    column("ended_at", INSTANT),
)


def upgrade() -> None:
    _tables.create_all(op.get_bind(), checkfirst=False)
