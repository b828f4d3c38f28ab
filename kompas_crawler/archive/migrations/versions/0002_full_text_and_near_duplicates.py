"""Full text, and near-duplicates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kompas_crawler.archive.migrations import full_text
from kompas_crawler.archive.store import near_duplicates

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signatures",
        sa.Column("band", sa.BigInteger(), nullable=False),
        sa.Column("article_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("band", "article_id", name=op.f("pk_signatures")),
        sqlite_with_rowid=False,
    )
    # Not in batch mode, which would copy the table: SQLite adds a column in place.
    op.add_column("articles", sa.Column("duplicate_reason", sa.String(), nullable=True))
    op.add_column("articles", sa.Column("similarity", sa.Float(), nullable=True))
    op.create_index(
        "ix_articles_duplicate_of",
        "articles",
        ["duplicate_of"],
        sqlite_where=sa.text("duplicate_of is not null"),
        postgresql_where=sa.text("duplicate_of is not null"),
    )
    op.execute(
        "update articles set duplicate_reason = 'same text', similarity = 1 "
        "where duplicate_of is not null"
    )
    full_text.create(op.get_bind())
    last: int | None = 0
    while last is not None:
        last = near_duplicates.catch_up(op.get_bind(), last)


def downgrade() -> None:
    full_text.drop(op.get_bind())
    op.drop_index("ix_articles_duplicate_of", "articles")
    op.drop_column("articles", "similarity")
    op.drop_column("articles", "duplicate_reason")
    op.drop_table("signatures")
