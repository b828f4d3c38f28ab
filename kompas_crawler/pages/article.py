"""Extract an article from the templates of Kompas.com since 2017.

Each field has several selectors in order of trust. The linked data is not used, as its author is
the editor, nor ``meta author``, which is the publisher.
"""

import re
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from functools import cached_property, partial
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from lxml.etree import _Element as Element
from scrapy.http import Response

from kompas_crawler.items import Article, Image, Related
from kompas_crawler.pages import address, metadata, people
from kompas_crawler.pages.address import CONTENT, DATES, EVIDENCE, TITLE, Identity, identify
from kompas_crawler.pages.body import Body, read_body
from kompas_crawler.pages.body_elements import READ_ALSO_LINK, outermost
from kompas_crawler.pages.document import Document
from kompas_crawler.pages.merge import is_complete, words_of_body, words_of_related
from kompas_crawler.site.dates import parse_wib
from kompas_crawler.site.names import positions, split_names, with_others
from kompas_crawler.site.sections import SECTIONS
from kompas_crawler.site.text import clean, cut_title, head_title, split_list, value_or_none
from kompas_crawler.site.urls import section_of

Value = TypeVar("Value")
Source = tuple[str, Callable[[], Value | None]]

EXTRACTOR_VERSION = "10"  # increase it with any change of the extracted values

WRAPPER = "[data-io-article-url]"  # on the inner wrapper of 2021, if the outer class differs
_PAGE = re.compile(" Halaman (?:all|[0-9]{1,6})$")  # behind texts in the head of later pages
_ABSENT = re.compile(r"tidak ditemukan|not found|\b404\b", re.IGNORECASE)  # titles of error pages


