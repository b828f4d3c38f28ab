"""What an article's page says: the template of Kompas.com since 2017, in its forms up to 2026.

Each field is read from several places in order of trust, and ``found_in`` tells which one
answered.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qs, urlsplit

from kompas_crawler.dates import parse_wib, visible_times
from kompas_crawler.items import Article, Image
from kompas_crawler.pages import people
from kompas_crawler.pages.address import absolute, canonical_link
from kompas_crawler.pages.body import Body, read_body
from kompas_crawler.pages.completeness import is_complete, words_of_body, words_of_related
from kompas_crawler.pages.document import Document, declared_charset, text_of
from kompas_crawler.pages.photo import read_photo
from kompas_crawler.sections import SECTIONS
from kompas_crawler.text import clean, clean_or_none, split_list, split_names, strip_title
from kompas_crawler.urls import UrlKind, article_key, kind, section_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from lxml.etree import _Element as Element
    from scrapy.http import Response

    from kompas_crawler.items import Related
    from kompas_crawler.urls import ArticleKey

Answer = TypeVar("Answer")

EXTRACTOR_VERSION = "1"
"""To be raised by any change that reads the same page differently."""

TITLE = "read__title"
TIME = "read__time"
CONTENT = "read__content"
PAGER = "read__paging"
TAG_LINK = "tag__article__link"
BREADCRUMB_LINK = "breadcrumb__link"
LEAD_PHOTOS = ("cover-photo", "photo")
CONTENT_ATTRIBUTE = "data-io-article-url"
"""On the inner wrapper of 2021: where the body is when its class is another one."""

EVIDENCE = ("content_PublishedDate", "content_type", "content_author", "article:published_time")
"""What the head of an article's page says and that of a wall, a home page or an error does not."""


class NotAnArticle(ValueError):  # noqa: N818 - it is an answer, not a failure
    """The page is no text article; the message is the reason."""


