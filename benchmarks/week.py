"""A week in the life: sweeps every 15 minutes of a sample site on a clock, without sockets."""

from __future__ import annotations

import asyncio
import gc
import logging
import ssl
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING
from unittest.mock import patch

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Headers, HtmlResponse, Response, TextResponse
from sqlalchemy import select

from benchmarks.measures import Measure
from benchmarks.week_site import FIRST_DAY, Life, WeekReplies, WeekSite, drawn, midnight
from kompas_crawler import clock
from kompas_crawler.archive import writer
from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.read import gaps
from kompas_crawler.archive.read.export import Reader
from kompas_crawler.crawl import run as run_module
from kompas_crawler.outcome.ending import Ending
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.urls import article_key
from tests.crawling import settings_for

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

    from kompas_crawler.archive.read.gaps import Gaps

DAYS = 14
SWEEP = timedelta(minutes=15)
SETTLED = timedelta(days=8)
LATE = timedelta(days=1)
"""Time after which an article that is not stored is missing, also one with an early address."""
SECOND = timedelta(seconds=1)
"""Between two requests."""
LISTS, ARTICLES, REVISITS, ROBOTS = KINDS = ("lists", "articles", "revisits", "robots")
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class World:
    """The site, an archive in *folder*, and the requests by day and kind.

    ``fails`` tells whether a request for an address is answered with 503; ``asked`` are the
    addresses of the last crawl.
    """

    site: WeekSite
    folder: Path
    fails: Callable[[str], bool] = lambda url: False
    requests: Counter[tuple[date, str]] = field(default_factory=Counter)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.replies = WeekReplies(self.site)
        self.url = f"sqlite:///{(self.folder / 'kompas.db').as_posix()}"

    def monotonic(self) -> float:
        """The crawler's clock, which goes on by a second with each request."""
        return (self.site.now - _EPOCH).total_seconds()

    def crawl(self, at: datetime, spider: str = "kompas", **arguments: str) -> Ending:
        """Run a command *at* a time of the site, or when the last one has ended."""
        self.site.go_on(max(at, self.site.now))
        self.asked.clear()
        settings = settings_for(
            "http://127.0.0.1:9",  # nothing listens there
            self.url,
            self.folder,
            KOMPAS_NOW=self.site.now.isoformat(),
            LOG_ENABLED=False,
            RETRY_TIMES=0,
            DOWNLOAD_HANDLERS={"https": "benchmarks.week.Handler"},
        )

        async def main() -> Ending:
            runner = AsyncCrawlerRunner(settings)
            crawler = runner.create_crawler(spider)
            crawler.world = self  # type: ignore[attr-defined]
            await runner.crawl(crawler, **arguments)
            ending = crawler.get_extension(Ending)
            assert ending is not None
            return ending

        return asyncio.run(main())

    def answer(self, request: Request) -> Response:
        """The site's answer; a second goes by."""
        site, url = self.site, request.url
        site.go_on(site.now + SECOND)
        self.asked.append(url)
        key = article_key(url)
        index = site.find(key) if key is not None else None
        life = None if index is None else site.lives[index]
        kind = ROBOTS if url.endswith("/robots.txt") else LISTS if key is None else ARTICLES
        if life is not None and life.fetched:
            kind = REVISITS
        self.requests[site.now.astimezone(WIB).date(), kind] += 1
        if self.fails(url):
            return Response(url, status=503)
        reply = self.replies.answer(url)
        headers = Headers({"Content-Type": reply.content_type, "ETag": "", **reply.headers})
        if life is not None and reply.status == 200:
            life.fetched.append(site.now)
            if request.headers.get("If-None-Match") == headers["ETag"]:
                return Response(url, status=304, headers=headers)
        body = reply.body
        headers["Content-Length"] = str(len(body))
        of = HtmlResponse if "html" in reply.content_type else TextResponse
        return of(url, status=reply.status, headers=headers, body=body, encoding="utf-8")

    def look(self, late: timedelta = SWEEP) -> tuple[Gaps, list[str]]:
        """What ``scrapy gaps`` says, and which articles are live for *late*, but not stored."""
        site, reader = self.site, Reader(self.url, self.folder)
        with reader.engine.connect() as connection:
            found = gaps.find(connection, now=site.now)
            stored = set(connection.scalars(select(ArticleRow.key)))
        reader.close()
        shown = (i for i, life in enumerate(site.lives) if life.appears_at <= site.now - late)
        missing = [site.key(i) for i in shown if not site.is_removed(i)]
        return found, [key for key in missing if key not in stored]


