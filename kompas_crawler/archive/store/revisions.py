"""Store pages older than the current record as revisions, inside the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from kompas_crawler.archive.changes import OLDER_PAGE, REPARSE
from kompas_crawler.archive.models import ArticleRow, RevisionRow
from kompas_crawler.archive.store import records
from kompas_crawler.archive.store.records import Changed
from kompas_crawler.items import FetchedArticle

_hashes = itemgetter("content_hash", "details_hash")


def add_revision(
    connection: Connection, article: FetchedArticle, *, run_id: int | None, now: datetime
) -> int | None:
    """Insert the record of an older page into the revisions, in order of capture.

    Returns the new number of the current text, or ``None`` if the record is known: it equals the
    next or the previous one, or an earlier reading of its page.
    """
    row = ArticleRow
    current = select(row.id, row.content_hash, row.details_hash).where(row.key == article.id)
    article_id, text, details = connection.execute(current).one()
    rows = select(RevisionRow.__table__).where(RevisionRow.article_id == article_id)
    before = [dict(row) for row in connection.execute(rows.order_by(RevisionRow.id)).mappings()]
    entry = {
        "article_id": article_id,
        "record": records.encode(article),
        "content_hash": article.content_hash,
        "details_hash": records.details_hash(article),
        "fetched_at": article.fetched_at,
        "replaced_at": now,
        "reason": OLDER_PAGE,
        "run_id": run_id,
    }
    after = _with_entry(before, entry, (text, details))
    if len(after) == len(before):
        return None
    connection.execute(delete(RevisionRow).where(RevisionRow.article_id == article_id))
    number, values = 1, []
    following = [*after[1:], {"content_hash": text}]
    for one, later in zip(after, following, strict=True):
        is_text = one["content_hash"] != later["content_hash"]
        values.append({k: v for k, v in one.items() if k != "id"})
        values[-1] |= {"number": number, "kind": Changed.TEXT if is_text else Changed.DETAILS}
        number += is_text
    connection.execute(insert(RevisionRow), values)
    connection.execute(update(row).where(row.id == article_id).values(revision=number))
    return number


def _is_equal(one: tuple[str, str | None], other: tuple[str, str | None]) -> bool:
    """Whether two records are equal; older versions did not keep a digest of details."""
    return one[0] == other[0] and (one[1] == other[1] or None in (one[1], other[1]))


def _with_entry(
    rows: Sequence[dict[str, Any]], entry: dict[str, Any], current: tuple[str, str | None]
) -> list[dict[str, Any]]:
    """Insert *entry* into *rows* by time, unless its record equals one of its page or beside it.

    No row is removed: ``as_of`` needs it. Those of the same page that were current are marked as
    ``REPARSE``: such rows are not records of the site. *current* is the record after the last row.
    """
    at = entry["fetched_at"]
    of_page = [row for row in rows if row["fetched_at"] == at]
    reread = {row["id"] for row in of_page if row["reason"] != OLDER_PAGE}
    rows = [row | {"reason": REPARSE} if row["id"] in reread else row for row in rows]
    place = sum(row["fetched_at"] is None or row["fetched_at"] <= at for row in rows)
    earlier, later = (
        [_hashes(row) for row in part if row["reason"] != REPARSE]
        for part in (rows[:place], rows[place:])
    )
    beside = [*earlier[-1:], *map(_hashes, of_page), [*later, current][0]]
    is_repeat = any(_is_equal(_hashes(entry), one) for one in beside)
    return [*rows[:place], *(() if is_repeat else (entry,)), *rows[place:]]
