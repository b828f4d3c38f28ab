"""Full-text search over titles, summaries and bodies, with equal results on both databases.

First articles with this title, then those with all the words in the title, then others; in each
group the newest first, of one time by key.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, Select, cast, create_engine, select
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.pool import NullPool

from kompas_crawler.archive import full_text
from kompas_crawler.archive.analyzer import title_word, words
from kompas_crawler.archive.full_text import IDS, INDEX
from kompas_crawler.archive.migrations.unmapped import create_index
from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.read.search.query import POSTGRESQL, SQLITE, Query, parse, written
from kompas_crawler.archive.read.search.snippets import Piece, snippet
from kompas_crawler.archive.sql import one_of
from kompas_crawler.items import Article


class Hit(NamedTuple):
    """An article that matches; ``duplicate_of`` is the key of the original of a copy."""

    key: str
    url: str
    title: str
    section: str | None
    published_at: datetime
    duplicate_of: str | None
    snippet: tuple[Piece, ...]


IS_NO_COPY = ArticleRow.duplicate_of.is_(None)
_number: Any = INDEX.c.rowid
_LOOKED = (2_000, 20_000)  # newest rows that PostgreSQL reads before all; 20 microseconds each
_ROWS = "select reltuples from pg_class where oid = 'article_words'::regclass"
_HITS: Select[Any] = select(
    *(getattr(ArticleRow, name) for name in ("id", "summary", "body", *Hit._fields[:-1])),
)


def search(
    connection: Connection, text: str, *filters: ColumnElement[bool], limit: int = 20
) -> list[Hit]:
    """Return the first matches of the query *text*. Raises ``ValueError``.

    *filters* are conditions on ``ArticleRow``, see ``export.conditions``.
    """
    query = parse(text)
    ids = matching_ids(connection, text, *filters, limit=limit)
    hits = {
        id_: Hit(*fields, snippet(query, body, summary or ""))  # type: ignore[call-arg]
        for id_, summary, body, *fields in connection.execute(_HITS.where(ArticleRow.id.in_(ids)))
    }
    return [hits[id_] for id_ in ids]


def matching_ids(
    connection: Connection, text: str, *filters: ColumnElement[bool], limit: int
) -> list[int]:
    """Return the row ids of the first matches. Raises ``ValueError``."""
    row, found = ArticleRow, dict[int, None]()
    query = select(row.id).order_by(row.published_at.desc(), row.key)
    for tier in _tiers(connection, parse(text), title_word(words(text))):
        if len(found) < limit:
            numbers = _numbers(connection, tier, filters, limit + len(found))
            is_found = one_of(connection, row.id, [number % IDS for number in numbers])
            found |= dict.fromkeys(connection.scalars(query.where(is_found)))
    return list(found)[:limit]


def condition(connection: Connection, text: str) -> ColumnElement[bool]:
    """Build the condition that an article matches the query *text*. Raises ``ValueError``."""
    (*_, everything) = _tiers(connection, parse(text), "")
    match = _match(connection, everything.exact)
    return ArticleRow.id.in_(select(INDEX.c.rowid % IDS).where(match))


def among(articles: Mapping[int, Article], text: str) -> set[int]:
    """Return which *articles*, by row id, match the query *text*: they have an index of their own.

    Raises ``ValueError``.
    """
    with create_engine("sqlite://", poolclass=NullPool).begin() as connection:  # closed at once
        create_index(connection)
        full_text.replace(connection, {}, articles)
        (*_, everything) = _tiers(connection, parse(text), "")
        numbers = select(_number % IDS).where(_match(connection, everything.exact))
        return set(connection.scalars(numbers))


class _Tier(NamedTuple):
    """A query in the database's language, and a wider one without phrases, if it has some."""

    exact: str
    wide: str | None = None


