"""Keep the status and the original of articles before they change."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, literal, select, update

from kompas_crawler.archive.models import ArticleRow, StateRow
from kompas_crawler.archive.sql import chunks, insert_ignore


def keep(
    connection: Connection, ids: Collection[int], now: datetime, *only: ColumnElement[bool]
) -> None:
    """Record the present states of the articles *ids*, which change *now*.

    Of several changes at one time the first counts. *only* are further conditions.
    """
    for part in chunks(sorted(ids)):
        row = ArticleRow
        until = literal(now, StateRow.until_at.type)
        query = select(row.id, until, row.status, row.duplicate_of)
        query = query.where(row.id.in_(part), row.added_at < now, *only)
        names = ("article_id", "until_at", "status", "duplicate_of")
        connection.execute(insert_ignore(connection, StateRow).from_select(names, query))
        connection.execute(update(row).where(row.id.in_(part), *only).values(stored_at=now))


def mark_gone(connection: Connection, keys: Collection[str], now: datetime) -> None:
    """Mark the articles *keys* as deleted on the site; their texts stay."""
    row = ArticleRow
    for part in chunks(sorted(keys)):
        live = select(row.id).where(row.key.in_(part), row.status == "live")
        ids = connection.scalars(live).all()
        keep(connection, ids, now)
        connection.execute(update(row).where(row.id.in_(ids)).values(status="gone"))
