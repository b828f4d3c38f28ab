"""Crawls of one fleet in one process: they share the archive and the pace, by the site's log."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest
from scrapy.crawler import AsyncCrawlerRunner
from sqlalchemy import text

from kompas_crawler.archive.database import database_url as read_url
from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.frontier.admit import admit, article_candidate
from kompas_crawler.archive.frontier.robots_copies import ArchivedRobots
from kompas_crawler.archive.lock import ArchiveLock
from kompas_crawler.crawl import fleet_share, run
from kompas_crawler.exitcodes import AlreadyRunning, ConfigurationProblem, Exit
from kompas_crawler.outcome.ending import Ending
from kompas_crawler.polite.pace import Pace
from tests.archive.build import NOW
from tests.crawling import settings_for
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from kompas_crawler.sample.site.server import Server
    from kompas_crawler.sample.site.site import Site

pytestmark = pytest.mark.postgres

DELAY = 0.2
"""Much longer than a page takes on a slow machine, so that the pace alone decides."""
SLUGS = ("money", "tekno", "bola", "travel")
LATE = 0.05
"""How late a busy machine may note a request, in seconds."""


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = open_engine(read_url(postgres_url, Path.cwd()))
    yield engine
    engine.dispose()


def together(
    count: int,
    server: Server,
    url: str,
    folder: Path,
    *,
    limit: str = "",
    **settings: Any,
) -> list[tuple[Exit, dict[str, Any]]]:
    """Run crawls at once, each of one section; return how each ended, and its stats."""
    known = {"KOMPAS_FLEET": "1", "DOWNLOAD_DELAY": DELAY} | settings

    async def main() -> list[Any]:
        runner = AsyncCrawlerRunner(settings_for(server.url, url, folder, **known))
        crawlers = [runner.create_crawler("kompas") for _ in range(count)]
        await asyncio.gather(
            *(
                runner.crawl(crawler, sections=slug, depth="0", limit=limit)
                for crawler, slug in zip(crawlers, SLUGS, strict=False)
            )
        )
        return crawlers

    ended = []
    for crawler in asyncio.run(main()):
        ending = crawler.get_extension(Ending)
        assert ending is not None
        assert ending.exit_code is not None
        ended.append((ending.exit_code, crawler.stats.get_stats()))
    return ended


@pytest.fixture
def backlog(engine: Engine, site: Site) -> int:
    """Rows for all to share from the first moment on; how many."""
    hosts = tuple(f"https://{slug}.kompas.com/" for slug in SLUGS)
    urls = [site.article(index).url for index in range(site.count)]
    rows = [
        article_candidate(url, scope="kompas", depth=0) for url in urls if url.startswith(hosts)
    ]
    with engine.begin() as connection:
        return len(admit(connection, rows, NOW).new)


class OwnPace(Pace):
    """For controls: what each crawl keeps for itself."""

    def __init__(self, delay: float, *_others: object) -> None:
        super().__init__(delay)

    def close(self) -> None:
        pass


def gaps(server: Server) -> list[float]:
    times = sorted(request.at for request in server.requests)
    return [later - sooner for sooner, later in pairwise(times)]


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 4])
def test_one_delay_holds_over_all_crawls(
    count: int, backlog: int, server: Server, postgres_url: str, tmp_path: Path
) -> None:
    ended = together(count, server, postgres_url, tmp_path)
    assert all(stats["pages/done"] > 4 for _, stats in ended), "one did it all"
    assert {code for code, _ in ended} == {Exit.DONE}
    found = gaps(server)
    assert len(found) >= backlog
    assert DELAY / (sum(found) / len(found)) <= 1.05
    assert DELAY / median(found) >= 0.95  # a busy machine may let a moment pass
    asked = [r.path for r in server.requests if "/read/" in r.path and r.status == 200]
    assert len(asked) == len(set(asked))


@pytest.mark.slow
def test_control_each_for_itself_they_go_faster_than_the_delay(
    server: Server,
    backlog: int,
    postgres_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fleet_share, "FleetPace", OwnPace)
    together(4, server, postgres_url, tmp_path)
    assert sum(gaps(server)) < 0.8 * DELAY * backlog


SLOW = 0.4
"""A delay in which a refusal is surely heard of before the next request leaves."""


def held(server: Server, url: str, folder: Path) -> float:
    """Let one of three crawls meet a Retry-After; how long after it the next request came."""
    server.faults["https://money.kompas.com/read/"] = Fault(
        status=429, headers={"Retry-After": "1"}, times=1
    )
    ended = together(3, server, url, folder, limit="3", DOWNLOAD_DELAY=SLOW)
    assert {code for code, _ in ended} == {Exit.DONE}
    assert sum(stats.get("politeness/held", 0) for _, stats in ended) == 1
    refused = next(r.at for r in server.requests if r.status == 429)
    return min(r.at for r in server.requests if r.at > refused) - refused


@pytest.mark.slow
@pytest.mark.usefixtures("backlog")
def test_a_retry_after_that_one_meets_holds_all(
    server: Server, postgres_url: str, tmp_path: Path
) -> None:
    assert held(server, postgres_url, tmp_path) >= 1 - LATE


@pytest.mark.slow
@pytest.mark.usefixtures("backlog")
def test_control_each_for_itself_the_others_do_not_hear_of_it(
    server: Server, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet_share, "FleetPace", OwnPace)
    assert held(server, postgres_url, tmp_path) < 1 - LATE


@pytest.mark.slow
@pytest.mark.usefixtures("backlog")
def test_a_refusal_slows_all(server: Server, postgres_url: str, tmp_path: Path) -> None:
    server.faults["https://money.kompas.com/read/"] = Fault(status=503, times=1)
    together(2, server, postgres_url, tmp_path, limit="3", DOWNLOAD_DELAY=SLOW)
    refused = next(r.at for r in server.requests if r.status == 503)
    later = sorted(r.at for r in server.requests if r.at > refused)
    assert later[0] - refused >= 2 * SLOW - LATE
    assert later[1] - later[0] >= 0.8 * 2 * SLOW - LATE  # back by a fifth with each success


def robots_asked(server: Server) -> list[str]:
    return [r.host for r in server.requests if r.path == "/robots.txt"]


@pytest.mark.usefixtures("backlog")
def test_robots_txt_is_fetched_once_for_all(
    server: Server, postgres_url: str, tmp_path: Path
) -> None:
    together(4, server, postgres_url, tmp_path, DOWNLOAD_DELAY=0)
    assert sorted(robots_asked(server)) == sorted(f"{slug}.kompas.com" for slug in SLUGS)


@pytest.mark.usefixtures("backlog")
def test_control_without_its_lock_robots_txt_is_fetched_by_each(
    server: Server, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "SharedRobots", lambda writer, _engine: ArchivedRobots(writer))
    together(4, server, postgres_url, tmp_path, DOWNLOAD_DELAY=0)
    assert len(robots_asked(server)) > len(set(robots_asked(server)))


def test_without_a_delay_no_moment_is_asked_for(
    server: Server, engine: Engine, postgres_url: str, tmp_path: Path
) -> None:
    together(2, server, postgres_url, tmp_path, DOWNLOAD_DELAY=0)
    with engine.connect() as connection:
        assert not connection.scalar(text("select count(*) from fleet_pace"))


def test_a_crawl_of_its_own_and_a_fleet_exclude_one_another(engine: Engine) -> None:
    alone, one, other = (ArchiveLock(engine, is_shared=shared) for shared in (False, True, True))
    one.acquire()
    other.acquire()
    with pytest.raises(AlreadyRunning, match="another crawl is running"):
        alone.acquire()
    one.release()
    other.release()
    deadline = time.monotonic() + 10
    while True:  # the server hears of the end of a session a moment later
        try:
            alone.acquire()
            break
        except AlreadyRunning:
            assert time.monotonic() < deadline
    with pytest.raises(AlreadyRunning, match="a crawl without a fleet is running"):
        one.acquire()
    alone.release()


def test_sqlite_is_not_shared(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationProblem, match="PostgreSQL only"):
        together(1, server, f"sqlite:///{tmp_path / 'k.db'}", tmp_path)
