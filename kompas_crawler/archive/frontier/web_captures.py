"""The captures that public web archives list: one row each, of which some are fetched.

The key of a row is ``ARCHIVE:ARTICLE:PAGE:TIMESTAMP``; PAGE is ``all``, a number, or ``amp``.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection, select, true

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.frontier.take import OPEN
from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.sql import count, update_each
from kompas_crawler.frontier import State

PREFERENCE = ("amp", "1", "all")  # the pages from which an article can be read, the best last


class Capture(NamedTuple):
    """One row and the parts of its key; its ``etag`` is the digest in the index."""

    article: str
    page: str
    timestamp: str
    key: str
    url: str
    etag: str | None
    state: str
    scope: str
    section: str | None
    discovered_at: datetime
    visited_at: datetime | None


_COLUMNS = [getattr(FrontierRow, name) for name in Capture._fields[3:]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """The captures of ``archive`` that a command asks for: of articles of these days.

    ``sections`` (slugs) and ``articles`` (keys) may be empty: all. With ``versions`` each digest.
    """

    archive: str
    scope: str
    since: date
    until: date
    started_at: datetime  # of the run, which fetches no capture again
    sections: tuple[str, ...] = ()
    articles: Collection[str] = ()
    versions: bool = False


class Cost(NamedTuple):
    """What is listed, and what is to be fetched of it."""

    captures: int
    articles: int
    wanted: int  # articles
    requests: int


def days(connection: Connection, of: Selection) -> list[date]:
    """Return the days with captures, newest first."""
    day = FrontierRow.day
    query = select(day).where(FrontierRow.kind == "capture", day.between(of.since, of.until))
    found = connection.scalars(query.distinct().order_by(day.desc()))
    return [day for day in found if day is not None]


def choose(connection: Connection, of: Selection, days: list[date], most: int) -> int:
    """Make pending what is to be fetched of some *days*; return how many were not pending yet.

    Removes the days from the front of the list, until there are at least *most*.
    """
    chosen = 0
    while days and chosen < most:
        states = {
            one.key: {"state": State.FAILED if one.state == State.FAILED else State.PENDING}
            for _, wanted in _of_day(connection, of, days.pop(0))
            for one in wanted
            if one.state not in OPEN or one.scope != of.scope
        }
        chosen += len(states)
        update_each(connection, FrontierRow.key, states, scope=of.scope)
    return chosen


def cost(connection: Connection, of: Selection, limit: int | None) -> Cost:
    """Count what is listed, and what is to be fetched for at most *limit* articles."""
    captures_listed = articles = to_fetch = requests = 0
    for day in days(connection, of):
        for captures, wanted in _of_day(connection, of, day):
            captures_listed += len(captures)
            articles += 1
            if not wanted or to_fetch == limit:
                continue
            to_fetch += 1
            requests += len(wanted)
            if wanted[0].page != "all":
                requests += len({c.page for c in captures if c.page not in PREFERENCE})
    return Cost(captures_listed, articles, to_fetch, requests)


def unread(connection: Connection, scope: str | None = None) -> int:
    """Count the pages of indexes that are still to be read, of *scope* or of all."""
    is_of = FrontierRow.scope == scope if scope is not None else true()
    return count(connection, FrontierRow.kind == "cdx", FrontierRow.state.in_(OPEN), is_of)


def read_at(connection: Connection, key: str) -> datetime | None:
    """Return when the page *key* of an index was read; ``None`` if it is still to be read."""
    is_read = (FrontierRow.key == key, FrontierRow.state == State.DONE)
    return connection.scalar(select(FrontierRow.visited_at).where(*is_read))


def keyed(connection: Connection, prefix: str) -> Iterator[Capture]:
    """Yield the listed captures whose keys begin with *prefix*."""
    query = select(*_COLUMNS).where(FrontierRow.key >= prefix, FrontierRow.key < f"{prefix}~")
    rows = connection.execute(query.order_by(FrontierRow.key))
    return (Capture(*row.key.split(":")[1:], *row) for row in rows)


def _of_day(
    connection: Connection, of: Selection, day: date
) -> Iterator[tuple[list[Capture], list[Capture]]]:
    """Yield the captures of each article of *day*, and those of them to fetch."""
    key = f"{day:%Y%m%d}-"
    query = select(ArticleRow.key, ArticleRow.is_complete)
    is_of_day = (ArticleRow.key >= key, ArticleRow.key < f"{key}~")
    stored = dict(connection.execute(query.where(*is_of_day)).all())
    rows = list(keyed(connection, f"{of.archive}:{key}"))
    for article, group in groupby(rows, key=lambda capture: capture.article):
        captures = list(group)
        is_other = of.sections and {c.section for c in captures}.isdisjoint(of.sections)
        if is_other or (of.articles and article not in of.articles):
            continue
        is_whole = article in stored and stored[article] is not False
        yield captures, _wanted(captures, of, is_whole, is_stored=article in stored)


def _wanted(
    captures: Sequence[Capture], of: Selection, is_whole: bool, *, is_stored: bool
) -> list[Capture]:
    """Return the *captures* to fetch: those begun, else the best one of an article not whole."""
    readable = [capture for capture in captures if capture.page in PREFERENCE]
    fresh = [capture for capture in readable if capture.state == State.LISTED]
    begun = [capture for capture in readable if capture.state in OPEN]
    if of.versions:
        unread = (State.LISTED, State.SKIPPED)
        known = {capture.etag for capture in readable if capture.state not in unread}
        others = {capture.etag: capture for capture in fresh if capture.etag not in known}
        return [*begun, *others.values()]
    if begun or is_whole:
        return begun
    if is_stored:
        # Again only with a capture listed after the last visit.
        visited = [capture.visited_at for capture in captures if capture.visited_at is not None]
        last = max(visited, default=None)
        if last and (last >= of.started_at or all(c.discovered_at <= last for c in captures)):
            return []
        fresh = [capture for capture in readable if capture.state in (State.LISTED, State.DONE)]
    best = max(fresh, key=lambda c: (PREFERENCE.index(c.page), c.timestamp), default=None)
    return [best] if best else []
