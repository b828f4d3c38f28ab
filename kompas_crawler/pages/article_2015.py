"""Extract an article from the templates of 2015 and 2016.

Their head has no date and no people, and the tags on the page are not those of the article.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import ClassVar

from lxml.etree import _Element as Element
from scrapy.http import Response

from kompas_crawler.items import Image, Related
from kompas_crawler.pages import metadata
from kompas_crawler.pages.article import ArticlePage
from kompas_crawler.pages.body import Body, read_body
from kompas_crawler.pages.body_elements import outermost, text_of
from kompas_crawler.pages.identity import Identity, NotAnArticle, named
from kompas_crawler.pages.people import labelled
from kompas_crawler.pages.photo import read_photo
from kompas_crawler.site.dates import visible_times
from kompas_crawler.site.names import split_names, with_others
from kompas_crawler.site.text import clean, cut_title, said_or_none

_SITE = re.compile(r"\s+[-|–]\s+Kompas\.com(?:\s+\w+)?$", re.IGNORECASE)
_CLASSES = re.compile(rb"class=[\"']([^\"'<>]*)[\"']")
_CHANNEL_DATELINE = re.compile(
    r"(?P<place>[A-Z][^,.!?:]{1,40}), Kompas[A-Z][a-z]+\s*[-–—]\s*(?P<text>.*)", re.DOTALL
)
"""Dateline of the car channel: "Jakarta, KompasOtomotif –"."""


class OlderArticlePage(ArticlePage):
    """The page of one article of 2015 or 2016; a subclass sets the selectors of its template.

    Raises ``NotAnArticle`` if no URL on the page is an article's.
    """

    template: ClassVar[str]
    heads: ClassVar[tuple[str, ...]]  # blocks with the title and the time
    title_tag: ClassVar[str]
    credits_block: ClassVar[str]
    # What these templates do not declare.
    contradicts_address = False
    tags = ()
    subsection = content_type = topic = updated_at = None
    declared_words = pages = is_complete = None
    pages_read = 1

    def __init__(self, response: Response) -> None:
        super().__init__(response)
        self.found_in["template"] = self.template

    def _named(self) -> Identity:
        return named(self._document, self._address)

    @classmethod
    def is_shown_by(cls, response: Response) -> bool:
        """Whether the page has the text block of this template."""
        mark = cls.content[1:].encode()
        if mark not in response.body:
            return False
        return any(mark in match[1].split() for match in _CLASSES.finditer(response.body))

    @property
    def title(self) -> str | None:
        return self._first(
            "title",
            (f"{self.heads[0]} {self.title_tag}", self._visible_title),
            self._meta("og:title", _without_site),
            ("title", lambda: _without_site(self._document.title)),
        )

    def _visible_title(self) -> str | None:
        titles = (title for block in self._heads() for title in block.iter(self.title_tag))
        found = (cut_title(text_of(title)) for title in outermost(list(titles)))
        return next(filter(None, found), None)

    def _heads(self) -> Iterator[Element]:
        for name in self.heads:
            yield from outermost(self._document.anywhere(name))

    @property
    def summary(self) -> str | None:
        # In 2015 the description is that of the site.
        return self._first("summary", self._said("og:description"))

    @property
    def section(self) -> str | None:
        return self._first("section", ("url", lambda: metadata.section_by_address(self.url)))

    @property
    def published_at(self) -> datetime | None:
        return self._first(
            "published_at",
            ("url", lambda: self._key.published_at),
            (self.heads[0], lambda: self.visible_time),
        )

    @property
    def visible_time(self) -> datetime | None:
        """The visible time, to the minute."""
        times = (time for block in self._heads() for time in visible_times(clean(text_of(block))))
        return next((time.at for time in times), None)

    @cached_property
    def _credits(self) -> dict[str, str]:
        """The names below the text by their label in lower case."""
        found: dict[str, str] = {}
        for block in outermost(self._document.anywhere(self.credits_block)):
            for row in outermost(list(block.iter("tr"))):
                label, rest = labelled(clean(text_of(row)))
                found.setdefault(label, rest)
        return found

    @property
    def authors(self) -> tuple[str, ...]:
        source = (self.credits_block, lambda: split_names(self._credits.get("penulis")))
        byline = (self.content, lambda: self._body.byline)
        return with_others(self._first("authors", source, byline) or (), self._body.byline)

    @property
    def editors(self) -> tuple[str, ...]:
        source = (self.credits_block, lambda: split_names(self._credits.get("editor")))
        return self._first("editors", source) or ()

    @property
    def source(self) -> str | None:
        source = (self.credits_block, lambda: said_or_none(self._credits.get("sumber")))
        return self._first("source", source)

    @cached_property
    def _body(self) -> Body:
        body = read_body(outermost(self._document.anywhere(self.content)), self.url)
        if not body.paragraphs:
            return Body()
        self.found_in["body"] = self.content
        return _with_channel_dateline(body)

    @property
    def related(self) -> tuple[Related, ...]:
        return self._body.related

    @property
    def images(self) -> tuple[Image, ...]:
        lead = next(iter(self._document.anywhere(".photo")), None)
        photo = None if lead is None else read_photo(lead, self.url)
        return self._first("images", (".photo", lambda: self._photos(photo))) or ()


class NewsPage(OlderArticlePage):
    """The news channels in 2016."""

    template = "2016 news"
    heads = (".kcm-read-top",)
    title_tag = "h2"
    content = ".kcm-read-text"
    credits_block = ".kcm-read-copy"


class NumberedPage(OlderArticlePage):
    """The news channels in 2015, and football in 2016."""

    template = "2015 news"
    heads = (".kcm-read-content-top", ".kcm-read-top", ".kcm-read")
    title_tag = "h2"
    content = ".kcmread1114"
    credits_block = ".kcm-read-copy"


class CarsPage(OlderArticlePage):
    """The car channel in 2016."""

    template = "2016 cars"
    heads = (".baca-content",)
    title_tag = "h1"
    content = ".div-read"
    credits_block = ".penulis-editor"


OLDER_TEMPLATES: tuple[type[OlderArticlePage], ...] = (NewsPage, NumberedPage, CarsPage)


def _without_site(text: str | None) -> str | None:
    return cut_title(_SITE.sub("", clean(text))) if text else None


def _with_channel_dateline(body: Body) -> Body:
    match = _CHANNEL_DATELINE.fullmatch(body.paragraphs[0])
    if match is None or body.dateline:
        return body
    return body._replace(dateline=match["place"], paragraphs=(match["text"], *body.paragraphs[1:]))


def article_page(response: Response) -> ArticlePage:
    """Parse an article of any template; raise ``NotAnArticle`` for other pages."""
    try:
        return ArticlePage(response)
    except NotAnArticle:
        for template in OLDER_TEMPLATES:
            if template.is_shown_by(response):
                return template(response)
        raise
