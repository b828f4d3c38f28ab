"""Whether a database can hold the archive: reachable, of a schema we know, on a disk of its own."""

from __future__ import annotations

import shutil
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from kompas_crawler.archive import schema
from kompas_crawler.archive.database import DatabaseLost, explaining, open_engine
from kompas_crawler.archive.models import RunRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import URL

NETWORK_DRIVES = frozenset(
    {"9p", "afs", "cifs", "drvfs", "fuse.sshfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"}
)
"""File systems on which SQLite's write-ahead log does not work: several machines may share them."""


def describe(url: URL) -> str:
    """One line on the database; raises a ``CrawlError`` when it cannot be used."""
    shown = url.render_as_string(hide_password=True).split("?")[0]
    if file_of(url) is not None and not _exists(url):
        return f"{shown} does not exist yet; the first crawl makes it"
    engine = open_engine(url, must_exist=True, read_only=True)
    try:
        with explaining(url), engine.connect() as connection:
            found = schema.current(connection)
            if found is None:
                return f"{shown} is empty; the first crawl fills it"
            if found == schema.HEAD:
                return f"{shown}, schema {found}"
            schema.refuse_foreign(found)
            return f"{shown}, schema {found}; the next crawl brings it to {schema.HEAD}"
    finally:
        engine.dispose()


def last_start(url: URL) -> datetime | None:
    """When the last run began, or ``None``; for comparing clocks."""
    if file_of(url) is not None and not _exists(url):
        return None
    engine = open_engine(url, must_exist=True, read_only=True)
    try:
        with explaining(url), engine.connect() as connection:
            if schema.current(connection) is None:
                return None
            return connection.scalar(select(func.max(RunRow.started_at)))
    finally:
        engine.dispose()


def damage(url: URL) -> str | None:
    """The first thing that ``quick_check`` finds wrong with an SQLite archive, or ``None``.

    It reads the whole file, in a thread of its own: SQLite before 3.41 cannot be interrupted
    here, so Ctrl-C leaves the thread behind, which ends with the process.
    """
    answers: SimpleQueue[str | Exception] = SimpleQueue()

    def check() -> None:
        engine = open_engine(url, must_exist=True, read_only=True)
        try:
            with explaining(url), engine.connect() as connection:
                answers.put(connection.exec_driver_sql("pragma quick_check(1)").scalar_one())
        except Exception as error:  # noqa: BLE001 - handed to whoever waits for it
            answers.put(error)
        finally:
            engine.dispose()

    Thread(target=check, daemon=True).start()
    found = answers.get()
    if isinstance(found, DatabaseLost):
        return "SQLite cannot read it"
    if isinstance(found, Exception):
        raise found
    lines = [line for line in found.splitlines() if not line.startswith("***")]
    return None if lines == ["ok"] else lines[0]


def file_of(url: URL) -> Path | None:
    """The file of an SQLite archive."""
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def _exists(url: URL) -> bool:
    path = file_of(url)
    return path is not None and path.exists()


def standing(path: Path) -> Path:
    """*path*, or the nearest folder above it that exists."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def free_bytes(path: Path) -> int:
    """Room on the disk of *path*."""
    return shutil.disk_usage(standing(path)).free


def file_system(path: Path, mounts: Path = Path("/proc/mounts")) -> str | None:
    """The type of the file system that *path* lies on, or ``None`` where it cannot be told."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    place = standing(path).resolve()
    found: tuple[int, str] | None = None
    for line in lines:
        _, mounted, kind, *_ = line.split(" ")
        at = Path(mounted.encode().decode("unicode_escape"))
        # Of equals the later mount lies on top.
        if place.is_relative_to(at) and (found is None or len(at.parts) >= found[0]):
            found = (len(at.parts), kind)
    return found[1] if found else None
