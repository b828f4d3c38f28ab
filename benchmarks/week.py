"""A week in the life: sweeps every 15 minutes of a sample site on a clock, without sockets."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import ssl
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Headers, HtmlResponse, Response, TextResponse
from sqlalchemy import select

from benchmarks.measures import Measure
from benchmarks.week_site import FIRST_DAY, Life, WeekReplies, WeekSite, drawn
from kompas_crawler import clock
from kompas_crawler.archive import writer
from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.models import ArticleRow, FrontierRow
from kompas_crawler.archive.read import gaps
from kompas_crawler.archive.read.export import Reader
from kompas_crawler.crawl import run as run_module
from kompas_crawler.outcome.ending import Ending
from kompas_crawler.sample.site.packing import joined
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.urls import article_key
from tests.crawling import settings_for

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

DAYS = 14
SWEEP = timedelta(minutes=15)
SETTLED = timedelta(days=8)
SECOND = timedelta(seconds=1)  # between two requests
LISTS, ARTICLES, REVISITS, ROBOTS = "lists", "articles", "revisits", "robots"


@dataclass
class World:
    """The site, its clock, and the requests by kind and day."""

    site: WeekSite
    replies: WeekReplies
    fails: Any = None  # whether a request for an address gets no page at this time
    requests: Counter[tuple[date, str]] = field(default_factory=Counter)
    hosts: Counter[str] = field(default_factory=Counter)
    began_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        """The crawler's clock, which goes on by a second with each request."""
        return (self.site.now - self.began_at).total_seconds()

    def answer(self, request: Request) -> Response:
        """The site's answer; a second goes by."""
        self.site.go_on(self.site.now + SECOND)
        now, url = self.site.now, request.url
        key = article_key(url)
        index = self.site.find(key) if key is not None else None
        kind = ROBOTS if url.endswith("/robots.txt") else LISTS if key is None else ARTICLES
        if index is not None:
            life = self.site.lives[index]
            kind = REVISITS if life.fetched else ARTICLES
        self.requests[now.astimezone(WIB).date(), kind] += 1
        if kind == LISTS:
            self.hosts[url.partition("//")[2].partition("&date")[0]] += 1
        if self.fails is not None and self.fails(url, now):
            return Response(url, status=503)
        reply = self.replies.answer(url)
        headers = Headers({"Content-Type": reply.content_type})
        if reply.etag:
            headers["ETag"] = reply.etag
        if index is not None and reply.status == 200:
            life.fetched.append(now)
        asked = request.headers.get("If-None-Match")
        if reply.etag and asked == reply.etag.encode():
            return Response(url, status=304, headers=headers)
        body = joined(reply.pieces)
        headers["Content-Length"] = str(len(body))
        kind_of = HtmlResponse if "html" in reply.content_type else TextResponse
        return kind_of(url, status=reply.status, headers=headers, body=body, encoding="utf-8")


WORLD: list[World] = []


