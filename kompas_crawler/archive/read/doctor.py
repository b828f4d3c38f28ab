"""Check the database: reachable, of a known schema, undamaged, on a local disk."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from sqlalchemy import Connection, func, select
from sqlalchemy.engine import URL

from kompas_crawler.archive import runs, schema
from kompas_crawler.archive.database import DatabaseLost, explaining, opened
from kompas_crawler.archive.models import RunRow
from kompas_crawler.exitcodes import ConfigurationProblem
from kompas_crawler.log.bar import bar

LARGE = 128 << 20  # bytes of a database that only ``scrapy doctor --full`` checks
NETWORK_DRIVES = frozenset(  # on which SQLite's write-ahead log does not work
    {"9p", "afs", "cifs", "drvfs", "fuse.sshfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"}
)


def describe(url: URL, mirror: str | None) -> str:
    """Describe the database in one line; raise a ``CrawlError`` if it is unusable.

    An archive of the live site is unusable for a *mirror*, and the reverse.
    """
    shown = url.render_as_string(hide_password=True).split("?")[0]
    path = file_of(url)
    if path is not None and not path.exists():
        return f"{shown} does not exist yet; the first crawl creates it"
    with reading(url) as connection:
        found = schema.current(connection)
        if found is None:
            return f"{shown} is empty; the first crawl creates the tables"
        if found == schema.HEAD:
            runs.refuse_mixing(connection, mirror)
            may_write = select(func.has_table_privilege(RunRow.__tablename__, "insert"))
            if path is None and not connection.scalar(may_write):
                raise ConfigurationProblem(f"{shown}: the user may only read; a crawl must write")
            return f"{shown}, schema {found}"
        schema.refuse_foreign(found)
        return f"{shown}, schema {found}; the next crawl upgrades it to {schema.HEAD}"


def starts(url: URL) -> Sequence[datetime | None] | None:
    """Return when the first run of an archive began, which tells archives apart, and the last."""
    with reading(url) as connection:
        if schema.current(connection) is None:
            return None
        ends = select(func.min(RunRow.started_at), func.max(RunRow.started_at))
        return connection.execute(ends).one()


@contextmanager
def reading(url: URL) -> Iterator[Connection]:
    """A connection to the database of *url*, read-only."""
    options = {"must_exist": True, "read_only": True}
    with opened(url, **options) as engine, explaining(url), engine.connect() as connection:
        yield connection


def damage(url: URL) -> str | None:
    """Return the first error that SQLite's ``quick_check`` finds, or ``None``.

    It reads the whole file, in a daemon thread: before SQLite 3.41 it cannot be interrupted, and
    Ctrl-C must still end the command.
    """
    answers: SimpleQueue[str | Exception] = SimpleQueue()

    def check() -> None:
        try:
            with reading(url) as connection:
                answers.put(connection.exec_driver_sql("pragma quick_check(1)").scalar_one())
        except Exception as error:  # noqa: BLE001 - raised by the caller's thread
            answers.put(error)

    Thread(target=check, daemon=True).start()
    with bar("checking", None):
        found = answers.get()
    if isinstance(found, DatabaseLost):
        return "SQLite cannot read it"
    if isinstance(found, Exception):
        raise found
    lines = [line for line in found.splitlines() if not line.startswith("***")]
    return None if lines == ["ok"] else lines[0]


def file_of(url: URL) -> Path | None:
    """Return the file of an SQLite archive, else ``None``."""
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def existing_parent(path: Path) -> Path:
    """Return *path*, or its nearest parent that exists."""
    return next((one for one in (path, *path.parents) if one.exists()), path)


def free_bytes(path: Path) -> int:
    """Return the free space on the disk of *path*."""
    return shutil.disk_usage(existing_parent(path)).free


def file_system(path: Path, mounts: Path = Path("/proc/mounts")) -> str | None:
    """Return the type of the file system of *path*, ``None`` if unknown."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    place = existing_parent(path).resolve()
    found = (0, "")
    for line in lines:
        _, mounted, kind, *_ = line.split(" ")
        at = Path(mounted.encode().decode("unicode_escape"))
        # A later mount at the same path hides an earlier one.
        if place.is_relative_to(at) and len(at.parts) >= found[0]:
            found = (len(at.parts), kind)
    return found[1] or None
