"""A clock that was ahead lets a day settle before its end: what it proved is dropped."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select

from kompas_crawler.archive.crawl_models import FrontierRow, FrontRow
from kompas_crawler.archive.frontier import clocks
from kompas_crawler.archive.models import RunRow
from kompas_crawler.archive.read.export import Filters, matching_ids
from kompas_crawler.archive.read.export import articles as read
from kompas_crawler.archive.store import articles, states
from tests.archive.build import article, key

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from kompas_crawler.items import StoredArticle

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


def test_lists_of_days_to_come_are_dropped_but_not_tomorrow_s(engine: Engine) -> None:
    known = {"kind": "listing", "scope": "kompas", "state": "pending", "discovered_at": SANE}
    known |= dict.fromkeys(("depth", "priority", "attempts", "empty_pages", "unchanged"), 0)
    days = [date(2026, 6, 28) + timedelta(days=n) for n in range(3)]
    with engine.begin() as connection:
        _run(connection, SANE + timedelta(days=400))
        rows = [known | {"key": f"x{day}", "url": f"x{day}", "day": day} for day in days]
        connection.execute(insert(FrontierRow), rows)
        clocks.bring_back(connection, SANE)
        assert connection.scalars(select(FrontierRow.day)).all() == days[:2]


def test_what_a_wrong_clock_stored_is_there_from_its_repair_on(engine: Engine) -> None:
    ahead, now = SANE + timedelta(days=400), SANE + 10 * HOUR
    steps: list[tuple[datetime, list[StoredArticle], bool]] = [
        (SANE, [article(1)], False),
        (ahead, [article(1, title="Baru"), article(2, body=("Teks dua.",))], False),
        (ahead + HOUR, [], True),
        (ahead + 2 * HOUR, [article(1, title="Baru")], False),
    ]
    with engine.begin() as connection:
        for at in (SANE, ahead):
            _run(connection, at)
        for at, made, is_gone in steps:
            articles.save(connection, made, run_id=None, now=at)
            states.mark_gone(connection, [key(1)] * is_gone, at)
        clocks.bring_back(connection, now)

        def found(at: datetime | None, **more: Any) -> list[tuple[str, str | None, str]]:
            ids = matching_ids(connection, Filters(as_of=at, **more))
            return [(one.id, one.title, one.status) for one in read(connection, ids, at)]

        assert found(now) == found(None)
        assert found(SANE + HOUR) == [(key(1), "Judul 1", "live")]
        assert found(None, stored_since=now + HOUR) == []
