"""Where pages lie as they were received, and what reading them again tells of the archive.

All functions work on a connection, inside the caller's transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, bindparam, delete, or_, select, update

from kompas_crawler.archive.frontier import admit
from kompas_crawler.archive.models import ArticleRow, FrontierRow, WarcPositionRow
from kompas_crawler.archive.sql import chunks, pairs, upsert
from kompas_crawler.frontier import NO_HOPS, State
from kompas_crawler.items import Capture

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from kompas_crawler.items import FetchedArticle

_COLUMNS = ("warc_file", "warc_offset", "warc_digest", "warc_at")
_NOWHERE: dict[str, Any] = dict.fromkeys(_COLUMNS)
_MOVE = (
    update(ArticleRow)
    .where(ArticleRow.key == bindparam("k"))
    .values({name: bindparam(f"v_{name}") for name in _COLUMNS})
)


def columns(article: FetchedArticle) -> dict[str, Any]:
    """Where the page of *article* lies as received, as values of its row."""
    capture = article.visit.capture if article.visit else None
    if capture is None:
        return _NOWHERE
    values = (capture.file, capture.offset, capture.digest, capture.written_at)
    return dict(zip(_COLUMNS, values, strict=True))


def move(connection: Connection, articles: Sequence[FetchedArticle]) -> None:
    """Point the rows of stored *articles* to their newest captures."""
    captured = [a for a in articles if a.visit and a.visit.capture]
    if captured:
        connection.execute(
            _MOVE,
            [
                {"k": a.id} | {f"v_{name}": value for name, value in columns(a).items()}
                for a in sorted(captured, key=lambda a: a.id)
            ],
        )


class Stored(NamedTuple):
    """When the stored text of an article was fetched last, and where its page lies."""

    fetched_at: datetime
    capture: Capture | None


def stored(connection: Connection, keys: Collection[str]) -> dict[str, Stored]:
    """The stored ones of the articles *keys*, by key."""
    found = {}
    columns = [getattr(ArticleRow, name) for name in _COLUMNS]
    query = select(ArticleRow.key, ArticleRow.fetched_at, *columns)
    for part in chunks(keys):
        for key, fetched_at, file, offset, digest, at in connection.execute(
            query.where(ArticleRow.key.in_(part))
        ):
            capture = Capture(file=file, offset=offset, digest=digest, at=at, written_at=at)
            found[key] = Stored(fetched_at, capture if file is not None else None)
    return found


def of_articles(connection: Connection, keys: Collection[str]) -> dict[str, Capture]:
    """Where the pages of the articles *keys* lie, by key."""
    rows = stored(connection, keys).items()
    return {key: row.capture for key, row in rows if row.capture is not None}


def seen_again(connection: Connection, key: str, digest: str, at: datetime) -> None:
    """Note that the bytes *digest* of an article were received again *at* a later time."""
    connection.execute(
        update(ArticleRow)
        .where(ArticleRow.key == key, ArticleRow.warc_digest == digest, ArticleRow.fetched_at < at)
        .values(fetched_at=at)
    )


def gone(connection: Connection, url: str, status: int, at: datetime) -> None:
    """Note that the article of *url* was answered with 404 or 410 *at* a time.

    It counts where nothing newer is known: no text, and no listing that named it later.
    """
    candidate = admit.article_candidate(url, scope="warc", depth=NO_HOPS)
    key = candidate.key
    fetched_at = connection.scalar(select(ArticleRow.fetched_at).where(ArticleRow.key == key))
    if fetched_at is not None and fetched_at >= at:
        return
    connection.execute(
        update(ArticleRow)
        .where(ArticleRow.key == key, ArticleRow.status == "live")
        .values(status="gone")
    )
    admit.admit(connection, [candidate], at)  # known since then, where it was not known
    connection.execute(
        update(FrontierRow)
        .where(
            FrontierRow.key == key,
            or_(
                FrontierRow.state == State.DONE,
                and_(FrontierRow.state == State.PENDING, FrontierRow.discovered_at <= at),
            ),
        )
        .values(
            state=State.GONE,
            reason=f"HTTP {status}",
            last_status=status,
            next_at=None,
            visited_at=at,
        )
    )


def gone_at(connection: Connection, keys: Collection[str]) -> dict[str, datetime]:
    """When those of the articles *keys* that are gone were found to be, by key."""
    found: dict[str, datetime] = {}
    row = FrontierRow
    for part in chunks(keys):
        rows = connection.execute(
            select(row.key, row.visited_at).where(row.key.in_(part), row.state == State.GONE)
        )
        found |= {key: at for key, at in rows if at is not None}
    return found


def refused(connection: Connection, key: str, reason: str) -> None:
    """Note why the page of an article, read again, was refused, where one was refused before.

    Else the next crawl would fetch it anew, for a version of this program that has read it.
    """
    connection.execute(
        update(FrontierRow)
        .where(FrontierRow.key == key, FrontierRow.state.in_((State.SKIPPED, State.FAILED)))
        .where(FrontierRow.reason.like(admit.REFUSED))
        .values(reason=reason)
    )


def positions(connection: Connection) -> dict[str, int]:
    """How far files were read by a run that did not come to its end, by file."""
    return pairs(connection.execute(select(WarcPositionRow.file, WarcPositionRow.offset)))


def note_position(connection: Connection, file: str, offset: int) -> None:
    """Note that all of *file* before *offset* was read and stored."""
    upsert(connection, WarcPositionRow, file=file, offset=offset)


def forget_positions(connection: Connection, files: Collection[str]) -> None:
    """The *files* were read to their end; whoever asks for them again begins anew."""
    for part in chunks(files):
        connection.execute(delete(WarcPositionRow).where(WarcPositionRow.file.in_(part)))
