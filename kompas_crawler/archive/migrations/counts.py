"""Migration 0013: triggers keep the counts of the frontier.

By row on SQLite. By statement on PostgreSQL, where a count that one transaction changes again and
again gets slow: ``new`` and ``old`` are there all rows of the statement. Crawls write one after
another, see ``leases.write_in_turn``.
"""

_COUNTING = {
    "sqlite": {"day": "{row}.day", "count": "1", "grouped": ""},
    "postgresql": {
        "day": "to_char({row}.day, 'YYYY-MM-DD')",
        "count": "count(*)",
        "grouped": "group by 1, 2, 3, 4, 5, 6, 7, 8",
    },
}
_IS_STORED = "{row}.kind = 'article' and exists (select 1 from articles where key = {row}.key)"
_COUNT = """
insert into frontier_counts select
    coalesce({day}, ''), coalesce({row}.section, ''), {row}.kind, {row}.state, {is_stored},
    {row}.state = 'failed' and coalesce({row}.claim, '') = 'gone'
        and {row}.depth > 0 and {row}.depth < 1000,
    {row}.listed_at is not null, {row}.in_index, {sign}{count}
{rows} {grouped}
on conflict (day, section, kind, state, is_stored, is_dead, is_listed, in_index)
do update set total = frontier_counts.total + excluded.total"""
_COUNTED_BY = ("state", "in_index", "claim", "day", "section", "depth", "listed_at")
_FUNCTION = """
create function count_{name}() returns trigger language plpgsql as $$
#variable_conflict use_column
begin {does}; return null; end $$"""


def statements(dialect: str) -> list[str]:
    """Return what fills ``frontier_counts``, and creates the triggers."""
    is_sqlite = dialect == "sqlite"
    before, after = (", ".join(f"{row}.{name}" for name in _COUNTED_BY) for row in ("old", "new"))
    is_changed = f"({before}) is {'not' if is_sqlite else 'distinct from'} ({after})"
    new, old, both = "", "", ""
    if not is_sqlite:
        new, old = "from new_rows as new", "from old_rows as old"
        both = f"{old} join new_rows as new on new.id = old.id and {is_changed}"

    def count(row: str, rows: str, sign: str = "", is_stored: str = _IS_STORED) -> str:
        values = {"row": row, "rows": rows, "sign": sign, **_COUNTING[dialect]}
        values |= {"is_stored": is_stored.format(row=row), "day": values["day"].format(row=row)}
        return _COUNT.format(**values)

    def move(row: str, before: str, after: str) -> list[str]:
        is_one = f"= {row}.key" if is_sqlite else f"in (select key from {row}_rows)"
        of_articles = f"from frontier as r where r.key {is_one}"
        return [count("r", of_articles, "-", before), count("r", of_articles, "", after)]

    bodies = {
        "frontier_insert": [count("new", new)],
        "frontier_delete": [count("old", old, "-")],
        "frontier_update": [count("old", both, "-"), count("new", both)],
        "articles_insert": move("new", before="false", after="true"),
        "articles_delete": move("old", before="true", after="false"),
    }
    made = [count("r", "from frontier as r where true")]
    for name, body in bodies.items():
        table, event = name.split("_")
        trigger, does = f"create trigger {name} after {event} on {table}", "; ".join(body)
        if is_sqlite:
            when = f"when {is_changed}" if event == "update" else ""
            made.append(f"{trigger} {when} begin {does}; end")
            continue
        rows = " old table as old_rows" if event != "insert" else ""
        rows += " new table as new_rows" if event != "delete" else ""
        made += [
            _FUNCTION.format(name=name, does=does),
            f"{trigger} referencing{rows} for each statement execute function count_{name}()",
        ]
    return made
