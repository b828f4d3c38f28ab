"""Items: immutable dataclasses.

The metadata of each field declares its description, kind and export column. Cleaning, limits,
exports, feeds, Parquet types, revisions and the reference use it. A pipeline changes an item by
``dataclasses.replace(item, ...)``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Self, TypeVar

from itemadapter import ItemAdapter
from scrapy.http import Response

from kompas_crawler.frontier import Row
from kompas_crawler.site.keys import WIB, ArticleKey
from kompas_crawler.site.urls import article_key

ESSENTIAL = ("title", "body", "published_at")  # fields without which an article is not stored
CAPTURE = "warc_capture"  # key in ``Request.meta`` of the response's capture
PREVIOUS_CAPTURE = "warc_previous_capture"  # key of the article's previous capture


class Kind(StrEnum):
    """The kind of a field's value, by which pipelines and exporters process it."""

    CODE = "code"  # an id, an address, a hash, a state
    TEXT = "text"  # of any length
    LABEL = "label"  # a name or a few words
    PARAGRAPHS = "paragraphs"
    NAMES = "names"  # a list of names
    INSTANT = "instant"
    NUMBER = "number"
    FLAG = "flag"
    PARTS = "list of parts"  # of images or links


def instant(moment: datetime | None) -> str | None:
    """A time as exported: ISO 8601 with +07:00, in whole seconds."""
    return moment.astimezone(WIB).isoformat(timespec="seconds") if moment else None


SERIALIZERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.PARAGRAPHS: "\n\n".join,
    Kind.NAMES: list,
    Kind.INSTANT: instant,
    Kind.PARTS: lambda parts: [part.exported() for part in parts],
}


def _about(
    words: str, kind: Kind, column: int, *, is_metadata: bool = False, is_compared: bool = False
) -> dict[str, Any]:
    """The metadata of a field in export column *column*.

    *is_metadata*: a fact about the article that may be shared.
    *is_compared*: a change of the field is a new revision of the text, not of details.
    """
    known = {"about": words, "kind": kind, "column": column}
    known |= {"is_metadata": is_metadata, "is_compared": is_compared}
    serializer = SERIALIZERS.get(kind)
    return known | ({"serializer": serializer} if serializer else {})


@dataclass(frozen=True, slots=True)
class Related:
    """One "Baca juga" (read also) link: its canonical ``url`` and its text."""

    url: str
    title: str | None = None

    def exported(self) -> dict[str, str | None]:
        """The exported value, with the id of the linked article."""
        key = article_key(self.url)
        return {"id": str(key) if key else None, "url": self.url, "title": self.title}


@dataclass(frozen=True, slots=True)
class Image:
    """One picture of an article: ``url``, ``caption`` and ``credit`` (photographer or agency)."""

    url: str
    caption: str | None = None
    credit: str | None = None

    def exported(self) -> dict[str, str | None]:
        return {"url": self.url, "caption": self.caption, "credit": self.credit}


PARTS: dict[str, type[Image | Related]] = {"images": Image, "related": Related}
"""The class of the parts of a field, by its name."""


# fmt: off
@dataclass(frozen=True, kw_only=True, slots=True)
class Article:
    """One article as extracted from its page.

    A field that the page lacks is ``None`` or ``()``. Times have the offset of WIB (+07:00).
    """

    id: str = field(metadata=_about(
        "day of publication and number, such as 20220122-093100670; the same for all its addresses",
        Kind.CODE, 1, is_metadata=True))
    url: str = field(metadata=_about("the canonical address", Kind.CODE, 2, is_metadata=True))
    title: str | None = field(metadata=_about(
        "the headline", Kind.TEXT, 3, is_metadata=True, is_compared=True))
    summary: str | None = field(default=None, metadata=_about(
        "the teaser, if the page has one", Kind.TEXT, 4, is_compared=True))
    body: tuple[str, ...] = field(default=(), metadata=_about(
        "the text: paragraphs separated by a blank line", Kind.PARAGRAPHS, 5, is_compared=True))
    section: str | None = field(default=None, metadata=_about(
        "the channel, as written by Kompas", Kind.LABEL, 6))
    subsection: str | None = field(default=None, metadata=_about(
        "the part of the section, if any", Kind.LABEL, 7))
    content_type: str | None = field(default=None, metadata=_about(
        "Standard, Kolom, Advertorial, ...; only the first is news", Kind.LABEL, 8))
    dateline: str | None = field(default=None, metadata=_about(
        "the place at the start of the text, such as JAKARTA", Kind.LABEL, 9))
    authors: tuple[str, ...] = field(default=(), metadata=_about(
        "a list of writers (Penulis)", Kind.NAMES, 10, is_metadata=True))
    editors: tuple[str, ...] = field(default=(), metadata=_about(
        "a list of editors (Editor)", Kind.NAMES, 11))
    positions: Mapping[str, str] = field(default_factory=dict)  # "Kontributor Malang", by name
    source: str | None = field(default=None, metadata=_about(
        "the agency or newspaper it was taken from (Sumber)", Kind.LABEL, 12))
    tags: tuple[str, ...] = field(default=(), metadata=_about(
        "a list, as written by Kompas", Kind.NAMES, 13, is_compared=True))
    topic: str | None = field(default=None, metadata=_about(
        "the dossier it belongs to", Kind.LABEL, 14))
    published_at: datetime | None = field(default=None, metadata=_about(
        "publication time", Kind.INSTANT, 15, is_metadata=True))
    updated_at: datetime | None = field(default=None, metadata=_about(
        'time of the last update, if the page shows it ("Diperbarui")',
        Kind.INSTANT, 16, is_metadata=True))
    images: tuple[Image, ...] = field(default=(), metadata=_about(
        "a list of {url, caption, credit}", Kind.PARTS, 17))
    related: tuple[Related, ...] = field(default=(), metadata=_about(
        'a list of {id, url, title}: its "Baca juga" links', Kind.PARTS, 18))
    word_count: int = field(default=0, metadata=_about("words of the body", Kind.NUMBER, 19))
    declared_words: int | None = field(default=None, metadata=_about(
        "word count that the page declares", Kind.NUMBER, 20))
    pages: int | None = field(default=None, metadata=_about(
        "number of pages that the page declares", Kind.NUMBER, 21))
    pages_read: int = 1
    is_complete: bool | None = field(default=None, metadata=_about(
        "was everything read that the page declares; absent if it declares nothing", Kind.FLAG, 22))
    content_hash: str | None = field(default=None, metadata=_about(
        "SHA-256 of title, summary, body and tags", Kind.CODE, 28, is_metadata=True))
    text_hash: str | None = None  # of the body alone
    extractor_version: str = field(default="", metadata=_about(
        "version of the extractor", Kind.CODE, 29))
    found_in: Mapping[str, str] = field(default_factory=dict)  # the source of each field

    @property
    def key(self) -> ArticleKey:
        return ArticleKey.parse(self.id)


