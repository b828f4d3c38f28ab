"""Extract an article from the templates of Kompas.com since 2017.

Each field has several selectors in order of trust; ``found_in`` has the source that supplied it.
The linked data is not used, as its author is the editor, nor ``meta author``, which is the
publisher.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from kompas_crawler.items import Article, Image, said_by
from kompas_crawler.pages import metadata, people
from kompas_crawler.pages.address import absolute
from kompas_crawler.pages.body import Body, read_body
from kompas_crawler.pages.body_elements import READ_ALSO_LINK, outermost
from kompas_crawler.pages.completeness import is_complete, words_of_body, words_of_related
from kompas_crawler.pages.document import Document, declared_charset
from kompas_crawler.pages.identity import CONTENT, TITLE, NotAnArticle, identify
from kompas_crawler.pages.sources import Sources
from kompas_crawler.site.dates import parse_wib
from kompas_crawler.site.names import positions, split_names, with_others
from kompas_crawler.site.text import cut_title, is_placeholder, said_or_none, split_list

if TYPE_CHECKING:
    from datetime import datetime

    from lxml.etree import _Element as Element
    from scrapy.http import Response

    from kompas_crawler.items import Related

__all__ = ["EXTRACTOR_VERSION", "ArticlePage", "NotAnArticle"]

EXTRACTOR_VERSION = "4"
"""Increase it with any change of the extracted values."""

WRAPPER = "[data-io-article-url]"
"""On the inner wrapper of 2021, if the outer class differs."""


class ArticlePage:
    """The page of one article.

    Each property extracts the field of its name: ``None`` or ``()`` if the page lacks it. Raises
    only ``NotAnArticle``, for pages of another kind.
    """

    def __init__(self, response: Response) -> None:
        self._document = Document(response.body, lambda: declared_charset(response))
        self._address = response.url
        self._sources = Sources()
        self._key, self.url, self._place = identify(self._document, response.url)
        self._sources.found_in |= {"id": self._place, "url": self._place}

    def to_item(self) -> Article:
        """The item with all fields."""
        return Article(
            id=self.id,
            url=self.url,
            **said_by(self),
            extractor_version=EXTRACTOR_VERSION,
            found_in=self._sources.found_in,
        )

    @property
    def id(self) -> str:
        return str(self._key)

    @property
    def contradicts_address(self) -> bool:
        """Whether the page has no URL and its date differs from that in the response's URL."""
        if self._place != "url":
            return False
        names = ("content_PublishedDate", "article:published_time")
        dates = [parse_wib(self._document.meta(name)) for name in names]
        told = self._key.published_at
        return told is not None and any(date is not None and date != told for date in dates)

    # Metadata.

    @property
    def title(self) -> str | None:
        page = self._document
        return self._sources.first(
            "title",
            (TITLE, lambda: cut_title(metadata.text_at(page, TITLE))),
            ("meta:og:title", lambda: metadata.title_without_site(page.meta("og:title"))),
            ("title", lambda: metadata.title_without_site(page.title)),
        )

    @property
    def summary(self) -> str | None:
        return self._sources.first(
            "summary",
            ("meta:description", lambda: self._meta("description")),
            ("meta:og:description", lambda: self._meta("og:description")),
        )

    @property
    def published_at(self) -> datetime | None:
        page = self._document
        return self._sources.first(
            "published_at",
            ("meta:content_PublishedDate", lambda: parse_wib(page.meta("content_PublishedDate"))),
            ("meta:article:published_time", lambda: parse_wib(page.meta("article:published_time"))),
            ("url", lambda: self._key.published_at),
            (metadata.TIME, lambda: metadata.visible_time(page, is_update=False)),
        )

    @property
    def updated_at(self) -> datetime | None:
        return self._sources.first(
            "updated_at",
            (metadata.TIME, lambda: metadata.visible_time(self._document, is_update=True)),
        )

    @property
    def section(self) -> str | None:
        return self._sources.first(
            "section",
            ("meta:content_category", lambda: self._meta("content_category")),
            (metadata.BREADCRUMB_LINK, lambda: metadata.breadcrumb(self._document, 1)),
            ("url", lambda: metadata.section_by_address(self.url)),
        )

    @property
    def subsection(self) -> str | None:
        return self._sources.first(
            "subsection",
            ("meta:content_subcategory", lambda: self._meta("content_subcategory")),
            (metadata.BREADCRUMB_LINK, lambda: metadata.breadcrumb(self._document, 2)),
        )

    @property
    def content_type(self) -> str | None:
        source = ("meta:content_type", lambda: self._meta("content_type"))
        return self._sources.first("content_type", source)

    @property
    def topic(self) -> str | None:
        source = ("meta:content_lipsus", lambda: self._meta("content_lipsus"))
        return self._sources.first("topic", source)

    @property
    def tags(self) -> tuple[str, ...]:
        found = self._sources.first(
            "tags",
            ("meta:content_tags", self._declared_tags),
            (metadata.TAG_LINK, lambda: metadata.visible_tags(self._document)),
        )
        return found or ()

    def _declared_tags(self) -> tuple[str, ...]:
        tags = split_list(self._document.meta("content_tags"))
        return tuple(tag for tag in tags if not is_placeholder(tag))

    # Who made it.

    @cached_property
    def authors(self) -> tuple[str, ...]:
        page = self._document
        found = self._sources.first(
            "authors",
            ("meta:content_author", lambda: split_names(page.meta("content_author"))),
            (f"#{people.AUTHOR_ID}", lambda: people.credited(page, people.AUTHOR_ID)),
            ("#creditModal", lambda: people.positioned(page, people.AUTHOR_POSITIONS)),
            (people.CREDIT_NAMES, lambda: people.labelled_authors(page, self.editors)),
            (people.OPINION_AUTHOR, lambda: people.opinion_author(page)),
            (CONTENT, lambda: self._body.byline),
        )
        return with_others(found or (), self._body.byline)

    @property
    def positions(self) -> dict[str, str]:
        declared = self._document.meta("content_author")
        found = positions(declared) if declared else people.positions_in(self._document)
        return {name: found[name] for name in (*self.authors, *self.editors) if name in found}

    @cached_property
    def editors(self) -> tuple[str, ...]:
        page = self._document
        found = self._sources.first(
            "editors",
            ("meta:content_editor", lambda: split_names(page.meta("content_editor"))),
            (f"#{people.EDITOR_ID}", lambda: people.credited(page, people.EDITOR_ID)),
            ("#creditModal", lambda: people.positioned(page, people.EDITOR_POSITIONS)),
            (people.CREDIT_NAMES, lambda: people.labelled_editors(page)),
        )
        return found or ()

    @property
    def source(self) -> str | None:
        return self._sources.first(
            "source",
            ("meta:content_source", lambda: self._meta("content_source")),
            (people.CREDIT_ITEM, lambda: people.visible_source(self._document)),
        )

    # The text.

    @cached_property
    def _body(self) -> Body:
        page = self._document
        found = self._sources.first(
            "body",
            (CONTENT, lambda: self._text_in(page.anywhere(CONTENT))),
            (WRAPPER, lambda: self._text_in(page.select(WRAPPER))),
        )
        return found or Body()

    def _text_in(self, containers: list[Element]) -> Body | None:
        body = read_body(outermost(containers), self.url)
        return body if body.paragraphs else None

    @property
    def body(self) -> tuple[str, ...]:
        return self._body.paragraphs

    @property
    def dateline(self) -> str | None:
        return self._sources.first("dateline", (CONTENT, lambda: self._body.dateline))

    @property
    def related(self) -> tuple[Related, ...]:
        source = (f".{READ_ALSO_LINK}", lambda: self._body.related)
        return self._sources.first("related", source) or ()

    @property
    def images(self) -> tuple[Image, ...]:
        found = self._sources.first(
            "images",
            (".photo", self._photos),
            ("meta:og:image", self._declared_image),
        )
        return found or ()

    def _photos(self) -> tuple[Image, ...]:
        lead = metadata.lead_photo(self._document, self.url)
        found = {image.url: image for image in self._body.images}
        if lead:
            found = {lead.url: lead} | found | {lead.url: lead}
        return tuple(found.values())

    def _declared_image(self) -> tuple[Image, ...]:
        url = absolute(self.url, self._document.meta("og:image"))
        # Other images are the site's logo.
        return (Image(url=url),) if url and "/data/photo/" in url else ()

    # Declared size.

    @cached_property
    def word_count(self) -> int:
        return words_of_body(self.body)

    @cached_property
    def declared_words(self) -> int | None:
        source = ("meta:content_total_words", lambda: self._number("content_total_words"))
        return self._sources.first("declared_words", source)

    @cached_property
    def _declared_pages(self) -> int | None:
        page = self._document
        return self._sources.first(
            "pages",
            ("meta:content_total_pages", lambda: self._number("content_total_pages")),
            (metadata.PAGER, lambda: metadata.highest_page(page, self._key, self.url)),
        )

    @property
    def pages(self) -> int | None:
        # Without a pager there is one page.
        is_known = bool(self._document.anywhere(CONTENT))
        return self._declared_pages or (1 if is_known else None)

    @cached_property
    def pages_read(self) -> int:
        asked = parse_qs(urlsplit(self._address).query).get("page", ())
        return (self.pages or 1) if "all" in asked else 1

    @property
    def is_complete(self) -> bool | None:
        words = self.word_count + words_of_related(self.related)
        return is_complete(words, self.declared_words, self.pages_read, self._declared_pages)

    def _meta(self, name: str) -> str | None:
        return said_or_none(self._document.meta(name))

    def _number(self, name: str) -> int | None:
        text = (self._document.meta(name) or "").strip()
        return int(text) or None if text.isascii() and text.isdigit() and len(text) < 8 else None
