"""Copy an SQLite archive consistently, also during a crawl."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL

from kompas_crawler.archive.database import immutable
from kompas_crawler.exitcodes import DatabaseUnavailable, DiskFull


def copy_into(url: URL, path: Path, note: Callable[[], int | None] = lambda: None) -> None:
    """Copy the SQLite archive at *url* to the new file *path*, and call *note* now and then."""
    source = Path(str(url.database))
    fixed = "" if immutable(url, source) is url else "&immutable=1"
    name = f"{source.as_uri()}?mode=ro{fixed}"
    try:
        with closing(sqlite3.connect(name, uri=True, timeout=60)) as connection:
            connection.set_progress_handler(note, 100_000)  # also lets Python handle Ctrl-C
            connection.execute("vacuum into ?", [str(path)])
    except sqlite3.Error as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise KeyboardInterrupt from None
        if "full" in str(error):
            raise DiskFull(f"the disk is full, no copy was made at {path.parent}") from None
        raise DatabaseUnavailable(f"copying the archive failed: {error}") from None
