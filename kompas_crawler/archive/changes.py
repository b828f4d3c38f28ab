"""The changes of the archive by one page; a ``PageChange`` commits in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from kompas_crawler.frontier import GONE, NO_ROWS, Candidate, FrontPage, IndexPage, Row, State
from kompas_crawler.items import FetchedArticle

NEWS = "news"  # the reason of a revision: the site changed the text
REPARSE = "reparse"  # the reason of a revision: another version of this program read the same page
OLDER_PAGE = "earlier"  # of a revision: a page older than the stored text was read after it


class Outcome(StrEnum):
    """The result of storing an article."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, kw_only=True, slots=True)
class PageChange:
    """The changes of one visit: the row's state, an article, links.

    ``next_page`` is admitted unless two pages in a row had no new link; that of a tag always.
    """

    row: Row
    state: State
    reason: str | None = None
    http_status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    next_at: datetime | None = None
    alias_of: str | None = None  # the key of the article at the row's address
    is_failure: bool = False
    is_refusal: bool = False  # slows the pace, and may end the run
    claim: str | None = None
    claimed_at: datetime | None = None
    looks: int = 0
    is_not_modified: bool = False
    article: FetchedArticle | None = None
    candidates: tuple[Candidate, ...] = ()
    next_page: Candidate | None = None
    index_page: IndexPage | None = None
    front_page: FrontPage | None = None
    is_repeated: bool = False  # a page that repeats others of its pager

    @property
    def is_unconfirmed(self) -> bool:
        """Whether a dead link or an empty day waits for confirmation; not a failure yet."""
        is_empty_day = self.row.pager_of is None and self.claim == NO_ROWS
        return self.is_failure and (is_empty_day or (self.row.is_link and self.claim == GONE))


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """A write after all pages of the article ``key`` (``None``: of all articles) are stored."""

    key: str | None
    write: Callable[[Connection], object]


@dataclass(frozen=True, kw_only=True, slots=True)
class PageResult:
    """What one ``PageChange`` did: to its article, if any, and to the rows of its links."""

    outcome: Outcome | None = None
    revision: int | None = None
    first_seen_at: datetime | None = None
    duplicate_of: str | None = None
    is_of_details: bool = False  # only details of the stored article changed
    kept_whole: bool = False  # a shorter, broken page did not replace the stored text
    is_known: bool = False  # a capture no newer than the stored text
    reread: str | None = None  # what a reparse changed: ``REPARSE``, ``OLDER_PAGE``
    new_rows: int = 0
    known_rows: int = 0
    failure: PageChange | None = None  # also one that the visit did not see
