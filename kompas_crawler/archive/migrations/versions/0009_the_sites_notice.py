"""When a run showed the site's own notice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("notice_shown_at", sa.DateTime(timezone=True)))
    op.create_index("ix_runs_notice_shown_at", "runs", ["notice_shown_at"])


def downgrade() -> None:
    op.drop_index("ix_runs_notice_shown_at", "runs")
    op.drop_column("runs", "notice_shown_at")
