"""Counts of the frontier and unknown targets of links are kept as they change, by triggers.

In the file of each database an empty line separates two statements.
"""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    connection = op.get_bind()
    file = Path(__file__).with_name(f"0012_{connection.dialect.name}.sql")
    for statement in file.read_text(encoding="utf-8").split("\n\n"):
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute("drop function count_frontier, count_articles, count_links cascade")
    else:
        triggers = "select name from sqlite_schema where type = 'trigger'"
        for name in connection.exec_driver_sql(triggers).scalars().all():
            op.execute(f"drop trigger {name}")
    op.drop_index("ix_articles_incomplete", "articles")
    op.drop_table("unknown_targets")
    op.drop_table("frontier_counts")
