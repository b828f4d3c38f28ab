"""The graph of "Baca juga" links between articles, with dates and sections."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import Connection, select
from sqlalchemy.orm import aliased

from kompas_crawler.archive.models import ArticleRow, LinkRow
from kompas_crawler.archive.read.export import CHUNK, Filters, matching
from kompas_crawler.archive.sql import chunks


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


_COLUMNS = [getattr(ArticleRow, name) for name in Node._fields if hasattr(ArticleRow, name)]


def nodes(connection: Connection, ids: Sequence[int], filters: Filters) -> Iterator[Node]:
    """Load the articles with the row ids *ids*, selected by *filters*, then their targets."""
    for part in chunks(ids, CHUNK):
        query = select(*_COLUMNS).where(ArticleRow.id.in_(part)).order_by(ArticleRow.key)
        for row in connection.execute(query):
            yield Node._make((*row, True))
    chosen = matching(connection, filters)
    target = LinkRow.target_key
    is_chosen = LinkRow.article_id.in_(chosen.with_only_columns(ArticleRow.id))
    is_other = target.not_in(chosen.with_only_columns(ArticleRow.key))
    pointed = select(target, LinkRow.url).where(is_chosen, is_other).order_by(target)
    rows_of_all = connection.execute(pointed.execution_options(yield_per=CHUNK))
    by_target = groupby(rows_of_all, key=itemgetter(0))
    for ends in chunks(((key, next(rows)[1]) for key, rows in by_target), CHUNK):
        of_ends = select(*_COLUMNS).where(ArticleRow.key.in_([key for key, _ in ends]))
        stored = {row.key: Node._make((*row, True)) for row in connection.execute(of_ends)}
        for key, url in ends:
            yield stored.get(key) or Node(key, url, None, None, None, is_stored=False)


def edges(connection: Connection, ids: Sequence[int]) -> Iterator[Edge]:
    """Load the links of the articles with the row ids *ids*, in that order."""
    target, link, source = aliased(ArticleRow), LinkRow, ArticleRow
    of_source = (source.section, source.published_at)
    of_target = (target.section, target.published_at, target.id.is_not(None))
    query = (
        select(source.key, link.target_key, link.position, link.title, link.url)
        .add_columns(*of_source, *of_target)
        .join(source, source.id == link.article_id)
        .join(target, target.key == link.target_key, isouter=True)
        .order_by(source.key, link.position)
    )
    for part in chunks(ids, CHUNK):
        for row in connection.execute(query.where(LinkRow.article_id.in_(part))):
            yield Edge._make((*row[:9], bool(row[9])))
