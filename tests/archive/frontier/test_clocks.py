"""A clock that was ahead lets a day settle before its end: what it proved is dropped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from kompas_crawler.archive.crawl_models import FrontRow
from kompas_crawler.archive.frontier import clocks
from kompas_crawler.archive.models import RunRow

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

SANE = datetime(2026, 6, 28, 4, 40, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _run(connection: Connection, at: datetime) -> None:
    known = {"spider": "kompas", "arguments": {}, "version": "1", "counts": {}}
    connection.execute(insert(RunRow), known | {"started_at": at})


@pytest.mark.parametrize(
    ("since_at", "runs", "closed_at"),
    [
        (SANE - HOUR, [SANE], SANE),
        (SANE + HOUR / 60, [SANE], SANE + HOUR / 60),  # the sane run's own front
        (SANE - HOUR, [], SANE - HOUR),
    ],
    ids=["to the last sane run", "not before its begin", "without a sane run"],
)
def test_a_span_that_a_wrong_clock_closed_is_open_again(
    engine: Engine, since_at: datetime, runs: list[datetime], closed_at: datetime
) -> None:
    ahead = SANE + timedelta(days=400)
    front = {"key": "https://bola.kompas.com/", "section": "bola", "pages_read": 1}
    spans = {"since_at": since_at, "closed_at": SANE + 5 * HOUR, "began_at": ahead}
    with engine.begin() as connection:
        for at in (*runs, ahead):
            _run(connection, at)
        connection.execute(insert(FrontRow), front | spans)
        clocks.bring_back(connection, SANE + 10 * HOUR)
        assert connection.scalar(select(FrontRow.closed_at)) == closed_at


def test_control_a_clock_that_was_right_keeps_its_span(engine: Engine) -> None:
    front = {"key": "https://bola.kompas.com/", "section": "bola", "pages_read": 1}
    times = dict.fromkeys(("since_at", "closed_at", "began_at"), SANE + 5 * HOUR)
    with engine.begin() as connection:
        _run(connection, SANE)
        connection.execute(insert(FrontRow), front | times)
        clocks.bring_back(connection, SANE + 10 * HOUR)
        assert connection.scalar(select(FrontRow.closed_at)) == SANE + 5 * HOUR
