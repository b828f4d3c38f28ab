"""Last good copies of robots.txt, kept from run to run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from kompas_crawler.archive.models import RobotsRow
from kompas_crawler.archive.sql import upsert
from kompas_crawler.robots import MemoryStore

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from kompas_crawler.archive.writer import Writer


class ArchivedRobots(MemoryStore):
    """A store of robots.txt that outlives its run; what is saved is written in passing."""

    def __init__(self, writer: Writer) -> None:
        super().__init__()
        self._writer = writer

    async def read(self) -> None:
        """Fetch the copies that earlier runs kept."""
        self.update(await self._writer.call(_copies))

    def save(self, origin: str, fetched_at: datetime, body: bytes) -> None:
        """Keep a good copy."""
        super().save(origin, fetched_at, body)
        self._writer.call(lambda connection: _keep(connection, origin, fetched_at, body))


def _copies(connection: Connection) -> dict[str, tuple[datetime, bytes]]:
    rows = connection.execute(select(RobotsRow.host, RobotsRow.fetched_at, RobotsRow.body))
    return {host: (fetched_at, body) for host, fetched_at, body in rows}


def _keep(connection: Connection, origin: str, fetched_at: datetime, body: bytes) -> None:
    statement = upsert(connection, RobotsRow.__table__).values(
        host=origin, fetched_at=fetched_at, body=body
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["host"],
            set_={"fetched_at": statement.excluded.fetched_at, "body": statement.excluded.body},
        )
    )
