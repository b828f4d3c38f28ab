"""Extract an article from the templates of 2015 and 2016, whose head has no date and no people."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from lxml.etree import _Element as Element
from scrapy.http import Response

from kompas_crawler.items import Image
from kompas_crawler.pages import metadata
from kompas_crawler.pages.address import NotAnArticle, named
from kompas_crawler.pages.article import ArticlePage
from kompas_crawler.pages.body_elements import outermost, text_of
from kompas_crawler.pages.document import to_utf8
from kompas_crawler.site.dates import visible_times
from kompas_crawler.site.names import labelled, positions, split_names, with_others
from kompas_crawler.site.text import clean, cut_title, value_or_none


class Template(NamedTuple):
    """The selectors of a template; the title and the time are in one of ``heads``."""

    name: str
    heads: tuple[str, ...]
    title_tag: str
    content: str
    credits: str


TEMPLATES = (
    Template("2016 news", (".kcm-read-top",), "h2", ".kcm-read-text", ".kcm-read-copy"),
    Template(
        "2015 news",  # and football in 2016
        (".kcm-read-content-top", ".kcm-read-top", ".kcm-read"),
        "h2",
        ".kcmread1114",
        ".kcm-read-copy",
    ),
    Template("2016 cars", (".baca-content",), "h1", ".div-read", ".penulis-editor"),
)


class OlderArticlePage(ArticlePage):
    """The page of one article of 2015 or 2016; raises ``NotAnArticle`` without an article's URL."""

    summaries = ("og:description",)  # in 2015 the other one is that of the site
    # What these templates do not declare; the tags on their pages are not those of the article.
    doubt = None
    tags = ()
    subsection = content_type = topic = updated_at = None
    declared_words = pages = is_complete = None
    pages_read = 1
    _identify = staticmethod(named)

    def __init__(self, response: Response, template: Template) -> None:
        super().__init__(response)
        self.template, self.content = template, template.content
        self.title_source = f"{template.heads[0]} {template.title_tag}"
        self.time_source = template.heads[0]
        self.found_in["template"] = template.name

    def _visible_title(self) -> str | None:
        titles = (title for block in self._heads() for title in block.iter(self.template.title_tag))
        found = (cut_title(text_of(title)) for title in outermost(list(titles)))
        return next(filter(None, found), None)

    def _heads(self) -> Iterator[Element]:
        for name in self.template.heads:
            yield from outermost(self._document.anywhere(name))

    @property
    def visible_time(self) -> datetime | None:
        """The visible time, to the minute."""
        times = (time for block in self._heads() for time in visible_times(clean(text_of(block))))
        return next((time.at for time in times), None)

    @cached_property
    def _credits(self) -> dict[str, str]:
        """The names below the text by their role."""
        found: dict[str, str] = {}
        for block in outermost(self._document.anywhere(self.template.credits)):
            rows = [text_of(row) for row in outermost(list(block.iter("tr")))]
            for row in rows or text_of(block, parting="\n").split("\n"):
                for role, names in labelled(clean(row)):
                    found.setdefault(role, names)
        return found

    @property
    def authors(self) -> tuple[str, ...]:
        source = (self.template.credits, lambda: split_names(self._credits.get("author")))
        byline = (self.content, lambda: self._body.byline)
        return with_others(self._first("authors", source, byline) or (), self._body.byline)

    @property
    def positions(self) -> dict[str, str]:
        return positions(self._credits.get("author"))

    @property
    def editors(self) -> tuple[str, ...]:
        source = (self.template.credits, lambda: split_names(self._credits.get("editor")))
        return self._first("editors", source) or ()

    @property
    def source(self) -> str | None:
        source = (self.template.credits, lambda: value_or_none(self._credits.get("source")))
        return self._first("source", source)

    @property
    def images(self) -> tuple[Image, ...]:
        photos = (metadata.read_photo(p, self.url) for p in self._document.anywhere(".photo")[:1])
        return self._first("images", (".photo", lambda: self._photos(next(photos, None)))) or ()


def article_page(response: Response) -> ArticlePage:
    """Parse an article of any template; raise ``NotAnArticle`` for other pages."""
    try:
        return ArticlePage(response)
    except NotAnArticle:
        body = to_utf8(response.body, response.headers.get("Content-Type"))
        for template in TEMPLATES:
            if template.content[1:].encode() in body:
                page = OlderArticlePage(response, template)
                if page._document.anywhere(page.content):
                    return page
        raise
