"""Copies of robots.txt, stored in the archive."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DBAPIError

from kompas_crawler.archive.crawl_models import RobotsRow
from kompas_crawler.archive.sql import upsert
from kompas_crawler.archive.writer import Writer
from kompas_crawler.polite.robots_file import MemoryStore

logger = logging.getLogger(__name__)

_LOCK_ID = 0x6B6F6D73
_LOCK = text("select pg_try_advisory_lock(:id, hashtext(:origin))")
WAIT_SECONDS = 90.0  # how long to wait for another crawl that fetches the same robots.txt


class ArchivedRobots(MemoryStore):
    """A store of robots.txt that outlives its run; writes are not awaited."""

    def __init__(self, writer: Writer) -> None:
        super().__init__()
        self._writer = writer
        self._saved: asyncio.Future[None] | None = None

    async def read(self) -> None:
        rows = select(RobotsRow.host, RobotsRow.fetched_at, RobotsRow.body)
        copies = await self._writer.call(lambda connection: connection.execute(rows).all())
        self.update({host: (fetched_at, body) for host, fetched_at, body in copies})

    def save(self, origin: str, fetched_at: datetime, body: bytes) -> None:
        super().save(origin, fetched_at, body)
        values = {"host": origin, "fetched_at": fetched_at, "body": body}
        self._saved = self._writer.call(lambda c: upsert(c, RobotsRow, **values))


class SharedRobots(ArchivedRobots):
    """The store of a fleet: one crawl fetches a missing file, the others wait for its copy."""

    def __init__(self, writer: Writer, engine: Engine) -> None:
        super().__init__(writer)
        self._engine = engine

    @asynccontextmanager
    async def asking(self, origin: str) -> AsyncIterator[None]:
        """Hold the file's lock; the database releases it when this process dies."""
        connection: Connection | None = None
        try:
            connection = await asyncio.to_thread(self._engine.connect)
            connection.execution_options(isolation_level="AUTOCOMMIT")
            deadline = time.monotonic() + WAIT_SECONDS
            names = {"id": _LOCK_ID, "origin": origin}
            while time.monotonic() < deadline:
                if await asyncio.to_thread(connection.scalar, _LOCK, names):
                    break
                await asyncio.sleep(0.1)
        except DBAPIError:
            logger.warning("Locking %s/robots.txt failed; fetching it without the lock", origin)
        try:
            await self.read()
            yield
            if self._saved is not None:
                await self._saved
        finally:
            if connection is not None:
                await asyncio.to_thread(_leave, connection)


def _leave(connection: Connection) -> None:
    with suppress(DBAPIError):
        connection.invalidate()  # ending the session releases the lock
    connection.close()
