"""Statements that differ between SQLite and PostgreSQL, and helpers."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Connection, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql import Select

from kompas_crawler.archive.models import Model
from kompas_crawler.site.keys import WIB

_T = TypeVar("_T")

Insert = sqlite.Insert | postgresql.Insert
_Into = Callable[[Any], Insert]
_INSERTS: dict[str, _Into] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def upsert(connection: Connection, model: type[Model], **values: Any) -> None:
    """Insert a row, or update the row with the same primary key."""
    connection.execute(_upsert(connection.dialect.name, model, tuple(values)), values)


@cache  # to build it costs more than to run it
def _upsert(dialect: str, model: type[Model], names: Sequence[str]) -> Insert:
    insert = _INSERTS[dialect](model)
    keys = model.__table__.primary_key.columns.keys()
    others = {name: insert.excluded[name] for name in names if name not in keys}
    return insert.on_conflict_do_update(index_elements=keys, set_=others)


def insert_ignore(connection: Connection, model: type[Model]) -> Insert:
    """Build an insert that ignores existing rows."""
    return _INSERTS[connection.dialect.name](model).on_conflict_do_nothing()


def insert_rows(
    connection: Connection, table: Any, columns: Sequence[str], rows: Sequence[Any], rest: str = ""
) -> None:
    """Insert *rows* of strings and integers by the driver, which is faster for small rows."""
    if rows:
        mark = "%s" if connection.dialect.name == "postgresql" else "?"
        places = ", ".join([mark] * len(columns))
        into = f"insert into {table.name} ({', '.join(columns)}) values ({places})"
        connection.exec_driver_sql(into + rest, list(rows))


def update_each(
    connection: Connection,
    column: InstrumentedAttribute[Any],
    rows: Mapping[Any, Mapping[str, Any]],
    *only: ColumnElement[bool],
    **alike: Any,
) -> None:
    """Update the row of each value of *column* with its values, and all with those *alike*.

    *rows* have the same names, other than ``of``. *only* are further conditions.
    """
    if rows:
        changed = update(column.class_).where(column == bindparam("of"), *only).values(alike)
        connection.execute(changed, [{"of": key, **rows[key]} for key in sorted(rows)])


def count(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    """Count the rows of the table of *conditions* that match them."""
    return connection.scalar(select(func.count()).where(*conditions)) or 0


def day(connection: Connection, instant: Any) -> ColumnElement[str]:
    """The day (WIB) of the column *instant*, as ``2022-01-22``."""
    if connection.dialect.name == "postgresql":
        return func.to_char(func.timezone(WIB.utcoffset(None), instant), "YYYY-MM-DD")
    return func.date(instant, "+7 hours")


def one_of(
    connection: Connection, column: Any, ids: Sequence[int] | Select[int]
) -> ColumnElement[bool]:
    """Build the condition that *column* is in *ids*: a query, or one parameter, which is faster."""
    found: ColumnElement[bool]
    if isinstance(ids, Select):
        found = column.in_(ids)
    elif connection.dialect.name == "postgresql":
        found = column == func.any(bindparam("ids", list(ids), ARRAY(BigInteger)))
    else:
        values = func.json_each(bindparam("ids", json.dumps(list(ids)))).table_valued("value")
        found = column.in_(select(values.c.value))
    return found


def chunks(values: Iterable[_T], size: int = 500) -> Iterator[list[_T]]:
    """Split *values* into parts small enough for the parameters of one statement.

    >>> list(chunks("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    left = iter(values)
    while part := list(islice(left, size)):
        yield part


def keys_within(
    column: InstrumentedAttribute[Any], since: date | None, until: date | None
) -> list[ColumnElement[bool]]:
    """Build conditions that the article key *column* is of a day between two, inclusive."""
    return within(column, since and f"{since:%Y%m%d}", until and f"{until:%Y%m%d}~")


def within(
    column: InstrumentedAttribute[Any], since: date | str | None, until: date | str | None
) -> list[ColumnElement[bool]]:
    """Build conditions that *column* lies between two times, inclusive; ``None`` for no limit."""
    found = [column >= since] if since else []
    return [*found, column <= until] if until else found
