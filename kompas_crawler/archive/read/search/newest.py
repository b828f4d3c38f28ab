"""The newest matches of a query, by the full-text index of each database."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    any_,
    bindparam,
    cast,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from kompas_crawler.archive.full_text import IDS, INDEX
from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.read.search.query import POSTGRESQL, SQLITE, Query, written

_number: Any = INDEX.c.rowid
_LOOKED = (2_000, 20_000)
"""On PostgreSQL, the newest rows that are read before all are; some 20 microseconds each."""
_ROWS = text("select reltuples from pg_class where oid = 'article_words'::regclass")
_SET_SEQSCAN = text("select set_config('enable_seqscan', :to, true)")


class Tier(NamedTuple):
    """A query in the database's language, and a wider one without phrases, if it has some."""

    exact: str
    wide: str | None = None


def tiers(connection: Connection, query: Query, title: str) -> list[Tier]:
    """Write *query* for the exact *title*, for all its words in the title, and for all articles."""
    is_postgresql = connection.dialect.name == "postgresql"
    language = POSTGRESQL if is_postgresql else SQLITE
    found = []
    for in_title in (True, False):
        wide = written(query, language, in_title=in_title, in_order=False)
        exact = written(query, language, in_title=in_title)
        found.append(Tier(exact, wide if query.has_phrases and is_postgresql else None))
    quote = language.quote or language.word_quote
    whole = f"{quote}{title}{quote}{language.both}({found[1].exact})"
    return [Tier(whole), *found]


def match(connection: Connection, expression: str, rows: FromClause = INDEX) -> ColumnElement[bool]:
    """Build the condition that one of *rows* of the index matches."""
    is_postgresql = connection.dialect.name == "postgresql"
    found: ColumnElement[bool] = (
        rows.c.words.op("@@", is_comparison=True)(cast(expression, TSQUERY))
        if is_postgresql
        else rows.c.article_words.op("match", is_comparison=True)(expression)
    )
    return found


def numbers(
    connection: Connection, tier: Tier, filters: Sequence[ColumnElement[bool]], limit: int
) -> list[int]:
    """Return the numbers of the newest *limit* matches, and of the others of the last one's day."""
    rows = _filtered(select(_number).where(match(connection, tier.exact)), _number, filters)
    if connection.dialect.name == "postgresql":
        found = _of_vectors(connection, tier, filters, limit)
    else:
        found = list(connection.scalars(rows.order_by(_number.desc()).limit(limit)))
    if len(found) == limit:
        first_of_day = found[-1] // IDS * IDS
        found += connection.scalars(rows.where(_number >= first_of_day, _number < found[-1]))
    return found


def _filtered(
    rows: Select[Any], number: Any, filters: Sequence[ColumnElement[bool]]
) -> Select[Any]:
    return (
        rows.where((number % IDS).in_(select(ArticleRow.id).where(*filters))) if filters else rows
    )


def _of_vectors(
    connection: Connection, tier: Tier, filters: Sequence[ColumnElement[bool]], limit: int
) -> list[int]:
    """Return the newest matches on PostgreSQL, which has no order of newest matches.

    The newest rows are read first: of common words they are enough. A phrase is looked for in
    the rows that have its words, because a GIN index has no positions.
    """
    exact, wide = (match(connection, one) for one in (tier.exact, tier.wide or tier.exact))
    if _is_common(connection, wide, limit):
        last = select(INDEX.c.rowid, INDEX.c.words).order_by(_number.desc()).limit(_LOOKED[0])
        window = last.cte("newest").prefix_with("materialized")
        query = select(window.c.rowid).where(match(connection, tier.exact, window))
        found = list(connection.scalars(_newest(query, window.c.rowid, filters).limit(limit)))
        if len(found) == limit:
            return found
    # The planner does not know what reading the words of all rows costs.
    connection.execute(_SET_SEQSCAN, {"to": "off"})
    candidates = select(_number).where(wide).cte("candidates").prefix_with("materialized")
    query = _newest(select(candidates.c.rowid), candidates.c.rowid, filters)
    found = list(connection.scalars(query if tier.wide else query.limit(limit)))
    if tier.wide:
        left, found = found, []
        for size in (*_LOOKED, len(left)):
            part, left = bindparam("part", left[:size], type_=ARRAY(BigInteger)), left[size:]
            query = select(_number).where(_number == any_(part), exact).order_by(_number.desc())
            found += connection.scalars(query.limit(limit - len(found)))
            if len(found) == limit:
                break
    connection.execute(_SET_SEQSCAN, {"to": "on"})
    return found


def _is_common(connection: Connection, wide: ColumnElement[bool], limit: int) -> bool:
    """Whether, by the planner's estimate, enough of the newest rows match."""
    every = connection.scalar(_ROWS) or 0
    query = select(_number).where(wide).compile(connection)
    explain = f"explain (format json) {query}"
    plan: Any = connection.exec_driver_sql(explain, query.params).scalar_one()
    return bool(plan[0]["Plan"]["Plan Rows"] * _LOOKED[0] > limit * every)


def _newest(rows: Select[Any], number: Any, filters: Sequence[ColumnElement[bool]]) -> Select[Any]:
    return _filtered(rows, number, filters).order_by(number.desc())
