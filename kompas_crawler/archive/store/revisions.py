"""Store pages older than the current text as revisions, inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from kompas_crawler.archive.changes import OLDER_PAGE, REPARSE
from kompas_crawler.archive.models import ArticleRow, RevisionRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from kompas_crawler.items import FetchedArticle


def add_revision(
    connection: Connection, article: FetchedArticle, *, run_id: int | None, now: datetime
) -> int | None:
    """Insert the text of an older page into the revisions, in order of capture.

    Returns the new number of the current text, or ``None`` if the text equals the next or the
    previous one. A revision of the same page is replaced.
    """
    assert article.fetched_at is not None
    article_id, current_hash = connection.execute(
        select(ArticleRow.id, ArticleRow.content_hash).where(ArticleRow.key == article.id)
    ).one()
    rows = connection.execute(
        select(RevisionRow.__table__)
        .where(RevisionRow.article_id == article_id)
        .order_by(RevisionRow.number)
    )
    before = [dict(row) for row in rows.mappings()]
    entry = {
        "article_id": article_id,
        "title": article.title or "",
        "summary": article.summary,
        "body": "\n\n".join(article.body),
        "tags": list(article.tags),
        "content_hash": article.content_hash,
        "fetched_at": article.fetched_at,
        "replaced_at": now,
        "reason": OLDER_PAGE,
        "run_id": run_id,
    }
    after = _without_repeats(_with_entry(before, entry), current_hash)
    if [row["content_hash"] for row in after] == [row["content_hash"] for row in before]:
        return None
    connection.execute(delete(RevisionRow).where(RevisionRow.article_id == article_id))
    values = [
        {name: value for name, value in row.items() if name != "id"} | {"number": number}
        for number, row in enumerate(after, start=1)
    ]
    if values:
        connection.execute(insert(RevisionRow), values)
    connection.execute(
        update(ArticleRow).where(ArticleRow.id == article_id).values(revision=len(after) + 1)
    )
    return len(after) + 1


def _with_entry(rows: Sequence[dict[str, Any]], entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Insert *entry* into *rows* by time; it replaces a row of the same page."""
    at = entry["fetched_at"]
    for nth, row in enumerate(rows):
        if row["fetched_at"] == at and row["reason"] != REPARSE:
            same = {name: row[name] for name in ("reason", "replaced_at")}
            return [*rows[:nth], entry | same, *rows[nth + 1 :]]
    place = sum(row["fetched_at"] is None or row["fetched_at"] < at for row in rows)
    return [*rows[:place], entry, *rows[place:]]


def _without_repeats(rows: Sequence[dict[str, Any]], current_hash: str) -> list[dict[str, Any]]:
    """Drop *rows* whose text equals the next one, or for the last the current text.

    Revisions by ``REPARSE`` are not texts of the site: they stay, and are skipped here.
    """
    found: list[dict[str, Any]] = []
    following = current_hash
    for row in reversed(rows):
        is_reparsed = row["reason"] == REPARSE
        if is_reparsed or row["content_hash"] != following:
            found.append(row)
        if not is_reparsed:
            following = row["content_hash"]
    return found[::-1]
