"""Full-text search over titles, summaries and bodies, with equal results on both databases.

First articles with this title, then those with all the words in the title, then others; in each
group the newest first, of one time by key.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, select

from kompas_crawler.archive.full_text import IDS, INDEX
from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.read.search import newest
from kompas_crawler.archive.read.search.query import parse
from kompas_crawler.archive.read.search.snippets import Piece, snippet
from kompas_crawler.archive.sql import chunks
from kompas_crawler.archive.words import title_word, words


class Hit(NamedTuple):
    """An article that matches; ``duplicate_of`` is the key of the original of a copy."""

    key: str
    url: str
    title: str
    section: str | None
    published_at: datetime
    duplicate_of: str | None
    snippet: tuple[Piece, ...]


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
    rows = connection.execute(_HITS.where(ArticleRow.id.in_(ids)))
    hits = {
        id_: Hit(*fields, snippet(query, body, summary or ""))  # type: ignore[call-arg]
        for id_, summary, body, *fields in rows
    }
    return [hits[id_] for id_ in ids]


def matching_ids(
    connection: Connection, text: str, *filters: ColumnElement[bool], limit: int
) -> list[int]:
    """Return the row ids of the first matches. Raises ``ValueError``."""
    tiers = newest.tiers(connection, parse(text), title_word(words(text)))
    found: dict[int, None] = {}
    for tier in tiers:
        if len(found) < limit:
            numbers = newest.numbers(connection, tier, filters, limit + len(found))
            found |= dict.fromkeys(_in_order(connection, [number % IDS for number in numbers]))
    return list(found)[:limit]


def _in_order(connection: Connection, ids: Sequence[int]) -> list[int]:
    row = ArticleRow
    found: list[Any] = []
    for part in chunks(ids):
        query = select(row.published_at, row.key, row.id).where(row.id.in_(part))
        found += connection.execute(query)
    return [id_ for at, key, id_ in sorted(found, key=lambda one: (-one[0].timestamp(), one[1]))]


def condition(connection: Connection, text: str) -> ColumnElement[bool]:
    """Build the condition that an article matches the query *text*. Raises ``ValueError``."""
    (*_, everything) = newest.tiers(connection, parse(text), "")
    match = newest.match(connection, everything.exact)
    return ArticleRow.id.in_(select(INDEX.c.rowid % IDS).where(match))
