"""A page parsed once, and where to find its parts by name.

One pass goes over the few tags that hold nearly every field, down to the article's end; what is
missing where it usually stands is looked for all over the page.
"""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lxml import etree
from parsel import Selector

from kompas_crawler.pages.body_elements import outermost, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element as Element
    from scrapy.http import Response

# The blocks that are looked up on every page; all of them are a <div> or an <h1>.
QUICK_CLASSES = frozenset(
    {
        "read__title",
        "read__time",
        "read__content",
        "read__credit__item",
        "read__paging",
        "credit-author",
        "credit-title-name",
        "opinion__author",
        "cover-photo",
        "photo",
        "read__tagging",
    }
)
FIRST_CLASS, LAST_CLASS = "read__title", "read__tagging"
"""Where an article begins and ends; head and article are a fifth of its page."""
LATE_CLASSES = frozenset({"credit-author", "credit-title-name", "opinion__author"})
"""These may stand anywhere, but are asked for only when the head names nobody."""

# huge_tree lifts limits on single texts; on depth libxml2 keeps one of its own (2,048).
_PARSER = etree.HTMLParser(
    encoding="utf-8",
    remove_comments=True,
    remove_pis=True,
    huge_tree=True,
    recover=True,
    collect_ids=False,  # nothing is looked up by id
)
_TITLE, _TAGS = f'class="{FIRST_CLASS}'.encode(), f'"{LAST_CLASS}'.encode()
_HEAD_END = b"</head>"
_OPEN_ABOVE = b"<div>" * 4
"""The blocks that are open around a title: their ends also end what was left open in them."""
_PHOTO = re.compile(rb'class="(?:[^"]* )?(?:cover-)?photo[ "]')
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.I)


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Read bytes that are no UTF-8 as Windows-1252, which is what strays into such pages."""
    assert isinstance(error, UnicodeDecodeError)
    bad = error.object[error.start : error.end]
    if error.end == len(error.object) and error.reason == "unexpected end of data":
        return "", error.end  # a page cut off inside a character
    return bad.decode("cp1252", "replace"), error.end


codecs.register_error("kompas_cp1252", _as_cp1252)


def to_utf8(body: bytes, declared: Callable[[], str | None] = lambda: None) -> bytes:
    """Return a page's bytes as UTF-8 without NULs, at which older libxml2 stops.

    What reads as UTF-8 is UTF-8, whatever header or page declare. Else the charset
    counts that *declared* tells, and without one the strays are read as Windows-1252.

    >>> to_utf8("<p>Viñales</p>".encode("latin-1"), lambda: "latin-1").decode()
    '<p>Viñales</p>'
    """
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace").replace("\0", "").encode("utf-8", "replace")
    if b"\0" in body:
        body = body.replace(b"\0", b"")
    try:
        if not body.isascii():
            body.decode("utf-8")
    except UnicodeDecodeError:
        return _recode(body, declared())
    return body


def _recode(body: bytes, declared: str | None) -> bytes:
    """*body*, which is not all UTF-8, from the charset that is declared or the next best."""
    told = _CHARSET.search(body[:8192])
    for name in (declared, told[1].decode("ascii") if told else None):
        try:
            codec = codecs.lookup(name or "utf-8").name
            # The declaration of UTF-8 is right but for some bytes; others mean what they say.
            if codec not in ("utf-8", "ascii"):
                return body.decode(codec, "replace").encode("utf-8", "replace")
        except (LookupError, UnicodeError, TypeError, AttributeError, ValueError):
            continue  # unknown, or no charset of texts
    return body.decode("utf-8", "kompas_cp1252").encode("utf-8", "replace")


# By the whole attribute, for pages repeat themselves; emptied before it grows without end.
_quick_by_classes: dict[str, tuple[str, ...]] = {}
_MOST_REMEMBERED = 10_000
_LONGEST_REMEMBERED = 200  # letters


def _quick(classes: str) -> tuple[str, ...]:
    """Those of *classes* that are looked up on every page."""
    if len(_quick_by_classes) > _MOST_REMEMBERED:
        _quick_by_classes.clear()
    found = tuple(QUICK_CLASSES.intersection(classes.split()))
    if len(classes) <= _LONGEST_REMEMBERED:
        _quick_by_classes[classes] = found
    return found


class Document:
    """The tree of a page, its head's declarations, and its elements by class.

    Of an article's page four fifths are menus before the article and lists after it. They are
    parsed only when something is asked for that stands neither in the head nor in the article:
    elements had until then are of another tree.
    """

    def __init__(self, body: bytes, declared: Callable[[], str | None] = lambda: None) -> None:
        self._body, self._declared = body, declared
        article = _article_of(body)
        self._is_cut = bool(article) and self._read(article) and self._is_text_over()
        if not self._is_cut:
            self._read(body)

    @property
    def root(self) -> Element:
        """The root of the whole page."""
        self._read_all()
        return self._root

    def _read_all(self) -> None:
        if self._is_cut:
            self._is_cut = False
            self._read(self._body)

    def _read(self, body: bytes) -> bool:
        """Parse *body* and note its parts up to the article's end; whether it has one."""
        self._root = _parse(to_utf8(body, self._declared))
        self.metas: dict[str, str] = {}
        self._titles: list[Element] = []
        self.canonical: str | None = None
        for element in self._root.iter("meta", "link", "title"):
            tag = element.tag
            if tag == "meta":
                name = element.get("name") or element.get("property")
                # The first that says something; one that was cut has the value of the next.
                if name and not self.metas.get(name) and "<meta" not in element.attrib:
                    self.metas[name] = element.get("content") or ""
            elif tag == "title":
                self._titles.append(element)
            elif self.canonical is None and element.get("rel", "").lower() == "canonical":
                self.canonical = element.get("href") or None
        self._by_class: dict[str, list[Element]] = {name: [] for name in QUICK_CLASSES}
        self._blocks = self._root.iter("div", "h1")
        return self._walk_on(is_end=self._is_end_of_article)

    def _walk_on(self, *, is_end: Callable[[], bool] | None = None) -> bool:
        """Note the quick classes of the elements that are left, up to the article's end."""
        remembered, by_class = _quick_by_classes.get, self._by_class
        for element in self._blocks:
            classes = element.get("class")
            if classes:
                names = remembered(classes)
                for name in _quick(classes) if names is None else names:
                    by_class[name].append(element)
                    if name == LAST_CLASS and is_end and is_end():
                        return True
        return False

    def _is_end_of_article(self) -> bool:
        return bool(self._by_class["read__title"] and self._by_class["read__content"])

    def _is_text_over(self) -> bool:
        """Whether the tags stand beside the text, not in it, as on broken pages."""
        texts = set(self._by_class["read__content"])
        tags = self._by_class[LAST_CLASS][-1]
        return not any(element in texts for element in tags.iterancestors("div"))

    @property
    def title(self) -> str | None:
        """The text of the first title element that has one."""
        return next(filter(None, map(text_of, outermost(self._titles))), None)

    def meta(self, name: str) -> str | None:
        """The content of the meta element of that name or property; ``None`` when empty."""
        return self.metas.get(name) or None

    def all(self, css: str) -> list[Element]:
        """The elements that *css* selects; of ``QUICK_CLASSES`` only ``<div>`` and ``<h1>``."""
        name = css.removeprefix(".")
        quick = self._by_class.get(name)
        if quick is None:
            return self.select(css)
        if not quick and name in LATE_CLASSES:
            self._read_all()
            self._walk_on()
            return self._by_class[name]
        return quick

    def anywhere(self, css: str) -> list[Element]:
        """The elements that *css* selects, whatever their tag, in the page's order."""
        return self._by_class.get(css.removeprefix(".")) or self.select(css)

    def select(self, css: str) -> list[Element]:
        """The elements of the whole page that *css* selects, in the page's order."""
        return [found.root for found in Selector(root=self.root, type="html").css(css)]


def _article_of(page: bytes) -> bytes:
    """The head of *page* and its article, from the title to the opening of the tags.

    Empty without tags. What stands before the title stays when not one title alone is found
    behind a head, or when a photo stands there.
    """
    tags = page.rfind(_TAGS)
    if tags < 0:
        return b""
    end = page.find(b">", tags) + 1
    head = page.find(_HEAD_END) + len(_HEAD_END)
    title = page.find(_TITLE, head, tags)
    start = page.rfind(b"<", head, title)
    is_sure = len(_HEAD_END) <= head < start < title and page.find(_TITLE, title + 1, tags) < 0
    if not is_sure or _PHOTO.search(page, head, start):
        return page[:end]
    return page[:head] + _OPEN_ABOVE + page[start:end]


def _parse(body: bytes) -> Element:
    """The root of *body*; an empty one when there is nothing to read."""
    root: Any = None
    with suppress(etree.ParserError):  # an empty document
        root = etree.HTML(body, _PARSER)
    return etree.Element("html") if root is None else root


def declared_charset(response: Response) -> str | None:
    """The charset that the server declares."""
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    match = re.search(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]+)", content_type, re.IGNORECASE)
    return match[1] if match else None
