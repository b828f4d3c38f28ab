"""Opening the database: SQLite by default, PostgreSQL by URL."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import InterfaceError as SaInterfaceError

from kompas_crawler.exitcodes import ConfigurationProblem, CrawlError, DatabaseUnavailable, DiskFull
from kompas_crawler.log.masking import is_ambiguous, masker
from kompas_crawler.project import how_to_install

BUSY_SECONDS = 60  # how long a connection waits for another writer of an SQLite file


class DatabaseLost(DatabaseUnavailable):
    """The database is damaged, or its file was deleted: retrying does not help."""


def database_url(text: str, project_dir: Path) -> URL:
    """Parse a database URL; a relative SQLite path is relative to *project_dir*.

    Accepts ``sqlite:///data/kompas.db``, ``postgresql+psycopg://user@host/name`` and
    ``postgresql://``. Raises ``ConfigurationProblem``, without a password.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        use = "use sqlite:///data/kompas.db or postgresql+psycopg://user@host/name"
        raise ConfigurationProblem(f"KOMPAS_DATABASE_URL is not a database URL; {use}") from None
    if url.drivername.startswith("postgres"):
        url = url.set(drivername="postgresql+psycopg")
    backend, only = url.get_backend_name(), "only SQLite and PostgreSQL are supported"
    if backend not in ("sqlite", "postgresql"):
        raise ConfigurationProblem(f"KOMPAS_DATABASE_URL names {backend!r}; {only}")
    if backend == "postgresql" and is_ambiguous(text):
        write = "in a password, and after it, write @ as %40 and ? as %3F"
        raise ConfigurationProblem(f"KOMPAS_DATABASE_URL is ambiguous: {write}")
    if backend == "sqlite":
        if not url.database or url.database == ":memory:" or "?" in text:
            use = "use sqlite:///data/kompas.db, with ? in a path as %3F"
            raise ConfigurationProblem(f"KOMPAS_DATABASE_URL does not name a file alone; {use}")
        url = URL.create("sqlite", database=str((project_dir / url.database).absolute()))
    return url


def open_engine(
    url: URL, *, must_exist: bool = False, read_only: bool = False, wait: float | None = None
) -> Engine:
    """Return an engine on *url* whose connections are set up for the archive.

    Creates the folder of an SQLite file, unless *must_exist*; *wait* replaces ``BUSY_SECONDS``.
    Raises ``ConfigurationProblem`` or ``DatabaseUnavailable``.
    """
    try:
        if url.get_backend_name() == "sqlite":
            return _sqlite_engine(url, must_exist=must_exist, read_only=read_only, wait=wait)
        engine = create_engine(
            url,
            pool_pre_ping=True,
            hide_parameters=True,  # an error would show a page's text
            connect_args={"connect_timeout": 10},
        )
    except ModuleNotFoundError as error:
        why = f"no driver for {url.drivername!r} is installed ({error}); install it with: "
        raise ConfigurationProblem(why + how_to_install("postgres")) from None

    @event.listens_for(engine, "handle_error")
    def _leave(context: ExceptionContext) -> None:
        # Reconnect: after a failover a new session may find the writable server.
        if _state(context.original_exception).startswith(_OF_THE_SERVER):
            context.is_disconnect = True

    return engine


@contextmanager
def opened(url: URL, **options: Any) -> Iterator[Engine]:
    """The engine of ``open_engine``, disposed of at the end."""
    engine = open_engine(url, **options)
    try:
        yield engine
    finally:
        engine.dispose()


def _sqlite_engine(url: URL, *, must_exist: bool, read_only: bool, wait: float | None) -> Engine:
    path = Path(str(url.database))
    _make_room(path, must_exist=must_exist)
    timeout = BUSY_SECONDS if wait is None else wait
    engine = create_engine(
        immutable(url, path) if read_only else url,
        hide_parameters=True,
        connect_args={"timeout": timeout, "check_same_thread": False},
    )
    _FILES[engine] = path, None

    @event.listens_for(engine, "do_connect")
    def _before(*_: Any) -> None:
        check_file(engine)  # else SQLite would create a new, empty file

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: Any) -> None:
        check_file(engine)
        # "begin" below takes the write lock at once: a read that became a write would not wait.
        connection.isolation_level = None
        for pragma in ("foreign_keys = on", *(_READING if read_only else _WRITING)):
            connection.execute(f"pragma {pragma}")
        if not read_only and connection.execute(_OURS).fetchone() != (0,):
            connection.execute("pragma journal_mode = wal")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        check_file(engine)
        options = connection.get_execution_options()
        mode = "deferred" if options.get("reads_only") or read_only else "immediate"
        connection.exec_driver_sql(f"begin {mode}")

    return engine


_READING = (
    "query_only = on",
    "cache_size = -8192",  # more makes large sorts slower
)
_OURS = "select max(name = 'frontier') from sqlite_master"  # 0 for a file of another program
_WRITING = (
    "synchronous = full",
    "journal_size_limit = 67108864",
    "secure_delete = on",  # overwrites deleted rows; the default differs between builds. 2 % CPU
    "temp_store = memory",
    "cache_size = -32768",  # 32 MiB, enough for the indexes
)


