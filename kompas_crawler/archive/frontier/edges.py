"""Admit the targets of stored "Baca juga" links (edges) to the frontier."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, or_, select
from sqlalchemy.orm import aliased

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.frontier.admit import admit, article_candidate
from kompas_crawler.archive.models import ArticleRow, LinkRow
from kompas_crawler.archive.sql import chunks
from kompas_crawler.frontier import Candidate

if TYPE_CHECKING:
    from kompas_crawler.archive.frontier.take import Work

_EDGES = (
    select(LinkRow.url, LinkRow.title, FrontierRow.key, FrontierRow.depth)
    .join(ArticleRow, ArticleRow.id == LinkRow.article_id)
    .join(FrontierRow, FrontierRow.key == ArticleRow.key)
)
_OF_ARTICLES = _EDGES.where(
    ArticleRow.key.in_(bindparam("keys", expanding=True)),
    FrontierRow.depth < bindparam("max_depth"),
)


def admit_with_edges(
    connection: Connection, candidates: Iterable[Candidate], now: datetime, *, max_depth: int
) -> set[str]:
    """Like ``admit``; if the depth of stored articles falls, also admit their edges."""
    admitted = admit(connection, candidates, now)
    new = set(admitted.new)
    while fallen := {c.key: c for c in admitted.fallen if c.depth < max_depth}:
        scope = next(iter(fallen.values())).scope
        found: list[Candidate] = []
        for keys in chunks(fallen):
            values = {"keys": keys, "max_depth": max_depth}
            found += _candidates(connection.execute(_OF_ARTICLES, values), scope)
        admitted = admit(connection, found, now)
        new |= admitted.new
    return new


def admit_left_behind(connection: Connection, work: Work, now: datetime) -> int:
    """Admit every edge whose target has no row, or a greater depth; return how many rows are new.

    Needed only after the depth of a crawl was raised.
    """
    target = aliased(FrontierRow)
    left_behind = (
        _EDGES.join(target, target.key == LinkRow.target_key, isouter=True)
        .where(
            FrontierRow.depth < work.max_depth,
            or_(target.key.is_(None), target.depth > FrontierRow.depth + 1),
        )
        .limit(5000)
    )
    total = 0
    while candidates := _candidates(connection.execute(left_behind), work.scope):
        total += len(admit(connection, candidates, now).new)
    return total


def _candidates(rows: Iterable[Any], scope: str) -> list[Candidate]:
    return [
        article_candidate(url, scope=scope, depth=depth + 1, title=title, discovered_from=key)
        for url, title, key, depth in rows
    ]
