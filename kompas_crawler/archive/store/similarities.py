"""The nearest articles that share a passage with an article and are not copies."""

from collections.abc import Collection, Iterable, Sequence
from itertools import chain

from sqlalchemy import Connection, delete, func, select, tuple_

from kompas_crawler.archive.models import SimilarityRow
from kompas_crawler.archive.sql import chunks, insert_ignore

MOST = 20  # maximum of rows of an article

Pair = tuple[int, int, float, float]
"""Two row ids, the share of the first text in the second, and of the second in the first."""


def of(connection: Connection, ids: Iterable[int]) -> dict[int, list[int]]:
    """Return the articles similar to each of the articles *ids*, the newest first."""
    row, found = SimilarityRow, dict[int, list[int]]()
    query = select(row.article_id, row.other_id).order_by(row.other_id.desc())
    for part in chunks(sorted(set(ids))):
        for id_, other in connection.execute(query.where(row.article_id.in_(part))):
            found.setdefault(id_, []).append(other)
    return found


def replace(connection: Connection, changed: Collection[int], pairs: Sequence[Pair]) -> None:
    """Store the similar *pairs*, after deleting the rows of the articles *changed*."""
    row = SimilarityRow
    for part in chunks(sorted(changed)):
        connection.execute(delete(row).where(row.article_id.in_(part) | row.other_id.in_(part)))
    if not pairs:
        return
    rows = {*pairs, *((other, one, back, share) for one, other, share, back in pairs)}
    names = ("article_id", "other_id", "share", "other_share")
    values = [dict(zip(names, one, strict=True)) for one in sorted(rows)]
    connection.execute(insert_ignore(connection, row), values)
    nearest = (row.share + row.other_share).desc(), row.other_id.desc()
    place = func.row_number().over(partition_by=row.article_id, order_by=nearest).label("place")
    for part in chunks(sorted(set(chain.from_iterable(pair[:2] for pair in pairs)))):
        far = select(row.article_id, row.other_id, place).where(row.article_id.in_(part)).subquery()
        ends = select(far.c.article_id, far.c.other_id).where(far.c.place > MOST)
        connection.execute(delete(row).where(tuple_(row.article_id, row.other_id).in_(ends)))
