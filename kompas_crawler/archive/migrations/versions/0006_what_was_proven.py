"""What was proven: looks at a row that agree, sittings over index days, spans of fronts."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_url = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_instant = sa.DateTime(timezone=True)


def _of_frontier() -> list[sa.Column[Any]]:
    return [
        sa.Column("claim", _url),
        sa.Column("claimed_at", _instant),
        sa.Column("looks", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("pager_of", _url),
        sa.Column("in_index", sa.Boolean(), nullable=False, server_default=sa.false()),
    ]


def _of_days() -> list[sa.Column[Any]]:
    return [
        sa.Column("began_at", _instant),
        sa.Column("named", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("read_pages", _json, nullable=False, server_default="[]"),
        sa.Column("first_keys", sa.String()),
        sa.Column("is_checking", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("sittings", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("again_at", _instant),
    ]


def upgrade() -> None:
    for column in _of_frontier():
        op.add_column("frontier", column)
    for column in _of_days():
        op.add_column("index_days", column)
    op.create_table(
        "fronts",
        sa.Column("key", _url, nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("since_at", _instant, nullable=False),
        sa.Column("closed_at", _instant, nullable=False),
        sa.Column("began_at", _instant, nullable=False),
        sa.Column("pages_read", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_fronts"),
    )


def downgrade() -> None:
    op.drop_table("fronts")
    for column in _of_days():
        op.drop_column("index_days", column.name)
    for column in _of_frontier():
        op.drop_column("frontier", column.name)
