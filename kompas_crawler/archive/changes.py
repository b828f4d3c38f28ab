"""What one fetched page changes in the archive, as values.

Everything a ``PageChange`` holds commits in one transaction; what came of it is
its ``PageResult``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from sqlalchemy import Connection

    from kompas_crawler.archive.models import State
    from kompas_crawler.items import Article

NEWS = "news"
"""The reason of a revision: the site has another text."""
REPARSE = "reparse"
"""The reason of a revision: the same page, read by another version of this program."""
EARLIER = "earlier"
"""The reason of a revision: a page older than what is stored, met after it."""
GONE = "gone"
"""What several looks claim, where the site answers 404 or 410."""
NO_ROWS = "no rows"
"""What several looks claim, where the index of a past day is empty."""
NO_HOPS = 1000
"""The depth of an article asked for by address: none of its links is followed."""


class Priority(IntEnum):
    """The order in which rows are fetched, smallest first."""

    FRONT = 0
    PAGER = 10
    ARTICLE = 20
    RETRY = 30
    REVISIT = 40
    BACKFILL = 50


class Outcome(StrEnum):
    """What storing an article did."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """An address worth fetching: a row of the frontier to be.

    ``rearm`` asks for a visit even when the row is done, as the fronts do in every run.
    """

    key: str
    kind: str
    url: str
    scope: str
    section: str | None = None
    day: date | None = None
    title: str | None = None
    depth: int = 0
    priority: int = Priority.ARTICLE
    discovered_from: str | None = None
    listed_at: datetime | None = None  # when a sitemap says it was published
    rearm: bool = False
    is_listed: bool = False  # by a list: it is asked for again where it was settled without a text
    pager_of: str | None = None  # the first page of the list that this is a page of
    barren: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A row of the frontier as it was taken to be fetched."""

    key: str
    kind: str
    url: str
    scope: str
    section: str | None
    day: date | None
    depth: int
    priority: int
    state: State
    attempts: int
    barren: int
    etag: str | None
    last_modified: str | None
    pager_of: str | None = None
    claim: str | None = None  # what the last looks said alike, see ``looks``
    claimed_at: datetime | None = None
    looks: int = 0
    is_stored: bool = False  # the row's article is stored
    is_claim_stored: bool = False  # the article that ``claim`` names is stored


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexPage:
    """One page of a day's index that proved itself.

    ``keys`` are the articles it lists, ``named`` is the highest page that its pager names,
    ``first`` the address of the day's first page.
    """

    site: str
    day: date
    page: int
    keys: tuple[str, ...]
    named: int
    first: Candidate


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontPage:
    """One page of a section's front or of its pager that proved itself.

    ``front`` is the key of the first page, ``keys`` are the articles in its rows, ``is_last``
    when the pager names no further page.
    """

    front: str
    section: str
    page: int
    keys: tuple[str, ...]
    is_last: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PageChange:
    """All that one visit changes: the row's state, an article, the links it found.

    ``max_depth`` is the greatest depth to which an article's links are followed.
    ``next_page`` is admitted unless the pager has shown nothing new twice in a row;
    with ``reads_all`` it always is.
    """

    row: Row
    state: State
    reason: str | None = None
    http_status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    next_at: datetime | None = None
    alias_of: str | None = None  # the key of the article that the row's address led to
    is_failure: bool = False
    is_refusal: bool = False  # the site refuses us: the pace slows, and the run may end
    claim: str | None = None
    claimed_at: datetime | None = None
    looks: int = 0
    is_not_modified: bool = False
    article: Article | None = None
    max_depth: int = 0
    candidates: tuple[Candidate, ...] = ()
    next_page: Candidate | None = None
    reads_all: bool = False
    index_page: IndexPage | None = None
    front_page: FrontPage | None = None

    @property
    def is_unconfirmed(self) -> bool:
        """Waits for another look and is no failure yet: a link that is dead, an empty day."""
        is_linked = self.row.kind == "article" and 0 < self.row.depth < NO_HOPS
        return self.is_failure and (self.claim == NO_ROWS or (is_linked and self.claim == GONE))


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """Something to write that is no page, after all that was read of ``key`` (``None``: of any)."""

    key: str | None
    write: Callable[[Connection], object]


@dataclass(frozen=True, kw_only=True, slots=True)
class PageResult:
    """What came of a ``PageChange``."""

    outcome: Outcome | None = None
    revision: int | None = None
    first_seen_at: datetime | None = None
    duplicate_of: str | None = None
    kept_whole: bool = False  # a shorter, broken page did not replace the stored text
    is_known: bool = False  # a page read again that is no newer than what is stored
    reread: str | None = None  # what reading it again changed: ``REPARSE``, ``EARLIER``
    new_rows: int = 0
    known_rows: int = 0