def _make_room(path: Path, *, must_exist: bool) -> None:
    """Make the folder of an SQLite file that need not exist; raise ``ConfigurationProblem``."""
    try:
        if not path.exists() and must_exist:
            line = f"there is no archive at {path} yet; fill one with: scrapy crawl kompas"
            demo = path.with_name("demo.db")
            if demo.exists():
                line += f"; that of the demo is KOMPAS_DATABASE_URL=sqlite:///{demo.as_posix()}"
            raise ConfigurationProblem(line)
        if path.is_dir():
            raise ConfigurationProblem(f"the database path is a folder: {path}")
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = f"the database's folder {path.parent} cannot be used: {error.strerror}"
        raise ConfigurationProblem(why) from None


def immutable(url: URL, path: Path) -> URL:
    """Return *url* for a file without a log in a folder where SQLite can make no index of one."""
    log = Path(f"{path}-wal")
    if os.access(path.parent, os.W_OK) or (log.exists() and log.stat().st_size):
        return url
    return url.set(database=path.as_uri(), query={"immutable": "1", "uri": "true"})


def _identity(path: Path) -> tuple[int, int] | None:
    """Return device and inode of the file at *path*, ``None`` if it is not accessible."""
    with suppress(OSError):
        found = os.stat(path)  # noqa: PTH116 - faster, called once per transaction
        return found.st_dev, found.st_ino
    return None


# The path of each engine's file, and the identity of the file that was opened first.
_FILES: WeakKeyDictionary[Engine, tuple[Path, tuple[int, int] | None]] = WeakKeyDictionary()


def check_file(engine: Engine) -> None:
    """Raise SQLite's error for a moved database if the file of *engine* was replaced or deleted.

    Call after a commit: a commit to a deleted file is lost and must not be reported as stored.
    """
    if engine not in _FILES:
        return
    path, opened = _FILES[engine]
    found = _identity(path)
    if opened is not None and found != opened:
        moved = sqlite3.OperationalError("the file was deleted or replaced")
        moved.sqlite_errorcode = sqlite3.SQLITE_READONLY_DBMOVED
        raise OperationalError(None, None, moved)
    _FILES[engine] = path, found


# SQLSTATE classes of invalid data, and limits, for which psycopg raises OperationalError.
_OF_A_VALUE = ("21", "22", "23", "42", "54")
# And of the server: connection, resources, shutdown, files, damage, read-only or timed out.
_OF_THE_SERVER = ("08", "53", "57", "58", "F0", "XX", "25006", "25P03", "25P04")
_DISK_FULL, _DENIED = "53100", "42501"
_FULL = ("database or disk is full", "disk full", "no space left", "could not extend file")


def explained(error: Exception, url: URL, *, in_use: bool = False) -> CrawlError | None:
    """Turn a driver's error into a ``CrawlError``; ``None`` for an error of the program.

    The message masks the password and omits the statement. With *in_use* the database worked
    before: a file that is not a database is then a damaged one.
    """
    whole = url.render_as_string(hide_password=False)
    mask = masker(whole)
    where = mask(whole).split("?")[0]
    cause = getattr(error, "orig", error)
    first = [*str(cause).strip().splitlines(), type(error).__name__][0]
    state = _state(cause)
    if state == _DENIED:
        return ConfigurationProblem(f"{where}: {mask(first)}; give the user this right")
    if state.startswith(_OF_A_VALUE):
        return None
    if "invalid connection option" in first:
        return ConfigurationProblem(f"{where}: {mask(first)}; correct the address of the database")
    no_index = getattr(cause, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_SHMSIZE  # of the log
    if no_index or state == _DISK_FULL or any(sign in first.lower() for sign in _FULL):
        return DiskFull(f"the disk of the archive is full ({where}); free space and start again")
    if lost := _lost(cause, first, where, in_use=in_use):
        return lost
    if (
        state.startswith(_OF_THE_SERVER)
        or isinstance(error, OperationalError | SaInterfaceError)
        or (isinstance(error, DBAPIError) and error.connection_invalidated)
    ):
        if url.database and f'database "{url.database}" does not exist' in first:
            return DatabaseUnavailable(
                f"there is no database at {where} yet; create it with: createdb {url.database}"
            )
        does = "does not answer" if state[:2] in ("", "08", "57") else "does not work"
        return DatabaseUnavailable(f"the database at {where} {does}: {mask(first)}")
    return None


def _state(cause: object) -> str:
    return str(getattr(cause, "sqlstate", None) or "")


def _lost(cause: object, first: str, where: str, *, in_use: bool) -> CrawlError | None:
    """Return the error for an SQLite file that is moved, damaged, read-only or not a database."""
    code = getattr(cause, "sqlite_errorcode", 0)
    if code == sqlite3.SQLITE_READONLY_DBMOVED:
        do = "restore it and run the same command again"
        return DatabaseLost(f"{where} was deleted or replaced while it was in use; {do}")
    kind = code & 0xFF
    if kind == sqlite3.SQLITE_CORRUPT or (kind == sqlite3.SQLITE_NOTADB and in_use):
        return DatabaseLost(f"{where} is damaged ({first}); check it with: scrapy doctor")
    if kind == sqlite3.SQLITE_READONLY:
        return ConfigurationProblem(f"{where} is not writable; correct its permissions")
    if kind == sqlite3.SQLITE_CANTOPEN and not in_use:
        return ConfigurationProblem(f"{where} cannot be opened; check its permissions")
    if kind == sqlite3.SQLITE_NOTADB:
        return ConfigurationProblem(f"{where} is not a usable SQLite database: {first}")
    return None


@contextmanager
def explaining(url: URL) -> Iterator[None]:
    """Turn a driver's errors into ``CrawlError``, see ``explained``."""
    try:
        yield
    except DBAPIError as error:
        known = explained(error, url)
        if known is None:
            raise
        raise known from None
