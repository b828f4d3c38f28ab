"""Fronts: which readings close a span, and what they ask for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.frontier import admit, fronts
from kompas_crawler.archive.frontier.admit import article_candidate
from kompas_crawler.frontier import FrontPage, State
from tests.archive.build import NOW

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Engine


def _keys(*hours: int) -> tuple[str, ...]:
    """The keys of articles published so many hours ago."""
    times = (NOW - timedelta(hours=hour) for hour in hours)
    return tuple(f"{at + timedelta(hours=7):%Y%m%d-%H%M%S}001" for at in times)


def _read(connection: Connection, page: int, hours: tuple[int, ...], now: datetime) -> None:
    """Read a page of a front, whose articles are then stored."""
    urls = (
        f"https://money.kompas.com/read/{k[:4]}/{k[4:6]}/{k[6:8]}/{k[9:]}/a" for k in _keys(*hours)
    )
    known = [article_candidate(url, scope="kompas", depth=0) for url in urls]
    admit.admit(connection, known, now)
    seen = FrontPage(front="money", section="money", page=page, keys=_keys(*hours))
    fronts.note(connection, [seen], now)
    is_new = FrontierRow.state == State.PENDING
    later = {"state": State.DONE, "visited_at": now, "next_at": now + timedelta(days=7)}
    connection.execute(update(FrontierRow).where(is_new).values(later))


def test_a_further_page_of_a_closed_reading_asks_for_no_article_again(engine: Engine) -> None:
    with engine.begin() as connection:
        _read(connection, 1, (3, 4, 5, 6), NOW - timedelta(hours=2))
        _read(connection, 2, (7, 8, 9, 10), NOW - timedelta(hours=2))
        _read(connection, 1, (1, 3, 4, 5), NOW)
        _read(connection, 2, (6, 7, 8, 9), NOW)
        times = connection.scalars(select(FrontierRow.next_at)).all()
        assert all(at is not None and at > NOW for at in times)
