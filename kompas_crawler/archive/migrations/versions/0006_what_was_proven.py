"""What was proven: looks at a row that agree, sittings over index days, spans of fronts."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from kompas_crawler.archive.types import Json, UrlText

revision = "0006"
down_revision = "0005"

_instant = sa.DateTime(timezone=True)


def _columns() -> dict[str, list[sa.Column[Any]]]:
    return {
        "frontier": [
            sa.Column("claim", UrlText),
            sa.Column("claimed_at", _instant),
            sa.Column("looks", sa.Integer(), nullable=False, server_default="0"),
            sa.Column("pager_of", UrlText),
            sa.Column("in_index", sa.Boolean(), nullable=False, server_default=sa.false()),
        ],
        "index_days": [
            sa.Column("began_at", _instant),
            sa.Column("named", sa.Integer(), nullable=False, server_default="1"),
            sa.Column("read_pages", Json, nullable=False, server_default="[]"),
            sa.Column("first_keys", sa.String()),
            sa.Column("is_checking", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("sittings", sa.Integer(), nullable=False, server_default="0"),
            sa.Column("again_at", _instant),
        ],
    }


def upgrade() -> None:
    for table, columns in _columns().items():
        for column in columns:
            op.add_column(table, column)
    op.create_table(
        "fronts",
        sa.Column("key", UrlText, nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("since_at", _instant, nullable=False),
        sa.Column("closed_at", _instant, nullable=False),
        sa.Column("began_at", _instant, nullable=False),
        sa.Column("pages_read", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_fronts"),
    )


def downgrade() -> None:
    op.drop_table("fronts")
    for table, columns in _columns().items():
        for column in columns:
            op.drop_column(table, column.name)
