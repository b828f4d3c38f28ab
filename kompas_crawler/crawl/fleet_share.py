"""What the crawls of a fleet share: the archive, row leases, the pace and robots.txt."""

import asyncio
import logging
import os
import platform
from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings
from sqlalchemy import Engine

from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.fleet.pace import FleetPace
from kompas_crawler.archive.frontier.leases import Leases, write_in_turn
from kompas_crawler.archive.writer import Writer
from kompas_crawler.exitcodes import ConfigurationProblem, CrawlError
from kompas_crawler.polite.pace import polite_delay

logger = logging.getLogger(__name__)

AT_ONCE, AT_ONCE_SLOWLY = 16, 4
"""Rows per lease request, without and with a delay: other crawls cannot take leased rows."""
BY_WORKER = "worker"  # ``KOMPAS_FLEET`` of a crawl that ends with its worker
_RENEW_SECONDS = 5.0  # maximum between two renewals of the leases


class Share:
    """Leases and pace of one crawl of a fleet; ``ConfigurationProblem`` on SQLite."""

    def __init__(
        self, settings: BaseSettings, engine: Engine, on_fatal: Callable[[CrawlError], None]
    ) -> None:
        if engine.dialect.name != "postgresql":
            line = "several crawls share an archive on PostgreSQL only"
            raise ConfigurationProblem(f"KOMPAS_FLEET: {line}; set KOMPAS_DATABASE_URL to one")
        owner = f"{platform.node()}:{os.getpid()}:{uuid4().hex[:8]}"
        delay = polite_delay(settings)
        self.leases = Leases(owner, lease_seconds(settings["KOMPAS_LEASE"]))
        self.engine = open_engine(engine.url)  # does not wait for the write lock
        self.pace = FleetPace(delay, self.engine, on_fatal)
        # Rows per lease request, and the low-water mark.
        self.batch = AT_ONCE_SLOWLY if delay > 0 else AT_ONCE
        self._parent = os.getppid() if settings["KOMPAS_FLEET"] == BY_WORKER else None
        self._renewing: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        write_in_turn(engine)

    def begin(self, crawler: Crawler, writer: Writer) -> None:
        """Start renewing the leases; call inside the event loop."""
        self._renewing = asyncio.create_task(self._renew_leases(crawler, writer))

    async def _renew_leases(self, crawler: Crawler, writer: Writer) -> None:
        """Renew the leases; end the crawl when its worker has died: another takes over the job."""
        while self._parent in (None, os.getppid()):
            await asyncio.sleep(min(self.leases.seconds / 3, _RENEW_SECONDS))
            try:
                await writer.call(self.leases.renew)
            except CrawlError:  # reported at the end of the run
                return
        logger.error("The worker of this crawl has died; the crawl ends")
        # A separate task, because closing cancels this one.
        self._closing = asyncio.create_task(crawler.engine.close_spider_async(reason="shutdown"))

    def end(self) -> None:
        """Stop renewing; call before the writer is closed."""
        if self._renewing is not None:
            self._renewing.cancel()
        self.pace.close()
        self.engine.dispose()


def lease_seconds(text: str) -> float:
    """Read ``KOMPAS_LEASE``. Raises ``ConfigurationProblem``."""
    with suppress(ValueError):
        if 1 <= (seconds := float(text)) <= 86400:
            return seconds
    raise ConfigurationProblem(f"KOMPAS_LEASE={text!r} is not a number of seconds from 1 to 86400")
