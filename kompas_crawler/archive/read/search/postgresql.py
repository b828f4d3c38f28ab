"""Search by PostgreSQL's tsvector."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    Integer,
    Text,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    text,
    union,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from kompas_crawler.archive.models import ArticleRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select

    from kompas_crawler.archive.read.search.query import Query

RANKED = 300
"""Maximum of ranked matches, and of ranked title matches, newest first; some 30 us each."""

LOOKED = 2000
"""Maximum of articles with all words of a phrase that are searched for it, newest first.

The index has no positions: each article is read, some 10 microseconds.
"""

_LANGUAGE: Any = literal_column("'indonesian'::regconfig")
_TITLE: Any = literal_column("articles.title_words")
_ALL: Any = literal_column("articles.all_words")
# Of the weights D, C, B and A: the body is C, the summary B, the title A.
_WEIGHTS: Any = literal_column("'{0, 0.1, 0.4, 1}'::float4[]")
_BY_LENGTH = 1  # a match in a long text counts less


def _terms(query: Query, *, in_order: bool = True) -> Any:
    """Build a tsquery; terms are passed as parameters.

    Without *in_order* the words of a phrase match anywhere.
    """
    read = func.phraseto_tsquery if in_order else func.plainto_tsquery
    wanted = [read(_LANGUAGE, term) for term in query.wanted]
    unwanted = [func.phraseto_tsquery(_LANGUAGE, term) for term in query.unwanted if in_order]
    terms: list[Any] = [*wanted, *(func.tsquery_not(term) for term in unwanted)]
    return reduce(lambda a, b: a.op("&&")(b), terms)


def _read(connection: Connection, terms: Any, name: str) -> Any:
    """Evaluate *terms* first, so that the planner can estimate the number of matches."""
    return cast(bindparam(name, connection.scalar(select(cast(terms, Text)))), TSQUERY)


def _match(words: Any, terms: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = words.op("@@", is_comparison=True)(terms)
    return found


def condition(query: Query) -> ColumnElement[bool]:
    """Build the condition that an article matches *query*."""
    return _match(_ALL, _terms(query))


def ranked(
    connection: Connection, query: Query, filters: Sequence[ColumnElement[bool]], limit: int
) -> tuple[list[tuple[int, float]], datetime | None]:
    """Return row ids and scores of the best matches, and the oldest searched date.

    ``None`` means that all articles were searched, as for all but phrases of common words.
    """
    terms = _read(connection, _terms(query), "terms")
    titles = _ids(_newest(connection, _match(_TITLE, terms), filters, RANKED))
    if any(" " in term for term in query.wanted):
        words = _read(connection, _terms(query, in_order=False), "words")
        for most in (RANKED, LOOKED):
            newest = connection.execute(
                _newest(connection, _match(_ALL, words), filters, most)
            ).all()
            ids = bindparam("ids", [row.id for row in newest], type_=ARRAY(Integer))
            found = _scored(connection, terms, ArticleRow.id == any_(ids), limit)
            if len(newest) < most or len(found) == limit:
                return found, None
        if found:
            in_titles = _scored(connection, terms, ArticleRow.id.in_(titles), limit)
            best = sorted({*found, *in_titles}, key=lambda row: -row[1])[:limit]
            return best, min(row.published_at for row in newest) if len(best) < limit else None
    everywhere = _ids(_newest(connection, _match(_ALL, terms), filters, RANKED))
    return _scored(connection, terms, ArticleRow.id.in_(union(titles, everywhere)), limit), None


def _ids(rows: Select[Any]) -> Select[Any]:
    return rows.with_only_columns(rows.selected_columns.id)


def _scored(
    connection: Connection, terms: Any, among: ColumnElement[bool], limit: int
) -> list[tuple[int, float]]:
    """Return the best of the rows that match and fit the condition *among*."""
    score = func.ts_rank(_WEIGHTS, _ALL, terms, _BY_LENGTH).label("score")
    best = (
        select(ArticleRow.id, score)
        .where(among, _match(_ALL, terms))
        .order_by(score.desc(), ArticleRow.id.desc())
        .limit(limit)
    )
    return [(id_, float(rank)) for id_, rank in connection.execute(best)]


def _newest(
    connection: Connection,
    match: ColumnElement[bool],
    filters: Sequence[ColumnElement[bool]],
    most: int,
) -> Select[Any]:
    """Select the newest matches, by a backward scan in time or by sorting the index's matches.

    The planner underestimates the cost of reading a row's words, and scans too often.
    """
    found = select(ArticleRow.id, ArticleRow.published_at).where(match, *filters)
    if _is_common(connection, match, most):
        rows = found.order_by(ArticleRow.published_at.desc()).limit(most).subquery()
        return select(rows.c.id, rows.c.published_at)
    every = found.cte().prefix_with("materialized")
    rows = select(every).order_by(every.c.published_at.desc()).limit(most).subquery()
    return select(rows.c.id, rows.c.published_at)


def _is_common(connection: Connection, match: ColumnElement[bool], most: int) -> bool:
    """Whether, by the planner's estimate, enough rows match for a backward scan to be faster."""
    every = connection.scalar(
        text("select reltuples from pg_class where oid = 'articles'::regclass")
    )
    query = select(ArticleRow.id).where(match).compile(connection)
    plan: Any = connection.exec_driver_sql(
        f"explain (format json) {query}", query.params
    ).scalar_one()
    return bool(plan[0]["Plan"]["Plan Rows"] ** 2 > 10 * most * (every or 0))


def opening_with(
    connection: Connection, words: str, filters: Sequence[ColumnElement[bool]], limit: int
) -> list[tuple[int, str]]:
    """Return row ids and titles of articles whose title contains the phrase *words*."""
    match = _match(_TITLE, func.phraseto_tsquery(_LANGUAGE, words))
    newest = _newest(connection, match, filters, RANKED).subquery()
    rows = connection.execute(
        select(ArticleRow.id, ArticleRow.title)
        .join(newest, newest.c.id == ArticleRow.id)
        .order_by(func.length(ArticleRow.title), ArticleRow.id.desc())
        .limit(limit)
    )
    return [(id_, title) for id_, title in rows]


def snippets(
    connection: Connection, query: Query, ids: Sequence[int], start: str, end: str
) -> dict[int, str]:
    """Return for each row the part of the body with most hits, marked."""
    options = f'StartSel="{start}",StopSel="{end}",MinWords=20,MaxWords=32,MaxFragments=1'
    options += ',FragmentDelimiter=" … "'
    cut = func.ts_headline(_LANGUAGE, func.left(ArticleRow.body, 100_000), _terms(query), options)
    rows = connection.execute(select(ArticleRow.id, cut).where(ArticleRow.id.in_(ids)))
    return {row[0]: row[1] for row in rows}
