"""Admit candidates, and the targets of stored links (edges), in the caller's transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, or_, select, update
from sqlalchemy.orm import aliased

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.frontier.looks import LISTED_AGAIN_AFTER, SETTLED_AFTER
from kompas_crawler.archive.frontier.take import OPEN, Work
from kompas_crawler.archive.models import ArticleRow, LinkRow
from kompas_crawler.archive.sql import chunks, insert_ignore, update_each
from kompas_crawler.frontier import GONE, NO_HOPS, Candidate, State
from kompas_crawler.site.urls import article_key, key_of_code, row_key, section_of


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
    next_at: datetime | None
    url: str


_KNOWN = select(*(getattr(FrontierRow, name) for name in Known._fields))
_KNOWN = _KNOWN.where(FrontierRow.key.in_(bindparam("keys", expanding=True)))
_EDGES = (
    select(LinkRow.url, LinkRow.title, FrontierRow.key, FrontierRow.depth)
    .join(ArticleRow, ArticleRow.id == LinkRow.article_id)
    .join(FrontierRow, FrontierRow.key == ArticleRow.key)
)
_IS_GONE, _IS_KEPT = FrontierRow.state == State.GONE, FrontierRow.state != State.FORGOTTEN
_COPIED = [name for name in Candidate.__dataclass_fields__ if hasattr(FrontierRow, name)]

EMPTY_PAGES = 2  # pages in a row without a new link after which a pager ends
REFUSED = "no % (extractor %)"  # SQL pattern of the reasons that ``ValidatePipeline`` gives


def article_candidate(url: str, *, scope: str, depth: int, **known: Any) -> Candidate:
    key = row_key(url)
    known |= {"scope": scope, "depth": depth, "section": section_of(url)}
    dated = article_key(url) or key_of_code(key)
    return Candidate(key=key, kind="article", url=url, day=dated and dated.day, **known)


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
        rows = [{name: getattr(one, name) for name in _COPIED} | fixed for one in new]
        connection.execute(insert_ignore(connection, FrontierRow), rows)
    seen = [(candidate, known[key]) for key, candidate in wanted.items() if key in known]
    # An address that failed may be wrong, or that before a move; not that of an alias.
    named = [(c, k) for c, k in seen if c.is_listed or c.requeue]
    lost = [(c, k) for c, k in named if k.claim == GONE or (k.state in OPEN and c.url != k.url)]
    for _ in range(2):  # a listed alias stands for its article, which may have moved once more
        listed = [(c, k.claim) for c, k in seen if c.is_listed and k.claim]
        targets = known_rows(connection, {claim for _, claim in listed} - known.keys())
        seen += [(replace(c, key=claim), targets[claim]) for c, claim in listed if claim in targets]
        known |= targets
    if asked := [(c, k) for c, k in seen if c.requeue or _is_asked(c, k, now)]:
        _requeue(connection, asked, now)
    # Listed again within a day of the verdict: asked for once that day is over.
    gone = {c.key: k.visited_at for c, k in seen if c.is_listed and k.state == State.GONE}
    later = {key: {"next_at": at + LISTED_AGAIN_AFTER} for key, at in gone.items() if at}
    update_each(connection, FrontierRow.key, later, _IS_GONE, state="failed")
    if titled := [(c, k) for c, k in seen if c.is_listed and c.title != k.title]:
        _retitle(connection, titled, now)
    taken_over = [c for c, k in seen if c.is_listed and k.state == State.FAILED]
    update_each(connection, FrontierRow.key, {c.key: {"scope": c.scope} for c in taken_over})
    moved = {c.key: {"url": c.url, "depth": min(c.depth % NO_HOPS, k.depth)} for c, k in lost}
    update_each(connection, FrontierRow.key, moved, _IS_KEPT)
    anew = {c.key: {"next_at": now} for c, k in lost if k.claim != GONE}
    update_each(connection, FrontierRow.key, anew, FrontierRow.state == State.FAILED)
    # A link does not make a missing article that was requested by its address a dead link.
    fallen = [c for c, k in seen if c.depth < k.depth and (k.claim, k.depth) != (GONE, NO_HOPS)]
    update_each(connection, FrontierRow.key, {c.key: {"depth": c.depth} for c in fallen})
    return Admitted({candidate.key for candidate in new}, fallen)


def _is_asked(candidate: Candidate, known: Known, now: datetime) -> bool:
    """Whether the row moves to the scope that found it last: if pending there, or settled.

    A list requeues a row that is settled without a text, and not an alias, and one of another
    scope that failed and is due; a failed one that is not due yet only moves.
    """
    if known.state == State.PENDING:
        return known.scope != candidate.scope
    if known.state == State.FAILED and candidate.is_listed and known.scope != candidate.scope:
        return known.next_at is not None and known.next_at <= now
    is_textless = known.state == State.GONE or (known.state == State.SKIPPED and not known.claim)
    return (candidate.is_listed and is_textless) and (
        known.visited_at is None or known.visited_at <= now - LISTED_AGAIN_AFTER
    )


def _requeue(
    connection: Connection, asked: Sequence[tuple[Candidate, Known]], now: datetime
) -> None:
    """Make the rows pending, except stored articles that are not due and forgotten ones."""
    row = FrontierRow
    is_due = or_(row.kind != "article", row.state != State.DONE, row.next_at <= now)
    values = {}
    for one, known in asked:
        empty = one.empty_pages
        if known.state == State.PENDING:  # a pending pager page keeps the lower count
            empty = min(empty, known.empty_pages)
        values[one.key] = {"priority": one.priority, "scope": one.scope, "empty_pages": empty}
    update_each(connection, row.key, values, _IS_KEPT, is_due, state=State.PENDING)


def _retitle(
    connection: Connection, listed: Sequence[tuple[Candidate, Known]], now: datetime
) -> None:
    """Store changed titles of lists; unless the last two visits found no change, visit soon."""
    row = FrontierRow
    titles = {c.key: {"title": c.title} for c, k in listed if c.title}
    update_each(connection, row.key, titles, _IS_KEPT)
    # The title of a row known by a link is that of the link.
    due = {c.key: {"next_at": now} for c, k in listed if c.title and k.title and not k.depth}
    is_open = (row.state == State.DONE, row.next_at > now, row.unchanged < SETTLED_AFTER)
    update_each(connection, row.key, due, *is_open)


def requeue_refused(connection: Connection, version: str) -> int:
    """Make rows pending that another version of the extractor refused; return how many."""
    row = FrontierRow
    is_refused = (row.kind == "article", row.state.in_((State.SKIPPED, State.FAILED)))
    by_another = (row.reason.like(REFUSED), row.reason.not_like(f"%(extractor {version})"))
    changed = update(row).where(*is_refused, *by_another).values(state=State.PENDING)
    return connection.execute(changed).rowcount


def known_rows(connection: Connection, keys: Iterable[str]) -> dict[str, Known]:
    found: dict[str, Known] = {}
    for part in chunks(keys):
        found |= {row[0]: Known(*row) for row in connection.execute(_KNOWN, {"keys": part})}
    return found


def admit_with_edges(
    connection: Connection, candidates: Iterable[Candidate], now: datetime, *, max_depth: int
) -> set[str]:
    """Like ``admit``; if the depth of stored articles falls, also admit their edges."""
    admitted = admit(connection, candidates, now)
    new = set(admitted.new)
    while fallen := {c.key: c for c in admitted.fallen if c.depth < max_depth}:
        scope = next(iter(fallen.values())).scope
        found: list[Candidate] = []
        for keys in chunks(fallen):
            found += _ends(connection, _EDGES.where(ArticleRow.key.in_(keys)), scope)
        admitted = admit(connection, found, now)
        new |= admitted.new
    return new


def admit_left_behind(connection: Connection, work: Work, now: datetime) -> int:
    """Admit every edge whose target has no row, or a greater depth; return how many rows are new.

    Needed only after the depth of a crawl was raised.
    """
    target = aliased(FrontierRow)
    is_behind = or_(target.key.is_(None), target.depth > FrontierRow.depth + 1)
    edges = _EDGES.join(target, target.key == LinkRow.target_key, isouter=True)
    left_behind = edges.where(FrontierRow.depth < work.max_depth, is_behind).limit(5000)
    total = 0
    while any(done := admit(connection, _ends(connection, left_behind, work.scope), now)):
        total += len(done.new)  # in the end only rows are left behind that keep their depth
    return total


def _ends(connection: Connection, edges: Select[*tuple[Any, ...]], scope: str) -> list[Candidate]:
    return [
        article_candidate(url, scope=scope, depth=depth + 1, title=title, discovered_from=key)
        for url, title, key, depth in connection.execute(edges)
    ]
