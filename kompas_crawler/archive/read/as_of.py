"""Articles as the archive had them at an earlier time."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, select, union

from kompas_crawler.archive import stored_articles
from kompas_crawler.archive.changes import OLDER_PAGE
from kompas_crawler.archive.models import ArticleRow, RevisionRow, StateRow
from kompas_crawler.archive.store import records
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


def by_ids(connection: Connection, ids: Sequence[int], at: datetime) -> Iterator[StoredArticle]:
    """Yield the articles with the row ids *ids* (some hundreds) as they were at the time *at*."""
    row = RevisionRow
    later_record = case((row.replaced_at > at, row.record)).label("record")
    columns = row.article_id, row.number, row.reason, row.content_hash, row.fetched_at
    revisions = select(*columns, row.replaced_at, later_record).where(row.article_id.in_(ids))
    former: dict[int, list[Any]] = {id_: [] for id_ in ids}
    for one in connection.execute(revisions.order_by(row.id)):
        former[one.article_id].append(one)
    later_states = select(StateRow.__table__).where(StateRow.article_id.in_(ids))
    later_states = later_states.where(StateRow.until_at > at).order_by(StateRow.until_at.desc())
    states = {row.article_id: row for row in connection.execute(later_states)}
    for id_, article in zip(ids, stored_articles.by_ids(connection, ids), strict=True):
        known = [one for one in former[id_] if one.replaced_at <= at or one.reason != OLDER_PAGE]
        if was := next((one for one in known if one.replaced_at > at), None):
            then = replace(article, revision=was.number, fetched_at=was.fetched_at)
            article = records.decode(was.record, then)
        if len(known) < len(former[id_]):  # older pages that were read after that time count texts
            texts = [one.content_hash for one in known if one.replaced_at <= at]
            changes = pairwise([*texts, article.content_hash])
            article = replace(article, revision=1 + sum(one != other for one, other in changes))
        if state := states.get(id_):
            article = replace(article, status=state.status, duplicate_of=state.duplicate_of)
        yield article
