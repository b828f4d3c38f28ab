"""Write the results of visits to rows of the frontier."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from kompas_crawler.archive.changes import PageChange
from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.frontier.looks import LISTED_AGAIN_AFTER
from kompas_crawler.archive.sql import update_each
from kompas_crawler.frontier import Candidate, Priority, State
from kompas_crawler.log.terminal import safe


def settle(connection: Connection, rows: Mapping[str, dict[str, Any]]) -> None:
    """Update visited rows, by key, with values made by ``settled_values``."""
    is_kept = FrontierRow.state != State.FORGOTTEN
    update_each(connection, FrontierRow.key, rows, is_kept, lease_owner=None, lease_until=None)


def settled_values(
    change: PageChange, *, now: datetime, unchanged: int, next_at: datetime | None
) -> dict[str, Any]:
    """Return the new values of the row that *change* visited."""
    row, kept = change.row, change.row if change.is_not_modified else change
    return {
        "state": change.state,
        "reason": safe(change.reason) if change.reason else None,
        "priority": Priority.RETRY if change.is_failure else row.priority,
        "attempts": row.attempts + 1 if change.is_failure else 0,
        "unchanged": unchanged,
        "next_at": next_at,
        "last_status": change.http_status,
        "etag": change.etag or kept.etag,
        "last_modified": change.last_modified or kept.last_modified,
        "visited_at": now,
        "claim": change.claim,
        "claimed_at": change.claimed_at,
        "looks": change.looks,
    }


def schedule(connection: Connection, times: dict[str, datetime | None]) -> None:
    """Set when lists are read again, by key; the state of their rows does not change."""
    update_each(connection, FrontierRow.key, {key: {"next_at": at} for key, at in times.items()})


def fail_lists(connection: Connection, reasons: Mapping[str, str], at: datetime) -> None:
    """Fail lists, by key with the reason, to be retried *at* a time."""
    values = {key: {"reason": why, "claim": why} for key, why in reasons.items()}
    update_each(connection, FrontierRow.key, values, state=State.FAILED, next_at=at)


def mark_indexed(connection: Connection, keys: Collection[str]) -> None:
    """Record that the index of their day lists the articles *keys*."""
    is_new = FrontierRow.in_index.is_(False)
    update_each(connection, FrontierRow.key, {key: {} for key in keys}, is_new, in_index=True)


def mark_listed(connection: Connection, candidates: Iterable[Candidate]) -> None:
    """Record the publication dates that a sitemap has for known articles."""
    listed = {c.key: {"listed_at": c.listed_at} for c in candidates if c.listed_at is not None}
    update_each(connection, FrontierRow.key, listed, FrontierRow.listed_at.is_(None))


def fail_textless(connection: Connection, since: datetime, now: datetime) -> None:
    """Retry the articles skipped without a text since *since*: the site blocks its pages."""
    row = FrontierRow
    is_textless = (row.kind == "article", row.state == State.SKIPPED, row.claim.is_(None))
    failed = update(row).where(*is_textless, row.visited_at >= since)
    connection.execute(failed.values(state=State.FAILED, next_at=now + LISTED_AGAIN_AFTER))
