"""The graph of "Baca juga" links between articles, with dates and sections."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import aliased

from kompas_crawler.archive.models import ArticleRow, LinkRow
from kompas_crawler.archive.read.export import CHUNK, matching

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from kompas_crawler.archive.read.export import Filters


class Node(NamedTuple):
    """An article of the graph; if it is not stored, only its key and address are known."""

    key: str
    url: str
    title: str | None
    section: str | None
    published_at: datetime | None
    is_stored: bool


class Edge(NamedTuple):
    """A link: number *position* (from 0) of the article *source*, with its text."""

    source: str
    target: str
    position: int
    title: str | None
    url: str
    source_section: str | None
    source_published_at: datetime
    target_section: str | None
    target_published_at: datetime | None
    is_target_stored: bool


_COLUMNS = (
    ArticleRow.key,
    ArticleRow.url,
    ArticleRow.title,
    ArticleRow.section,
    ArticleRow.published_at,
)


def nodes(connection: Connection, ids: Sequence[int], filters: Filters) -> Iterator[Node]:
    """Load the articles with the row ids *ids*, selected by *filters*, then their targets."""
    for start in range(0, len(ids), CHUNK):
        part = list(ids[start : start + CHUNK])
        query = select(*_COLUMNS).where(ArticleRow.id.in_(part)).order_by(ArticleRow.key)
        for row in connection.execute(query):
            yield Node(*row, is_stored=True)
    chosen = matching(connection, filters)
    pointed = (
        select(LinkRow.target_key, LinkRow.url)
        .where(
            LinkRow.article_id.in_(chosen.with_only_columns(ArticleRow.id)),
            LinkRow.target_key.not_in(chosen.with_only_columns(ArticleRow.key)),
        )
        .order_by(LinkRow.target_key)
        .execution_options(yield_per=CHUNK)
    )
    last = ""
    waiting: dict[str, str] = {}
    for key, url in connection.execute(pointed):
        if key != last:
            if len(waiting) == CHUNK:
                yield from _ends(connection, waiting)
                waiting = {}
            waiting[key] = url
            last = key
    yield from _ends(connection, waiting)


def _ends(connection: Connection, urls: dict[str, str]) -> Iterator[Node]:
    rows = connection.execute(select(*_COLUMNS).where(ArticleRow.key.in_(urls)))
    stored = {row.key: Node(*row, is_stored=True) for row in rows}
    for key, url in urls.items():
        yield stored.get(key) or Node(key, url, None, None, None, is_stored=False)


def edges(connection: Connection, ids: Sequence[int]) -> Iterator[Edge]:
    """Load the links of the articles with the row ids *ids*, in that order."""
    target = aliased(ArticleRow)
    query = (
        select(
            ArticleRow.key,
            LinkRow.target_key,
            LinkRow.position,
            LinkRow.title,
            LinkRow.url,
            ArticleRow.section,
            ArticleRow.published_at,
            target.section,
            target.published_at,
            target.id.is_not(None),
        )
        .join(ArticleRow, ArticleRow.id == LinkRow.article_id)
        .join(target, target.key == LinkRow.target_key, isouter=True)
        .order_by(ArticleRow.key, LinkRow.position)
    )
    for start in range(0, len(ids), CHUNK):
        part = list(ids[start : start + CHUNK])
        for row in connection.execute(query.where(LinkRow.article_id.in_(part))):
            yield Edge(*row[:9], is_target_stored=bool(row[9]))