class Handler:
    """Scrapy's download handler: the site answers in this process."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        self.world: World = crawler.world  # type: ignore[attr-defined]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Handler:
        return cls(crawler)

    async def download_request(self, request: Request) -> Response:
        return self.world.answer(request)

    async def close(self) -> None: ...


class _Resting:
    """The garbage collector, left alone: each crawl would collect all that is alive."""

    collect = freeze = unfreeze = staticmethod(lambda: 0)
    get_threshold = staticmethod(gc.get_threshold)
    set_threshold = staticmethod(lambda *numbers: None)


@contextmanager
def living(world: World) -> Iterator[World]:
    """Crawls go by the clock of *world*, and wait for nothing."""
    logging.disable(logging.CRITICAL)
    with (
        patch.object(clock, "monotonic", world.monotonic),
        patch.object(run_module, "gc", _Resting),
        patch.object(run_module, "open_engine", lru_cache(open_engine)),
        patch.object(writer, "GATHER_SECONDS", 0.0),
        patch.object(ssl.SSLContext, "load_default_certs", lambda *known: None),
        patch.object(ssl.SSLContext, "set_default_verify_paths", lambda *known: None),
    ):
        try:
            yield world
        finally:
            logging.disable(logging.NOTSET)


def live(days: int, folder: Path) -> World:
    """Sweep a new archive for *days* days; the site has published for a day before that."""
    world = World(WeekSite(drawn(days + 1)), folder)
    start = midnight(FIRST_DAY + timedelta(days=1))
    with living(world):
        for nth in range(days * (timedelta(days=1) // SWEEP)):
            world.crawl(start + nth * SWEEP)
    return world


def measures(days: int = DAYS) -> list[Measure]:
    """Live through *days* days: the first half fills the archive, the second is measured."""
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        world = live(days, Path(folder))
        found, missing = world.look(late=LATE)
    print(f"   {(time.process_time() - began) / days:.0f} s of CPU a day")
    every = [FIRST_DAY + timedelta(days=nth + 1) for nth in range(days)]
    for day in every:
        counts = ", ".join(f"{world.requests[day, kind]} {kind}" for kind in KINDS)
        print(f"   {day:%A}: {counts}")
    print(
        f"   gaps: {len(found.missing)} articles, {len(found.unread_lists)} lists, "
        f"{len(found.unread_days)} days, {len(found.unread_spans)} spans"
    )
    week, lives = every[days // 2 :], world.site.lives
    latest = world.site.now - 2 * SWEEP
    new = [life for life in lives if midnight(week[0]) <= life.appears_at < latest]
    waits = [
        (life.fetched[0] - life.appears_at).total_seconds() / 60 for life in new if life.fetched
    ]
    costs = [sum(world.requests[day, kind] for day in week) / len(new) for kind in KINDS]
    figures = [
        Measure(name=f"week: {kind} / new article", values=[cost], limit=limit, at_most=True)
        for kind, cost, limit in zip(
            (*KINDS, "requests"), (*costs, sum(costs)), (0.5, None, None, None, 3.3), strict=True
        )
    ]
    for name, value, most in (
        ("minutes to storage", median(waits), 10),
        ("minutes to storage, 95 %", quantiles(waits, n=20)[-1], 30),
        ("missing", len(missing) + len(found.missing) + len(found.unread_spans), 0),
    ):
        figures.append(Measure(name=f"week: {name}", values=[value], limit=most, at_most=True))
    since = midnight(every[0])
    if corrected := [life for life in lives if is_judged(life, since, world.site.now)]:
        caught = sum(map(is_caught, corrected)) / len(corrected)
        figures.append(Measure(name="week: corrections caught", values=[caught], limit=0.95))
    return figures


def is_judged(life: Life, since: datetime, now: datetime) -> bool:
    """Whether an article was corrected, and stayed for 8 days."""
    until = life.published_at + SETTLED
    is_gone = life.removed_at is not None and life.removed_at <= until
    return (
        life.corrected_at is not None and since <= life.published_at <= until <= now and not is_gone
    )


def is_caught(life: Life) -> bool:
    """Whether the final text was fetched by day 8."""
    assert life.corrected_at is not None
    return any(life.corrected_at <= at <= life.published_at + SETTLED for at in life.fetched)
