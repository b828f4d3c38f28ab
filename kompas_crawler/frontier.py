"""Data types of the frontier: candidates, rows and proofs of lists."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum

from scrapy.exceptions import DropItem, IgnoreRequest

GONE = "gone"  # the claim of a look that got 404 or 410
NO_ROWS = "no rows"  # the claim of a look at an empty index of a past day
PART = "part"  # the claim of a look at a text that is incomplete or has no date
NO_HOPS = 1000  # the depth of an article requested by address: its links are not followed
LATEST = "#latest"  # the end of the keys of index pages that are read as far as something is new
SWEEP = "kompas"  # the scope of the scheduled sweep
TAGS = "tags:"  # the beginning of the scopes of tags; they end with the first day


class State(StrEnum):
    """The state of a row of the frontier."""

    LISTED = "listed"  # a capture in a public web archive that is not to be fetched so far
    PENDING = "pending"  # to be fetched
    LEASED = "leased"  # only in counts: a row with a lease keeps its state in the table
    DONE = "done"
    FAILED = "failed"  # retried at ``next_at``
    GONE = "gone"  # 404 or 410
    SKIPPED = "skipped"  # no text article, or refused; see ``reason``
    FORGOTTEN = "forgotten"  # removed on request; never fetched again


class Lacking(DropItem):
    """A required field is missing: the row fails and is retried later."""


class CutShort(IgnoreRequest):
    """A body is truncated or damaged: the row fails and is retried later."""


class Priority(IntEnum):
    """Priority of a row; the smallest is fetched first."""

    FRONT = 0
    PAGER = 10
    ARTICLE = 20
    RETRY = 30
    REVISIT = 40
    BACKFILL = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class _Address:
    key: str
    kind: str
    url: str
    scope: str
    section: str | None = None
    day: date | None = None
    depth: int = 0
    priority: int = Priority.ARTICLE
    state: State = State.PENDING  # of a new row
    pager_of: str | None = None  # the key of the list's first page, or of the captured article
    empty_pages: int = 0
    etag: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate(_Address):
    """An address to admit to the frontier."""

    title: str | None = None
    discovered_from: str | None = None
    listed_at: datetime | None = None  # publication time from a sitemap
    requeue: bool = False  # set an existing row to pending, even if it is done
    is_listed: bool = False  # found in a list: fetched again if it was settled without a text


@dataclass(frozen=True, kw_only=True, slots=True)
class Row(_Address):
    """A row of the frontier that was taken for a request."""

    attempts: int = 0
    last_modified: str | None = None
    claim: str | None = None  # the claim on which the last ``looks`` agree
    claimed_at: datetime | None = None
    looks: int = 0
    visited_at: datetime | None = None
    is_stored: bool = False  # the row's article is stored
    is_claim_stored: bool = False  # the article that ``claim`` names, or its own claim, is stored

    @property
    def conditions(self) -> dict[str, str]:
        """Request headers that ask for the page only if it has changed since it was stored."""
        if not self.is_stored or self.state is not State.DONE or self.claim == PART:
            return {}
        known = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in known.items() if value}

    @property
    def is_link(self) -> bool:
        """Whether it is an article that only "Baca juga" links name so far."""
        return self.kind == "article" and 0 < self.depth < NO_HOPS

    @property
    def reads_all(self) -> bool:
        """Whether it is a tag's list, whose pager is followed past pages without new articles."""
        return self.scope.startswith(TAGS)


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexPage:
    """One proven page of an index day."""

    site: str
    day: date
    page: int
    keys: tuple[str, ...]  # of the articles it lists
    named: int  # the highest page number in its pager
    first: Candidate  # of the day's first page
    is_whole: bool = True  # every row was understood
    age: timedelta = timedelta()  # of a cached copy
    claim: str | None = None  # why an earlier look doubted it


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontPage:
    """One proven page of a section's front or of its pager."""

    front: str  # the key of the first page
    section: str
    page: int
    keys: tuple[str, ...]  # of the articles in its rows
    has_rows: bool = True  # else its keys are of side lists
    is_whole: bool = True  # every row was understood
    age: timedelta = timedelta()  # of a cached copy
