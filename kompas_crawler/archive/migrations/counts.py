"""Migration 0013: triggers keep the counts of the frontier.

By row on SQLite. By statement on PostgreSQL, where a count that one transaction changes again and
again gets slow: ``new`` and ``old`` are there all rows of the statement. Crawls write one after
another, see ``leases.write_in_turn``.
"""

_NAMES = "day, section, kind, state, is_stored, is_dead, is_listed, in_index"
_DAY = {"sqlite": "{row}.day", "postgresql": "to_char({row}.day, 'YYYY-MM-DD')"}
_IS_STORED = "{row}.kind = 'article' and exists (select 1 from articles where key = {row}.key)"
_ROW = """
select coalesce({day}, '') as day, coalesce({row}.section, '') as section,
    {row}.kind as kind, {row}.state as state, {is_stored} as is_stored,
    {row}.state = 'failed' and coalesce({row}.claim, '') = 'gone'
        and {row}.depth > 0 and {row}.depth < 1000 as is_dead,
    {row}.listed_at is not null as is_listed, {row}.in_index as in_index, {step} as total
{rows}"""
_ADDED = f"on conflict ({_NAMES}) do update set total = frontier_counts.total + excluded.total"
_COUNTED_BY = ("state", "in_index", "claim", "day", "section", "depth", "listed_at")
_FUNCTION = """
create function count_{name}() returns trigger language plpgsql as $$
#variable_conflict use_column
begin {does}; return null; end $$"""


def statements(dialect: str) -> list[str]:
    """Return what fills ``frontier_counts``, and creates the triggers."""
    is_sqlite = dialect == "sqlite"
    new, old = ("", "") if is_sqlite else ("from new_rows as new", "from old_rows as old")

    def select(row: str, rows: str, step: int, is_stored: str = _IS_STORED) -> str:
        day, is_stored = _DAY[dialect].format(row=row), is_stored.format(row=row)
        return _ROW.format(row=row, rows=rows, step=step, day=day, is_stored=is_stored)

    def move(row: str, before: str, after: str) -> list[str]:
        is_one = f"= {row}.key" if is_sqlite else f"in (select key from {row}_rows)"
        rows = f"from frontier as r where r.key {is_one}"
        return [select("r", rows, -1, before), select("r", rows, 1, after)]

    def count(selects: list[str]) -> str:
        if is_sqlite:
            return "; ".join(f"insert into frontier_counts {one} {_ADDED}" for one in selects)
        changed = f"({' union all '.join(selects)}) as changed group by {_NAMES}"
        counts = f"select {_NAMES}, sum(total) from {changed} having sum(total) <> 0"
        return f"insert into frontier_counts {counts} {_ADDED}"

    made = [count([select("r", "from frontier as r where true", 1)])]
    for name, selects in {
        "frontier_insert": [select("new", new, 1)],
        "frontier_delete": [select("old", old, -1)],
        "frontier_update": [select("old", old, -1), select("new", new, 1)],
        "articles_insert": move("new", before="false", after="true"),
        "articles_delete": move("old", before="true", after="false"),
    }.items():
        table, event = name.split("_")
        trigger, does = f"create trigger {name} after {event} on {table}", count(selects)
        if is_sqlite:
            differs = " or ".join(f"old.{name} is not new.{name}" for name in _COUNTED_BY)
            when = f"when {differs}" if event == "update" else ""
            made.append(f"{trigger} {when} begin {does}; end")
            continue
        rows = " old table as old_rows" if event != "insert" else ""
        rows += " new table as new_rows" if event != "delete" else ""
        made += [
            _FUNCTION.format(name=name, does=does),
            f"{trigger} referencing{rows} for each statement execute function count_{name}()",
        ]
    return made
