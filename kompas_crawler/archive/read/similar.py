"""The copies of an article, and the articles that share a passage with it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import aliased

from kompas_crawler.archive.models import ArticleRow, SimilarityRow
from kompas_crawler.archive.read.export import CHUNK, Filters, matching
from kompas_crawler.archive.sql import chunks
from kompas_crawler.archive.store import duplicates, sketch
from kompas_crawler.archive.store.similarities import MOST


class Alike(NamedTuple):
    """An article like another, and the shares of their runs of three words in common, 0 to 1.

    ``share`` is that of the article asked for; ``reason`` is ``None`` if it is not a copy.
    """

    key: str
    title: str
    published_at: datetime
    share: float
    other_share: float
    reason: str | None = None


def copies(connection: Connection, key: str) -> Iterator[Alike]:
    """Yield the copies of the article *key*, its original first, then the oldest."""
    row = ArticleRow
    asked = select(row.body, row.duplicate_of, row.duplicate_reason).where(row.key == key)
    one = connection.execute(asked).one()
    text = sketch.read([one.body])
    columns = select(row.key, row.title, row.published_at, row.body, row.duplicate_reason)
    same = columns.where(duplicates.is_copy(key, one.duplicate_of, one.duplicate_reason))
    first = (row.key != (one.duplicate_of or ""), row.key)
    for other in connection.execute(same.order_by(*first)):
        compared = sketch.read([other.body])
        reason = one.duplicate_reason if other.key == one.duplicate_of else other.duplicate_reason
        shares = sketch.share(text, compared), sketch.share(compared, text)
        yield Alike(*other[:3], *shares, reason)


def similar(connection: Connection, key: str, limit: int = MOST) -> list[Alike]:
    """Return the articles similar to the article *key* that are not copies, the nearest first."""
    row, one, other = SimilarityRow, aliased(ArticleRow), aliased(ArticleRow)
    original = func.coalesce(one.duplicate_of, one.key)
    found = connection.execute(
        select(other.key, other.title, other.published_at, row.share, row.other_share)
        .join(one, one.id == row.article_id)
        .join(other, other.id == row.other_id)
        .where(one.key == key, func.coalesce(other.duplicate_of, other.key) != original)
        .order_by((row.share + row.other_share).desc(), other.key)
        .limit(limit)
    )
    return [Alike(*values) for values in found]


def pairs(
    connection: Connection, ids: Sequence[int], filters: Filters
) -> Iterator[tuple[str, str, float]]:
    """Yield source, target and the source's share of similar articles of an export."""
    row, one, other = SimilarityRow, aliased(ArticleRow), aliased(ArticleRow)
    query = (
        select(one.key, other.key, row.share)
        .join(one, one.id == row.article_id)
        .join(other, other.id == row.other_id)
        .where(row.other_id.in_(matching(connection, filters).with_only_columns(ArticleRow.id)))
        .order_by(one.key, other.key)
    )
    for part in chunks(ids, CHUNK):
        yield from connection.execute(query.where(row.article_id.in_(part)))
