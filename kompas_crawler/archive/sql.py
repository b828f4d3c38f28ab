"""The few statements that SQLite and PostgreSQL spell in their own way."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection

_T = TypeVar("_T")

Insert = sqlite.Insert | postgresql.Insert


def upsert(connection: Connection, table: Any) -> Insert:
    """An insert of the connection's dialect, which knows ``on_conflict_do_...``."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def insert_ignore(connection: Connection, table: Any) -> Insert:
    """An insert that leaves rows alone which are there already."""
    return upsert(connection, table).on_conflict_do_nothing()


def insert_rows(
    connection: Connection, table: Any, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert *rows* of texts and whole numbers as they are: many small ones cost little so."""
    if rows:
        mark = "%s" if connection.dialect.name == "postgresql" else "?"
        places = ", ".join([mark] * len(columns))
        into = f"insert into {table.name} ({', '.join(columns)}) values ({places})"
        connection.exec_driver_sql(into, list(rows))


def chunks(values: Iterable[_T], size: int = 500) -> Iterator[list[_T]]:
    """Parts of *values* small enough for one statement's parameters.

    >>> list(chunks("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    left = iter(values)
    while part := list(islice(left, size)):
        yield part


def pairs(rows: Iterable[Any]) -> dict[Any, Any]:
    """Rows of two columns as a dict."""
    return {row[0]: row[1] for row in rows}
