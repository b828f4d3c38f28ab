"""Sketches that find parts and changed texts replace MinHash; similar articles are stored."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from kompas_crawler.archive.store import near_duplicates

revision = "0011"
down_revision = "0010"


def _signatures(type_: sa.types.TypeEngine[int]) -> None:
    op.drop_table("signatures")
    op.create_table(
        "signatures",
        sa.Column("band", type_, autoincrement=False, nullable=False),
        sa.Column("article_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("band", "article_id", name="pk_signatures"),
        sqlite_with_rowid=False,
    )


def upgrade() -> None:
    _signatures(sa.Integer())
    op.create_table(
        "similarities",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("other_share", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "other_id", name="pk_similarities"),
        *(
            sa.ForeignKeyConstraint(
                [name], ["articles.id"], name=f"fk_similarities_{name}", ondelete="CASCADE"
            )
            for name in ("article_id", "other_id")
        ),
    )
    op.create_index("ix_similarities_other_id", "similarities", ["other_id"])
    near_duplicates.note_all(op.get_bind(), datetime.now(UTC))


def downgrade() -> None:
    op.drop_table("similarities")
    _signatures(sa.BigInteger())
