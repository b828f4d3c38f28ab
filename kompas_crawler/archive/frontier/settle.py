"""Write the results of visits to rows of the frontier."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, null, update

from kompas_crawler.archive.changes import PageChange
from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.frontier.looks import LISTED_AGAIN_AFTER
from kompas_crawler.archive.sql import chunks
from kompas_crawler.frontier import Candidate, Priority, State
from kompas_crawler.log.terminal import safe

_SETTLE = (
    update(FrontierRow)
    .where(FrontierRow.key == bindparam("row"), FrontierRow.state != State.FORGOTTEN)
    .values(lease_owner=null(), lease_until=null())
)


def settle(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Update visited rows with values made by ``settled_values``."""
    if rows:
        connection.execute(_SETTLE, sorted(rows, key=lambda row: str(row["row"])))


def settled_values(
    change: PageChange, *, now: datetime, unchanged: int, next_at: datetime | None
) -> dict[str, Any]:
    """Return the new values of the row that *change* visited."""
    row = change.row
    is_same = change.is_not_modified
    return {
        "row": row.key,
        "state": change.state,
        "reason": safe(change.reason) if change.reason else None,
        "priority": Priority.RETRY if change.is_failure else row.priority,
        "attempts": row.attempts + 1 if change.is_failure else 0,
        "unchanged": unchanged,
        "next_at": next_at,
        "last_status": change.http_status,
        "etag": row.etag if is_same and not change.etag else change.etag,
        "last_modified": row.last_modified
        if is_same and not change.last_modified
        else change.last_modified,
        "visited_at": now,
        "claim": change.claim,
        "claimed_at": change.claimed_at,
        "looks": change.looks,
    }


def schedule(connection: Connection, times: dict[str, datetime | None]) -> None:
    """Set when lists are read again, by key; the state of their rows does not change."""
    if times:
        connection.execute(
            update(FrontierRow)
            .where(FrontierRow.key == bindparam("k"))
            .values(next_at=bindparam("n")),
            [{"k": key, "n": at} for key, at in sorted(times.items())],
        )


def fail_lists(connection: Connection, keys: Collection[str], reason: str, at: datetime) -> None:
    """Fail the lists *keys*, to be retried *at* a time."""
    if keys:
        failed = update(FrontierRow).where(FrontierRow.key.in_(sorted(keys)))
        connection.execute(failed.values(state=State.FAILED, reason=reason, next_at=at))


def mark_indexed(connection: Connection, keys: Collection[str]) -> None:
    """Record that the index of their day lists the articles *keys*."""
    marked = update(FrontierRow).where(FrontierRow.in_index.is_(False)).values(in_index=True)
    for part in chunks(sorted(keys)):
        connection.execute(marked.where(FrontierRow.key.in_(part)))


def mark_listed(connection: Connection, candidates: Iterable[Candidate]) -> None:
    """Record the publication dates that a sitemap has for known articles."""
    listed = [{"k": c.key, "at": c.listed_at} for c in candidates if c.listed_at is not None]
    if listed:
        connection.execute(
            update(FrontierRow)
            .where(FrontierRow.key == bindparam("k"), FrontierRow.listed_at.is_(None))
            .values(listed_at=bindparam("at")),
            sorted(listed, key=lambda values: str(values["k"])),
        )


def fail_textless(connection: Connection, since: datetime, now: datetime) -> None:
    """Retry the articles skipped without a text since *since*: the site blocks its pages."""
    row = FrontierRow
    is_textless = (row.kind == "article", row.state == State.SKIPPED, row.claim.is_(None))
    failed = update(row).where(*is_textless, row.visited_at >= since)
    connection.execute(failed.values(state=State.FAILED, next_at=now + LISTED_AGAIN_AFTER))