def _tiers(connection: Connection, query: Query, title: str) -> list[_Tier]:
    """Write *query* for the exact *title*, for all its words in the title, and for all articles."""
    is_postgresql = connection.dialect.name == "postgresql"
    language = POSTGRESQL if is_postgresql else SQLITE
    has_phrases = any(t.words[1:] for terms in (*query.wanted, query.unwanted) for t in terms)
    found = []
    for in_title in (True, False):
        wide = written(query, language, in_title=in_title, in_order=False)
        exact = written(query, language, in_title=in_title)
        found.append(_Tier(exact, wide if has_phrases and is_postgresql else None))
    quote = language.quote or language.word_quote
    return [_Tier(f"{quote}{title}{quote}{language.both}({found[1].exact})"), *found]


def _match(connection: Connection, words: str, rows: FromClause = INDEX) -> ColumnElement[bool]:
    if connection.dialect.name == "postgresql":
        return rows.c.words.bool_op("@@")(cast(words, TSQUERY))
    return rows.c.article_words.bool_op("match")(words)


def _numbers(
    connection: Connection, tier: _Tier, filters: Sequence[ColumnElement[bool]], limit: int
) -> list[int]:
    """Return the numbers of the newest *limit* matches, and of the others of the last one's day."""
    rows = _filtered(select(_number).where(_match(connection, tier.exact)), _number % IDS, filters)
    if connection.dialect.name == "postgresql":
        found = _of_vectors(connection, tier, filters, limit)
    else:
        found = list(connection.scalars(rows.order_by(_number.desc()).limit(limit)))
    if len(found) == limit:
        first_of_day = found[-1] // IDS * IDS
        found += connection.scalars(rows.where(_number >= first_of_day, _number < found[-1]))
    return found


def _filtered(rows: Select[Any], id_: Any, filters: Sequence[ColumnElement[bool]]) -> Select[Any]:
    if others := [one for one in filters if one is not IS_NO_COPY]:
        rows = rows.where(id_.in_(select(ArticleRow.id).where(*others)))
    if len(others) < len(filters):  # copies are few, and quickly looked up
        rows = rows.where(id_.not_in(select(ArticleRow.id).where(~IS_NO_COPY)))
    return rows


def _of_vectors(
    connection: Connection, tier: _Tier, filters: Sequence[ColumnElement[bool]], limit: int
) -> list[int]:
    """Return the newest matches on PostgreSQL, which has no order of newest matches.

    The newest rows are read first: of common words they are enough. A phrase is looked for in
    the rows that have its words, because a GIN index has no positions.
    """
    exact, wide = (_match(connection, one) for one in (tier.exact, tier.wide or tier.exact))
    if _is_common(connection, wide, limit):
        last = select(INDEX.c.rowid, INDEX.c.words).order_by(_number.desc()).limit(_LOOKED[0])
        window = last.cte("newest").prefix_with("materialized")
        query = select(window.c.rowid).where(_match(connection, tier.exact, window))
        query = _filtered(query, window.c.rowid % IDS, filters).order_by(window.c.rowid.desc())
        found = list(connection.scalars(query.limit(limit)))
        if len(found) == limit:
            return found
    # The planner does not know what reading the words of all rows costs.
    connection.exec_driver_sql("set local enable_seqscan = off")
    number = select(_number).where(wide).cte("candidates").prefix_with("materialized").c.rowid
    query = _filtered(select(number), number % IDS, filters).order_by(number.desc())
    found = list(connection.scalars(query if tier.wide else query.limit(limit)))
    if tier.wide:
        left, found = found, []
        for size in (*_LOOKED, len(left)):
            part, left = one_of(connection, _number, left[:size]), left[size:]
            query = select(_number).where(part, exact).order_by(_number.desc())
            found += connection.scalars(query.limit(limit - len(found)))
            if len(found) == limit:
                break
    connection.exec_driver_sql("set local enable_seqscan = on")
    return found


def _is_common(connection: Connection, wide: ColumnElement[bool], limit: int) -> bool:
    """Whether, by the planner's estimate, enough of the newest rows match."""
    every = connection.exec_driver_sql(_ROWS).scalar() or 0
    query = select(_number).where(wide).compile(connection)
    explain = f"explain (format json) {query}"
    plan: Any = connection.exec_driver_sql(explain, query.params).scalar_one()
    return bool(plan[0]["Plan"]["Plan Rows"] * _LOOKED[0] > limit * every)
