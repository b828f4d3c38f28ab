"""Copy an SQLite archive consistently, also during a crawl."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from kompas_crawler.exitcodes import ConfigurationProblem, DatabaseUnavailable, DiskFull

if TYPE_CHECKING:
    from sqlalchemy.engine import URL


def copy_into(url: URL, path: Path) -> None:
    """Copy the archive at *url* to the new file *path*.

    Raises ``ConfigurationProblem`` for an archive on PostgreSQL.
    """
    if url.get_backend_name() != "sqlite":
        raise ConfigurationProblem(
            "only an SQLite archive can be copied; this one is on PostgreSQL"
        )
    source = Path(str(url.database)).as_uri()
    try:
        with closing(sqlite3.connect(f"{source}?mode=ro", uri=True, timeout=60)) as connection:
            connection.execute("vacuum into ?", [str(path)])
    except sqlite3.OperationalError as error:
        path.unlink(missing_ok=True)
        if "full" in str(error):
            raise DiskFull(f"the disk is full, no copy was made at {path.parent}") from None
        raise DatabaseUnavailable(f"copying the archive failed: {error}") from None
