"""What several workers share: leases that are found by their owner, one pace, outcomes of jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_frontier_lease_owner",
        "frontier",
        ["lease_owner"],
        sqlite_where=sa.text("lease_owner is not null"),
        postgresql_where=sa.text("lease_owner is not null"),
    )
    op.create_table(
        "fleet_pace",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("moment_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delay", sa.Float(), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gap", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fleet_pace")),
    )
    op.create_table(
        "fleet_outcomes",
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_fleet_outcomes")),
    )


def downgrade() -> None:
    op.drop_table("fleet_outcomes")
    op.drop_table("fleet_pace")
    op.drop_index("ix_frontier_lease_owner", "frontier")
