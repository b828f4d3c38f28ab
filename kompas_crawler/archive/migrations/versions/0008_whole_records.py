"""Revisions hold whole records; states of articles are kept; due rows have an order."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_key = sa.String(255).with_variant(sa.String(255, collation="C"), "postgresql")
_instant = sa.DateTime(timezone=True)
_RECORD = {
    "sqlite": "json_object('title', title, 'summary', summary, 'body', body, 'tags', json(tags),"
    " 'content_hash', content_hash)",
    "postgresql": "jsonb_build_object('title', title, 'summary', summary, 'body', body,"
    " 'tags', tags, 'content_hash', content_hash)",
}


def upgrade() -> None:
    op.drop_index("ix_frontier_next_at", "frontier")
    op.create_index("ix_frontier_state_next_at", "frontier", ["state", "next_at", "id"])
    op.add_column("article_people", sa.Column("label", sa.String()))
    op.add_column("articles", sa.Column("details_hash", sa.String()))
    op.add_column("articles", sa.Column("added_at", _instant))
    op.execute(
        "update articles set added_at = coalesce("
        "(select min(replaced_at) from revisions where article_id = articles.id), stored_at)"
    )
    op.add_column(
        "revisions", sa.Column("kind", sa.String(), nullable=False, server_default="text")
    )
    op.add_column("revisions", sa.Column("record", _json, nullable=False, server_default="{}"))
    op.add_column("revisions", sa.Column("details_hash", sa.String()))
    op.execute(f"update revisions set record = {_RECORD[op.get_bind().dialect.name]}")
    with op.batch_alter_table("revisions") as batch:
        batch.drop_constraint("uq_revisions_article_id_number", type_="unique")
        batch.alter_column("kind", server_default=None)
        batch.alter_column("record", server_default=None)
        for name in ("title", "summary", "body", "tags"):
            batch.drop_column(name)
        batch.create_index("ix_revisions_article_id", ["article_id", "number"])
        batch.create_index("ix_revisions_replaced_at", ["replaced_at"])
    op.create_table(
        "article_states",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("until_at", _instant, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("duplicate_of", _key),
        sa.PrimaryKeyConstraint("article_id", "until_at", name="pk_article_states"),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name="fk_article_states_article_id",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    op.drop_index("ix_frontier_state_next_at", "frontier")
    op.create_index("ix_frontier_next_at", "frontier", ["next_at"])
    op.drop_table("article_states")
    op.execute("delete from revisions where kind = 'details'")
    with op.batch_alter_table("revisions") as batch:
        for name in ("title", "body"):
            batch.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("summary", sa.String()))
        batch.add_column(sa.Column("tags", _json, nullable=False, server_default="[]"))
    op.execute(
        "update revisions set title = record ->> 'title', summary = record ->> 'summary',"
        " body = record ->> 'body', tags = record -> 'tags'"
    )
    with op.batch_alter_table("revisions") as batch:
        batch.drop_index("ix_revisions_article_id")
        batch.drop_index("ix_revisions_replaced_at")
        for name in ("kind", "record", "details_hash"):
            batch.drop_column(name)
        batch.create_unique_constraint("uq_revisions_article_id_number", ["article_id", "number"])
    op.drop_column("articles", "added_at")
    op.drop_column("articles", "details_hash")
    op.drop_column("article_people", "label")
