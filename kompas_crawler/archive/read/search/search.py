"""Full-text search over titles, summaries and bodies, best first.

All words are required, "words in quotes" are a phrase, -word excludes articles. SQLite ignores
case and accents; PostgreSQL also stems Indonesian words. The first migration creates the index.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select

from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.read.search import postgresql, sqlite
from kompas_crawler.archive.read.search.query import _WORD, Query, parse
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.sections import spellings
from kompas_crawler.site.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from types import ModuleType

    from sqlalchemy import ColumnElement, Connection, Select

START, END = "\x02", "\x03"
"""Marks around a hit in a snippet; stored texts never contain them."""

_OPENING = 50
"""Maximum of titles that are compared with the query."""


class Piece(NamedTuple):
    """A part of a snippet; ``is_hit`` if it matches the query."""

    text: str
    is_hit: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """A result; a higher ``score`` is better."""

    key: str
    url: str
    title: str
    section: str | None
    published_at: datetime
    score: float
    snippet: tuple[Piece, ...]


class Hits(list[Hit]):
    """The results, best first.

    ``looked_back_to`` is set if older articles were not searched: on PostgreSQL, for a phrase
    of very common words.
    """

    looked_back_to: datetime | None = None


def search(
    connection: Connection,
    words: str,
    *,
    since: date | None = None,
    until: date | None = None,
    section: Sequence[str] = (),
    limit: int = 20,
) -> Hits:
    """Return the best matches of *words*, an exact title first. Raises ``ValueError``.

    Days are publication days in WIB, inclusive. Only the newest matches are ranked.
    """
    query, dialect = parse(words), _dialect(connection)
    filters = _filters(since, until, section)
    ranked, back_to = dialect.ranked(connection, query, filters, limit)
    scores: dict[int, float] = dict(ranked)
    if not query.unwanted:
        exact = _exact(connection, words, filters)
        scores |= dict.fromkeys(exact, max(scores.values(), default=0.0) + 1.0)
    best = sorted(scores, key=lambda id_: (-scores[id_], -id_))[:limit]
    found = Hits(_hits(connection, query, best, scores))
    found.looked_back_to = back_to
    return found


def matching_keys(connection: Connection, words: str) -> Select[Any]:
    """Build a query for the keys of all articles that match *words*. Raises ``ValueError``."""
    condition = _dialect(connection).condition(parse(words))
    return select(ArticleRow.key).where(condition)


def _exact(connection: Connection, words: str, filters: Sequence[ColumnElement[bool]]) -> list[int]:
    """Return the ids of articles whose title equals *words*."""
    title = _plain(words)
    found = _dialect(connection).opening_with(connection, title, filters, _OPENING)
    return [id_ for id_, other in found if _plain(other) == title]


def _plain(title: str) -> str:
    return " ".join(_WORD.findall(clean(title))).casefold()


def _dialect(connection: Connection) -> ModuleType:
    return postgresql if connection.dialect.name == "postgresql" else sqlite


def _filters(
    since: date | None, until: date | None, section: Sequence[str]
) -> list[ColumnElement[bool]]:
    found = []
    if since:
        found.append(ArticleRow.published_at >= datetime.combine(since, time(), WIB))
    if until:
        after = datetime.combine(until, time(), WIB) + timedelta(days=1)
        found.append(ArticleRow.published_at < after)
    if section:
        found.append(func.lower(ArticleRow.section).in_(spellings(section)))
    return found


def _hits(
    connection: Connection, query: Query, ids: Sequence[int], scores: dict[int, float]
) -> list[Hit]:
    if not ids:
        return []
    snippets: dict[int, str] = _dialect(connection).snippets(connection, query, ids, START, END)
    rows: dict[int, Any] = {
        row.id: row
        for row in connection.execute(
            select(
                ArticleRow.id,
                ArticleRow.key,
                ArticleRow.url,
                ArticleRow.title,
                ArticleRow.section,
                ArticleRow.published_at,
            ).where(ArticleRow.id.in_(ids))
        )
    }
    return [
        Hit(
            key=row.key,
            url=row.url,
            title=row.title,
            section=row.section,
            published_at=row.published_at,
            score=scores[row.id],
            snippet=_pieces(snippets.get(row.id, "")),
        )
        for row in (rows[id_] for id_ in ids)
    ]


def _pieces(marked: str) -> tuple[Piece, ...]:
    """Split a snippet at its marks.

    >>> _pieces("air \\x02banjir\\x03")
    (Piece(text='air ', is_hit=False), Piece(text='banjir', is_hit=True))
    """
    found = []
    for number, part in enumerate(re.split(f"[{START}{END}]", marked)):
        if part:
            found.append(Piece(" ".join(part.split("\n\n")), number % 2 == 1))
    return tuple(found)
