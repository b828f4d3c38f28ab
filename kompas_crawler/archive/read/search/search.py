"""Full-text search over titles, summaries and bodies, best first.

All words are required, "words in quotes" stand together in that order, -word keeps
articles out. On SQLite words match as they are, whatever their case and accents;
PostgreSQL also brings Indonesian words back to their stem. The index is the database's
own: the first migration creates it.
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
from kompas_crawler.site.sections import SECTIONS
from kompas_crawler.site.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from types import ModuleType

    from sqlalchemy import ColumnElement, Connection, Select

START, END = "\x02", "\x03"
"""What the databases put around a word they found; no stored text holds these."""

_OPENING = 50
"""So many titles that open with all words are looked at, for the one that is nothing else."""


class Piece(NamedTuple):
    """A part of a snippet; ``is_hit`` where it is what was asked for."""

    text: str
    is_hit: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """One article that was found; a higher ``score`` is a better one."""

    key: str
    url: str
    title: str
    section: str | None
    published_at: datetime
    score: float
    snippet: tuple[Piece, ...]


class Hits(list[Hit]):
    """What was found, best first.

    ``looked_back_to`` is set where older articles may fit as well: on PostgreSQL, for a
    phrase whose words are so common that it is looked for in the newest articles alone.
    """

    looked_back_to: datetime | None = None


def search(
    connection: Connection,
    words: str,
    *,
    since: date | None = None,
    until: date | None = None,
    section: str | None = None,
    limit: int = 20,
) -> Hits:
    """The articles that *words* fit best, an exact title first; ``ValueError`` as ``parse``.

    Days are those of publication in WIB, both included. Of more than some thousand that
    match, the newest are ranked.
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
    """A query for the keys of all articles that *words* fit; ``ValueError`` as ``parse``."""
    condition = _dialect(connection).condition(parse(words))
    return select(ArticleRow.key).where(condition)


def _exact(connection: Connection, words: str, filters: Sequence[ColumnElement[bool]]) -> list[int]:
    """The articles whose title is *words* and nothing else."""
    title = _plain(words)
    found = _dialect(connection).opening_with(connection, title, filters, _OPENING)
    return [id_ for id_, other in found if _plain(other) == title]


def _plain(title: str) -> str:
    return " ".join(_WORD.findall(clean(title))).casefold()


def _dialect(connection: Connection) -> ModuleType:
    return postgresql if connection.dialect.name == "postgresql" else sqlite


def _filters(
    since: date | None, until: date | None, section: str | None
) -> list[ColumnElement[bool]]:
    found = []
    if since:
        found.append(ArticleRow.published_at >= datetime.combine(since, time(), WIB))
    if until:
        after = datetime.combine(until, time(), WIB) + timedelta(days=1)
        found.append(ArticleRow.published_at < after)
    if section:
        slug = section.lower()
        label = SECTIONS[slug].label.lower() if slug in SECTIONS else slug
        found.append(func.lower(ArticleRow.section).in_({slug, label}))
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
    """Part a snippet at its marks.

    >>> _pieces("air \\x02banjir\\x03")
    (Piece(text='air ', is_hit=False), Piece(text='banjir', is_hit=True))
    """
    found = []
    for number, part in enumerate(re.split(f"[{START}{END}]", marked)):
        if part:
            found.append(Piece(" ".join(part.split("\n\n")), number % 2 == 1))
    return tuple(found)
