"""Overwrite the bytes of removed texts in an SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from kompas_crawler.exitcodes import DatabaseUnavailable

STEP = 2000
"""Pages of the full-text index per transaction: a fraction of a second."""
VACUUM = ("pragma temp_store = file", "vacuum")
"""Rewrites the file; its copy may not fit in memory."""


def erase(engine: Engine) -> Iterator[None]:
    """Rewrite the full-text index and the file of an SQLite archive, and truncate its WAL.

    Else removed words stay in the index until a merge, and in pages freed before
    ``secure_delete`` was set. May be stopped after any step and called again. Raises
    ``OperationalError``, or ``DatabaseUnavailable`` if a reader blocks the WAL. No-op on
    PostgreSQL.
    """
    if engine.dialect.name != "sqlite":
        return
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        merge = "insert into article_words (article_words, rank) values ('merge', ?)"
        pages = -STEP  # negative: merge the whole index into one segment
        while True:
            before = raw.total_changes
            cursor.execute(merge, (pages,))
            raw.commit()
            if pages > 0 and raw.total_changes - before < 2:
                break
            pages = STEP
            yield
        raw.set_progress_handler(lambda: None, 100_000)  # lets Python handle Ctrl-C
        for statement in VACUUM:
            cursor.execute(statement)
        if cursor.execute("pragma wal_checkpoint(truncate)").fetchone()[0]:
            raise DatabaseUnavailable("another program reads the archive and blocks its log")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise KeyboardInterrupt from None
        raise OperationalError(None, None, error) from None
    finally:
        raw.invalidate()  # discards its pragmas and progress handler
