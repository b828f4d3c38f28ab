"""Settle rows by several looks (visits), and schedule the next look.

A claim is a result that settles a row only when later looks confirm it: an article is gone, an
address is an alias of another article, a list has no rows.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from kompas_crawler.archive.changes import PageChange
from kompas_crawler.exitcodes import ConfigurationProblem
from kompas_crawler.frontier import GONE, NO_ROWS, Candidate, Row, State

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
SETTLED_AFTER = 2  # visits in a row without a change: an article is visited less, or no more
FIRST_RETRY = timedelta(minutes=15)
LAST_RETRY = timedelta(days=7)  # retry delays: each four times the previous one, up to the last
LOOKS = (timedelta(hours=1), timedelta(days=1), timedelta(days=3))
"""Times after the first failed look when an article that was never stored is fetched again."""
LISTED_AGAIN_AFTER = timedelta(days=1)
"""Minimum age of a row settled without a text, after which a list requeues it."""
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
    """Fail the row and schedule a retry.

    *is_unproven*: the response was not conclusive; an article that was never stored is then
    fetched again by ``LOOKS``.
    """
    looks = row.looks + 1 if claim is not None and row.claim == claim else 1
    since = (row.claimed_at if row.claim == claim and row.claimed_at else now) if claim else None
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
    """Settle a 404 or 410: at once for a stored article, which is still checked by ``LOOKS``.

    An article that was never stored needs four looks over three days, a list four looks over a
    week.
    """
    change = failed(row, reason, now, status=status, claim=GONE)
    if row.kind == "article" and row.is_stored:
        later = now + LOOKS[change.looks - 1] if change.looks <= len(LOOKS) else None
        return _settled(change, State.GONE, next_at=later)
    least = LIST_GONE_AFTER if row.kind == "listing" else LOOKS[-1]
    if is_confirmed(change, now, least, looks=len(LOOKS) + 1):
        return _settled(change, State.GONE)
    return change


def alias(row: Row, of: Candidate, now: datetime, status: int, *, is_sure: bool) -> PageChange:
    """Settle a page of another article.

    It is an alias at once if *is_sure*, else if that one is stored and two looks a day apart agree.
    """
    known: dict[str, Any] = {"status": status, "claim": of.key, "candidates": (of,)}
    change = failed(row, f"the page is of {of.key}", now, **known)
    if is_sure or (row.is_claim_stored and is_confirmed(change, now, ALIAS_AFTER, looks=2)):
        why = f"another address of {of.key}"
        # Visited once more: for days the site may redirect, or a cache may send the other page.
        again_at = None if row.state is State.SKIPPED else now + LAST_RETRY
        return _settled(change, State.SKIPPED, reason=why, alias_of=of.key, next_at=again_at)
    return change


def moved_list(
    row: Row, target: Candidate, now: datetime, status: int, links: tuple[Candidate, ...]
) -> PageChange:
    """Settle a list that redirects to *target*, which replaces it after four looks over a week."""
    reason = f"redirected to {target.url}"
    change = failed(row, reason, now, status=status, claim=target.key, candidates=links)
    if is_confirmed(change, now, LIST_GONE_AFTER, looks=len(LOOKS) + 1):
        more: dict[str, Any] = {"reason": f"moved to {target.url}", "candidates": (*links, target)}
        return _settled(change, State.SKIPPED, **more)
    return change


def empty_day(row: Row, now: datetime, status: int) -> PageChange:
    """Settle a list that should have rows and has none, if it had none a day ago either."""
    change = failed(row, "the list has no row; to be confirmed", now, status=status, claim=NO_ROWS)
    if is_confirmed(change, now, EMPTY_AFTER, looks=2):
        return _settled(change, State.DONE, reason=None)
    assert change.claimed_at is not None
    return _settled(change, State.FAILED, next_at=change.claimed_at + EMPTY_AFTER)


def is_confirmed(change: PageChange, now: datetime, least: timedelta, *, looks: int) -> bool:
    """Whether at least *looks* looks in a row, over at least *least*, made the same claim."""
    since = change.claimed_at
    return since is not None and change.looks >= looks and now - since >= least


def _settled(change: PageChange, state: State, **more: Any) -> PageChange:
    known = {"next_at": None, "is_failure": state is State.FAILED} | more
    return replace(change, state=state, **known)


class IfLikely(timedelta):
    """A time at which only articles with a likely correction are visited."""


def parse_schedule(text: str) -> tuple[timedelta, ...]:
    """Parse times after publication, such as ``6h?,1d?,7d``; empty means never.

    A time with ``?`` is for articles with a likely correction. Raises ``ConfigurationProblem``.

    >>> parse_schedule("6h?, 1d")
    (IfLikely(seconds=21600), datetime.timedelta(days=1))
    """
    times = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = re.fullmatch(r"([0-9]{1,5})([mhdw])(\??)", part)
        if match is None:
            raise ConfigurationProblem(f"KOMPAS_REVISIT has {part!r}; write times like 6h?,1d?,7d")
        kind = IfLikely if match[3] else timedelta
        times.append(kind(**{_UNITS[match[2]]: int(match[1])}))
    return tuple(sorted(times))


def next_visit(
    schedule: Sequence[timedelta],
    *,
    published_at: datetime,
    now: datetime,
    unchanged: int,
    is_likely: bool = True,
    is_late_find: bool = False,
) -> datetime | None:
    """Return the next visit after *now*, or ``None``.

    *unchanged* counts the visits in a row without a change: enough of them end the times that
    are ``IfLikely``, and a *schedule* that has none. *is_late_find*: a sweep stored it only now;
    such an article gets at least one visit.
    """
    always = [time for time in schedule if not isinstance(time, IfLikely)]
    if unchanged >= SETTLED_AFTER and len(always) == len(schedule):
        return None
    if not is_likely or unchanged >= SETTLED_AFTER:
        schedule = always
    visits = [published_at + time for time in schedule if published_at + time > now]
    if is_late_find and schedule:
        visits.append(now + schedule[0])
    return next(iter(visits), None)
