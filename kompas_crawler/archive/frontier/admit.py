"""The frontier's statements: admit what was found, take what is to do, settle what is done.

All functions work on a connection, inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    Table,
    and_,
    bindparam,
    exists,
    func,
    null,
    or_,
    select,
    true,
    update,
)

from kompas_crawler.archive.frontier.looks import LISTED_AGAIN_AFTER
from kompas_crawler.archive.models import ArticleRow, FrontierRow, LinkRow
from kompas_crawler.archive.sql import chunks, insert_ignore
from kompas_crawler.frontier import GONE, NO_HOPS, Candidate, Priority, Row, State
from kompas_crawler.log.terminal import safe
from kompas_crawler.site.urls import ArticleKey, row_key, section_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection, Select

    from kompas_crawler.archive.changes import PageChange

_FRONTIER: Table = FrontierRow.__table__  # type: ignore[assignment]
_F = _FRONTIER.c
IS_STORED = exists(select(ArticleRow.id).where(ArticleRow.key == _F.key))
"""Whether the article of a row is stored."""
IS_DEAD_LINK = and_(
    _F.state == State.FAILED,
    func.coalesce(_F.claim, "") == GONE,  # never NULL, for its negation is asked as well
    _F.depth > 0,
    _F.depth < NO_HOPS,
)
"""Said to be gone and not confirmed, and named by links alone: no list named it."""
ROWS = select(
    *[_F[name] for name in Row.__dataclass_fields__ if name in _F],
    IS_STORED.label("is_stored"),
    exists(select(ArticleRow.id).where(ArticleRow.key == _F.claim)).label("is_claim_stored"),
)
"""All rows, as they are taken."""

# Statements of the hot path are built once.
_KEYS: BindParameter[str] = bindparam("keys", expanding=True)
_KNOWN = select(_F.key, _F.depth, _F.state, _F.barren, _F.scope, _F.claim, _F.visited_at).where(
    _F.key.in_(_KEYS)
)
_VISITED = select(_F.key, _F.depth, _F.unchanged, _F.state).where(_F.key.in_(_KEYS))
_SETTLED = (
    *("state", "reason", "priority", "attempts", "unchanged", "next_at", "last_status"),
    *("claim", "claimed_at", "looks"),
    *("etag", "last_modified", "visited_at"),
)
_SETTLE = (
    update(_FRONTIER)
    .where(_F.key == bindparam("row"), _F.state != State.FORGOTTEN)
    .values({name: bindparam(f"v_{name}") for name in _SETTLED})
    .values(lease_owner=null(), lease_until=null())
)


REFUSED = "no % (extractor %)"
"""The reason of a row whose page lacked what every article has, as ``ValidatePipeline`` gives it,
as a pattern of SQL."""
DUE = (State.FAILED, State.SKIPPED, State.DONE, State.GONE)
"""States of rows that are looked at again when their ``next_at`` has come."""
BACKFILL_SCOPES = ("indeks", "sitemap")
"""Scopes whose work may last for weeks: only the spider that began it goes on with it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """Which rows a run takes.

    Pending ones of its ``scope``, or with ``takes_leftovers`` of every scope that is
    no back-fill; those of its scope that failed or are lists, and whose time has come, or with
    ``takes_due`` all whose time has come but the lists of back-fills; with ``takes_gaps``
    every article that is neither stored nor known to be gone, and every list not read.
    ``max_depth`` is how many "Baca juga" hops the run follows.
    """

    scope: str
    max_depth: int = 2
    takes_leftovers: bool = False
    takes_due: bool = False
    takes_gaps: bool = False
    since: date | None = None  # the days it is about, where it is about days
    until: date | None = None


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


class Admitted(NamedTuple):
    """What came of candidates: the ``new`` keys, and known ones whose depth has ``fallen``."""

    new: set[str]
    fallen: list[Candidate]


def admit(connection: Connection, candidates: Iterable[Candidate], now: datetime) -> Admitted:
    """Make rows of *candidates*.

    Known rows keep their state, unless asked for again by ``rearm``; their depth
    becomes the smallest found so far.
    """
    wanted: dict[str, Candidate] = {}
    for candidate in candidates:  # their order is kept: it is that of the rows
        other = wanted.get(candidate.key)
        if other is None or (candidate.depth, not candidate.rearm) < (other.depth, not other.rearm):
            wanted[candidate.key] = candidate
    if not wanted:
        return Admitted(set(), [])
    known: dict[str, _Known] = {}
    for keys in chunks(wanted):
        known |= {row[0]: _Known(*row) for row in connection.execute(_KNOWN, {"keys": keys})}
    new = [candidate for key, candidate in wanted.items() if key not in known]
    if new:
        connection.execute(
            insert_ignore(connection, _FRONTIER), [_values(candidate, now) for candidate in new]
        )
    seen = [(candidate, known[key]) for key, candidate in wanted.items() if key in known]
    asked = [(c, k) for c, k in seen if c.rearm or (c.is_listed and _is_open_again(k, now))]
    _rearm(connection, asked)
    _adopt(connection, [c for c, k in seen if k.state == State.PENDING and k.scope != c.scope])
    fallen = [c for c, k in seen if c.depth < k.depth]
    if fallen:
        connection.execute(
            update(_FRONTIER).where(_F.key == bindparam("k")).values(depth=bindparam("d")),
            [{"k": c.key, "d": c.depth} for c in fallen],
        )
    return Admitted({candidate.key for candidate in new}, fallen)


