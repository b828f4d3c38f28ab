"""What ``forget`` has to know: where exports went; and names that nothing refers to are dropped."""

import sqlalchemy as sa
from alembic import op

from kompas_crawler.archive.types import Json, UrlText

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "exports",
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("path", UrlText, nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("manifest", Json, nullable=False),
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
