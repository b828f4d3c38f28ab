"""Search by SQLite's FTS5."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import column, func, literal_column, select, table

from kompas_crawler.archive.models import ArticleRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from kompas_crawler.archive.read.search.query import Query

FEW, RANKED = 50, 5000
"""Up to ``FEW`` matches are scored here; else the last ``RANKED`` stored are ranked by FTS5."""

_INDEX = table("article_words", column("rowid"), column("article_words"))
_ROW: Any = _INDEX.c.rowid
_WORD = re.compile(r"[^\W_]+")
_WEIGHTS = (10.0, 4.0, 1.0)  # of title, summary and body


def _quoted(term: str) -> str:
    """Quote a term, which contains letters, digits and spaces only, as a string of FTS5."""
    return f'"{term}"'


def _expression(query: Query) -> str:
    wanted = " AND ".join(map(_quoted, query.wanted))
    unwanted = " OR ".join(map(_quoted, query.unwanted))
    return f"({wanted}) NOT ({unwanted})" if unwanted else wanted


def _matches(expression: str) -> ColumnElement[bool]:
    return _INDEX.c.article_words.op("match", is_comparison=True)(expression)


def condition(query: Query) -> ColumnElement[bool]:
    """Build the condition that an article matches *query*."""
    return ArticleRow.id.in_(select(_ROW).where(_matches(_expression(query))))


def _filtered(found: Select[Any], filters: Sequence[ColumnElement[bool]]) -> Select[Any]:
    if not filters:
        return found
    # "+ 0" prevents FTS5 from running the search once per row of the list.
    return found.where((_ROW + 0).in_(select(ArticleRow.id).where(*filters)))


def ranked(
    connection: Connection, query: Query, filters: Sequence[ColumnElement[bool]], limit: int
) -> tuple[list[tuple[int, float]], None]:
    """Return row ids and scores of the best matches, of any age (``None``)."""
    matches = _filtered(select(_ROW.label("id")).where(_matches(_expression(query))), filters)
    few = connection.scalars(matches.order_by(_ROW.desc()).limit(FEW + 1)).all()
    if len(few) <= FEW:
        return _scored(connection, query, few)[:limit], None
    name: Any = literal_column("article_words")
    scored = matches.add_columns(func.bm25(name, *_WEIGHTS).label("rank"))
    newest = scored.order_by(_ROW.desc()).limit(RANKED).subquery()
    best = select(newest.c.id, newest.c.rank).order_by(newest.c.rank).limit(limit)
    return [(id_, -rank) for id_, rank in connection.execute(best)], None


def _scored(connection: Connection, query: Query, ids: Sequence[int]) -> list[tuple[int, float]]:
    """Score a few rows by term frequency, as BM25.

    FTS5's own BM25 would first count all articles with each word.
    """
    found = []
    for row in connection.execute(
        select(ArticleRow.id, ArticleRow.title, ArticleRow.summary, ArticleRow.body).where(
            ArticleRow.id.in_(ids)
        )
    ):
        texts = [f" {' '.join(_WORD.findall((text or '').casefold()))} " for text in row[1:]]
        often = [
            sum(
                weight * text.count(f" {term.casefold()} ")
                for weight, text in zip(_WEIGHTS, texts, strict=True)
            )
            for term in query.wanted
        ]
        length = 0.3 + 0.7 * sum(map(len, texts)) / 2500  # 1 for an article of mean length
        found.append((row.id, sum(2.2 * n / (n + 1.2 * length) for n in often)))
    return sorted(found, key=lambda one: (-one[1], -one[0]))


def opening_with(
    connection: Connection, words: str, filters: Sequence[ColumnElement[bool]], limit: int
) -> list[tuple[int, str]]:
    """Return row ids and titles of articles whose title begins with *words*."""
    found = select(_ROW).where(_matches(f"title : ^ {_quoted(words)}"))
    ids = _filtered(found, filters).order_by(_ROW.desc()).limit(limit)
    rows = connection.execute(
        select(ArticleRow.id, ArticleRow.title).where(ArticleRow.id.in_(ids.subquery().select()))
    )
    return [(id_, title) for id_, title in rows]


def snippets(
    connection: Connection, query: Query, ids: Sequence[int], start: str, end: str
) -> dict[int, str]:
    """Return for each row the part of the body with most hits, marked."""
    name: Any = literal_column("article_words")
    cut = func.snippet(name, 2, start, end, "…", 30)
    rows = connection.execute(select(_ROW, cut).where(_matches(_expression(query)), _ROW.in_(ids)))
    return {row[0]: row[1] for row in rows}