class ArticlePage:
    """The page of one article.

    A part of the page is the property with the field's name: ``None`` or ``()`` when the
    page lacks it. Raises ``NotAnArticle`` for pages of another kind, and nothing else,
    whatever the bytes.
    """

    def __init__(self, response: Response) -> None:
        self._response_url = response.url
        self._document = Document(response.body, declared_charset(response))
        self._found_in: dict[str, str] = {}
        self._key, self.url = self._identify()
        if not self._is_article:
            raise NotAnArticle("no title and no text: a wall, an error or another page")

    def to_item(self) -> Article:
        """All that the page says, as one finished item."""
        return Article(
            id=self.id,
            url=self.url,
            title=self.title,
            summary=self.summary,
            body=self.body,
            section=self.section,
            subsection=self.subsection,
            content_type=self.content_type,
            dateline=self.dateline,
            authors=self.authors,
            editors=self.editors,
            source=self.source,
            tags=self.tags,
            topic=self.topic,
            published_at=self.published_at,
            updated_at=self.updated_at,
            images=self.images,
            related=self.related,
            word_count=self.word_count,
            declared_words=self.declared_words,
            pages=self.pages,
            pages_read=self.pages_read,
            is_complete=self.is_complete,
            extractor_version=EXTRACTOR_VERSION,
            found_in=dict(self._found_in),
        )

    # Which article it is.

    def _identify(self) -> tuple[ArticleKey, str]:
        """Key and address, from the first place that names an article or another page."""
        document = self._document
        for place, href in (
            ("link:canonical", document.canonical),
            ("meta:og:url", document.meta("og:url")),
            ("url", self._response_url),
        ):
            url = canonical_link(self._response_url, href)
            if url is None:
                continue
            key = article_key(url)
            if key is not None:
                self._found_in["id"] = self._found_in["url"] = place
                return key, url
            if kind(url) in (UrlKind.LISTING, UrlKind.MEDIA):
                raise NotAnArticle(f"{place} names another kind of page: {url}")
        raise NotAnArticle(f"no article's address on the page or in {self._response_url}")

    @property
    def _is_article(self) -> bool:
        document = self._document
        return (
            any(document.meta(name) for name in EVIDENCE)
            or bool(document.anywhere(CONTENT))
            or bool(document.anywhere(TITLE))
        )

    @property
    def id(self) -> str:
        return str(self._key)

    # The head of the article.

    @property
    def title(self) -> str | None:
        return self._first(
            "title",
            ("h1.read__title", lambda: self._text(TITLE)),
            ("meta:og:title", lambda: _title(self._document.meta("og:title"))),
            ("title", lambda: _title(self._document.title)),
        )

    @property
    def summary(self) -> str | None:
        return self._meta("summary", "description", "og:description", "twitter:description")

    @property
    def published_at(self) -> datetime | None:
        meta = self._document.meta
        return self._first(
            "published_at",
            ("meta:content_PublishedDate", lambda: parse_wib(meta("content_PublishedDate"))),
            ("meta:article:published_time", lambda: parse_wib(meta("article:published_time"))),
            ("url", lambda: self._key.published_at),
            (".read__time", lambda: self._visible_time(is_update=False)),
        )

    @property
    def updated_at(self) -> datetime | None:
        return self._first(
            "updated_at", (".read__time", lambda: self._visible_time(is_update=True))
        )

    def _visible_time(self, *, is_update: bool) -> datetime | None:
        shown = visible_times(self._text(TIME) or "")
        return next((time.at for time in shown if time.is_update is is_update), None)

    @property
    def section(self) -> str | None:
        return self._first(
            "section",
            ("meta:content_category", lambda: self._clean_meta("content_category")),
            (".breadcrumb__link", lambda: self._breadcrumb(1)),
            ("url", self._section_of_url),
        )

    def _section_of_url(self) -> str | None:
        section = SECTIONS.get(section_of(self.url) or "")
        return section.label if section else None

    @property
    def subsection(self) -> str | None:
        return self._first(
            "subsection",
            ("meta:content_subcategory", lambda: self._clean_meta("content_subcategory")),
            (".breadcrumb__link", lambda: self._breadcrumb(2)),
        )

    def _breadcrumb(self, nth: int) -> str | None:
        links = self._document.all(BREADCRUMB_LINK)
        return clean_or_none(text_of(links[nth])) if len(links) > nth else None

    @property
    def content_type(self) -> str | None:
        return self._meta("content_type", "content_type")

    @property
    def topic(self) -> str | None:
        return self._meta("topic", "content_lipsus")

    @cached_property
    def tags(self) -> tuple[str, ...]:
        return self._first(
            "tags",
            ("meta:content_tags", lambda: split_list(self._document.meta("content_tags"))),
            (".tag__article__link", self._visible_tags),
        ) or ()  # fmt: skip

    def _visible_tags(self) -> tuple[str, ...]:
        names = (clean(text_of(link)) for link in self._document.all(TAG_LINK))
        return tuple(dict.fromkeys(filter(None, names)))

    # Who made it.

    @cached_property
    def authors(self) -> tuple[str, ...]:
        page = self._document
        return self._first(
            "authors",
            ("meta:content_author", lambda: split_names(page.meta("content_author"))),
            ("#penulis", lambda: people.credited(page, people.AUTHOR_ID)),
            ("#creditModal", lambda: people.positioned(page, people.AUTHOR_POSITIONS)),
            (".credit-title-name", lambda: people.named_without_roles(page, self.editors)),
            (".opinion__author", lambda: people.opinion_author(page)),
        ) or ()  # fmt: skip

    @cached_property
    def editors(self) -> tuple[str, ...]:
        page = self._document
        return self._first(
            "editors",
            ("meta:content_editor", lambda: split_names(page.meta("content_editor"))),
            ("#editor", lambda: people.credited(page, people.EDITOR_ID)),
            ("#creditModal", lambda: people.positioned(page, people.EDITOR_POSITIONS)),
        ) or ()  # fmt: skip

    @property
    def source(self) -> str | None:
        return self._first(
            "source",
            ("meta:content_source", lambda: self._clean_meta("content_source")),
            (".read__credit__item", lambda: people.visible_source(self._document)),
        )

    # The text.

    @cached_property
    def _body(self) -> Body:
        base = self.url
        read = Body()
        for place, containers in (
            (".read__content", self._document.anywhere(CONTENT)),
            (f"[{CONTENT_ATTRIBUTE}]", self._document.root.iterfind(f".//*[@{CONTENT_ATTRIBUTE}]")),
        ):
            for container in containers:
                read = read_body(container, base)
                if read.paragraphs:
                    self._found_in["body"] = place
                    return read
        return read

    @property
    def body(self) -> tuple[str, ...]:
        return self._body.paragraphs

    @property
    def dateline(self) -> str | None:
        return self._body.dateline

    @property
    def related(self) -> tuple[Related, ...]:
        return self._body.related

    @cached_property
    def images(self) -> tuple[Image, ...]:
        found: dict[str, Image] = {}
        lead = self._lead_image()
        for image in (*((lead,) if lead else ()), *self._body.images):
            found.setdefault(image.url, image)
        if found:
            self._found_in["images"] = ".photo"
            return tuple(found.values())
        url = absolute(self.url, self._document.meta("og:image"))
        if url is None or "/data/photo/" not in url:  # else it is the site's sign
            return ()
        self._found_in["images"] = "meta:og:image"
        return (Image(url=url),)

    def _lead_image(self) -> Image | None:
        """The photo above the text."""
        contents = self._document.all(CONTENT)
        for name in LEAD_PHOTOS:
            for photo in self._document.all(name):
                if not _is_inside(photo, contents):
                    image = read_photo(photo, self.url)
                    if image:
                        return image
        return None

    # How much of it there is.

    @cached_property
    def word_count(self) -> int:
        return words_of_body(self.body)

    @property
    def declared_words(self) -> int | None:
        return self._number("content_total_words")

    @cached_property
    def _declared_pages(self) -> int | None:
        return self._first(
            "pages",
            ("meta:content_total_pages", lambda: self._number("content_total_pages")),
            (".read__paging", self._highest_page),
        )

    @property
    def pages(self) -> int | None:
        if self._declared_pages is None and self._document.anywhere(CONTENT):
            self._found_in["pages"] = "template"  # without a pager all is on one page
            return 1
        return self._declared_pages

    def _highest_page(self) -> int | None:
        """The highest number in the pager of this article; others list other pages."""
        numbers = [
            int(match[1])
            for pager in self._document.all(PAGER)
            for link in pager.iter("a")
            if (match := re.search(r"[?&]page=([0-9]{1,3})(?![0-9])", link.get("href") or ""))
            and article_key(absolute(self.url, link.get("href")) or "") == self._key
        ]
        return max(numbers, default=None)

    @property
    def pages_read(self) -> int:
        asked = parse_qs(urlsplit(self._response_url).query).get("page", [""])
        return (self.pages or 1) if asked[0] == "all" else 1

    @property
    def is_complete(self) -> bool | None:
        words = self.word_count + words_of_related(self.related)
        return is_complete(words, self.declared_words, self.pages_read, self._declared_pages)

    # How the places are asked.

    def _first(self, field: str, *places: tuple[str, Callable[[], Answer | None]]) -> Answer | None:
        """The answer of the first place that has one, which is noted."""
        for place, answer in places:
            found = answer()
            if found:
                self._found_in[field] = place
                return found
        return None

    def _meta(self, field: str, *names: str) -> str | None:
        """The first of these metas that says something."""
        for name in names:
            found = self._clean_meta(name)
            if found:
                self._found_in[field] = f"meta:{name}"
                return found
        return None

    def _clean_meta(self, name: str) -> str | None:
        return clean_or_none(self._document.meta(name))

    def _number(self, name: str) -> int | None:
        """A meta that is a number above 0."""
        text = (self._document.meta(name) or "").strip()
        return int(text) or None if text.isascii() and text.isdigit() and len(text) < 8 else None

    def _text(self, name: str) -> str | None:
        """The clean text of the first element of that class."""
        for element in self._document.anywhere(name):
            return clean_or_none(text_of(element))
        return None


def _title(text: str | None) -> str | None:
    return clean_or_none(strip_title(clean(text))) if text else None


def _is_inside(element: Element, containers: list[Element]) -> bool:
    return any(ancestor in containers for ancestor in element.iterancestors("div"))
