"""The frontier's statements: admit what was found, take what is to do, settle what is done.

All functions work on a connection, inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Table, and_, bindparam, func, or_, select, update

from kompas_crawler.archive.changes import Candidate, Priority, Row
from kompas_crawler.archive.models import ArticleRow, FrontierRow, LinkRow, State
from kompas_crawler.archive.sql import chunks, insert_ignore, pairs
from kompas_crawler.urls import ArticleKey, row_key, section_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from kompas_crawler.archive.changes import PageChange

_FRONTIER: Table = FrontierRow.__table__  # type: ignore[assignment]
_F = _FRONTIER.c
_ROW_COLUMNS = [_F[name] for name in Row.__dataclass_fields__]


BACKFILL_SCOPES = ("indeks", "sitemap")
"""Scopes whose work may last for weeks: only the spider that began it goes on with it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """Which rows a run takes.

    Pending ones of its ``scope``, or with ``takes_leftovers`` of every scope that is
    no back-fill; with ``takes_due`` those whose time has come; with ``takes_gaps``
    every article that is neither stored nor known to be gone.
    ``max_depth`` is how many "Baca juga" hops the run follows.
    """

    scope: str
    max_depth: int = 2
    takes_leftovers: bool = False
    takes_due: bool = False
    takes_gaps: bool = False


def article_candidate(url: str, *, scope: str, depth: int, **known: Any) -> Candidate:
    """The candidate for an article's address."""
    key = row_key(url)
    day = ArticleKey.parse(key).day if "-" in key and "/" not in key else None
    return Candidate(
        key=key,
        kind="article",
        url=url,
        scope=scope,
        section=section_of(url),
        day=day,
        depth=depth,
        **known,
    )


def admit(connection: Connection, candidates: Iterable[Candidate], now: datetime) -> set[str]:
    """Make rows of *candidates* and return the keys that are new.

    Known rows keep their state, unless asked for again by ``rearm``; their depth
    becomes the smallest found so far, and when that of a stored article falls, its
    edges are admitted with it.
    """
    wanted: dict[str, Candidate] = {}
    for candidate in candidates:  # their order is kept: it is that of the rows
        other = wanted.get(candidate.key)
        if other is None or (candidate.depth, not candidate.rearm) < (other.depth, not other.rearm):
            wanted[candidate.key] = candidate
    if not wanted:
        return set()
    known: dict[str, _Known] = {}
    for keys in chunks(wanted):
        found = connection.execute(
            select(_F.key, _F.depth, _F.state, _F.barren, _F.scope).where(_F.key.in_(keys))
        )
        known |= {row.key: _Known(*row) for row in found}
    new = [candidate for key, candidate in wanted.items() if key not in known]
    if new:
        connection.execute(
            insert_ignore(connection, _FRONTIER), [_values(candidate, now) for candidate in new]
        )
    seen = [(candidate, known[key]) for key, candidate in wanted.items() if key in known]
    _rearm(connection, [(c, k) for c, k in seen if c.rearm])
    _adopt(connection, [c for c, k in seen if k.state == State.PENDING and k.scope != c.scope])
    fallen = [c for c, k in seen if c.depth < k.depth]
    if fallen:
        connection.execute(
            update(_FRONTIER).where(_F.key == bindparam("k")).values(depth=bindparam("d")),
            [{"k": c.key, "d": c.depth} for c in fallen],
        )
    return {candidate.key for candidate in new}


class _Known(NamedTuple):
    key: str
    depth: int
    state: str
    barren: int
    scope: str


def _rearm(connection: Connection, asked: Sequence[tuple[Candidate, _Known]]) -> None:
    """Make rows pending that were asked for again; a stored article stays as it is."""
    if not asked:
        return
    connection.execute(
        update(_FRONTIER)
        .where(
            _F.key == bindparam("k"),
            _F.state != State.FORGOTTEN,
            or_(_F.kind == "listing", _F.state != State.DONE),
        )
        .values(
            state=State.PENDING,
            priority=bindparam("p"),
            scope=bindparam("s"),
            barren=bindparam("b"),
        ),
        [
            {
                "k": candidate.key,
                "p": candidate.priority,
                "s": candidate.scope,
                # A pager page that still waits keeps the better of two counts.
                "b": min(candidate.barren, known.barren)
                if known.state == State.PENDING
                else candidate.barren,
            }
            for candidate, known in asked
        ],
    )


