"""What storing a page costs in a large archive: one index fewer, and rarer merging of another."""

from __future__ import annotations

from alembic import op

from kompas_crawler.archive.migrations import full_text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Equal texts share the bands of their signatures, by which they are found.
    op.drop_index("ix_articles_text_hash", "articles")
    if op.get_bind().dialect.name == "sqlite":
        for statement in full_text.MERGING:
            op.execute(statement)


def downgrade() -> None:
    op.create_index("ix_articles_text_hash", "articles", ["text_hash"])
