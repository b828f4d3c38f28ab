"""The articles that filters choose, read in constant memory, also while a crawl is running."""

from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute

from kompas_crawler.archive import schema, stored_articles
from kompas_crawler.archive.database import database_url, explaining, open_engine
from kompas_crawler.archive.models import ArticleRow, ArticleTagRow, CreditRow, PersonRow, TagRow
from kompas_crawler.archive.read import as_of
from kompas_crawler.archive.read.search import search
from kompas_crawler.archive.sql import chunks
from kompas_crawler.items import StoredArticle
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.sections import spellings

CHUNK = 500  # articles per query


@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    """Filters of articles; ``since`` and ``until`` are publication days in WIB, inclusive.

    Of a filter with several names, in any case, an article has one. ``query`` is a full-text query
    as for ``scrapy search``; reading raises ``ValueError`` if it is invalid. With ``as_of``, which
    does not allow ``stored_since``, articles are what they were at that time.
    """

    since: date | None = None
    until: date | None = None
    stored_since: datetime | None = None
    section: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    content_type: tuple[str, ...] = ()
    query: str | None = None
    with_duplicates: bool = False
    as_of: datetime | None = None


NAMES = ("section", "tag", "author", "content_type")  # the filters with several names
# By the key, which begins with the day of publication in WIB; PostgreSQL groups by no parameter.
DAY, MONTH, YEAR = [literal_column(f"substr(articles.key, 1, {n})", String) for n in (8, 6, 4)]


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

    def close(self) -> None:
        self.engine.dispose()


def matching_ids(connection: Connection, filters: Filters) -> "array[int]":
    """Return the row ids of the matching articles, ordered by id, in eight bytes each."""
    query = matching(connection, filters).order_by(ArticleRow.key)
    if filters.as_of is None:
        return array("q", connection.scalars(query.with_only_columns(ArticleRow.id)))
    rows = connection.execute(query.with_only_columns(ArticleRow.key, ArticleRow.id))
    found = dict(iter(rows))  # without a list of all rows
    found |= _changed(connection, filters, filters.as_of)
    return array("q", (found[key] for key in sorted(found)))


def _changed(connection: Connection, filters: Filters, at: datetime) -> Iterator[tuple[str, int]]:
    """Yield key and row id of articles that have changed since *at* and matched then."""
    changed = ArticleRow.id.in_(as_of.changed_since(at))
    query = select(ArticleRow.id).where(as_of.was_there(at), changed)
    for ids in chunks(connection.scalars(query)):
        then = dict(zip(ids, as_of.by_ids(connection, ids, at), strict=True))
        hits = search.among(then, filters.query) if filters.query else then
        for id_, article in then.items():
            if id_ in hits and _is_matched(article, filters):
                yield article.id, id_


def _is_matched(article: StoredArticle, filters: Filters) -> bool:
    """The conditions of ``matching``, for an article as it was."""
    assert article.published_at is not None
    day = article.published_at.astimezone(WIB).date()
    names = (
        (spellings(filters.section), [article.section]),
        (filters.content_type, [article.content_type]),
        (filters.tag, article.tags),
        (filters.author, article.authors),
    )
    lower = [[{*map(str.lower, filter(None, part))} for part in pair] for pair in names]
    return (
        (filters.with_duplicates or article.duplicate_of is None)
        and (filters.since or day) <= day <= (filters.until or day)
        and all(not asked or asked & found for asked, found in lower)
    )


def articles(
    connection: Connection, ids: Sequence[int], at: datetime | None = None
) -> Iterator[StoredArticle]:
    """Yield the articles with the row ids *ids*, in that order, as they were *at* that time."""
    current = stored_articles.by_ids
    for part in chunks(ids, CHUNK):
        yield from current(connection, part) if at is None else as_of.by_ids(connection, part, at)


def count(connection: Connection, filters: Filters) -> int:
    if filters.as_of:
        return len(matching_ids(connection, filters))
    query = matching(connection, filters)
    query = query.with_only_columns(func.count(), maintain_column_froms=True)
    return connection.scalar(query) or 0


def duplicates_left_out(connection: Connection, filters: Filters) -> int:
    """Count the duplicates that the filters leave out."""
    return count(connection, replace(filters, with_duplicates=True)) - count(connection, filters)


def months(connection: Connection, filters: Filters) -> Iterator[tuple[str, Filters]]:
    """Yield each month (WIB) with matching articles, with its filters."""
    ends: Any = (func.min(ArticleRow.published_at), func.max(ArticleRow.published_at))
    of_ends = matching(connection, filters).with_only_columns(*ends, maintain_column_froms=True)
    first, last = connection.execute(of_ends).one()
    if first is None:
        return
    day = first.astimezone(WIB).date().replace(day=1)
    while day <= last.astimezone(WIB).date():
        following = (day + timedelta(days=31)).replace(day=1)
        until = min(filters.until or date.max, following - timedelta(days=1))
        yield f"{day:%Y-%m}", replace(filters, since=max(filters.since or day, day), until=until)
        day = following


def matching(connection: Connection, filters: Filters) -> Select[Any]:
    """Build the query for the matching articles."""
    row, is_matched = ArticleRow, conditions(filters)
    if filters.as_of:
        later = as_of.changed_since(filters.as_of)
        is_matched += [as_of.was_there(filters.as_of), row.id.not_in(later)]
    if filters.stored_since:
        is_matched.append(row.stored_at >= filters.stored_since)
    if filters.query:
        is_matched.append(search.condition(connection, filters.query))
    if not filters.with_duplicates:
        is_matched.append(row.duplicate_of.is_(None))
    return select(row).where(*is_matched)


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """Build the conditions of publication days (WIB, inclusive) and names."""
    row = ArticleRow
    found: list[ColumnElement[bool]] = []
    if filters.since:
        found.append(row.published_at >= datetime.combine(filters.since, time(), WIB))
    if filters.until:
        after = datetime.combine(filters.until, time(), WIB) + timedelta(days=1)
        found.append(row.published_at < after)
    if filters.section:
        spelt = func.lower(row.section).in_(spellings(filters.section))
        found.append(row.section.in_(select(row.section).where(spelt).distinct()))  # by its index
    if filters.tag:
        tags = select(TagRow.id).where(_is_one_of(TagRow.name, filters.tag))
        tagged = select(ArticleTagRow.article_id).where(ArticleTagRow.tag_id.in_(tags))
        found.append(row.id.in_(tagged))
    if filters.author:
        people = select(PersonRow.id).where(_is_one_of(PersonRow.name, filters.author))
        signed = select(CreditRow.article_id).where(CreditRow.person_id.in_(people))
        found.append(row.id.in_(signed.where(CreditRow.role == "author")))
    if filters.content_type:
        found.append(_is_one_of(row.content_type, filters.content_type))
    return found


def _is_one_of(column: InstrumentedAttribute[Any], names: Sequence[str]) -> ColumnElement[bool]:
    # Some databases convert only ASCII to lower case: of other letters the usual forms are found.
    forms = [form for name in names for form in (name.lower(), name, name.upper(), name.title())]
    ascii_lower = (form.encode().lower().decode() for form in forms)
    return func.lower(column).in_([*forms, *ascii_lower])