def _adopt(connection: Connection, candidates: Sequence[Candidate]) -> None:
    """Let the run that found waiting rows anew fetch them, whoever asked first."""
    if candidates:
        connection.execute(
            update(_FRONTIER)
            .where(_F.key == bindparam("k"), _F.state == State.PENDING)
            .values(scope=bindparam("s"), priority=bindparam("p")),
            [{"k": c.key, "s": c.scope, "p": c.priority} for c in candidates],
        )


def _values(candidate: Candidate, now: datetime) -> dict[str, Any]:
    return {
        "key": candidate.key,
        "kind": candidate.kind,
        "url": candidate.url,
        "section": candidate.section,
        "day": candidate.day,
        "title": candidate.title,
        "listed_at": candidate.listed_at,
        "scope": candidate.scope,
        "depth": candidate.depth,
        "priority": candidate.priority,
        "state": State.PENDING,
        "attempts": 0,
        "barren": candidate.barren,
        "unchanged": 0,
        "discovered_from": candidate.discovered_from,
        "discovered_at": now,
    }


def edges_of(
    connection: Connection, keys: Collection[str], *, scope: str, max_depth: int
) -> list[Candidate]:
    """The candidates that the stored edges of the articles *keys* name."""
    found = []
    for part in chunks(keys):
        rows = connection.execute(
            select(LinkRow.url, LinkRow.title, _F.key, _F.depth)
            .join(ArticleRow, ArticleRow.id == LinkRow.article_id)
            .join(_FRONTIER, _F.key == ArticleRow.key)
            .where(ArticleRow.key.in_(part), _F.depth < max_depth)
        )
        found += [
            article_candidate(url, scope=scope, depth=depth + 1, title=title, discovered_from=key)
            for url, title, key, depth in rows
        ]
    return found


def admit_with_edges(
    connection: Connection, candidates: Iterable[Candidate], now: datetime, *, max_depth: int
) -> set[str]:
    """Like ``admit``; when the depth of stored articles falls, their edges follow."""
    new: set[str] = set()
    left = list(candidates)
    while left:
        before = depths(connection, {c.key for c in left if c.kind == "article"})
        new |= admit(connection, left, now)
        fallen = [c for c in left if c.depth < before.get(c.key, -1) and c.depth < max_depth]
        if not fallen:
            break
        left = edges_of(
            connection, {c.key for c in fallen}, scope=fallen[0].scope, max_depth=max_depth
        )
    return new


def depths(connection: Connection, keys: Collection[str]) -> dict[str, int]:
    """The depth of each of *keys* that has a row."""
    found: dict[str, int] = {}
    for part in chunks(keys):
        rows = connection.execute(select(_F.key, _F.depth).where(_F.key.in_(part)))
        found |= pairs(rows)
    return found


def unchanged_counts(connection: Connection, keys: Collection[str]) -> dict[str, int]:
    """How many visits in a row found each of *keys* unchanged."""
    found: dict[str, int] = {}
    for part in chunks(keys):
        found |= pairs(connection.execute(select(_F.key, _F.unchanged).where(_F.key.in_(part))))
    return found


def admit_left_behind(connection: Connection, work: Work, now: datetime) -> int:
    """Admit every edge whose end has no row yet, or a depth that the edge would lower.

    Returns how many rows are new. The way to catch up when the depth of a crawl was
    raised; within one depth nothing is left behind.
    """
    target = _FRONTIER.alias("target")
    total = 0
    while True:
        rows = connection.execute(
            select(LinkRow.url, LinkRow.title, _F.key, _F.depth)
            .join(ArticleRow, ArticleRow.id == LinkRow.article_id)
            .join(_FRONTIER, _F.key == ArticleRow.key)
            .join(target, target.c.key == LinkRow.target_key, isouter=True)
            .where(
                _F.depth < work.max_depth,
                or_(target.c.key.is_(None), target.c.depth > _F.depth + 1),
            )
            .limit(5000)
        ).all()
        if not rows:
            return total
        total += len(
            admit(
                connection,
                [
                    article_candidate(
                        url, scope=work.scope, depth=depth + 1, title=title, discovered_from=key
                    )
                    for url, title, key, depth in rows
                ],
                now,
            )
        )


