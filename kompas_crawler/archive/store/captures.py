"""Positions of captures in WARC files, inside the caller's transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, delete, or_, select, update

from kompas_crawler.archive.crawl_models import FrontierRow, WarcPositionRow
from kompas_crawler.archive.frontier import admit
from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.sql import chunks, update_each, upsert
from kompas_crawler.archive.store.states import mark_gone
from kompas_crawler.frontier import NO_HOPS, State
from kompas_crawler.items import Capture, FetchedArticle
from kompas_crawler.site.keys import WIB

_COLUMNS = ("warc_file", "warc_offset", "warc_digest", "warc_at")


def columns(article: FetchedArticle) -> dict[str, Any]:
    """Return the position of the capture of *article*, as values of its row."""
    capture = article.visit.capture if article.visit else None
    if capture is None:
        return dict.fromkeys(_COLUMNS)
    values = (capture.file, capture.offset, capture.digest, capture.written_at)
    return dict(zip(_COLUMNS, values, strict=True))


def move(connection: Connection, articles: Sequence[FetchedArticle]) -> None:
    """Point the rows of stored *articles* to their newest captures."""
    captured = {a.id: columns(a) for a in articles if a.visit and a.visit.capture}
    update_each(connection, ArticleRow.key, captured)


class Stored(NamedTuple):
    """When the stored text of an article was last fetched, and its capture."""

    fetched_at: datetime | None
    capture: Capture | None


def stored(connection: Connection, keys: Collection[str]) -> dict[str, Stored]:
    """Load the stored articles among *keys*, by key."""
    found = {}
    query = select(*(getattr(ArticleRow, name) for name in ("key", "fetched_at", *_COLUMNS)))
    for part in chunks(keys):
        rows = connection.execute(query.where(ArticleRow.key.in_(part)))
        for key, fetched_at, file, offset, digest, at in rows:
            capture = Capture(file=file, offset=offset, digest=digest, at=at, written_at=at)
            found[key] = Stored(fetched_at, capture if file is not None else None)
    return found


def of_articles(connection: Connection, keys: Collection[str]) -> dict[str, Capture]:
    """Load the captures of the articles *keys*, by key."""
    return {key: row.capture for key, row in stored(connection, keys).items() if row.capture}


def seen_again(connection: Connection, key: str, digest: str, at: datetime) -> None:
    """Record that the same bytes, of *digest*, were received again *at* a later time."""
    row = ArticleRow
    is_same = (row.key == key, row.warc_digest == digest, row.fetched_at < at)
    connection.execute(update(row).where(*is_same).values(fetched_at=at))


def gone(connection: Connection, url: str, status: int, at: datetime, now: datetime) -> bool:
    """Record a 404 of *url* *at* a time, unless a newer text is known; return if it marks one."""
    candidate = admit.article_candidate(url, scope="warc", depth=NO_HOPS)
    key = candidate.key
    known = select(ArticleRow.fetched_at, ArticleRow.status).where(ArticleRow.key == key)
    fetched_at, stored_as = connection.execute(known).one_or_none() or (None, None)
    is_early = candidate.day is not None and at.astimezone(WIB).date() < candidate.day
    if is_early or (fetched_at is not None and fetched_at >= at):
        return False
    mark_gone(connection, [key], now)
    admit.admit(connection, [candidate], at)
    row = FrontierRow
    is_older = and_(row.state == State.PENDING, row.discovered_at <= at)
    changed = update(row).where(row.key == key, or_(row.state == State.DONE, is_older))
    changed = changed.values(state=State.GONE, reason=f"HTTP {status}", last_status=status)
    connection.execute(changed.values(next_at=None, visited_at=at))
    return stored_as == "live"


def gone_at(connection: Connection, keys: Collection[str]) -> dict[str, datetime]:
    """Return when the gone articles among *keys* were found to be gone, by key."""
    found: dict[str, datetime] = {}
    query = select(FrontierRow.key, FrontierRow.visited_at).where(FrontierRow.state == State.GONE)
    for part in chunks(keys):
        rows = connection.execute(query.where(FrontierRow.key.in_(part)))
        found |= {key: at for key, at in rows if at is not None}
    return found


def refused(connection: Connection, key: str, reason: str) -> None:
    """Update the reason of a row that was refused before and is refused again.

    Else the next crawl would fetch the page again, because the version has changed.
    """
    row = FrontierRow
    is_refused = (row.state.in_((State.SKIPPED, State.FAILED)), row.reason.like(admit.REFUSED))
    connection.execute(update(row).where(row.key == key, *is_refused).values(reason=reason))


def positions(connection: Connection) -> dict[str, int]:
    """Return the positions that an interrupted run reached, by file."""
    return dict(connection.execute(select(WarcPositionRow.file, WarcPositionRow.offset)).all())


def note_position(connection: Connection, file: str, offset: int) -> None:
    """Record that *file* was read and stored up to *offset*."""
    upsert(connection, WarcPositionRow, file=file, offset=offset)


def forget_positions(connection: Connection, files: Collection[str]) -> None:
    """Delete the positions of *files*, which were read to their end."""
    for part in chunks(files):
        connection.execute(delete(WarcPositionRow).where(WarcPositionRow.file.in_(part)))
