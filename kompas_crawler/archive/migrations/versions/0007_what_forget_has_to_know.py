"""What ``forget`` has to know: where exports went; and names that nothing refers to are dropped."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_path = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "exports",
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("path", _path, nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("manifest", _json, nullable=False),
        sa.PrimaryKeyConstraint("host", "path", name="pk_exports"),
    )
    for table, referring, column in (
        ("people", "article_people", "person_id"),
        ("tags", "article_tags", "tag_id"),
    ):
        op.execute(
            f"delete from {table} where not exists "
            f"(select 1 from {referring} where {referring}.{column} = {table}.id)"
        )


def downgrade() -> None:
    op.drop_table("exports")
