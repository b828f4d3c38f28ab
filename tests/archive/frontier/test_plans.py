"""Statements of every sweep and of the report, which must not read all rows of large tables."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from kompas_crawler.archive import runs
from kompas_crawler.archive.frontier import fronts
from kompas_crawler.archive.read import report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

NOW = datetime(2026, 7, 1, tzinfo=UTC)
FRONTS = [f"https://{n}.kompas.com/" for n in range(42)]


@contextmanager
def statements(connection: Connection) -> Iterator[list[tuple[str, Any]]]:
    """What is executed meanwhile, with its parameters."""
    found: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        found.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    yield found
    event.remove(connection, "before_cursor_execute", note)


def plans(connection: Connection, found: list[tuple[str, Any]], name: str) -> list[str]:
    """SQLite's plans of those statements that contain *name*."""
    return [
        str(connection.exec_driver_sql(f"explain query plan {one}", parameters).all())
        for one, parameters in found
        if name in one
    ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_fronts_are_found_by_their_keys(engine: Engine) -> None:
    with engine.connect() as connection:
        with statements(connection) as found:
            fronts.take_over(connection, FRONTS[:2], FRONTS, NOW)
        shown = plans(connection, found, "frontier")
    assert len(shown) == 2
    assert all("(key=?)" in plan for plan in shown), shown


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_days_and_links_are_counted_by_their_indexes(engine: Engine) -> None:
    with engine.connect() as connection:
        with statements(connection) as found:
            report.totals(connection, ())
            report.most_linked(connection, (), 12)
        [by_day], [linked] = (plans(connection, found, name) for name in ("substr(", "target_key"))
    assert "SCAN articles USING INDEX ix_articles_section_day" in by_day
    assert "GROUP BY" not in by_day  # nothing is sorted
    assert "SCAN links USING COVERING INDEX ix_links_target_key" in linked


def test_articles_are_not_read_to_find_those_of_a_mirror(engine: Engine) -> None:
    with engine.connect() as connection, statements(connection) as found:
        runs.refuse_mixing(connection, None)
    assert [one for one, _ in found if "articles" in one] == []
    assert found
