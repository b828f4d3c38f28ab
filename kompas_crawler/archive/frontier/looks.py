"""What one look at a row, and several in a row, prove: its new state, and when to look again.

A claim is what an answer says that settles a row only when later looks say the same: that an
article is gone, that an address leads to another article, that a list has no rows.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from kompas_crawler.archive.changes import PageChange
from kompas_crawler.frontier import GONE, NO_ROWS, Row, State

if TYPE_CHECKING:
    from kompas_crawler.frontier import Candidate

FIRST_RETRY = timedelta(minutes=15)
LAST_RETRY = timedelta(days=7)
"""A failure waits four times as long as the one before, up to this."""
LOOKS = (timedelta(hours=1), timedelta(days=1), timedelta(days=3))
"""When an article that was never stored is looked at again, from the first look that failed."""
LISTED_AGAIN_AFTER = timedelta(days=1)
"""How long ago a row was settled without a text that is asked for again when a list names it."""
LIST_GONE_AFTER = timedelta(days=7)
ALIAS_AFTER = EMPTY_AFTER = timedelta(days=1)


def failed(
    row: Row,
    reason: str,
    now: datetime,
    *,
    status: int | None = None,
    claim: str | None = None,
    is_unproven: bool = False,
    is_refusal: bool = False,
    candidates: tuple[Candidate, ...] = (),
) -> PageChange:
    """The row has failed and waits for its next time.

    *is_unproven* is an answer that came and proved nothing: of an article that was never
    stored it is asked for again by ``LOOKS``.
    """
    looks = row.looks + 1 if claim is not None and row.claim == claim else 1
    since = claimed_at(row, claim, now) if claim else None
    next_at = now + min(FIRST_RETRY * 4 ** min(row.attempts, 9), LAST_RETRY)
    if (claim or is_unproven) and row.kind == "article" and not row.is_stored:
        count = looks if claim else row.attempts + 1
        wait = LOOKS[count - 1] if count <= len(LOOKS) else LAST_RETRY
        next_at = max((since or now) + wait, now + LOOKS[0])
    return PageChange(
        row=row,
        state=State.FAILED,
        reason=reason,
        http_status=status,
        is_failure=True,
        is_refusal=is_refusal,
        next_at=next_at,
        claim=claim,
        claimed_at=since,
        looks=looks,
        candidates=candidates,
    )


def gone(row: Row, reason: str, now: datetime, status: int) -> PageChange:
    """404 or 410: at once for a stored article, which is looked at again all the same.

    An article that was never stored has to be gone on four looks over three days, a list on
    four looks over a week.
    """
    change = failed(row, reason, now, status=status, claim=GONE)
    if row.kind == "article" and row.is_stored:
        later = now + LOOKS[change.looks - 1] if change.looks <= len(LOOKS) else None
        return _settled(change, State.GONE, next_at=later)
    least = LIST_GONE_AFTER if row.kind == "listing" else LOOKS[-1]
    if is_confirmed(change, now, least, looks=len(LOOKS) + 1):
        return _settled(change, State.GONE)
    return change


def alias(row: Row, key: str, candidate: Candidate, now: datetime, status: int) -> PageChange:
    """The page is another article's: that one is a candidate.

    The row is an alias when two looks a day apart agree and that article is stored.
    """
    change = failed(
        row, f"the page is of {key}", now, status=status, claim=key, candidates=(candidate,)
    )
    if row.is_claim_stored and is_confirmed(change, now, ALIAS_AFTER, looks=2):
        return _settled(change, State.SKIPPED, reason=f"another address of {key}", alias_of=key)
    return change


def moved_list(
    row: Row, target: Candidate, now: datetime, status: int, links: tuple[Candidate, ...]
) -> PageChange:
    """A list redirects to another: read in its place when four looks over a week agree."""
    reason = f"redirected to {target.url}"
    change = failed(row, reason, now, status=status, claim=target.key, candidates=links)
    if is_confirmed(change, now, LIST_GONE_AFTER, looks=len(LOOKS) + 1):
        return _settled(
            change,
            State.SKIPPED,
            reason=f"moved to {target.url}",
            candidates=(*links, target),
        )
    return change


def empty_day(row: Row, now: datetime, status: int) -> PageChange:
    """The index of a past day has no row: believed when that was said a day ago as well."""
    change = failed(row, "the index has no row; seen once", now, status=status, claim=NO_ROWS)
    if is_confirmed(change, now, EMPTY_AFTER, looks=2):
        return _settled(change, State.DONE, reason=None)
    assert change.claimed_at is not None
    return _settled(change, State.FAILED, next_at=change.claimed_at + EMPTY_AFTER)


def is_confirmed(change: PageChange, now: datetime, least: timedelta, *, looks: int) -> bool:
    """Whether enough looks in a row, over long enough, made the same claim."""
    return (
        change.claimed_at is not None and change.looks >= looks and now - change.claimed_at >= least
    )


def claimed_at(row: Row, claim: str, now: datetime) -> datetime:
    """When the first of the looks in a row was that made *claim*."""
    return row.claimed_at if row.claim == claim and row.claimed_at else now


def _settled(change: PageChange, state: State, **more: Any) -> PageChange:
    known = {"next_at": None, "is_failure": state is State.FAILED} | more
    return replace(change, state=state, **known)
