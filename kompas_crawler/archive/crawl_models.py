"""The tables of a crawl: what is left to do, what lists and spans are proven, the fleet's pace."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Float, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from kompas_crawler.archive.models import Model, where
from kompas_crawler.archive.types import Json, UrlText


class FrontierRow(Model):
    """A known article or list page, and its state; the queue of the crawl."""

    __tablename__ = "frontier"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(UrlText, unique=True)
    kind: Mapped[str]  # article, listing, cdx (a page of a web archive's index), capture
    url: Mapped[str] = mapped_column(UrlText)
    section: Mapped[str | None]
    day: Mapped[date | None]  # publication day of an article, day of an index page
    title: Mapped[str | None]  # from the listing
    listed_at: Mapped[datetime | None]  # publication date in a sitemap
    scope: Mapped[str]  # kind of crawl that queued it
    depth: Mapped[int]  # minimum of "Baca juga" hops from a listing
    priority: Mapped[int]
    state: Mapped[str]
    reason: Mapped[str | None]
    attempts: Mapped[int]  # failures in a row
    empty_pages: Mapped[int] = mapped_column("barren", key="empty_pages")  # without new links
    unchanged: Mapped[int]  # visits in a row without a change
    next_at: Mapped[datetime | None]
    last_status: Mapped[int | None]
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    discovered_from: Mapped[str | None] = mapped_column(UrlText)
    discovered_at: Mapped[datetime]
    visited_at: Mapped[datetime | None]
    claim: Mapped[str | None] = mapped_column(UrlText)  # result to be confirmed: ``looks``
    claimed_at: Mapped[datetime | None]  # time of the first look with this claim
    looks: Mapped[int] = mapped_column(server_default="0")  # looks in a row with this claim
    pager_of: Mapped[str | None] = mapped_column(UrlText)  # first page of its list, or its article
    in_index: Mapped[bool] = mapped_column(server_default=false())  # the index of its day lists it
    lease_owner: Mapped[str | None]  # the crawl of a fleet that leases the row
    lease_until: Mapped[datetime | None]  # expiry of the lease

    __table_args__ = (
        Index("ix_frontier_state_priority", "state", "priority", "id"),
        Index("ix_frontier_state_next_at", "state", "next_at", "id"),
        Index("ix_frontier_day", "day"),
        Index("ix_frontier_lease_owner", "lease_owner", **where("lease_owner is not null")),
    )


class FrontierCountRow(Model):
    """How many rows of the frontier are alike, kept by triggers of the database.

    ``day`` and ``section`` are empty if unknown.
    """

    __tablename__ = "frontier_counts"

    day: Mapped[str] = mapped_column(UrlText, primary_key=True)
    section: Mapped[str] = mapped_column(UrlText, primary_key=True)
    kind: Mapped[str] = mapped_column(UrlText, primary_key=True)
    state: Mapped[str] = mapped_column(UrlText, primary_key=True)
    is_stored: Mapped[bool] = mapped_column(primary_key=True)  # its article is
    is_dead: Mapped[bool] = mapped_column(primary_key=True)  # as ``take.IS_DEAD_LINK``
    is_listed: Mapped[bool] = mapped_column(primary_key=True)  # in a sitemap
    in_index: Mapped[bool] = mapped_column(primary_key=True)
    total: Mapped[int]

    __table_args__ = ({"sqlite_with_rowid": False},)


class IndexDayRow(Model):
    """The last sitting (one pass over the index of a day), and whether it is complete.

    A sitting begins with the day's first page. It is complete when every page of the pager was
    read and the first page, fetched again, lists the same articles.
    """

    __tablename__ = "index_days"

    site: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    listed: Mapped[int]
    pages: Mapped[int]
    read_all: Mapped[bool]  # the sitting is complete
    complete: Mapped[bool]  # and every article of the day is stored or has no text
    swept_at: Mapped[datetime]  # when the last page was read
    began_at: Mapped[datetime]  # start of the sitting
    named: Mapped[int] = mapped_column(server_default="1")  # highest page number in a pager
    read_pages: Mapped[dict[str, list[str]]] = mapped_column(Json, server_default="[]")
    first_keys: Mapped[str | None]  # a digest of the articles on the first page
    is_checking: Mapped[bool] = mapped_column(server_default=false())  # fetching page 1 again
    sittings: Mapped[int] = mapped_column(server_default="0")  # incomplete ones in a row
    again_at: Mapped[datetime | None]  # when a day completed early is read again


class FrontRow(Model):
    """The span, ``since_at`` to ``closed_at``, that a section's front page covers without a gap.

    A sitting begun after ``closed_at`` has not reached the articles known at that time.
    """

    __tablename__ = "fronts"

    key: Mapped[str] = mapped_column(UrlText, primary_key=True)
    section: Mapped[str]
    since_at: Mapped[datetime]
    closed_at: Mapped[datetime]
    began_at: Mapped[datetime]  # start of the last sitting
    pages_read: Mapped[int]  # its consecutive pages, from page 1
    newest: Mapped[list[str] | None] = mapped_column(Json)  # the newest articles of its page 1
    to_meet: Mapped[list[str] | None] = mapped_column(Json)  # of the closed one, not listed since


class WarcPositionRow(Model):
    """The position in a WARC file that an interrupted run reached."""

    __tablename__ = "warc_positions"

    file: Mapped[str] = mapped_column(primary_key=True)
    offset: Mapped[int] = mapped_column(BigInteger)


class RobotsRow(Model):
    """The last good robots.txt of a host."""

    __tablename__ = "robots"

    host: Mapped[str] = mapped_column(primary_key=True)
    fetched_at: Mapped[datetime]
    body: Mapped[bytes]


class FleetPaceRow(Model):
    """The pace of a fleet: a single row, in the database's time."""

    __tablename__ = "fleet_pace"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    moment_at: Mapped[datetime]  # the last send time that was reserved
    held_until: Mapped[datetime]  # no request is sent before, after a refusal
    delay: Mapped[float] = mapped_column(Float)  # seconds, lengthened by refusals; 0 = none
    refused_at: Mapped[datetime]
    gap: Mapped[float] = mapped_column(Float)  # recent mean of the seconds between send times


class FleetOutcomeRow(Model):
    """How the last attempt of an unfinished job of the fleet ended."""

    __tablename__ = "fleet_outcomes"

    job_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    exit_code: Mapped[int]
    reason: Mapped[str]
    failures: Mapped[int]  # failed attempts
    ended_at: Mapped[datetime]
