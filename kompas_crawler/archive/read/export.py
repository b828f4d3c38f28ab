"""Reading the archive: articles by filters, in constant memory, while a crawl is running."""

from __future__ import annotations

from array import array
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, or_, select

from kompas_crawler.archive import schema, stored_articles
from kompas_crawler.archive.database import database_url, explaining, open_engine
from kompas_crawler.archive.models import ArticleRow, ArticleTagRow, TagRow
from kompas_crawler.archive.read.search import search
from kompas_crawler.log.terminal import safe
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.sections import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from kompas_crawler.items import StoredArticle

CHUNK = 500
"""Articles per query."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    """Filters of articles; ``since`` and ``until`` are publication days in WIB, inclusive.

    ``query`` is a full-text query as for ``scrapy search``; reading raises ``ValueError`` if it
    is invalid.
    """

    since: date | None = None
    until: date | None = None
    stored_since: datetime | None = None
    section: str | None = None
    tag: str | None = None
    content_type: str | None = None
    query: str | None = None
    with_duplicates: bool = False


class Reader:
    """An archive, opened read-only.

    Raises ``ConfigurationProblem`` if there is no archive of this version, and
    ``DatabaseUnavailable`` if the database does not answer.
    """

    def __init__(self, url: str, project_dir: Path) -> None:
        self.url = database_url(url, project_dir)
        self.engine = open_engine(self.url, must_exist=True, read_only=True)
        try:
            with explaining(self.url), self.engine.connect() as connection:
                schema.check(connection)
        except Exception:
            self.close()
            raise

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Open a connection that sees the archive as of its first statement."""
        with explaining(self.url):
            engine = self.engine
            if engine.dialect.name == "postgresql":
                engine = engine.execution_options(isolation_level="REPEATABLE READ")
            with engine.connect() as connection:
                yield connection

    def articles(self, filters: Filters) -> Iterator[StoredArticle]:
        """Yield the matching articles, ordered by id."""
        with self.snapshot() as connection:
            yield from articles(connection, matching_ids(connection, filters))

    def count(self, filters: Filters) -> int:
        """Count the matching articles."""
        with self.snapshot() as connection:
            return count(connection, filters)

    def duplicates_left_out(self, filters: Filters) -> int:
        """Count the duplicates that the filters leave out."""
        with self.snapshot() as connection:
            return duplicates_left_out(connection, filters)

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()


def matching_ids(connection: Connection, filters: Filters) -> array[int]:
    """Return the row ids of the matching articles, ordered by id, in eight bytes each."""
    query = matching(connection, filters).with_only_columns(ArticleRow.id)
    return array("q", connection.scalars(query.order_by(ArticleRow.key)))


def articles(connection: Connection, ids: Sequence[int]) -> Iterator[StoredArticle]:
    """Yield the articles with the row ids *ids*, in that order."""
    for start in range(0, len(ids), CHUNK):
        yield from stored_articles.by_ids(connection, list(ids[start : start + CHUNK]))


def count(connection: Connection, filters: Filters) -> int:
    """Count the matching articles."""
    return _count(connection, matching(connection, filters))


def duplicates_left_out(connection: Connection, filters: Filters) -> int:
    """Count the duplicates that the filters leave out."""
    if filters.with_duplicates:
        return 0
    return _count(connection, matching(connection, filters, duplicates_only=True))


def months(connection: Connection, filters: Filters) -> Iterator[tuple[str, Filters]]:
    """Yield each month (WIB) with matching articles, with its filters."""
    query = matching(connection, filters)
    ends: Sequence[datetime | None] = connection.execute(
        query.with_only_columns(
            func.min(ArticleRow.published_at),
            func.max(ArticleRow.published_at),
            maintain_column_froms=True,
        )
    ).one()
    first, last = ends
    if first is None or last is None:
        return
    day = first.astimezone(WIB).date().replace(day=1)
    while day <= last.astimezone(WIB).date():
        following = (day + timedelta(days=31)).replace(day=1)
        yield (
            f"{day:%Y-%m}",
            replace(
                filters,
                since=max(filters.since or day, day),
                until=min(filters.until or date.max, following - timedelta(days=1)),
            ),
        )
        day = following


def _count(connection: Connection, query: Select[Any]) -> int:
    query = query.with_only_columns(func.count(), maintain_column_froms=True)
    return connection.scalar(query) or 0


def matching(
    connection: Connection, filters: Filters, *, duplicates_only: bool = False
) -> Select[Any]:
    """Build the query for the matching articles."""
    query = select(ArticleRow)
    if filters.since:
        query = query.where(ArticleRow.published_at >= _start_of(filters.since))
    if filters.until:
        query = query.where(ArticleRow.published_at < _start_of(filters.until + timedelta(days=1)))
    if filters.stored_since:
        query = query.where(ArticleRow.stored_at >= filters.stored_since)
    if filters.section:
        slug = filters.section.lower()
        label = SECTIONS[slug].label if slug in SECTIONS else filters.section
        query = query.where(func.lower(ArticleRow.section).in_({slug, label.lower()}))
    if filters.tag:
        query = query.where(ArticleRow.id.in_(_tagged(filters.tag)))
    if filters.content_type:
        query = query.where(func.lower(ArticleRow.content_type) == filters.content_type.lower())
    if filters.query:
        query = query.where(ArticleRow.key.in_(search.matching_keys(connection, filters.query)))
    if duplicates_only:
        query = query.where(ArticleRow.duplicate_of.is_not(None))
    elif not filters.with_duplicates:
        query = query.where(ArticleRow.duplicate_of.is_(None))
    return query


def unknown_section(connection: Connection, name: str | None) -> str:
    """Return a message with the known sections if *name* is none of them, else ""."""
    if not name or name.lower() in SECTIONS:
        return ""
    labels = sorted(filter(None, connection.scalars(select(ArticleRow.section).distinct())))
    if not labels or name.lower() in map(str.lower, labels):
        return ""
    return f"no article here is of a section {safe(name)!r}; there are: {safe(', '.join(labels))}"


def _tagged(tag: str) -> Select[Any]:
    # SQLite's lower() converts ASCII only: also compare the tag as typed.
    return (
        select(ArticleTagRow.article_id)
        .join(TagRow, TagRow.id == ArticleTagRow.tag_id)
        .where(or_(TagRow.name == tag, func.lower(TagRow.name) == tag.lower()))
    )


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), WIB)
