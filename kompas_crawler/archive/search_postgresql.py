"""Search as PostgreSQL's tsvector spells it."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, bindparam, cast, func, literal_column, select, text, union
from sqlalchemy.dialects.postgresql import TSQUERY

from kompas_crawler.archive.models import ArticleRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from kompas_crawler.archive.search import Query

RANKED = 300
"""How many matches are ranked at most, and as many whose title matches; the newest first.

Ranking reads a row's words, which lie apart from it: some 30 microseconds each.
"""

_LANGUAGE: Any = literal_column("'indonesian'::regconfig")
_TITLE: Any = literal_column("articles.title_words")
_ALL: Any = literal_column("articles.all_words")
# Of the weights D, C, B and A: the body is C, the summary B, the title A.
_WEIGHTS: Any = literal_column("'{0, 0.1, 0.4, 1}'::float4[]")
_BY_LENGTH = 1  # a match in a long text counts less


def _terms(query: Query) -> Any:
    """*query* as a tsquery; each term is data, in which no sign means anything."""
    wanted = [func.phraseto_tsquery(_LANGUAGE, term) for term in query.wanted]
    unwanted = [func.phraseto_tsquery(_LANGUAGE, term) for term in query.unwanted]
    terms: list[Any] = [*wanted, *(func.tsquery_not(term) for term in unwanted)]
    return reduce(lambda a, b: a.op("&&")(b), terms)


def _match(words: Any, terms: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = words.op("@@", is_comparison=True)(terms)
    return found


def condition(query: Query) -> ColumnElement[bool]:
    """Whether an article fits *query*."""
    return _match(_ALL, _terms(query))


def ranked(
    connection: Connection, query: Query, filters: Sequence[ColumnElement[bool]], limit: int
) -> list[tuple[int, float]]:
    """Rows and scores of the best matches."""
    terms = cast(bindparam("terms", connection.scalar(select(cast(_terms(query), Text)))), TSQUERY)
    candidates = union(
        _newest(connection, _match(_TITLE, terms), filters),
        _newest(connection, _match(_ALL, terms), filters),
    ).subquery()
    score = func.ts_rank(_WEIGHTS, _ALL, terms, _BY_LENGTH).label("score")
    best = (
        select(ArticleRow.id, score)
        .join(candidates, candidates.c.id == ArticleRow.id)
        .where(_match(_ALL, terms))
        .order_by(score.desc())
        .limit(limit)
    )
    return [(id_, float(rank)) for id_, rank in connection.execute(best)]


def _newest(
    connection: Connection, match: ColumnElement[bool], filters: Sequence[ColumnElement[bool]]
) -> Select[Any]:
    """The newest rows that match: found by going back in time, or sorted from the index's.

    PostgreSQL, which does not know what reading a row's words costs, goes back too often.
    """
    found = select(ArticleRow.id, ArticleRow.published_at).where(match, *filters)
    if _is_common(connection, match):
        rows = found.order_by(ArticleRow.published_at.desc()).limit(RANKED).subquery()
        return select(rows.c.id)
    every = found.cte().prefix_with("materialized")
    return select(every.c.id).order_by(every.c.published_at.desc()).limit(RANKED)


def _is_common(connection: Connection, match: ColumnElement[bool]) -> bool:
    """Whether so many rows match, as PostgreSQL guesses, that going back in time is quicker."""
    every = connection.scalar(
        text("select reltuples from pg_class where oid = 'articles'::regclass")
    )
    query = select(ArticleRow.id).where(match).compile(connection)
    plan: Any = connection.exec_driver_sql(
        f"explain (format json) {query}", query.params
    ).scalar_one()
    return bool(plan[0]["Plan"]["Plan Rows"] ** 2 > 10 * RANKED * (every or 0))


def opening_with(
    connection: Connection, words: str, filters: Sequence[ColumnElement[bool]], limit: int
) -> list[tuple[int, str]]:
    """Rows and titles of articles in whose title *words* stand together."""
    match = _match(_TITLE, func.phraseto_tsquery(_LANGUAGE, words))
    newest = _newest(connection, match, filters).subquery()
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
    """Of each row the part of the body where most of *query* stands, marked."""
    options = f'StartSel="{start}",StopSel="{end}",MinWords=20,MaxWords=32,MaxFragments=1'
    options += ',FragmentDelimiter=" … "'
    cut = func.ts_headline(_LANGUAGE, func.left(ArticleRow.body, 100_000), _terms(query), options)
    rows = connection.execute(select(ArticleRow.id, cut).where(ArticleRow.id.in_(ids)))
    return {row[0]: row[1] for row in rows}
