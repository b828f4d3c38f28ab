"""Search as SQLite's FTS5 spells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import column, func, literal_column, select, table

from kompas_crawler.archive.models import ArticleRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from kompas_crawler.archive.search import Query

RANKED = 5000
"""How many matches are ranked at most, the last stored first."""

_INDEX = table("article_words", column("rowid"), column("article_words"))
_ROW: Any = _INDEX.c.rowid
_WEIGHTS = (10.0, 4.0, 1.0)  # of title, summary and body


def _quoted(term: str) -> str:
    """A term as a string of FTS5, in which no sign means anything."""
    return f'"{term}"'  # terms hold letters, digits and spaces alone


def _expression(query: Query) -> str:
    wanted = " AND ".join(map(_quoted, query.wanted))
    unwanted = " OR ".join(map(_quoted, query.unwanted))
    return f"({wanted}) NOT ({unwanted})" if unwanted else wanted


def _matches(expression: str) -> ColumnElement[bool]:
    return _INDEX.c.article_words.op("match", is_comparison=True)(expression)


def condition(query: Query) -> ColumnElement[bool]:
    """Whether an article fits *query*."""
    return ArticleRow.id.in_(select(_ROW).where(_matches(_expression(query))))


def _filtered(found: Select[Any], filters: Sequence[ColumnElement[bool]]) -> Select[Any]:
    if not filters:
        return found
    # The sum keeps FTS5 from running the search anew for each row of the list.
    return found.where((_ROW + 0).in_(select(ArticleRow.id).where(*filters)))


def ranked(
    connection: Connection, query: Query, filters: Sequence[ColumnElement[bool]], limit: int
) -> list[tuple[int, float]]:
    """Rows and scores of the best matches."""
    name: Any = literal_column("article_words")
    matches = select(_ROW.label("id"), func.bm25(name, *_WEIGHTS).label("rank")).where(
        _matches(_expression(query))
    )
    newest = _filtered(matches, filters).order_by(_ROW.desc()).limit(RANKED).subquery()
    best = select(newest.c.id, newest.c.rank).order_by(newest.c.rank).limit(limit)
    return [(id_, -rank) for id_, rank in connection.execute(best)]


def opening_with(
    connection: Connection, words: str, filters: Sequence[ColumnElement[bool]], limit: int
) -> list[tuple[int, str]]:
    """Rows and titles of articles whose title begins with *words*."""
    found = select(_ROW).where(_matches(f"title : ^ {_quoted(words)}"))
    ids = _filtered(found, filters).order_by(_ROW.desc()).limit(limit)
    rows = connection.execute(
        select(ArticleRow.id, ArticleRow.title).where(ArticleRow.id.in_(ids.subquery().select()))
    )
    return [(id_, title) for id_, title in rows]


def snippets(
    connection: Connection, query: Query, ids: Sequence[int], start: str, end: str
) -> dict[int, str]:
    """Of each row the part of the body where most of *query* stands, marked."""
    name: Any = literal_column("article_words")
    cut = func.snippet(name, 2, start, end, "…", 30)
    rows = connection.execute(select(_ROW, cut).where(_matches(_expression(query)), _ROW.in_(ids)))
    return {row[0]: row[1] for row in rows}
