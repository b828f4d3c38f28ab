"""Search as PostgreSQL's tsvector spells it."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal_column, select, union
from sqlalchemy.dialects.postgresql import array

from kompas_crawler.archive.models import ArticleRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection

    from kompas_crawler.archive.search import Query

RANKED = 1000
"""How many matches are ranked at most, and as many whose title matches; the newest first."""

_LANGUAGE: Any = literal_column("'indonesian'::regconfig")
_TITLE: Any = literal_column("articles.title_words")
_ALL: Any = literal_column("articles.all_words")
# Of the weights D, C, B and A: the body is C, the summary B, the title A.
_WEIGHTS: Any = array([0.0, 0.1, 0.4, 1.0])
_BY_LENGTH = 1  # a match in a long text counts less


def _terms(query: Query) -> Any:
    """*query* as a tsquery; each term is data, in which no sign means anything."""
    wanted = [func.phraseto_tsquery(_LANGUAGE, term) for term in query.wanted]
    unwanted = [func.phraseto_tsquery(_LANGUAGE, term) for term in query.unwanted]
    terms: list[Any] = [*wanted, *(func.tsquery_not(term) for term in unwanted)]
    return reduce(lambda a, b: a.op("&&")(b), terms)


def condition(query: Query) -> ColumnElement[bool]:
    """Whether an article fits *query*."""
    found: ColumnElement[bool] = _ALL.op("@@", is_comparison=True)(_terms(query))
    return found


def ranked(
    connection: Connection, query: Query, filters: Sequence[ColumnElement[bool]], limit: int
) -> list[tuple[int, float]]:
    """Rows and scores of the best matches."""
    terms = _terms(query)
    newest = ArticleRow.published_at.desc()
    titled = _TITLE.op("@@", is_comparison=True)(terms)
    candidates = union(
        select(ArticleRow.id).where(titled, *filters).order_by(newest).limit(RANKED),
        select(ArticleRow.id).where(condition(query), *filters).order_by(newest).limit(RANKED),
    ).subquery()
    score = func.ts_rank(_WEIGHTS, _ALL, terms, _BY_LENGTH).label("score")
    best = (
        select(ArticleRow.id, score)
        .join(candidates, candidates.c.id == ArticleRow.id)
        .where(condition(query))
        .order_by(score.desc())
        .limit(limit)
    )
    return [(id_, float(rank)) for id_, rank in connection.execute(best)]


def opening_with(
    connection: Connection, words: str, filters: Sequence[ColumnElement[bool]], limit: int
) -> list[tuple[int, str]]:
    """Rows and titles of articles in whose title *words* stand together."""
    phrase = func.phraseto_tsquery(_LANGUAGE, words)
    rows = connection.execute(
        select(ArticleRow.id, ArticleRow.title)
        .where(_TITLE.op("@@", is_comparison=True)(phrase), *filters)
        .order_by(func.length(ArticleRow.title), ArticleRow.published_at.desc())
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
    return {id_: text for id_, text in rows}
