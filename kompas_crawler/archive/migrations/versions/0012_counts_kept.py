"""Counts of the frontier and unknown targets of links are kept as they change, by triggers."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_key = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_NAMES = ("day", "section", "kind", "state", "is_stored", "is_dead", "is_listed", "in_index")
_STORED = "({row}.kind = 'article' and exists (select 1 from articles where key = {row}.key))"
_DEAD = (
    "({row}.state = 'failed' and coalesce({row}.claim, '') = 'gone'"
    " and {row}.depth > 0 and {row}.depth < 1000)"
)
_DAY = {"sqlite": "{row}.day", "postgresql": "to_char({row}.day, 'YYYY-MM-DD')"}
_PART = {"sqlite": "0", "postgresql": "mod(pg_backend_pid(), 8)"}
_SQL = {
    "sqlite": (
        (
            "create trigger frontier_insert after insert on frontier begin {plus_new};"
            " delete from unknown_targets where key = new.key; end"
        ),
        "create trigger frontier_delete after delete on frontier begin {minus_old}; end",
        (
            "create trigger frontier_update after update on frontier when {differ}"
            " begin {minus_old}; {plus_new}; end"
        ),
        *(
            f"create trigger articles_{event} after {event} on articles begin"
            f" insert into frontier_counts select {{of_row}}, {step} from frontier as r"
            f" where key = {row}.key {{add}};"
            f" insert into frontier_counts select {{of_stored}}, -({step}) from frontier as r"
            f" where key = {row}.key {{add}}; end"
            for event, row, step in (("insert", "new", "-1"), ("delete", "old", "1"))
        ),
        (
            "create trigger links_insert after insert on links"
            " when not exists (select 1 from frontier where key = new.target_key) begin"
            " insert into unknown_targets values (new.target_key) on conflict do nothing; end"
        ),
        "create trigger links_delete after delete on links begin {known}; end",
    ),
    # By statement, for a row that one transaction changes again and again gets slow.
    "postgresql": (
        """create function count_frontier() returns trigger language plpgsql as $$ begin
            if tg_op = 'INSERT' then
                insert into frontier_counts
                    select {of_frontier}, count(*) from new_rows r group by {grouped} {add};
                delete from unknown_targets where key in (select key from new_rows);
            elsif tg_op = 'DELETE' then
                insert into frontier_counts
                    select {of_frontier}, -count(*) from old_rows r group by {grouped} {add};
            else
                insert into frontier_counts select {u}, sum(step) from (
                    select {of_frontier}, -1 from old_rows r
                    union all select {of_frontier}, 1 from new_rows r
                ) as u ({u}, step) group by {grouped} having sum(step) <> 0 {add};
            end if;
            return null;
        end $$""",
        # The rows are locked: a transaction that changes one sees the article, or is seen.
        """create function count_articles() returns trigger language plpgsql as $$ begin
            if tg_op = 'INSERT' then
                insert into frontier_counts select {u}, sum(step) from (
                    with r as (
                        select * from frontier where key in (select key from new_rows)
                        order by key for no key update
                    )
                    select {of_row}, -1 from r union all select {of_stored}, 1 from r
                ) as u ({u}, step) group by {grouped} {add};
            else
                insert into frontier_counts select {u}, sum(step) from (
                    with r as (
                        select * from frontier where key in (select key from old_rows)
                        order by key for no key update
                    )
                    select {of_row}, 1 from r union all select {of_stored}, -1 from r
                ) as u ({u}, step) group by {grouped} {add};
            end if;
            return null;
        end $$""",
        """create function count_links() returns trigger language plpgsql as $$ begin
            if tg_op = 'INSERT' then
                insert into unknown_targets select distinct target_key from new_rows
                    where not exists (select 1 from frontier where key = target_key)
                    order by 1 on conflict do nothing;
            else
                delete from unknown_targets where key in (select target_key from old_rows)
                    and not exists (select 1 from links where target_key = unknown_targets.key);
            end if;
            return null;
        end $$""",
        *(
            f"create trigger {table}_{event} after {event} on {table} referencing"
            f"{' old table as old_rows' if event != 'insert' else ''}"
            f"{' new table as new_rows' if event != 'delete' else ''}"
            f" for each statement execute function count_{table}()"
            for table in ("frontier", "articles", "links")
            for event in ("insert", "delete", "update")
            if event != "update" or table == "frontier"
        ),
    ),
}


def upgrade() -> None:
    op.create_table(
        "frontier_counts",
        *(sa.Column(name, _key, nullable=False) for name in _NAMES[:4]),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in _NAMES[4:]),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*_NAMES, "part", name="pk_frontier_counts"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "unknown_targets",
        sa.Column("key", _key, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_unknown_targets"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_articles_incomplete",
        "articles",
        ["key"],
        sqlite_where=sa.text("is_complete is 0"),
        postgresql_where=sa.text("is_complete is false"),
    )
    of = op.get_bind().dialect.name

    def columns(row: str, stored: str) -> str:
        day = _DAY[of].format(row=row)
        return (
            f"coalesce({day}, ''), coalesce({row}.section, ''), {row}.kind, {row}.state, {stored},"
            f" {_DEAD.format(row=row)}, {row}.listed_at is not null, {row}.in_index, {_PART[of]}"
        )

    add = f"on conflict ({', '.join(_NAMES)}, part) do update"
    add += " set total = frontier_counts.total + excluded.total"
    counted = {
        f"{sign}_{row}": "insert into frontier_counts values ("
        + columns(row, _STORED.format(row=row))
        + f", {step}) {add}"
        for sign, row, step in (("plus", "new", 1), ("minus", "old", -1))
    }
    differ = " or ".join(f"old.{name} <> new.{name}" for name in ("state", "in_index"))
    differ += "".join(
        f" or coalesce(cast(old.{name} as text), '') <> coalesce(cast(new.{name} as text), '')"
        for name in ("claim", "day", "section")
    )
    differ += " or old.depth <> new.depth or (old.listed_at is null) <> (new.listed_at is null)"
    values = counted | {
        "add": add,
        "differ": f"({differ})",
        "of_frontier": columns("r", _STORED.format(row="r")),
        "of_row": columns("r", "false"),
        "of_stored": columns("r", "true"),
        "grouped": ", ".join(map(str, range(1, 10))),
        "u": f"{', '.join(_NAMES)}, part",
        "known": "delete from unknown_targets where key = old.target_key"
        " and not exists (select 1 from links where target_key = old.target_key)",
    }
    for statement in _SQL[of]:
        op.get_bind().exec_driver_sql(statement.format(**values))
    stored = "r.kind = 'article' and a.id is not null"
    op.execute(
        f"insert into frontier_counts select {columns('r', stored)}, count(*)"
        f" from frontier r left join articles a on a.key = r.key group by {values['grouped']}"
    )
    op.execute(
        "insert into unknown_targets select distinct target_key from links"
        " where not exists (select 1 from frontier where key = links.target_key)"
    )


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, events in {
        "frontier": ("insert", "delete", "update"),
        "articles": ("insert", "delete"),
        "links": ("insert", "delete"),
    }.items():
        for event in events if is_sqlite else ():
            op.execute(f"drop trigger {table}_{event}")
        if not is_sqlite:
            op.execute(f"drop function count_{table}() cascade")
    op.drop_index("ix_articles_incomplete", "articles")
    op.drop_table("unknown_targets")
    op.drop_table("frontier_counts")
