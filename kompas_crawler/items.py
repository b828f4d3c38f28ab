"""What a page says, as values that never change.

An item is frozen: a pipeline that has something to add returns
``dataclasses.replace(item, ...)``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kompas_crawler.site.keys import ArticleKey

if TYPE_CHECKING:
    from datetime import datetime

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from kompas_crawler.frontier import Row


@dataclass(frozen=True, kw_only=True, slots=True)
class Related:
    """One "Baca juga" (read also) link of an article.

    ``url`` is canonical, ``title`` the text of the link as the page shows it.
    """

    url: str
    title: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """One picture of an article: ``url``, ``caption`` and ``credit`` (photographer or agency)."""

    url: str
    caption: str | None = None
    credit: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """How an article was fetched: the row of the frontier it answers, and the server's words.

    ``capture`` is where its page is kept as received.
    """

    row: Row
    http_status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    capture: Capture | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Article:
    """One article, finished: nothing of the page's chrome is left in it.

    Fields a page does not give are ``None`` or ``()``, never a placeholder.
    Instants are aware, with the offset of WIB (+07:00).
    """

    # What the page says.
    id: str  # "20220122-093100670": publication date and the number in the URL
    url: str  # canonical
    title: str | None
    summary: str | None = None
    body: tuple[str, ...] = ()  # paragraphs
    section: str | None = None
    subsection: str | None = None
    content_type: str | None = None  # Standard, Kolom, Brandzview, Kilas, Advertorial
    dateline: str | None = None  # the place alone
    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    source: str | None = None  # news agency ("Sumber")
    tags: tuple[str, ...] = ()
    topic: str | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    images: tuple[Image, ...] = ()
    related: tuple[Related, ...] = ()
    word_count: int = 0  # words of the body
    declared_words: int | None = None
    pages: int | None = None  # how many the page says the article has
    pages_read: int = 1
    is_complete: bool | None = None
    extractor_version: str = ""
    # Which place answered for each field: {"title": "h1.read__title", ...}.
    found_in: Mapping[str, str] = field(default_factory=dict)

    # What the crawl knows of the visit.
    visit: Visit | None = None
    fetched_at: datetime | None = None

    # What the archive answers.
    content_hash: str | None = None  # of title, summary, body and tags
    text_hash: str | None = None  # of the body alone
    duplicate_of: str | None = None
    revision: int | None = None
    status: str = "live"
    first_seen_at: datetime | None = None
    outcome: str | None = None  # new, updated, unchanged

    @property
    def key(self) -> ArticleKey:
        """The article's key, by which the archive knows it."""
        return ArticleKey.parse(self.id)


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedArticle:
    """One row of a listing: the canonical address and, where shown, its title."""

    url: str
    title: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """One page of links: what it lists and which page follows.

    ``media_urls`` are photo, video and gallery links: known, counted, never fetched.
    """

    url: str
    articles: tuple[ListedArticle, ...] = ()
    media_urls: tuple[str, ...] = ()
    next_page_url: str | None = None
    last_page: int | None = None  # the pager's own word for how many pages there are


@dataclass(frozen=True, kw_only=True, slots=True)
class Capture:
    """One record: its ``file``, the ``offset`` at which it begins, its payload's ``digest``.

    ``at`` is when it was fetched, to the second, by whoever fetched it. A file in
    ``KOMPAS_WARC_DIR`` is known by its name there, any other by its whole path. ``written_at``
    is of the record that holds the bytes: earlier than ``at`` when they came again.
    """

    file: str
    offset: int
    digest: str
    at: datetime
    written_at: datetime
