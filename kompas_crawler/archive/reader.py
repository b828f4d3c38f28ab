"""Reading the archive: articles by filters, in constant memory, while a crawl is running."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, select

from kompas_crawler.archive import schema
from kompas_crawler.archive.database import database_url, explaining, open_engine
from kompas_crawler.archive.models import (
    ArticleRow,
    ArticleTagRow,
    CreditRow,
    ImageRow,
    LinkRow,
    PersonRow,
    TagRow,
)
from kompas_crawler.items import Article, Image, Related
from kompas_crawler.sections import SECTIONS
from kompas_crawler.urls import WIB

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection, Row

CHUNK = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    """Which articles are read; ``since`` and ``until`` are publication days in WIB, inclusive."""

    since: date | None = None
    until: date | None = None
    stored_since: datetime | None = None
    section: str | None = None
    tag: str | None = None
    content_type: str | None = None
    with_duplicates: bool = False


class Reader:
    """An archive opened to be read; it never changes anything.

    Raises ``ConfigurationProblem`` where there is no archive of this version and
    ``DatabaseUnavailable`` where the database does not answer.
    """

    def __init__(self, url: str, project_dir: Path) -> None:
        self.url = database_url(url, project_dir)
        self.engine = open_engine(self.url, must_exist=True, read_only=True)
        with explaining(self.url), self.engine.connect() as connection:
            schema.check(connection)

    def articles(self, filters: Filters) -> Iterator[Article]:
        """The articles that match, ordered by id."""
        last = ""
        while True:
            with explaining(self.url), self.engine.connect() as connection:
                found = chunk(connection, filters, after=last)
            if not found:
                return
            yield from found
            last = found[-1].id

    def count(self, filters: Filters) -> int:
        """How many articles match."""
        with explaining(self.url), self.engine.connect() as connection:
            counted = select(func.count()).select_from(_matching(filters).subquery())
            return connection.scalar(counted) or 0

    def duplicates_left_out(self, filters: Filters) -> int:
        """How many more would match, were duplicates not left out."""
        if filters.with_duplicates:
            return 0
        with explaining(self.url), self.engine.connect() as connection:
            counted = select(func.count()).select_from(
                _matching(filters, duplicates_only=True).subquery()
            )
            return connection.scalar(counted) or 0

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), WIB)


def _matching(filters: Filters, *, duplicates_only: bool = False) -> Select[Any]:
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
        query = query.where(
            select(ArticleTagRow.article_id)
            .join(TagRow, TagRow.id == ArticleTagRow.tag_id)
            .where(
                ArticleTagRow.article_id == ArticleRow.id,
                func.lower(TagRow.name) == filters.tag.lower(),
            )
            .exists()
        )
    if filters.content_type:
        query = query.where(func.lower(ArticleRow.content_type) == filters.content_type.lower())
    if duplicates_only:
        query = query.where(ArticleRow.duplicate_of.is_not(None))
    elif not filters.with_duplicates:
        query = query.where(ArticleRow.duplicate_of.is_(None))
    return query


def chunk(connection: Connection, filters: Filters, *, after: str) -> list[Article]:
    """The next articles that match, whose ids come after *after*."""
    table = ArticleRow.__table__
    query = _matching(filters).where(ArticleRow.key > after).order_by(ArticleRow.key).limit(CHUNK)
    rows = connection.execute(query.with_only_columns(*table.c)).all()
    return _articles(connection, rows)


def by_key(connection: Connection, key: str) -> Article | None:
    """The article of *key*, if it is stored."""
    table = ArticleRow.__table__
    rows = connection.execute(select(*table.c).where(ArticleRow.key == key)).all()
    return next(iter(_articles(connection, rows)), None)


def _articles(connection: Connection, rows: Sequence[Row[Any]]) -> list[Article]:
    """Stored rows as items, with what hangs on them."""
    ids = [row.id for row in rows]
    if not ids:
        return []
    people: dict[tuple[int, str], list[str]] = {}
    for id_, role, name in connection.execute(
        select(CreditRow.article_id, CreditRow.role, PersonRow.name)
        .join(PersonRow, PersonRow.id == CreditRow.person_id)
        .where(CreditRow.article_id.in_(ids))
        .order_by(CreditRow.article_id, CreditRow.role, CreditRow.position)
    ):
        people.setdefault((id_, role), []).append(name)
    tags: dict[int, list[str]] = {}
    for id_, name in connection.execute(
        select(ArticleTagRow.article_id, TagRow.name)
        .join(TagRow, TagRow.id == ArticleTagRow.tag_id)
        .where(ArticleTagRow.article_id.in_(ids))
        .order_by(ArticleTagRow.article_id, ArticleTagRow.position)
    ):
        tags.setdefault(id_, []).append(name)
    images: dict[int, list[Image]] = {}
    for image in connection.execute(
        select(ImageRow.article_id, ImageRow.url, ImageRow.caption, ImageRow.credit)
        .where(ImageRow.article_id.in_(ids))
        .order_by(ImageRow.article_id, ImageRow.position)
    ):
        images.setdefault(image.article_id, []).append(
            Image(url=image.url, caption=image.caption, credit=image.credit)
        )
    related: dict[int, list[Related]] = {}
    for link in connection.execute(
        select(LinkRow.article_id, LinkRow.url, LinkRow.title)
        .where(LinkRow.article_id.in_(ids))
        .order_by(LinkRow.article_id, LinkRow.position)
    ):
        related.setdefault(link.article_id, []).append(Related(url=link.url, title=link.title))
    return [
        Article(
            id=row.key,
            url=row.url,
            title=row.title,
            summary=row.summary,
            body=tuple(row.body.split("\n\n")) if row.body else (),
            section=row.section,
            subsection=row.subsection,
            content_type=row.content_type,
            dateline=row.dateline,
            authors=tuple(people.get((row.id, "author"), ())),
            editors=tuple(people.get((row.id, "editor"), ())),
            source=row.source,
            tags=tuple(tags.get(row.id, ())),
            topic=row.topic,
            published_at=row.published_at,
            updated_at=row.updated_at,
            images=tuple(images.get(row.id, ())),
            related=tuple(related.get(row.id, ())),
            word_count=row.word_count,
            declared_words=row.declared_words,
            pages=row.pages,
            is_complete=row.is_complete,
            extractor_version=row.extractor_version,
            found_in=row.found_in,
            fetched_at=row.fetched_at,
            content_hash=row.content_hash,
            text_hash=row.text_hash,
            duplicate_of=row.duplicate_of,
            revision=row.revision,
            status=row.status,
            first_seen_at=row.first_seen_at,
        )
        for row in rows
    ]