class _Known(NamedTuple):
    key: str
    depth: int
    state: str
    barren: int
    scope: str
    claim: str | None
    visited_at: datetime | None


def _is_open_again(known: _Known, now: datetime) -> bool:
    """Whether a list that names a row settled without a text asks for it again; no alias."""
    is_textless = known.state == State.GONE or (known.state == State.SKIPPED and not known.claim)
    return is_textless and (
        known.visited_at is None or known.visited_at <= now - LISTED_AGAIN_AFTER
    )


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
        "pager_of": candidate.pager_of,
    }


def rearm_refused(connection: Connection, version: str) -> int:
    """Make rows pending whose page another version of the extractor refused; return how many."""
    changed = connection.execute(
        update(_FRONTIER)
        .where(_F.state.in_((State.SKIPPED, State.FAILED)), _F.kind == "article")
        .where(_F.reason.like(REFUSED))
        .where(_F.reason.not_like(f"%(extractor {version})"))
        .values(state=State.PENDING)
    )
    return changed.rowcount


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
    admitted = admit(connection, candidates, now)
    new = set(admitted.new)
    while fallen := {c.key: c for c in admitted.fallen if c.depth < max_depth}:
        scope = next(iter(fallen.values())).scope
        edges = edges_of(connection, fallen.keys(), scope=scope, max_depth=max_depth)
        admitted = admit(connection, edges, now)
        new |= admitted.new
    return new


class Visited(NamedTuple):
    """What a row knew before a visit: its depth, visits in a row without a change, its state."""

    depth: int
    unchanged: int
    state: str


def visited(connection: Connection, keys: Collection[str]) -> dict[str, Visited]:
    """What the rows *keys* knew before this visit."""
    found: dict[str, Visited] = {}
    for part in chunks(keys):
        rows = connection.execute(_VISITED, {"keys": part})
        found |= {row[0]: Visited(*row[1:]) for row in rows}
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
            ).new
        )


def take(
    connection: Connection,
    work: Work,
    *,
    now: datetime,
    started_at: datetime,
    limit: int,
    taken: Collection[str],
    among: Select[Any] = ROWS,
) -> list[Row]:
    """Up to *limit* rows to be fetched now, in order of priority, none of those in *taken*.

    Pending rows first, then rows whose time has come, then gaps. *among* may narrow the
    choice further.
    """
    rows: dict[str, Row] = {}
    for condition, order in _choices(work, now, started_at):
        if len(rows) >= limit:
            break
        found = connection.execute(
            among.where(condition, _F.key.not_in([*taken, *rows]))
            .order_by(*order)
            .limit(limit - len(rows))
        )
        rows |= {row.key: row for row in map(_row, found.mappings())}
    return list(rows.values())


def _choices(
    work: Work, now: datetime, started_at: datetime
) -> list[tuple[ColumnElement[bool], Sequence[Any]]]:
    """Which rows *work* takes, and in which order, kind by kind."""
    found: list[tuple[ColumnElement[bool], Sequence[Any]]] = [
        (
            and_(_F.state == State.PENDING, _in_scope(work)),
            (_F.priority, _F.id),
        )
    ]
    is_due = and_(_F.next_at <= now, _F.state.in_(DUE))
    if work.takes_due:
        own = or_(_F.kind == "article", _F.scope == work.scope)
        if work.takes_leftovers:
            own = or_(own, _F.scope.not_in(BACKFILL_SCOPES))
    else:
        own = and_(_F.scope == work.scope, or_(_F.kind == "listing", _F.state.in_((State.FAILED,))))
        if work.since is not None:  # whoever asked for it first
            own = or_(own, and_(_F.kind == "article", _F.state == State.FAILED, is_of_days(work)))
    # Retries before revisits.
    found.append((and_(is_due, own), (_F.state.desc(), _F.next_at, _F.id)))
    if work.takes_gaps:
        found.append(
            (
                and_(
                    _F.state.in_((State.FAILED, State.PENDING)),
                    or_(
                        _F.visited_at.is_(None),
                        _F.visited_at < started_at,
                        and_(_F.kind == "listing", _F.state == State.PENDING),  # asked once more
                    ),
                ),
                (_F.kind.desc(), _F.day.desc(), _F.id),
            )
        )
    return found


