"""Where an article's page lies as it was received, and how far WARC files were read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in batch mode, which would copy the table: SQLite adds a column in place.
    op.add_column("articles", sa.Column("warc_file", sa.String(), nullable=True))
    op.add_column("articles", sa.Column("warc_offset", sa.BigInteger(), nullable=True))
    op.add_column("articles", sa.Column("warc_digest", sa.String(), nullable=True))
    op.add_column("articles", sa.Column("warc_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "warc_positions",
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("file", name=op.f("pk_warc_positions")),
    )


def downgrade() -> None:
    op.drop_table("warc_positions")
    for name in ("warc_at", "warc_digest", "warc_offset", "warc_file"):
        op.drop_column("articles", name)
