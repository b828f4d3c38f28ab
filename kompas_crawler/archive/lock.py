"""The archive's lock: one crawl at a time; the system releases it when the process dies."""

from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from kompas_crawler.exitcodes import AlreadyRunning, ConfigurationProblem, writing

_LOCK_ID = 0x6B6F6D71


def held(path: str | Path, refusal: str) -> FileLock:
    """Lock the file at *path* without waiting, else raise ``AlreadyRunning`` with *refusal*."""
    lock = FileLock(path, timeout=0)
    with writing(path, ConfigurationProblem):
        try:
            lock.acquire()
        except Timeout:
            raise AlreadyRunning(refusal) from None
    return lock


class ArchiveLock:
    """A file lock beside an SQLite file, an advisory lock on PostgreSQL.

    Raises ``AlreadyRunning`` if another crawl holds it. The crawls of a fleet hold it together
    (*is_shared*, PostgreSQL only).
    """

    def __init__(self, engine: Engine, *, is_shared: bool = False) -> None:
        self._engine = engine
        self._is_shared = is_shared
        other = "a crawl without a fleet" if is_shared else "another crawl"
        self._refusal = f"{other} is running on this archive"
        self._file: FileLock | None = None
        self._connection: Connection | None = None

    def acquire(self) -> None:
        """Acquire the lock without waiting."""
        url = self._engine.url
        if url.get_backend_name() != "sqlite":
            self._connection = self._session()
        elif "immutable" not in url.query:  # else its folder takes no file
            self._file = held(f"{url.database}.lock", self._refusal)

    def _session(self) -> Connection:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            lock = "pg_try_advisory_lock" + ("_shared" if self._is_shared else "")
            if not connection.scalar(text(f"select {lock}(:id)"), {"id": _LOCK_ID}):
                raise AlreadyRunning(self._refusal)
        except BaseException:
            connection.close()
            raise
        return connection

    def renew(self) -> None:
        """Acquire the lock again after a restart of the server.

        Raises ``AlreadyRunning`` if another crawl acquired it meanwhile, and the driver's error
        while the server is unavailable.
        """
        if self._engine.dialect.name == "sqlite":
            return
        try:
            if self._connection is not None:
                self._connection.execute(text("select 1"))
                return
        except DBAPIError:
            self._leave()
        self._connection = self._session()

    def release(self) -> None:
        if self._file is not None:
            self._file.release()
        if self._connection is not None:
            # The server notices a closed session too late for a crawl that starts now.
            with suppress(DBAPIError):
                self._connection.execute(text("select pg_advisory_unlock(:id)"), {"id": _LOCK_ID})
        self._leave()

    def _leave(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
