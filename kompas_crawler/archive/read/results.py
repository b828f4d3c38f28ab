"""Lists of articles in the order of a search, and their facets."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, true

from kompas_crawler.archive.models import ArticleRow, ArticleTagRow, CreditRow, PersonRow, TagRow
from kompas_crawler.archive.read.export import DAY, YEAR, Filters, conditions
from kompas_crawler.archive.read.search.search import IS_NO_COPY, matching_ids
from kompas_crawler.archive.sql import keys_within, one_of
from kompas_crawler.site.keys import WIB

EVERY = 1 << 31  # more than any number of articles
FACETS = 12  # maximum number of values of a facet, the most frequent ones


def ids(
    connection: Connection,
    filters: Sequence[Filters],
    words: str = "",
    *,
    with_copies: bool = False,
    limit: int = EVERY,
) -> list[int]:
    """Return the row ids of the first articles that all *filters* and *words* match.

    They are in the order of ``search``, without words the newest first. Raises ``ValueError``.
    """
    row = ArticleRow
    chosen = [condition for one in filters for condition in conditions(one)]
    if not with_copies:
        chosen.append(IS_NO_COPY)
    if words:
        return matching_ids(connection, words, *chosen, limit=limit)
    query = select(row.id).where(*chosen).order_by(row.published_at.desc(), row.key)
    return list(connection.scalars(query.limit(limit)))


def facets(
    connection: Connection,
    ids: Sequence[int] | Select[int] | None,
    names: Collection[str] = ("section", "tag", "author", "year"),
    limit: int = FACETS,
) -> dict[str, list[tuple[str, int]]]:
    """Count the articles *ids*, ``None`` = all, by *names*, the most frequent ones first."""
    row, tag, credit = ArticleRow, ArticleTagRow, CreditRow

    def is_of(column: Any) -> ColumnElement[bool]:
        return true() if ids is None else one_of(connection, column, ids)

    def by_name(named: Any, of_article: Any, of_name: Any, *only: Any) -> Any:
        counted = select(of_name.label("id"), number.label("n")).where(is_of(of_article), *only)
        by_id = counted.group_by(of_name).subquery()
        counts = select(named.name, by_id.c.n).join(by_id, by_id.c.id == named.id)
        return counts.order_by(by_id.c.n.desc(), named.name)

    def by_value(column: Any) -> Any:
        counts = select(column, number).where(is_of(row.id), column.is_not(None))
        return counts.group_by(column).order_by(number.desc(), column)

    number = func.count()
    queries: dict[str, Any] = {
        "section": by_value(row.section),
        "content_type": by_value(row.content_type),
        "tag": by_name(TagRow, tag.article_id, tag.tag_id),
        "author": by_name(PersonRow, credit.article_id, credit.person_id, credit.role == "author"),
        "year": by_value(YEAR),
    }
    return {
        name: [(value, count) for value, count in connection.execute(queries[name].limit(limit))]
        for name in names
    }


def newest_day(connection: Connection) -> date | None:
    """Return the day (WIB) of the newest article."""
    at = connection.scalar(select(func.max(ArticleRow.published_at)))
    return at.astimezone(WIB).date() if at else None


def by_day(connection: Connection, since: date, until: date) -> dict[date, int]:
    """Count the stored articles by the day of their key."""
    query = select(DAY, func.count()).where(*keys_within(ArticleRow.key, since, until))
    return {date.fromisoformat(one): n for one, n in connection.execute(query.group_by(DAY))}
