"""Parse a page once, and index the elements with nearly all fields by class."""

import codecs
import re
from collections import defaultdict
from contextlib import suppress
from functools import lru_cache
from typing import Any

from lxml import etree
from lxml.etree import _Element as Element
from parsel import Selector
from w3lib.encoding import html_to_unicode

from kompas_crawler.pages.body_elements import outermost, text_of
from kompas_crawler.site.text import LONGEST_REMEMBERED
from kompas_crawler.site.words import WORDS

QUICK_CLASSES = frozenset(WORDS["quick_classes"])
FIRST_CLASS, LAST_CLASS = "read__title", "read__tagging"  # start and end of an article
LATE_CLASSES = frozenset({"credit-author", "credit-title-name", "opinion__author"})
"""Anywhere on the page; selected only if the head names nobody."""

# huge_tree removes limits on text size; libxml2 still limits the depth to 2,048.
_PARSER = etree.HTMLParser(
    encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, collect_ids=False
)
_TITLE, _TAGS = f'class="{FIRST_CLASS}'.encode(), f'"{LAST_CLASS}'.encode()
_FIRST, _CONTENT, _HEAD_END = b'class="read__', b"read__content", b"</head>"
_CODE = ((b"<script", b"</script"), (b"<!--", b"-->"))
# For browsers a <br>, a break where no <p> is open, and no end; for libxml2 nothing, and the end.
_END_TAG = re.compile(
    rb"[<]/(?:(?<!<br></)br\s*/?>|(?:body|html|BODY|HTML)\s*>"
    rb"|[pP]>(?=\s*+(?:[^<\s]|</?(?:strong|em|[abiu])[ >])))"
)
_AS_IN_BROWSERS = {b"br": b"<br>", b"p>": b"</p><hr>"}
_STRAY = frozenset('"<')  # in names of attributes: the element goes on into the next
_OPEN_ABOVE = b"<div>" * 4  # open around a title: their end tags close elements left open inside
# It begins with the word itself, for which a page is searched four times as fast.
_PHOTO = re.compile(rb'photo(?:(?<=[" ]photo)|(?<=[" ]cover-photo))[ "]')


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Decode invalid UTF-8 bytes as Windows-1252, which is what such pages contain."""
    assert isinstance(error, UnicodeDecodeError)
    if error.end == len(error.object) and error.reason == "unexpected end of data":
        return "", error.end  # truncated inside a character
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("kompas_cp1252", _as_cp1252)


def to_utf8(body: bytes, content_type: bytes | None = None) -> bytes:
    """Convert *body* to UTF-8 without NULs, at which older libxml2 stops.

    Valid UTF-8 is not converted, regardless of declarations. Otherwise the charset is that of
    *content_type* or of the page; without one invalid bytes are decoded as Windows-1252.

    >>> to_utf8("<p>Viñales</p>".encode("latin-1"), b"text/html; charset=latin-1").decode()
    '<p>Viñales</p>'
    """
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        header, encoding, text = (content_type or b"").decode("latin-1"), "utf-8", ""
        with suppress(LookupError, UnicodeError):  # declared, but not a text encoding
            encoding, text = html_to_unicode(header, body, "utf-8")
        if encoding == "utf-8":  # only some bytes are invalid
            text = body.decode("utf-8", "kompas_cp1252")
        body = text.encode("utf-8", "replace")
    return body.replace(b"\0", b"")


@lru_cache(maxsize=10_000)
def _quick(classes: str) -> tuple[str, ...]:
    return tuple(sorted(QUICK_CLASSES.intersection(classes.split())))


class Document:
    """The tree of a page, its head's declarations, and its elements by class.

    Menus before the article and lists after it, four fifths of a page, are parsed only for
    elements outside head and article; elements selected before belong to another tree.
    """

    def __init__(self, body: bytes, content_type: bytes | None = None) -> None:
        self._body, self._content_type = body, content_type
        article = _article_of(body)
        self._is_cut = bool(article) and self._read(article) and self._is_text_over()
        if not self._is_cut:
            self._read(body)

    @property
    def root(self) -> Element:
        self._read_all()
        return self._root

    def _read_all(self) -> None:
        if self._is_cut:
            self._is_cut = False
            self._read(self._body)

    def _read(self, body: bytes) -> bool:
        """Parse *body* and index it up to the end of the article; return whether it has one."""
        self._root = root = _parse(to_utf8(body, self._content_type))
        self.metas: dict[str, str] = {}
        for meta in root.iter("meta"):
            name = meta.get("name") or meta.get("property")
            # The first non-empty value; a truncated element has the value of the next.
            if name and not self.metas.get(name) and _STRAY.isdisjoint("".join(meta.keys())):
                self.metas[name] = meta.get("content") or ""
        named = (a for a in root.iter("link") if "canonical" in a.get("rel", "").lower().split())
        self.canonical = next(filter(None, (link.get("href") for link in named)), None)
        self._titles = list(root.iter("title"))
        # By Chrome, or Edge, before it was saved.
        is_marked = any("_msttexthash" in title.attrib for title in self._titles)
        self.is_translated = is_marked or "translated-" in root.get("class", "")
        self._by_class = defaultdict[str, list[Element]](list)
        self._blocks = root.iter("div", "h1")
        return self._walk()

    def _walk(self) -> bool:
        """Index the quick classes up to the end of the article; return if its tags are there."""
        by_class, titles = self._by_class, list[list[str]]()
        for element in self._blocks:
            if classes := element.get("class"):
                is_short = len(classes) <= LONGEST_REMEMBERED
                for name in (_quick if is_short else _quick.__wrapped__)(classes):
                    by_class[name].append(element)
                    is_last = name == LAST_CLASS
                    if name == FIRST_CLASS:
                        titles.append((element.text or "").split())
                        is_last = titles[-1] != titles[0]  # below the text: another article's
                    if is_last and titles and by_class["read__content"]:
                        return name == LAST_CLASS
        return False

    def _is_text_over(self) -> bool:
        """Whether the tags are beside the text; on malformed pages they are in it."""
        tags = self._by_class[LAST_CLASS][-1]
        return set(self._by_class["read__content"]).isdisjoint(tags.iterancestors("div"))

    @property
    def title(self) -> str | None:
        """The text of the first non-empty title element."""
        return next(filter(None, map(text_of, outermost(self._titles))), None)

    def meta(self, name: str) -> str | None:
        """The content of the meta element of that name or property; ``None`` when empty."""
        return self.metas.get(name) or None

    def all(self, css: str) -> list[Element]:
        """Select by *css*; for ``QUICK_CLASSES`` only ``<div>`` and ``<h1>``."""
        name = css.removeprefix(".")
        if name not in QUICK_CLASSES:
            return self.select(css)
        if name in LATE_CLASSES and name not in self._by_class:
            self._read_all()
            for element in self._blocks:  # after the article
                for late in LATE_CLASSES.intersection(element.get("class", "").split()):
                    self._by_class[late].append(element)
        return self._by_class[name]

    def anywhere(self, css: str) -> list[Element]:
        """Select by *css*, any tag, in document order."""
        return self._by_class.get(css.removeprefix(".")) or self.select(css)

    def select(self, css: str) -> list[Element]:
        """Select by *css* in the whole page, in document order."""
        return [found.root for found in Selector(root=self.root, type="html").css(css)]


def _article_of(page: bytes) -> bytes:
    """The head of *page* and its article, from the title to the tags; empty without tags.

    Includes what precedes the title if it has a photo or a text, or if not exactly one title,
    outside of scripts and comments, follows a head.
    """
    tags = page.rfind(_TAGS)
    end = page.find(b">", tags) + 1
    if tags < 0 or end == 0:
        return b""
    head = page.find(_HEAD_END) + len(_HEAD_END)
    first = page.find(_FIRST, head, tags)
    title = page.find(_TITLE, first, tags)
    start = page.rfind(b"<", head, title)
    is_sure = len(_HEAD_END) <= head < start < title and page.find(_TITLE, title + 1, tags) < 0
    # A script or comment that ends before the next begins, began above; -1 % n: none is found.
    n = len(page)
    in_code = (page.find(b, title) % n < page.find(a, title) % n for a, b in _CODE)
    photo = page.find(b"photo", head, start)
    is_above = page.find(_CONTENT, first, start) >= 0 or _PHOTO.search(page, photo % n, start)
    if any(in_code) or is_above or not is_sure:
        return page[:end]
    return b"".join((page[:head], _OPEN_ABOVE, page[start:end]))


def _parse(body: bytes) -> Element:
    root: Any = None
    with suppress(etree.ParserError):  # an empty document
        text = _END_TAG.sub(lambda end: _AS_IN_BROWSERS.get(end[0][2:4].lower(), b""), body)
        root = etree.HTML(text, _PARSER)
    for part in () if root is None else root.iter("template"):
        part.clear(keep_tail=True)  # what scripts copy, no part of the page
    return etree.Element("html") if root is None else root
