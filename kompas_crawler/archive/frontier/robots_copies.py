"""Last good copies of robots.txt, kept from run to run."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from kompas_crawler.archive.models import RobotsRow
from kompas_crawler.archive.sql import upsert
from kompas_crawler.polite.robots_file import MemoryStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from kompas_crawler.archive.writer import Writer

logger = logging.getLogger(__name__)

_LOCK_ID = 0x6B6F6D73
WAIT_SECONDS = 90.0
"""How long another crawl may take for one robots.txt before it is fetched twice."""


class ArchivedRobots(MemoryStore):
    """A store of robots.txt that outlives its run; what is saved is written in passing."""

    def __init__(self, writer: Writer) -> None:
        super().__init__()
        self._writer = writer
        self._saved: asyncio.Future[None] | None = None

    async def read(self) -> None:
        """Fetch the copies that earlier runs kept."""
        self.update(await self._writer.call(_copies))

    def save(self, origin: str, fetched_at: datetime, body: bytes) -> None:
        """Keep a good copy."""
        super().save(origin, fetched_at, body)
        self._saved = self._writer.call(lambda c: _keep(c, origin, fetched_at, body))


class SharedRobots(ArchivedRobots):
    """The store of a fleet: of several crawls that lack one file, one fetches it.

    The others wait, for as long as a slow host takes at most, and find its copy.
    """

    def __init__(self, writer: Writer, engine: Engine) -> None:
        super().__init__(writer)
        self._engine = engine

    @asynccontextmanager
    async def asking(self, origin: str) -> AsyncIterator[None]:
        """Hold the file's lock; it is free again when we die."""
        connection: Connection | None = None
        try:
            connection = await asyncio.to_thread(self._connect)
            deadline = time.monotonic() + WAIT_SECONDS
            while time.monotonic() < deadline:
                if await asyncio.to_thread(_is_locked, connection, origin):
                    break
                await asyncio.sleep(0.1)
        except DBAPIError:  # two copies fetched are better than none
            logger.warning("The lock on %s/robots.txt cannot be had; going without", origin)
        try:
            await self.read()
            yield
            if self._saved is not None:
                await self._saved
        finally:
            if connection is not None:
                await asyncio.to_thread(_leave, connection)

    def _connect(self) -> Connection:
        return self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _is_locked(connection: Connection, origin: str) -> bool:
    query = text("select pg_try_advisory_lock(:id, hashtext(:origin))")
    return bool(connection.scalar(query, {"id": _LOCK_ID, "origin": origin}))


def _leave(connection: Connection) -> None:
    with suppress(DBAPIError):
        connection.invalidate()  # ending the session frees the lock
    connection.close()


def _copies(connection: Connection) -> dict[str, tuple[datetime, bytes]]:
    rows = connection.execute(select(RobotsRow.host, RobotsRow.fetched_at, RobotsRow.body))
    return {host: (fetched_at, body) for host, fetched_at, body in rows}


def _keep(connection: Connection, origin: str, fetched_at: datetime, body: bytes) -> None:
    upsert(connection, RobotsRow, host=origin, fetched_at=fetched_at, body=body)
