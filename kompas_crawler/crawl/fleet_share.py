"""What a crawl shares with the others of its fleet: the archive, the rows to do, the pace."""

from __future__ import annotations

import asyncio
import logging
import os
import platform
from typing import TYPE_CHECKING
from uuid import uuid4

from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.fleet.pace import FleetPace
from kompas_crawler.archive.frontier.leases import Leases, write_in_turn
from kompas_crawler.archive.frontier.robots_copies import SharedRobots
from kompas_crawler.exitcodes import ConfigurationProblem, CrawlError
from kompas_crawler.polite.pace import polite_delay

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings
    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import URL

    from kompas_crawler.archive.writer import Writer

logger = logging.getLogger(__name__)

AT_ONCE, AT_ONCE_SLOWLY = 16, 4
"""Rows leased at once, without a delay and with one: what one crawl has, another cannot take."""
BY_HAND, BY_WORKER = "1", "worker"
"""Values of ``KOMPAS_FLEET``: a crawl that a worker started ends with that worker."""
_PARENT_SECONDS = 2.0


class Share:
    """One crawl's part in a fleet; ``of`` makes it where ``KOMPAS_FLEET`` asks for one.

    ``batch`` is how many rows to take at once, when so many are left in hand; ``pace`` is
    the one that all crawls of the fleet keep together.
    Other crawls of the fleet work on the same archive meanwhile. PostgreSQL alone.
    """

    def __init__(
        self,
        url: URL,
        engine: Engine,
        on_fatal: Callable[[CrawlError], None],
        *,
        seconds: float,
        delay: float,
        is_child: bool,
    ) -> None:
        # Whose a lease is must differ from machine to machine and from start to start.
        owner = f"{platform.node()}:{os.getpid()}:{uuid4().hex[:8]}"
        self.leases = Leases(owner, seconds)
        self._engine = open_engine(url)  # asks at once; the writer's would wait for its turn
        self.pace = FleetPace(delay, self._engine, on_fatal)
        self.batch = AT_ONCE_SLOWLY if delay > 0 else AT_ONCE
        self._parent = os.getppid() if is_child else None
        self._tasks: list[asyncio.Task[None]] = []
        self._closing: asyncio.Task[None] | None = None
        write_in_turn(engine)

    @classmethod
    def of(
        cls,
        settings: BaseSettings,
        url: URL,
        engine: Engine,
        on_fatal: Callable[[CrawlError], None],
    ) -> Share | None:
        """The part in a fleet that *settings* ask for; ``None`` for a crawl of its own.

        Raises ``ConfigurationProblem`` on SQLite.
        """
        mode = settings["KOMPAS_FLEET"]
        if not mode or mode == "0":
            return None
        if url.get_backend_name() != "postgresql":
            raise ConfigurationProblem(
                "KOMPAS_FLEET: several crawls share an archive on PostgreSQL only; "
                "set KOMPAS_DATABASE_URL to one"
            )
        return cls(
            url,
            engine,
            on_fatal,
            seconds=lease_seconds(settings),
            delay=polite_delay(settings),
            is_child=mode == BY_WORKER,
        )

    def begin(self, crawler: Crawler, writer: Writer) -> None:
        """Keep the leases from here on; inside the loop."""
        loop = asyncio.get_running_loop()
        self._tasks.append(loop.create_task(self._keep(writer)))
        if self._parent is not None:
            self._tasks.append(loop.create_task(self._watch(crawler)))

    def robots(self, writer: Writer) -> SharedRobots:
        """The store of robots.txt that the fleet shares."""
        return SharedRobots(writer, self._engine)

    async def _keep(self, writer: Writer) -> None:
        """Renew the leases until the crawl ends."""
        while True:
            await asyncio.sleep(self.leases.seconds / 3)
            try:
                await writer.call(self.leases.renew)
            except CrawlError:  # the archive is gone for good: the run ends and says why
                return

    async def _watch(self, crawler: Crawler) -> None:
        """End the crawl when its worker has died: another one takes its job over."""
        while os.getppid() == self._parent:
            await asyncio.sleep(_PARENT_SECONDS)
        logger.error("The worker of this crawl has died; the crawl ends")
        assert crawler.engine is not None
        # In a task of its own: closing ends ours.
        closing = crawler.engine.close_spider_async(reason="shutdown")
        self._closing = asyncio.get_running_loop().create_task(closing)

    def end(self) -> None:
        """Keep nothing any more; before the writer is closed."""
        for task in self._tasks:
            task.cancel()
        self.pace.close()

    def give_back(self, connection: Connection) -> None:
        """Let the others take what this crawl leaves."""
        self.leases.give_back(connection)

    def dispose(self) -> None:
        """Close the connections."""
        self._engine.dispose()


def lease_seconds(settings: BaseSettings) -> float:
    """How long a lease lasts. Raises ``ConfigurationProblem``."""
    try:
        seconds = float(settings["KOMPAS_LEASE"])
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 86400:
        raise ConfigurationProblem(
            f"KOMPAS_LEASE={settings['KOMPAS_LEASE']!r} is no number of seconds from 1 to 86400"
        )
    return seconds
