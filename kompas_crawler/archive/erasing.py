"""Leaving no byte of removed words in the file of an SQLite archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

STEP = 2000
"""Pages of the full-text index written in one transaction: a fraction of a second."""


def erase(engine: Engine) -> Iterator[None]:
    """Write the full-text index of an SQLite archive anew, step by step, and empty its log.

    Else removed words stay in its pages until chance merges them. It may be left after
    any step: the next ``erase`` goes on. Nothing to do on PostgreSQL.
    """
    if engine.dialect.name != "sqlite":
        return
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("pragma secure_delete = on")
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
        # A reader at work may keep the log; the next checkpoint empties it then.
        cursor.execute("pragma wal_checkpoint(truncate)")
    finally:
        raw.close()
