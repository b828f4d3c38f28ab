"""Leases: which rows of the frontier one crawl of a fleet has taken, and until when.

A lease lies beside a row's state, which stays what it was: a row is taken while its
``lease_until`` lies ahead, and free again when that has passed, so that what a dead
crawl held needs nobody to give it back. Times are the database's, which all share.
PostgreSQL alone.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, event, func, null, or_, select, update

from kompas_crawler.archive.frontier import take
from kompas_crawler.archive.models import FrontierRow

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Engine

    from kompas_crawler.archive.frontier.take import Work
    from kompas_crawler.frontier import Row

_WRITE_LOCK = 0x6B6F6D72
_IDLE_SECONDS = 30
"""How long a machine that vanished in mid-transaction may hold up the others."""


class Leases:
    """The leases of the crawl *owner*, each for *seconds* unless renewed."""

    def __init__(self, owner: str, seconds: float) -> None:
        self.owner = owner
        self.seconds = seconds

    def take(
        self,
        connection: Connection,
        work: Work,
        *,
        now: datetime,
        started_at: datetime,
        limit: int,
        in_flight: Collection[str],
    ) -> list[Row]:
        """Lease up to *limit* rows: what ``frontier.take`` would take, and nobody else has.

        Rows of our own that are not among *in_flight* are had again: the answer that told us
        of them was lost.
        """
        free = take.ROWS.where(self._is_free()).with_for_update(skip_locked=True)
        rows = take.take(
            connection,
            work,
            now=now,
            started_at=started_at,
            limit=limit,
            in_flight=in_flight,
            among=free,
        )
        if rows:
            connection.execute(
                update(FrontierRow)
                .where(FrontierRow.key.in_([row.key for row in rows]))
                .values(lease_owner=self.owner, lease_until=self._until())
            )
        return rows

    def renew(self, connection: Connection) -> int:
        """Have all leases for another while; how many there are."""
        renewed = connection.execute(
            update(FrontierRow)
            .where(FrontierRow.lease_owner == self.owner)
            .values(lease_until=self._until())
        )
        return renewed.rowcount

    def give_back(self, connection: Connection) -> None:
        """Let others take what was not settled."""
        connection.execute(
            update(FrontierRow)
            .where(FrontierRow.lease_owner == self.owner)
            .values(lease_owner=null(), lease_until=null())
        )

    def _is_free(self) -> ColumnElement[bool]:
        return or_(
            FrontierRow.lease_until.is_(None),
            FrontierRow.lease_until < func.clock_timestamp(),
            FrontierRow.lease_owner == self.owner,
        )

    def _until(self) -> ColumnElement[datetime]:
        return func.clock_timestamp() + timedelta(seconds=self.seconds)


def leased(connection: Connection) -> int:
    """How many rows are taken at this moment."""
    query = select(func.count()).where(
        and_(FrontierRow.lease_owner.is_not(None), FrontierRow.lease_until > func.now())
    )
    return connection.scalar(query) or 0


def write_in_turn(engine: Engine) -> None:
    """Let the transactions of *engine* wait for those of the other crawls, as SQLite's do.

    A page changes many rows in the order of its links: two at once would wait for each
    other for ever, and an original and its copy stored at once would not know each other.
    A transaction is short (some milliseconds for a group of pages), waiting costs little.
    """

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"set idle_in_transaction_session_timeout = '{_IDLE_SECONDS}s'")
        connection.commit()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"select pg_advisory_xact_lock({_WRITE_LOCK})")
