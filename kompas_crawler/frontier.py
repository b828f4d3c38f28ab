"""A row of the frontier: what is known of an address, and what has become of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from scrapy.exceptions import DropItem

if TYPE_CHECKING:
    from datetime import date, datetime


class State(StrEnum):
    """What has become of a row of the frontier."""

    PENDING = "pending"  # to be fetched
    LEASED = "leased"  # counted so where a lease runs; the row itself keeps its state
    DONE = "done"
    FAILED = "failed"  # fetched in vain; ``next_at`` says when again
    GONE = "gone"  # 404 or 410
    SKIPPED = "skipped"  # no text article, or refused; ``reason`` says why
    FORGOTTEN = "forgotten"  # removed on request, never fetched again


GONE = "gone"
"""What several looks claim, where the site answers 404 or 410."""


NO_ROWS = "no rows"
"""What several looks claim, where the index of a past day is empty."""


NO_HOPS = 1000
"""The depth of an article asked for by address: none of its links is followed."""


class Lacking(DropItem):
    """A page lacks what every article has: its row fails, and is fetched again later."""


class Priority(IntEnum):
    """The order in which rows are fetched, smallest first."""

    FRONT = 0
    PAGER = 10
    ARTICLE = 20
    RETRY = 30
    REVISIT = 40
    BACKFILL = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """An address worth fetching: a row of the frontier to be.

    ``requeue`` asks for a visit even when the row is done, as the fronts do in every run.
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
    requeue: bool = False
    is_listed: bool = False  # by a list: it is asked for again where it was settled without a text
    pager_of: str | None = None  # the first page of the list that this is a page of
    empty_pages: int = 0


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
    empty_pages: int
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
