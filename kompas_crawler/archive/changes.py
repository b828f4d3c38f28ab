"""What one fetched page changes in the archive, as values.

Everything a ``PageChange`` holds commits in one transaction; what came of it is
its ``PageResult``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from kompas_crawler.frontier import GONE, NO_HOPS, NO_ROWS, Candidate, FrontPage, IndexPage, Row

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from kompas_crawler.frontier import State
    from kompas_crawler.items import FetchedArticle

NEWS = "news"
"""The reason of a revision: the site has another text."""
REPARSE = "reparse"
"""The reason of a revision: the same page, read by another version of this program."""
OLDER_PAGE = "earlier"
"""The reason of a revision: a page older than what is stored, met after it."""


class Outcome(StrEnum):
    """What storing an article did."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


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
    article: FetchedArticle | None = None
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
    reread: str | None = None  # what reading it again changed: ``REPARSE``, ``OLDER_PAGE``
    new_rows: int = 0
    known_rows: int = 0