class ArticlePage:
    """The page of one article; ``found_in`` maps each field to the source that supplied it.

    ``silent`` maps the fields read so far to the sources without a value. Each property extracts
    the field of its name: ``None`` or ``()`` if the page lacks it. Raises only ``NotAnArticle``,
    for pages of another kind.
    """

    content = CONTENT
    summaries: tuple[str, ...] = ("description", "og:description")
    title_source = TITLE
    time_source = metadata.TIME
    _identify: Callable[[Document, str], Identity] = staticmethod(identify)

    def __init__(self, response: Response) -> None:
        self._document = Document(response.body, response.headers.get("Content-Type"))
        self._address = response.url
        self.found_in: dict[str, str] = {}
        self.silent: dict[str, tuple[str, ...]] = {}
        self._key, self.url, self._identified_by = self._identify(self._document, response.url)
        self.id = str(self._key)
        self.found_in |= dict.fromkeys(("id", "url"), self._identified_by)

    def to_item(self) -> Article:
        values = {name: getattr(self, name) for name in _FIELDS}
        return Article(**values, extractor_version=EXTRACTOR_VERSION)

    def _first(self, field: str, *sources: Source[Value]) -> Value | None:
        """The value of the first of *sources*, each a name and a selector, that has one."""
        for nth, (name, select) in enumerate(sources, start=1):
            if value := select():
                self.found_in[field] = name
                return value
            self.silent[field] = tuple(silent for silent, _ in sources[:nth])
        return None

    def _meta(self, name: str, read: Callable[[str | None], Value | None]) -> Source[Value]:
        return f"meta:{name}", lambda: read(self._document.meta(name))

    def _value(self, name: str) -> Source[str]:
        return self._meta(name, lambda text: value_or_none(_PAGE.sub("", clean(text or ""))))

    @property
    def named_urls(self) -> list[str]:
        """The addresses of the canonical link, ``og:url`` and the first text's wrapper."""
        page, name = self._document, WRAPPER[1:-1]
        found = (part.get(name) for text in page.anywhere(CONTENT)[:1] for part in text.iter("div"))
        hrefs = (page.canonical, page.meta("og:url"), next(filter(None, found), None))
        return list(filter(None, (address.canonical_link(self._address, href) for href in hrefs)))

    @property
    def doubt(self) -> str | None:
        """Why the page does not prove to be the article at its address, or ``None``."""
        names_none, page = self._identified_by == "url", self._document
        is_declared = any(map(page.meta, EVIDENCE)) or self.visible_time or self.updated_at
        if not is_declared and (names_none or _ABSENT.search(self.title or "")):
            return "no date, people or kind of an article: an error in an article's frame"
        dates = {parse_wib(page.meta(name)) for name in DATES} - {None}
        if names_none and self._key.published_at and dates - {self._key.published_at}:
            return "no address on the page, and its date is not the address's"
        return None

    @property
    def title(self) -> str | None:
        return self._first(
            "title",
            (self.title_source, self._visible_title),
            self._meta("og:title", head_title),
            ("title", lambda: head_title(self._document.title)),
        )

    def _visible_title(self) -> str | None:
        return cut_title(metadata.text_at(self._document, TITLE))

    @property
    def summary(self) -> str | None:
        return self._first("summary", *map(self._value, self.summaries))

    @property
    def published_at(self) -> datetime | None:
        return self._first(
            "published_at",
            *(self._meta(name, parse_wib) for name in DATES),
            ("url", lambda: self._key.published_at),
            (self.time_source, lambda: self.visible_time),
        )

    @property
    def visible_time(self) -> datetime | None:
        return metadata.visible_time(self._document, is_update=False)

    @property
    def updated_at(self) -> datetime | None:
        shown = (metadata.TIME, lambda: metadata.visible_time(self._document, is_update=True))
        return self._first("updated_at", shown)

    @property
    def section(self) -> str | None:
        known = SECTIONS.get(section_of(self.url) or "")
        return self._first(
            "section",
            self._value("content_category"),
            (metadata.BREADCRUMB_LINK, lambda: metadata.breadcrumb(self._document, 1)),
            ("url", lambda: known.label if known else None),
        )

    @property
    def subsection(self) -> str | None:
        shown = (metadata.BREADCRUMB_LINK, lambda: metadata.breadcrumb(self._document, 2))
        return self._first("subsection", self._value("content_subcategory"), shown)

    @property
    def content_type(self) -> str | None:
        return self._first("content_type", self._value("content_type"))

    @property
    def topic(self) -> str | None:
        return self._first("topic", self._value("content_lipsus"))

    @property
    def tags(self) -> tuple[str, ...]:
        shown = (metadata.TAG_LINK, lambda: metadata.visible_tags(self._document))
        return self._first("tags", self._meta("content_tags", split_list), shown) or ()

    @cached_property
    def authors(self) -> tuple[str, ...]:
        page = self._document
        found = self._first(
            "authors",
            self._meta("content_author", split_names),
            ("#penulis", lambda: people.credited(page, "author")),
            ("#creditModal", lambda: people.positioned(page, "author")),
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
        declared = self._meta("content_editor", partial(split_names, of_editors=True))
        row = ("#editor", lambda: people.credited(page, "editor"))
        modal = ("#creditModal", lambda: people.positioned(page, "editor"))
        block = (people.CREDIT_NAMES, lambda: people.labelled_editors(page))
        return self._first("editors", declared, row, modal, block) or ()

    @property
    def source(self) -> str | None:
        shown = (people.CREDIT_ITEM, lambda: people.visible_source(self._document))
        return self._first("source", self._value("content_source"), shown)

    @cached_property
    def _body(self) -> Body:
        page = self._document
        content = (self.content, lambda: self._text_in(page.anywhere(self.content)))
        wrapper = (WRAPPER, lambda: self._text_in(page.select(WRAPPER)))
        return self._first("body", content, wrapper) or Body()

    def _text_in(self, containers: list[Element]) -> Body | None:
        body = read_body(outermost(containers), self.url)
        return body if body.paragraphs else None

    @property
    def body(self) -> tuple[str, ...]:
        return self._body.paragraphs

    @property
    def dateline(self) -> str | None:
        return self._first("dateline", (self.content, lambda: self._body.dateline))

    @property
    def related(self) -> tuple[Related, ...]:
        return self._first("related", (f".{READ_ALSO_LINK}", lambda: self._body.related)) or ()

    @property
    def images(self) -> tuple[Image, ...]:
        lead = (".photo", lambda: self._photos(metadata.lead_photo(self._document, self.url)))
        return self._first("images", lead, self._meta("og:image", self._declared_image)) or ()

    def _photos(self, lead: Image | None) -> tuple[Image, ...]:
        images = self._body.images
        return (lead, *(i for i in images if i.url != lead.url)) if lead else images

    def _declared_image(self, href: str | None) -> tuple[Image, ...]:
        url = address.absolute(self.url, href) or ""
        return (Image(url=url),) if url.isprintable() and "/data/photo/" in url else ()  # no logo

    @cached_property
    def word_count(self) -> int:
        return words_of_body(self.body)

    @cached_property
    def declared_words(self) -> int | None:
        return self._first("declared_words", self._meta("content_total_words", _number))

    @cached_property
    def _declared_pages(self) -> int | None:
        page, declared = self._document, self._meta("content_total_pages", _number)
        shown = (metadata.PAGER, lambda: metadata.highest_page(page, self._key, self.url))
        return self._first("pages", declared, shown)

    @property
    def pages(self) -> int | None:
        # Without a pager there is one page.
        return self._declared_pages or (1 if self._document.anywhere(CONTENT) else None)

    @cached_property
    def pages_read(self) -> int:
        asked = parse_qs(urlsplit(self._address).query).get("page", ())
        return (self.pages or 1) if "all" in asked else 1

    @property
    def is_complete(self) -> bool | None:
        words = self.word_count + words_of_related(self.related)
        return is_complete(words, self.declared_words, self.pages_read, self._declared_pages)


_FIELDS = ["id", "url", "found_in"]
_FIELDS += [one.name for one in fields(Article) if hasattr(ArticlePage, one.name)]


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) or None if text.isascii() and text.isdigit() and len(text) < 8 else None