@dataclass(frozen=True, slots=True)
class Capture:
    """One WARC record."""

    file: str  # relative to ``KOMPAS_WARC_DIR`` or absolute
    offset: int
    digest: str  # of its payload
    at: datetime  # of the fetch, in whole seconds
    written_at: datetime  # earlier than ``at`` if an identical payload was received again


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """How an article was fetched: the frontier row, the response headers and the ``capture``."""

    row: Row
    http_status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    capture: Capture | None = None

    @classmethod
    def of(cls, response: Response, row: Row, capture: Capture | None) -> Self:
        # PostgreSQL stores no NUL, and what is stored is sent with every visit.
        values = (response.headers.get(name) or b"" for name in ("ETag", "Last-Modified"))
        texts = (value.decode("latin-1") for value in values)
        etag, modified = (t if t.isprintable() and 0 < len(t) < 500 else None for t in texts)
        return cls(
            row=row, http_status=response.status, etag=etag, last_modified=modified, capture=capture
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchedArticle(Article):
    """An article with its fetch time and visit; one read from the archive has no visit."""

    fetched_at: datetime | None = field(metadata=_about(
        "time of the last fetch; absent for a page saved at an unknown time",
        Kind.INSTANT, 27, is_metadata=True))
    visit: Visit | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredArticle(FetchedArticle):
    """An article with the result of storing it; ``outcome`` is new, updated or unchanged."""

    duplicate_of: str | None = field(default=None, metadata=_about(
        "the id of the older article with the same text", Kind.CODE, 23, is_metadata=True))
    revision: int | None = field(default=None, metadata=_about(
        "1 = the first version, 2 = after the first change, ...", Kind.NUMBER, 24))
    status: str = field(default="live", metadata=_about(
        "live, or gone: no longer on the site, but still in the archive", Kind.CODE, 25))
    first_seen_at: datetime | None = field(default=None, metadata=_about(
        "time of the first storage in this archive", Kind.INSTANT, 26, is_metadata=True))
    outcome: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedArticle:
    """One row of a listing: the canonical address and, where shown, its title."""

    url: str
    title: str | None = None
    is_beside: bool = False  # in a script, older than all rows: it may be gone


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """One page of links and the URL of the next page."""

    url: str
    articles: tuple[ListedArticle, ...] = ()
    next_page_url: str | None = None
    last_page: int = 1  # the highest page number in the pager
    unread_rows: int | None = None  # not understood; ``None`` without rows
# fmt: on


@cache
def declared() -> dict[str, Mapping[str, Any]]:
    """The metadata of the exported fields by name, in export order."""
    names = ItemAdapter.get_field_names_from_class(StoredArticle) or []
    known = {name: ItemAdapter.get_field_meta_from_class(StoredArticle, name) for name in names}
    exported = [name for name in known if "column" in known[name]]
    return {name: known[name] for name in sorted(exported, key=lambda name: known[name]["column"])}


def of_kind(*kinds: Kind) -> tuple[str, ...]:
    """The names of the exported fields of these *kinds*.

    >>> of_kind(Kind.NAMES)
    ('authors', 'editors', 'tags')
    """
    return tuple(name for name, known in declared().items() if known["kind"] in kinds)


def marked(flag: str) -> tuple[str, ...]:
    """The names of the exported fields with the metadata *flag*.

    >>> marked("is_compared")
    ('title', 'summary', 'body', 'tags')
    """
    return tuple(name for name, known in declared().items() if known[flag])


def optional() -> tuple[str, ...]:
    """The names of the exported fields that a page may lack, and that are counted.

    >>> optional()[:3]
    ('summary', 'section', 'subsection')
    """
    may_lack = {one.name for one in fields(Article) if one.default in (None, ())} - {*ESSENTIAL}
    counted = set(declared()) - {*of_kind(Kind.CODE, Kind.FLAG)}
    return tuple(name for name in declared() if name in may_lack & counted)


_A = TypeVar("_A", bound=FetchedArticle)


def extended(article: Article, to: type[_A], **more: Any) -> _A:
    """A copy of *article* as an item of the class *to*, with the fields *more*."""
    return to(**{one.name: getattr(article, one.name) for one in fields(article)} | more)
