"""All tables of the first release. Its full-text index is replaced by a later migration."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = None
branch_labels = None
depends_on = None

_KEY = sa.String(255).with_variant(sa.String(255, collation="C"), "postgresql")
_URL = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_INSTANT = sa.DateTime(timezone=True)

_tables = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _column(name: str, kind: Any, *more: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *more, **{"nullable": False} | options)


def _nullable(name: str, kind: Any = sa.String) -> sa.Column[Any]:
    return sa.Column(name, kind)


def _id(name: str = "id", kind: Any = sa.Integer, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, **options)


def _article_id(**options: Any) -> sa.Column[Any]:
    return _column(
        "article_id", sa.Integer, sa.ForeignKey("articles.id", ondelete="CASCADE"), **options
    )


def _run_id() -> sa.Column[Any]:
    return sa.Column("run_id", sa.Integer, sa.ForeignKey("runs.id", ondelete="SET NULL"))


def _partial_index(name: str, column: str) -> sa.Index:
    where = sa.text(f"{column} is not null")
    return sa.Index(name, column, sqlite_where=where, postgresql_where=where)


sa.Table(
    "runs",
    _tables,
    _id(),
    _column("spider", sa.String),
    _column("arguments", _JSON),
    _column("started_at", _INSTANT),
    _nullable("finished_at", _INSTANT),
    _column("version", sa.String),
    _nullable("mirror"),
    _nullable("host"),
    _nullable("pid", sa.Integer),
    _nullable("outcome"),
    _nullable("exit_code", sa.Integer),
    _nullable("reason"),
    _column("counts", _JSON),
)
sa.Table(
    "articles",
    _tables,
    _id(),
    _column("key", _KEY, unique=True),
    _column("url", _URL),
    _column("title", sa.String),
    _nullable("summary"),
    _column("body", sa.Text),
    sa.Column("section", sa.String, index=True),
    *(_nullable(name) for name in ("subsection", "content_type", "dateline", "source", "topic")),
    _column("published_at", _INSTANT, index=True),
    _nullable("updated_at", _INSTANT),
    _column("word_count", sa.Integer),
    _nullable("declared_words", sa.Integer),
    _nullable("pages", sa.Integer),
    _nullable("is_complete", sa.Boolean),
    _nullable("duplicate_of", _KEY),
    _column("revision", sa.Integer),
    _column("status", sa.String),
    _column("first_seen_at", _INSTANT),
    _column("fetched_at", _INSTANT),
    _column("stored_at", _INSTANT, index=True),
    _column("content_hash", sa.String),
    _column("text_hash", sa.String),
    _column("extractor_version", sa.String),
    _column("found_in", _JSON),
    _run_id(),
    _nullable("duplicate_reason"),
    _nullable("similarity", sa.Float),
    _nullable("warc_file"),
    _nullable("warc_offset", sa.BigInteger),
    _nullable("warc_digest"),
    _nullable("warc_at", _INSTANT),
    _partial_index("ix_articles_duplicate_of", "duplicate_of"),
)
sa.Table(
    "signatures",
    _tables,
    _id("band", sa.BigInteger, autoincrement=False),
    _id("article_id", autoincrement=False),
    sqlite_with_rowid=False,
)
sa.Table(
    "revisions",
    _tables,
    _id(),
    _article_id(),
    _column("number", sa.Integer),
    _column("title", sa.String),
    _nullable("summary"),
    _column("body", sa.Text),
    _column("tags", _JSON),
    _column("content_hash", sa.String),
    _column("fetched_at", _INSTANT),
    _column("replaced_at", _INSTANT),
    _column("reason", sa.String),
    _run_id(),
    sa.UniqueConstraint("article_id", "number"),
)
for _name in ("people", "tags"):
    sa.Table(_name, _tables, _id(), _column("name", sa.String, unique=True))
sa.Table(
    "article_people",
    _tables,
    _article_id(primary_key=True),
    _id("role", sa.String),
    _id("position"),
    _column("person_id", sa.Integer, sa.ForeignKey("people.id"), index=True),
)
sa.Table(
    "article_tags",
    _tables,
    _article_id(primary_key=True),
    _id("position"),
    _column("tag_id", sa.Integer, sa.ForeignKey("tags.id"), index=True),
)
sa.Table(
    "images",
    _tables,
    _article_id(primary_key=True),
    _id("position"),
    _column("url", _URL),
    _nullable("caption"),
    _nullable("credit"),
)
sa.Table(
    "links",
    _tables,
    _article_id(primary_key=True),
    _id("position"),
    _column("target_key", _KEY, index=True),
    _column("url", _URL),
    _nullable("title"),
)
sa.Table(
    "aliases",
    _tables,
    _id("url", _URL),
    _column("article_key", _KEY, index=True),
    _column("seen_at", _INSTANT),
)
sa.Table(
    "frontier",
    _tables,
    _id(),
    _column("key", _URL, unique=True),
    _column("kind", sa.String),
    _column("url", _URL),
    _nullable("section"),
    _nullable("day", sa.Date),
    _nullable("title"),
    _nullable("listed_at", _INSTANT),
    _column("scope", sa.String),
    _column("depth", sa.Integer),
    _column("priority", sa.Integer),
    _column("state", sa.String),
    _nullable("reason"),
    _column("attempts", sa.Integer),
    _column("barren", sa.Integer),
    _column("unchanged", sa.Integer),
    _nullable("next_at", _INSTANT),
    _nullable("last_status", sa.Integer),
    _nullable("etag"),
    _nullable("last_modified"),
    _nullable("discovered_from", _URL),
    _column("discovered_at", _INSTANT),
    _nullable("visited_at", _INSTANT),
    _nullable("lease_owner"),
    _nullable("lease_until", _INSTANT),
    sa.Index("ix_frontier_day", "day"),
    sa.Index("ix_frontier_next_at", "next_at"),
    sa.Index("ix_frontier_state_priority", "state", "priority", "id"),
    _partial_index("ix_frontier_lease_owner", "lease_owner"),
)
sa.Table(
    "index_days",
    _tables,
    _id("site", sa.String),
    _id("day", sa.Date),
    _column("listed", sa.Integer),
    _column("pages", sa.Integer),
    _column("read_all", sa.Boolean),
    _column("complete", sa.Boolean),
    _column("swept_at", _INSTANT),
)
sa.Table("warc_positions", _tables, _id("file", sa.String), _column("offset", sa.BigInteger))
sa.Table(
    "robots",
    _tables,
    _id("host", sa.String),
    _column("fetched_at", _INSTANT),
    _column("body", sa.LargeBinary),
)
sa.Table(
    "fleet_pace",
    _tables,
    _id(autoincrement=False),
    _column("moment_at", _INSTANT),
    _column("held_until", _INSTANT),
    _column("delay", sa.Float),
    _column("refused_at", _INSTANT),
    _column("gap", sa.Float),
)
sa.Table(
    "fleet_outcomes",
    _tables,
    _id("job_id", sa.BigInteger, autoincrement=False),
    _column("exit_code", sa.Integer),
    _column("reason", sa.String),
    _column("failures", sa.Integer),
    _column("ended_at", _INSTANT),
)


def upgrade() -> None:
    _tables.create_all(op.get_bind(), checkfirst=False)