def take(
    connection: Connection,
    work: Work,
    *,
    now: datetime,
    started_at: datetime,
    limit: int,
    taken: Collection[str],
) -> list[Row]:
    """Up to *limit* rows to be fetched now, in order of priority, none of those in *taken*.

    Pending rows first, then rows whose time has come, then gaps.
    """
    choices: list[tuple[ColumnElement[bool], Sequence[Any]]] = [
        (
            and_(_F.state == State.PENDING, _in_scope(work)),
            (_F.priority, _F.id),
        )
    ]
    if work.takes_due:
        choices.append(
            (
                and_(_F.next_at <= now, _F.state.in_((State.FAILED, State.SKIPPED, State.DONE))),
                (_F.state.desc(), _F.next_at, _F.id),  # retries before revisits
            )
        )
    if work.takes_gaps:
        choices.append(
            (
                and_(
                    _F.kind == "article",
                    _F.state.in_((State.FAILED, State.PENDING)),
                    or_(_F.visited_at.is_(None), _F.visited_at < started_at),
                ),
                (_F.day.desc(), _F.id),
            )
        )
    rows: dict[str, Row] = {}
    for condition, order in choices:
        if len(rows) >= limit:
            break
        found = connection.execute(
            select(*_ROW_COLUMNS).where(condition).order_by(*order).limit(limit + len(taken))
        )
        for values in found.mappings():
            row = _row(values)
            if row.key not in taken and len(rows) < limit:
                rows.setdefault(row.key, row)
    return list(rows.values())


def _in_scope(work: Work) -> ColumnElement[bool]:
    if work.takes_leftovers:
        return or_(_F.scope == work.scope, _F.scope.not_in(BACKFILL_SCOPES))
    return _F.scope == work.scope


def _row(values: Any) -> Row:
    return Row(**{**values, "state": State(values["state"])})


def settle(connection: Connection, changes: Sequence[dict[str, Any]]) -> None:
    """Write what became of visited rows; each dict names a row by ``row`` and its new values."""
    if not changes:
        return
    names = [name for name in changes[0] if name != "row"]
    connection.execute(
        update(_FRONTIER)
        .where(_F.key == bindparam("row"))
        .values({name: bindparam(f"v_{name}") for name in names}),
        [
            {"row": c["row"], **{f"v_{name}": c[name] for name in names}}
            for c in sorted(changes, key=lambda c: str(c["row"]))
        ],
    )


def settled_values(
    change: PageChange, *, now: datetime, unchanged: int, next_at: datetime | None
) -> dict[str, Any]:
    """The new values of the row that *change* visited."""
    retry = Priority.RETRY if change.is_failure else change.row.priority
    return {
        "row": change.row.key,
        "state": change.state,
        "reason": change.reason,
        "priority": retry,
        "attempts": change.row.attempts + 1 if change.is_failure else 0,
        "unchanged": unchanged,
        "next_at": next_at,
        "last_status": change.http_status,
        "etag": change.etag if change.etag or not change.is_not_modified else change.row.etag,
        "last_modified": change.last_modified
        if change.last_modified or not change.is_not_modified
        else change.row.last_modified,
        "visited_at": now,
    }


def waiting(connection: Connection, now: datetime) -> tuple[int, datetime | None]:
    """How many rows wait for a later time, and the first of those times."""
    count, first = connection.execute(
        select(func.count(), func.min(_F.next_at)).where(_F.next_at > now)
    ).one()
    return count, first


def pending(connection: Connection) -> int:
    """How many rows are still to be fetched, of whatever scope."""
    return connection.scalar(select(func.count()).where(_F.state == State.PENDING)) or 0
