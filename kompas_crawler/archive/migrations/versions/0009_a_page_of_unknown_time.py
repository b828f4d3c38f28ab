"""A page that was saved at an unknown time has no time of fetching."""

from alembic import op

revision = "0009"
down_revision = "0008"

_TABLES = ("articles", "revisions")


def upgrade() -> None:
    _change("drop not null", "", "not null")


def downgrade() -> None:
    for table, known in (("articles", "first_seen_at"), ("revisions", "replaced_at")):
        op.execute(f"update {table} set fetched_at = {known} where fetched_at is null")
    _change("set not null", "not null", "")


def _change(postgresql: str, now: str, before: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in _TABLES:
            op.execute(f"alter table {table} alter column fetched_at {postgresql}")
        return
    # SQLite documents this for constraints; a copy of the table would take hours.
    version = op.get_bind().exec_driver_sql("pragma schema_version").scalar_one()
    column = "fetched_at DATETIME"
    op.execute("pragma writable_schema = on")
    for table in _TABLES:
        op.execute(
            f"update sqlite_schema set sql = replace(sql, '{column} {before.upper()}'"
            f", '{column} {now.upper()}') where type = 'table' and name = '{table}'"
        )
    op.execute(f"pragma schema_version = {version + 1}")
    op.execute("pragma writable_schema = reset")