def is_of_days(work: Work) -> ColumnElement[bool]:
    """Whether a row is of one of the days that *work* is about."""
    assert work.since is not None
    until = _F.day <= work.until if work.until is not None else true()
    return and_(_F.day >= work.since, until)


def _in_scope(work: Work) -> ColumnElement[bool]:
    if work.takes_leftovers:
        return or_(_F.scope == work.scope, _F.scope.not_in(BACKFILL_SCOPES))
    return _F.scope == work.scope


def _row(values: Any) -> Row:
    return Row(**{**values, "state": State(values["state"])})


def settle(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write what became of visited rows, as ``settled_values`` made them."""
    if rows:
        connection.execute(_SETTLE, sorted(rows, key=lambda row: str(row["row"])))


def settled_values(
    change: PageChange, *, now: datetime, unchanged: int, next_at: datetime | None
) -> dict[str, Any]:
    """The new values of the row that *change* visited."""
    row = change.row
    kept = change.is_not_modified
    return {
        "row": row.key,
        "v_state": change.state,
        "v_reason": safe(change.reason) if change.reason else None,
        "v_priority": Priority.RETRY if change.is_failure else row.priority,
        "v_attempts": row.attempts + 1 if change.is_failure else 0,
        "v_unchanged": unchanged,
        "v_next_at": next_at,
        "v_last_status": change.http_status,
        "v_etag": row.etag if kept and not change.etag else change.etag,
        "v_last_modified": row.last_modified
        if kept and not change.last_modified
        else change.last_modified,
        "v_visited_at": now,
        "v_claim": change.claim,
        "v_claimed_at": change.claimed_at,
        "v_looks": change.looks,
    }


def schedule(connection: Connection, times: dict[str, datetime | None]) -> None:
    """Set when lists are read again, by key; a list that waits to be read now keeps waiting."""
    if times:
        connection.execute(
            update(_FRONTIER).where(_F.key == bindparam("k")).values(next_at=bindparam("n")),
            [{"k": key, "n": at} for key, at in sorted(times.items())],
        )


def fail_lists(connection: Connection, keys: Collection[str], reason: str, at: datetime) -> None:
    """Ask again later for lists that turned out not to be what they seemed."""
    for key in sorted(keys):
        connection.execute(
            update(_FRONTIER)
            .where(_F.key == key)
            .values(state=State.FAILED, reason=reason, next_at=at)
        )


def mark_indexed(connection: Connection, keys: Collection[str]) -> None:
    """Note that the index of their day lists the articles *keys*."""
    for part in chunks(sorted(keys)):
        connection.execute(
            update(_FRONTIER).where(_F.key.in_(part), _F.in_index.is_(False)).values(in_index=True)
        )


def mark_listed(connection: Connection, candidates: Iterable[Candidate]) -> None:
    """Note when a sitemap says that known articles were published."""
    listed = [{"k": c.key, "at": c.listed_at} for c in candidates if c.listed_at is not None]
    if listed:
        connection.execute(
            update(_FRONTIER)
            .where(_F.key == bindparam("k"), _F.listed_at.is_(None))
            .values(listed_at=bindparam("at")),
            sorted(listed, key=lambda values: str(values["k"])),
        )


def fail_textless(connection: Connection, since: datetime, now: datetime) -> None:
    """Ask again for what was taken for no text since a moment: the site hides its articles."""
    connection.execute(
        update(_FRONTIER)
        .where(_F.kind == "article", _F.state == State.SKIPPED, _F.claim.is_(None))
        .where(_F.visited_at >= since)
        .values(state=State.FAILED, next_at=now + LISTED_AGAIN_AFTER)
    )


def lost_articles(connection: Connection) -> int:
    """Make rows pending that count as done and whose article is not there; return how many."""
    changed = connection.execute(
        update(_FRONTIER)
        .where(_F.kind == "article", _F.state == State.DONE, ~IS_STORED)
        .values(state=State.PENDING)
    )
    return changed.rowcount


def waiting(connection: Connection, now: datetime) -> tuple[int, datetime | None]:
    """How many rows wait for a later time, and the first of those times."""
    count, first = connection.execute(
        select(func.count(), func.min(_F.next_at)).where(_F.next_at > now)
    ).one()
    return count, first


def pending(connection: Connection) -> int:
    """How many rows are still to be fetched, of whatever scope."""
    return connection.scalar(select(func.count()).where(_F.state == State.PENDING)) or 0
