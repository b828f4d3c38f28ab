"""Articles as the archive had them at an earlier time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select, union

from kompas_crawler.archive import stored_articles
from kompas_crawler.archive.changes import OLDER_PAGE
from kompas_crawler.archive.models import ArticleRow, RevisionRow, StateRow
from kompas_crawler.archive.store import records
from kompas_crawler.archive.store.records import Changed
from kompas_crawler.items import StoredArticle


def was_there(at: datetime) -> ColumnElement[bool]:
    """Whether an article was stored at the time *at*."""
    return ArticleRow.added_at <= at


def changed_since(at: datetime) -> Select[int]:
    """Select the row ids of the articles that differ from what they were at the time *at*."""
    both = union(
        select(RevisionRow.article_id).where(RevisionRow.replaced_at > at),
        select(StateRow.article_id).where(StateRow.until_at > at),
    )
    return select(both.subquery().c.article_id)


def by_ids(connection: Connection, ids: Sequence[int], at: datetime) -> list[StoredArticle]:
    """Load the articles with the row ids *ids* (some hundreds) as they were at the time *at*."""
    former: dict[int, Any] = {}
    added_later: dict[int, int] = {}  # texts older than the stored one, found after that time
    is_later = (RevisionRow.article_id.in_(ids), RevisionRow.replaced_at > at)
    later = select(RevisionRow.__table__).where(*is_later)
    for row in connection.execute(later.order_by(RevisionRow.id)):
        if row.reason != OLDER_PAGE:
            former.setdefault(row.article_id, row)
        elif row.kind == Changed.TEXT and row.article_id not in former:
            added_later[row.article_id] = added_later.get(row.article_id, 0) + 1
    later_states = select(StateRow.__table__).where(StateRow.article_id.in_(ids))
    later_states = later_states.where(StateRow.until_at > at).order_by(StateRow.until_at.desc())
    states = {row.article_id: row for row in connection.execute(later_states)}
    found = []
    for id_, article in zip(ids, stored_articles.by_ids(connection, ids), strict=True):
        if id_ in former:
            was = former[id_]
            then = replace(article, revision=was.number, fetched_at=was.fetched_at)
            article = records.decode(was.record, then)
        if newer := added_later.get(id_):
            article = replace(article, revision=(article.revision or 1) - newer)
        if id_ in states:
            was = states[id_]
            article = replace(article, status=was.status, duplicate_of=was.duplicate_of)
        found.append(article)
    return found
