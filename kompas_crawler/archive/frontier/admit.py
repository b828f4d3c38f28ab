"""Admit candidates to the frontier, inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import BindParameter, bindparam, or_, select, update

from kompas_crawler.archive.frontier.looks import LISTED_AGAIN_AFTER
from kompas_crawler.archive.models import FrontierRow
from kompas_crawler.archive.sql import chunks, insert_ignore
from kompas_crawler.frontier import Candidate, State
from kompas_crawler.site.keys import ArticleKey
from kompas_crawler.site.urls import row_key, section_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection


_KEYS: BindParameter[str] = bindparam("keys", expanding=True)
_KNOWN = select(
    FrontierRow.key,
    FrontierRow.depth,
    FrontierRow.state,
    FrontierRow.empty_pages,
    FrontierRow.scope,
    FrontierRow.claim,
    FrontierRow.visited_at,
).where(FrontierRow.key.in_(_KEYS))
_VISITED = select(
    FrontierRow.key, FrontierRow.depth, FrontierRow.unchanged, FrontierRow.state
).where(FrontierRow.key.in_(_KEYS))
_SET_DEPTH = (
    update(FrontierRow).where(FrontierRow.key == bindparam("k")).values(depth=bindparam("d"))
)


REFUSED = "no % (extractor %)"
"""SQL pattern of the reasons that ``ValidatePipeline`` gives."""


def article_candidate(url: str, *, scope: str, depth: int, **known: Any) -> Candidate:
    """Build the candidate for an article's address."""
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
    """The ``new`` keys, and the known candidates whose depth has ``fallen``."""

    new: set[str]
    fallen: list[Candidate]


def admit(connection: Connection, candidates: Iterable[Candidate], now: datetime) -> Admitted:
    """Insert rows for *candidates*.

    Known rows keep their state, except for ``requeue``; their depth becomes the minimum.
    """
    wanted: dict[str, Candidate] = {}
    for candidate in candidates:
        other = wanted.get(candidate.key, candidate)
        wanted[candidate.key] = min(other, candidate, key=lambda c: (c.depth, not c.requeue))
    if not wanted:
        return Admitted(set(), [])
    known: dict[str, _Known] = {}
    for keys in chunks(wanted):
        known |= {row[0]: _Known(*row) for row in connection.execute(_KNOWN, {"keys": keys})}
    new = [candidate for key, candidate in wanted.items() if key not in known]
    if new:
        connection.execute(
            insert_ignore(connection, FrontierRow), [_values(candidate, now) for candidate in new]
        )
    seen = [(candidate, known[key]) for key, candidate in wanted.items() if key in known]
    asked = [(c, k) for c, k in seen if c.requeue or (c.is_listed and _is_open_again(k, now))]
    _requeue(connection, asked)
    _adopt(connection, [c for c, k in seen if k.state == State.PENDING and k.scope != c.scope])
    fallen = [c for c, k in seen if c.depth < k.depth]
    if fallen:
        connection.execute(_SET_DEPTH, [{"k": c.key, "d": c.depth} for c in fallen])
    return Admitted({candidate.key for candidate in new}, fallen)


class _Known(NamedTuple):
    key: str
    depth: int
    state: str
    empty_pages: int
    scope: str
    claim: str | None
    visited_at: datetime | None


def _is_open_again(known: _Known, now: datetime) -> bool:
    """Whether a list requeues the row: settled without a text, and not an alias."""
    is_textless = known.state == State.GONE or (known.state == State.SKIPPED and not known.claim)
    return is_textless and (
        known.visited_at is None or known.visited_at <= now - LISTED_AGAIN_AFTER
    )


def _requeue(connection: Connection, asked: Sequence[tuple[Candidate, _Known]]) -> None:
    """Make the rows pending, except stored articles and forgotten ones."""
    if not asked:
        return
    connection.execute(
        update(FrontierRow)
        .where(
            FrontierRow.key == bindparam("k"),
            FrontierRow.state != State.FORGOTTEN,
            or_(FrontierRow.kind != "article", FrontierRow.state != State.DONE),
        )
        .values(
            state=State.PENDING,
            priority=bindparam("p"),
            scope=bindparam("s"),
            empty_pages=bindparam("b"),
        ),
        [
            {
                "k": candidate.key,
                "p": candidate.priority,
                "s": candidate.scope,
                # A pending pager page keeps the lower count.
                "b": min(candidate.empty_pages, known.empty_pages)
                if known.state == State.PENDING
                else candidate.empty_pages,
            }
            for candidate, known in asked
        ],
    )


def _adopt(connection: Connection, candidates: Sequence[Candidate]) -> None:
    """Move pending rows to the scope that found them last."""
    if candidates:
        connection.execute(
            update(FrontierRow)
            .where(FrontierRow.key == bindparam("k"), FrontierRow.state == State.PENDING)
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
        "state": candidate.state,
        "etag": candidate.etag,
        "attempts": 0,
        "empty_pages": candidate.empty_pages,
        "unchanged": 0,
        "discovered_from": candidate.discovered_from,
        "discovered_at": now,
        "pager_of": candidate.pager_of,
    }


def requeue_refused(connection: Connection, version: str) -> int:
    """Make rows pending that another version of the extractor refused; return how many."""
    changed = connection.execute(
        update(FrontierRow)
        .where(FrontierRow.state.in_((State.SKIPPED, State.FAILED)), FrontierRow.kind == "article")
        .where(FrontierRow.reason.like(REFUSED))
        .where(FrontierRow.reason.not_like(f"%(extractor {version})"))
        .values(state=State.PENDING)
    )
    return changed.rowcount


class Visited(NamedTuple):
    """The state of a row before a visit; ``unchanged`` counts visits in a row without a change."""

    depth: int
    unchanged: int
    state: str


def visited(connection: Connection, keys: Collection[str]) -> dict[str, Visited]:
    """Return the state of the rows *keys* before this visit."""
    found: dict[str, Visited] = {}
    for part in chunks(keys):
        rows = connection.execute(_VISITED, {"keys": part})
        found |= {row[0]: Visited(*row[1:]) for row in rows}
    return found
