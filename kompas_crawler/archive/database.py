"""Opening the database: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import InterfaceError as SaInterfaceError

from kompas_crawler.exitcodes import (
    ConfigurationProblem,
    CrawlError,
    DatabaseUnavailable,
    DiskFull,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

BUSY_SECONDS = 60
"""How long a connection waits for another writer of an SQLite file."""


def database_url(text: str, project_dir: Path) -> URL:
    """Read a database URL; a relative SQLite path counts from *project_dir*.

    ``sqlite:///data/kompas.db`` and ``postgresql+psycopg://user@host/name`` are
    the forms in use; a plain ``postgresql://`` is taken for the latter.
    Raises ``ConfigurationProblem``, without showing a password.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ConfigurationProblem(
            "KOMPAS_DATABASE_URL cannot be read as a database URL; "
            "use sqlite:///data/kompas.db or postgresql+psycopg://user@host/name"
        ) from None
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise ConfigurationProblem(
            f"KOMPAS_DATABASE_URL names {url.get_backend_name()!r}; "
            "the archive lives in SQLite or PostgreSQL"
        )
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise ConfigurationProblem(
                "KOMPAS_DATABASE_URL names no file; use sqlite:///data/kompas.db"
            )
        url = url.set(database=str((project_dir / url.database).absolute()))
    return url


def open_engine(url: URL, *, must_exist: bool = False, read_only: bool = False) -> Engine:
    """Return an engine on *url* whose connections are set up for the archive.

    The folder of an SQLite file is made when missing. With *must_exist* a missing
    file is refused, for commands that only read. Raises ``ConfigurationProblem``
    or ``DatabaseUnavailable``.
    """
    try:
        if url.get_backend_name() == "sqlite":
            return _sqlite_engine(url, must_exist=must_exist, read_only=read_only)
        return create_engine(
            url,
            pool_pre_ping=True,
            hide_parameters=True,  # an error would show a page's text
            connect_args={"connect_timeout": 10},
        )
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigurationProblem(
            f"no driver for {url.drivername!r} is installed ({error}); "
            "install it with: pip install -e '.[postgres]'"
        ) from None


def _sqlite_engine(url: URL, *, must_exist: bool, read_only: bool) -> Engine:
    path = Path(str(url.database))
    if not path.exists() and must_exist:
        raise ConfigurationProblem(
            f"there is no archive at {path} yet; fill one with: scrapy crawl kompas"
        )
    if path.is_dir():
        raise ConfigurationProblem(f"the database path is a folder: {path}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationProblem(
            f"cannot make the database's folder {path.parent}: {error.strerror}"
        ) from None
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: Any) -> None:
        # SQLAlchemy's "begin" event opens transactions, so that a write can take
        # the write lock at once: a read that turns into a write fails whatever
        # the busy timeout.
        connection.isolation_level = None
        connection.execute("pragma foreign_keys = on")
        if read_only:
            connection.execute("pragma query_only = on")
        else:
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = full")
            connection.execute("pragma journal_size_limit = 67108864")
        connection.execute("pragma temp_store = memory")
        connection.execute("pragma cache_size = -32768")  # 32 MiB: indexes stay in memory

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        options = connection.get_execution_options()
        mode = "deferred" if options.get("reads_only") or read_only else "immediate"
        connection.exec_driver_sql(f"begin {mode}")

    return engine


# Classes of SQLSTATE that blame what was written, not the server: data, constraints, and
# limits such as the length of an index's row, which psycopg counts as operational.
_OF_A_VALUE = frozenset({"21", "22", "23", "42", "54"})
_FULL = ("database or disk is full", "disk full", "no space left", "could not extend file")


def explained(error: Exception, url: URL) -> CrawlError | None:
    """Turn a driver's error into an end with one line and an exit code, if it is one.

    The line shows the URL with its password masked and nothing of the statement.
    """
    where = url.render_as_string(hide_password=True).split("?")[0]
    text = str(getattr(error, "orig", error)).strip().splitlines()
    first = text[0] if text else type(error).__name__
    if any(sign in first.lower() for sign in _FULL):
        return DiskFull(f"no room left for the archive ({where}); free some and start again")
    if "not a database" in first or "malformed" in first:
        return ConfigurationProblem(f"{where} is not a usable SQLite database: {first}")
    if str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")[:2] in _OF_A_VALUE:
        return None
    if isinstance(error, OperationalError | SaInterfaceError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    ):
        if url.database and f'database "{url.database}" does not exist' in first:
            return DatabaseUnavailable(
                f"there is no database at {where} yet; make it with: createdb {url.database}"
            )
        password = url.password
        shown = first.replace(str(password), "***") if password else first
        return DatabaseUnavailable(f"the database at {where} does not answer: {shown}")
    return None


@contextmanager
def explaining(url: URL) -> Iterator[None]:
    """Raise a driver's errors as the ``CrawlError`` they amount to."""
    try:
        yield
    except DBAPIError as error:
        known = explained(error, url)
        if known is None:
            raise
        raise known from None
