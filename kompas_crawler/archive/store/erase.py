"""Leaving no byte of removed words in the file of an SQLite archive."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

from kompas_crawler.exitcodes import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

STEP = 2000
"""Pages of the full-text index written in one transaction: a fraction of a second."""
VACUUM = ("pragma temp_store = file", "vacuum")
"""Writes the file anew; its copy has no room in memory."""


def erase(engine: Engine) -> Iterator[None]:
    """Write the full-text index and the file of an SQLite archive anew, and empty its log.

    Else removed words stay in the index until chance merges it, and in pages that were freed
    before ``secure_delete`` was set. It may be left after any step: the next ``erase`` goes on.
    Raises ``OperationalError``, or ``DatabaseUnavailable`` where another program's reading keeps
    the log. Nothing to do on PostgreSQL.
    """
    if engine.dialect.name != "sqlite":
        return
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        merge = "insert into article_words (article_words, rank) values ('merge', ?)"
        pages = -STEP  # below 0: all of the index is to be merged into one
        while True:
            before = raw.total_changes
            cursor.execute(merge, (pages,))
            raw.commit()
            if pages > 0 and raw.total_changes - before < 2:
                break
            pages = STEP
            yield
        raw.set_progress_handler(lambda: None, 100_000)  # where Python looks for Ctrl-C
        for statement in VACUUM:
            cursor.execute(statement)
        if cursor.execute("pragma wal_checkpoint(truncate)").fetchone()[0]:
            raise DatabaseUnavailable("another program reads the archive, which keeps its log")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise KeyboardInterrupt from None
        raise OperationalError(None, None, error) from None
    finally:
        raw.invalidate()  # its settings are for here alone
