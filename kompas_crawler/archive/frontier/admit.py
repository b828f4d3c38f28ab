"""Admit candidates to the frontier, inside the caller's transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, or_, select, update

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.frontier.looks import LISTED_AGAIN_AFTER, SETTLED_AFTER
from kompas_crawler.archive.sql import chunks, insert_ignore
from kompas_crawler.frontier import Candidate, State
from kompas_crawler.site.keys import ArticleKey
from kompas_crawler.site.urls import row_key, section_of


class Known(NamedTuple):
    """A known row before a visit; ``unchanged`` counts visits in a row without a change."""

    key: str
    depth: int
    state: str
    empty_pages: int
    scope: str
    claim: str | None
    visited_at: datetime | None
    unchanged: int
    title: str | None


_KNOWN = select(*(getattr(FrontierRow, name) for name in Known._fields)).where(
    FrontierRow.key.in_(bindparam("keys", expanding=True))
)
_COPIED = [name for name in Candidate.__dataclass_fields__ if hasattr(FrontierRow, name)]
_SET_DEPTH = (
    update(FrontierRow).where(FrontierRow.key == bindparam("k")).values(depth=bindparam("d"))
)


REFUSED = "no % (extractor %)"
"""SQL pattern of the reasons that ``ValidatePipeline`` gives."""


def article_candidate(url: str, *, scope: str, depth: int, **known: Any) -> Candidate:
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
    known = known_rows(connection, wanted)
    if new := [candidate for key, candidate in wanted.items() if key not in known]:
        fixed = {"attempts": 0, "unchanged": 0, "discovered_at": now}
        connection.execute(
            insert_ignore(connection, FrontierRow),
            [{name: getattr(one, name) for name in _COPIED} | fixed for one in new],
        )
    seen = [(candidate, known[key]) for key, candidate in wanted.items() if key in known]
    _requeue(connection, [(c, k) for c, k in seen if c.requeue or _is_asked(c, k, now)])
    _retitle(connection, [(c, k) for c, k in seen if c.is_listed and c.title != k.title], now)
    fallen = [c for c, k in seen if c.depth < k.depth]
    if fallen:
        connection.execute(_SET_DEPTH, [{"k": c.key, "d": c.depth} for c in fallen])
    return Admitted({candidate.key for candidate in new}, fallen)


def _is_asked(candidate: Candidate, known: Known, now: datetime) -> bool:
    """Whether the row moves to the scope that found it last: if pending there, or settled.

    A list requeues a row that is settled without a text, and not an alias.
    """
    if known.state == State.PENDING:
        return known.scope != candidate.scope
    is_textless = known.state == State.GONE or (known.state == State.SKIPPED and not known.claim)
    return (candidate.is_listed and is_textless) and (
        known.visited_at is None or known.visited_at <= now - LISTED_AGAIN_AFTER
    )


def _requeue(connection: Connection, asked: Sequence[tuple[Candidate, Known]]) -> None:
    """Make the rows pending, except stored articles and forgotten ones."""
    row = FrontierRow
    is_open = or_(row.kind != "article", row.state != State.DONE)
    values = [
        {
            "k": candidate.key,
            "priority": candidate.priority,
            "scope": candidate.scope,
            # A pending pager page keeps the lower count.
            "empty_pages": min(candidate.empty_pages, known.empty_pages)
            if known.state == State.PENDING
            else candidate.empty_pages,
        }
        for candidate, known in asked
    ]
    if values:
        requeued = update(row).where(row.key == bindparam("k"), row.state != State.FORGOTTEN)
        connection.execute(requeued.where(is_open).values(state=State.PENDING), values)


def _retitle(
    connection: Connection, listed: Sequence[tuple[Candidate, Known]], now: datetime
) -> None:
    """Note other titles in lists, which bring a visit forward unless the last ones were in vain."""
    titles = [
        {"k": c.key, "t": c.title} for c, k in listed if c.title and k.state != State.FORGOTTEN
    ]
    if titles:
        noted = update(FrontierRow).where(FrontierRow.key == bindparam("k"))
        connection.execute(noted.values(title=bindparam("t")), titles)
    # The title of a row known by a link is that of the link.
    due = [c.key for c, k in listed if c.title and k.title and not k.depth]
    stored = (FrontierRow.key.in_(due), FrontierRow.state == State.DONE)
    is_open = (FrontierRow.next_at > now, FrontierRow.unchanged < SETTLED_AFTER)
    if due:
        connection.execute(update(FrontierRow).where(*stored, *is_open).values(next_at=now))


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


def known_rows(connection: Connection, keys: Iterable[str]) -> dict[str, Known]:
    found: dict[str, Known] = {}
    for part in chunks(keys):
        found |= {row[0]: Known(*row) for row in connection.execute(_KNOWN, {"keys": part})}
    return found