class Handler:
    """Scrapy's download handler: the site answers in this process."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        self.world = WORLD[0]

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
def on_its_clock(world: World) -> Iterator[None]:
    """Crawls go by the clock of *world*, and wait for nothing."""
    WORLD[:] = [world]
    with (
        patch.object(clock, "monotonic", world.monotonic),
        patch.object(run_module, "gc", _Resting),
        patch.object(run_module, "open_engine", lru_cache(open_engine)),
        patch.object(writer, "GATHER_SECONDS", 0.0),
        patch.object(ssl.SSLContext, "load_default_certs", lambda *known: None),
        patch.object(ssl.SSLContext, "set_default_verify_paths", lambda *known: None),
    ):
        yield


async def crawl(folder: Path, at: datetime, spider: str = "kompas", **arguments: str) -> Any:
    """Run a command *at* a time of the site; return how it ended."""
    settings = settings_for(
        "http://127.0.0.1:9",
        f"sqlite:///{(folder / 'kompas.db').as_posix()}",
        folder,
        KOMPAS_NOW=at.isoformat(),
        LOG_ENABLED=False,
        RETRY_TIMES=0,
        DOWNLOAD_HANDLERS={"https": "benchmarks.week.Handler"},
    )
    runner = AsyncCrawlerRunner(settings)
    crawler = runner.create_crawler(spider)
    await runner.crawl(crawler, **arguments)
    return crawler.get_extension(Ending)


@dataclass(frozen=True)
class Lived:
    """What the sweeps of some days cost and found."""

    world: World
    days: int
    found: gaps.Gaps
    missing: list[str]  # keys of articles that were live and are not stored
    pending: int
    seconds: float  # of CPU

    def of(self, kind: str, days: list[date]) -> int:
        return sum(self.world.requests[day, kind] for day in days)


def live(
    days: int = DAYS, seed: int = 0, fails: Any = None, spare: timedelta = timedelta()
) -> Lived:
    """Sweep a new archive for *days* days; the site has published for a day before that."""
    logging.disable(logging.CRITICAL)
    before = resource.getrusage(resource.RUSAGE_SELF)
    site = WeekSite(drawn(days + 1, seed))
    world = World(site, WeekReplies(site), fails)
    start = datetime.combine(FIRST_DAY, time(), WIB) + timedelta(days=1)
    site.go_on(start)
    end = start + timedelta(days=days)
    with tempfile.TemporaryDirectory() as name, on_its_clock(world):
        folder = Path(name)

        async def sweeps() -> None:
            at = start
            while at < end:
                site.go_on(max(at, site.now))
                await crawl(folder, site.now)
                at += SWEEP

        asyncio.run(sweeps())
        gc.collect()
        found, missing, pending = looked(world, folder)
    logging.disable(logging.NOTSET)
    after = resource.getrusage(resource.RUSAGE_SELF)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Lived(world, days, found, missing, pending, seconds)


def looked(world: World, folder: Path) -> tuple[gaps.Gaps, list[str], int]:
    """What ``scrapy gaps`` says, what is missing, and how many rows are pending."""
    site = world.site
    reader = Reader(f"sqlite:///{(folder / 'kompas.db').as_posix()}", folder)
    with reader.engine.connect() as connection:
        found = gaps.find(connection, now=site.now)
        stored = set(connection.scalars(select(ArticleRow.key)))
        states = list(connection.scalars(select(FrontierRow.state)))
    reader.close()
    last = site.now - SWEEP * 2
    for index, life in enumerate(site.lives):
        life.stored_at = life.fetched[0] if life.fetched and site.key(index) in stored else None
    missing = [
        site.key(i)
        for i, life in enumerate(site.lives)
        if life.stored_at is None and life.appears_at <= last and not site.is_removed(i)
    ]
    return found, missing, states.count("pending")


def is_caught(life: Life) -> bool:
    """Whether the final text was fetched by day 8."""
    assert life.corrected_at is not None
    return any(life.corrected_at <= at <= life.published_at + SETTLED for at in life.fetched)


def measures(days: int = DAYS) -> list[Measure]:
    """Live through *days* days; the first half fills the archive, the second is measured."""
    lived = live(days)
    site, first = lived.world.site, FIRST_DAY + timedelta(days=1)
    every = [first + timedelta(days=n) for n in range(days)]
    week = every[days // 2 :]
    new = [
        life
        for life in site.lives
        if life.appears_at.astimezone(WIB).date() in week and life.appears_at < site.now - SWEEP * 2
    ]
    costs = {
        kind: lived.of(kind, week) / len(new) for kind in (LISTS, ARTICLES, REVISITS, ROBOTS)
    }
    waits = sorted(
        (life.stored_at - life.appears_at).total_seconds() / 60 for life in new if life.stored_at
    )
    settled = [
        life
        for life in site.lives
        if life.corrected_at is not None
        and life.stored_at is not None
        and life.published_at >= datetime.combine(first, time(), WIB)
        and life.published_at + SETTLED <= site.now
        and (life.removed_at is None or life.removed_at > life.published_at + SETTLED)
    ]
    caught = sum(map(is_caught, settled)) / len(settled) if settled else None
    for day in every:
        kinds = ", ".join(f"{k} {lived.of(k, [day])}" for k in (LISTS, ARTICLES, REVISITS, ROBOTS))
        print(f"   {day:%a %d.%m.}: {kinds}")
    spans = len(lived.found.unread_spans)
    print(f"   {lived.seconds / days:.1f} s of CPU a day; {len(lived.missing)} missing, "
          f"{lived.pending} pending; gaps: {len(lived.found.missing)} articles, "
          f"{len(lived.found.unread_lists)} lists, {len(lived.found.unread_days)} days, "
          f"{spans} spans")  # fmt: skip
    for url, count in lived.world.hosts.most_common(12):
        print("    ", count, url)
    ends = quantiles(waits, n=20)
    found = [
        Measure(name="week: lists / new article", values=[costs[LISTS]], limit=0.5, at_most=True),
        Measure(name="week: articles / new article", values=[costs[ARTICLES]]),
        Measure(name="week: revisits / new article", values=[costs[REVISITS]]),
        Measure(name="week: robots / new article", values=[costs[ROBOTS]]),
        Measure(
            name="week: requests / new article",
            values=[sum(costs.values())],
            limit=3.3,
            at_most=True,
        ),
        Measure(name="week: minutes, median", values=[median(waits)], limit=10, at_most=True),
        Measure(name="week: minutes, 95 %", values=[ends[-1]], limit=30, at_most=True),
        Measure(name="week: missing", values=[len(lived.missing)], limit=0, at_most=True),
    ]
    if caught is not None:
        found.append(Measure(name="week: corrections caught", values=[caught], limit=0.95))
    return found
