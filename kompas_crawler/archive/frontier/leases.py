"""Leases of the crawls of a fleet on rows of the frontier; PostgreSQL only.

A lease does not change a row's state. It expires at ``lease_until``, in the database's time, so
the rows of a dead crawl become free by themselves.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Update, event, func, null, or_, update

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.frontier import take
from kompas_crawler.archive.frontier.take import Work
from kompas_crawler.frontier import Row

_WRITE_LOCK = 0x6B6F6D72
_IDLE_SECONDS = 30  # how long a machine that crashed during a transaction may block the others
_NOW = func.clock_timestamp()
# A lease is for a day at most: one that ends later was given while the clock was ahead.
_ENDS_SOON = FrontierRow.lease_until.between(_NOW, _NOW + timedelta(days=2))
IS_LEASED = FrontierRow.lease_owner.is_not(None) & _ENDS_SOON


class Leases:
    """The leases of the crawl *owner*, each for *seconds* unless renewed."""

    def __init__(self, owner: str, seconds: float) -> None:
        self.owner = owner
        self.seconds = seconds
        is_free = or_(~IS_LEASED, FrontierRow.lease_owner == owner)
        self._free = take.ROWS.where(is_free).with_for_update(skip_locked=True)

    def take(self, connection: Connection, work: Work, **how: Any) -> list[Row]:
        """Lease the free rows that ``take.take`` selects.

        Includes rows leased to this crawl that are not in flight: their response was lost.
        """
        if rows := take.take(connection, work, among=self._free, **how):
            leased = update(FrontierRow).where(FrontierRow.key.in_([one.key for one in rows]))
            values = {"lease_owner": self.owner, "lease_until": self._until()}
            connection.execute(leased.values(values))
        return rows

    def renew(self, connection: Connection) -> int:
        """Renew all leases, and return how many there are."""
        return connection.execute(self._own().values(lease_until=self._until())).rowcount

    def give_back(self, connection: Connection) -> None:
        connection.execute(self._own().values(lease_owner=null(), lease_until=null()))

    def _own(self) -> Update:
        return update(FrontierRow).where(FrontierRow.lease_owner == self.owner)

    def _until(self) -> ColumnElement[datetime]:
        return _NOW + timedelta(seconds=self.seconds)


def write_in_turn(engine: Engine) -> None:
    """Serialize the transactions of *engine* with those of other crawls, as on SQLite.

    Concurrent ones would deadlock, because a page changes many rows in the order of its links,
    and would miss duplicates stored at the same time. They take some milliseconds.
    """

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"set idle_in_transaction_session_timeout = '{_IDLE_SECONDS}s'")
        connection.commit()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"select pg_advisory_xact_lock({_WRITE_LOCK})")
