"""Read the paragraphs of an article's body, its "Baca juga" links and its photos.

One walk over the container, without recursion. What stands between two block elements is
a paragraph; a ``<br>`` begins a row of it; what is no news is skipped with all inside.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from kompas_crawler.items import Image, Related
from kompas_crawler.pages.address import canonical_link
from kompas_crawler.pages.photo import image_url, read_photo
from kompas_crawler.pages.read_also import may_be_read_also, take_read_also
from kompas_crawler.pages.rows import Piece, Row, paragraphs_of, row_of, table_row
from kompas_crawler.text import clean, clean_or_none, split_dateline, strip_promo
from kompas_crawler.urls import UrlKind, kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element as Element

# fmt: off
BLOCK_TAGS = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody",
    "tfoot", "thead", "tr", "ul",
})
BOLD_TAGS = frozenset({"strong", "b"})
JUNK_TAGS = frozenset({
    "audio", "button", "canvas", "embed", "form", "head", "iframe", "input", "map", "math",
    "noscript", "object", "script", "select", "style", "svg", "template", "textarea", "title",
    "video",
})
"""No text of an article is inside these."""
# fmt: on
JUNK_CLASSES = frozenset(
    {
        "ads-on-body",
        "ads-partner-wrap",
        "adsbygoogle",
        "gate-kgplus",
        "liftdown_v2_tanda",
        "fb-quote",
        "video",
        "photoCarousel",
        # embeds bring the words of others, who may take them back
        "instagram-media",
        "twitter-tweet",
        "twitter-video",
        "tiktok-embed",
        "fb-post",
        "fb-video",
        # parts of the page that a broken tag may draw into the body
        "read__paging",
        "read__paging__footnote",
        "read__credit",
        "read__tagging",
        "read__time",
        "related__inline",
    }
)
JUNK_PREFIXES = ("kompasidRec",)
PHOTO_CLASSES = frozenset({"photo", "cover-photo"})
READ_ALSO_LINK = "inner-link-baca-juga"
READ_ALSO_BLOCK = "inject-baca-juga"


class Body(NamedTuple):
    """What an article's container holds; ``dateline`` is the place alone."""

    paragraphs: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    images: tuple[Image, ...] = ()
    dateline: str | None = None


class _Part(Enum):
    """What the class of an element says of it."""

    TEXT = 0
    JUNK = 1
    PHOTO = 2
    READ_ALSO = 3


@lru_cache(maxsize=4096)
def _part(classes: str) -> _Part:
    names = classes.split()
    if READ_ALSO_BLOCK in names:
        return _Part.READ_ALSO
    if not PHOTO_CLASSES.isdisjoint(names):
        return _Part.PHOTO
    if not JUNK_CLASSES.isdisjoint(names) or any(n.startswith(JUNK_PREFIXES) for n in names):
        return _Part.JUNK
    return _Part.TEXT


def read_body(container: Element, base: str) -> Body:
    """Read what *container* holds; links and photos count from the address *base*."""
    walk = _Walk(base)
    walk.over(container)
    return walk.body()


class _Link:
    """One link of the body, and whether it is a "Baca juga" link."""

    __slots__ = ("href", "is_read_also", "texts")

    def __init__(self, element: Element) -> None:
        self.href = element.get("href")
        self.is_read_also = READ_ALSO_LINK in (element.get("class") or "")
        self.texts: list[str] = []


class _Walk:
    """One walk over a container: what was read so far, and what it is inside of."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._paragraphs: list[str] = []
        self._images: dict[str, Image] = {}
        self._links: list[_Link] = []
        self._marked: set[int] = set()
        self._has_marked = False
        self._rows: list[list[Piece]] = [[]]
        self._bold = 0
        self._items = 0
        self._table_rows = 0
        self._link = -1
        self._is_after_heading = False
        self._open_photo: Element | None = None
        self._is_muted = False

    def over(self, container: Element) -> None:
        """Walk over *container*."""
        walker = etree.iterwalk(container, events=("start", "end"))
        skipped: Element | None = None
        for event, element in walker:
            if event == "start":
                if element is not container and self._is_skipped(element):
                    skipped = element
                    walker.skip_subtree()
                else:
                    self._enter(element)
            else:
                if element is skipped:
                    skipped = None
                else:
                    self._leave(element)
                if element is not container and element.tail:
                    self._add(element.tail)
        self._flush()

    def _is_skipped(self, element: Element) -> bool:
        """Whether nothing inside *element* is text; photos and links of it are kept."""
        tag, classes = element.tag, element.get("class")
        part = _part(classes) if classes else _Part.TEXT
        if tag in JUNK_TAGS:
            part = _Part.JUNK
        elif tag == "figure" and part is _Part.TEXT:
            part = _Part.PHOTO
        if part is _Part.TEXT:
            return False
        if tag in BLOCK_TAGS:
            self._flush()
        if part is _Part.READ_ALSO:
            self._links += [_marked_link(link) for link in element.iter("a")]
        elif part is _Part.PHOTO:
            self._add_image(read_photo(element, self._base))
            if self._open_photo is None and len(element.findall(".//p")) > 1:
                # It was never closed, and what follows lies inside.
                self._open_photo = element
                self._is_muted = True
                return False
        return True

    def _enter(self, element: Element) -> None:
        tag = element.tag
        if tag in BLOCK_TAGS:
            self._flush()
            if tag == "li":
                self._items += 1
            elif tag == "tr":
                self._table_rows += 1
            elif tag == "p":
                self._is_muted = False
                if len(element) == 0 and self._take_plain(element.text):
                    return
        elif tag == "br":
            if self._table_rows:
                self._add(" ")
            else:
                self._rows.append([])
        elif tag in BOLD_TAGS:
            self._bold += 1
        elif tag == "a":
            self._link = len(self._links)
            self._links.append(_Link(element))
            if self._links[-1].is_read_also:
                self._marked.add(self._link)
                self._has_marked = True
        elif tag == "td" or tag == "th":
            if self._table_rows == 1:
                self._rows.append([])
            else:
                self._add(" ")
        elif tag == "img":
            url = image_url(element, self._base)
            if url and "/data/photo" in url:
                self._add_image(Image(url=url, caption=clean_or_none(element.get("alt"))))
        if element.text:
            self._add(element.text)

    def _take_plain(self, text: str | None) -> bool:
        """Keep the *text* of a paragraph that holds nothing else, as most do; or decline."""
        if self._items or self._table_rows or not text or may_be_read_also(text):
            return False
        self._keep(clean(text))
        return True

    def _leave(self, element: Element) -> None:
        tag = element.tag
        if tag in BLOCK_TAGS:
            if tag == "tr":
                self._table_rows -= 1
                if not self._table_rows:
                    self._flush_table_row()
            self._flush()
            if tag == "li":
                self._items -= 1
            if element is self._open_photo:
                self._open_photo = None
                self._is_muted = False
        elif tag in BOLD_TAGS:
            self._bold -= 1
        elif tag == "a":
            self._link = -1

    def _add(self, text: str) -> None:
        row = self._rows[-1]
        if self._is_muted or (not row and text.isspace()):
            return
        row.append(Piece(text, self._bold > 0, self._link))
        if self._link >= 0:
            self._links[self._link].texts.append(text)

    def _add_image(self, image: Image | None) -> None:
        if image:
            self._images.setdefault(image.url, image)

    def _flush(self) -> None:
        """Make paragraphs of the rows so far; inside a table's row, only part its words."""
        rows = self._rows
        if self._table_rows:
            self._add(" ")
        elif rows[0] or len(rows) > 1:
            self._rows = [[]]
            for paragraph in paragraphs_of(self._read_rows(rows), in_list=self._items > 0):
                self._keep(paragraph)

    def _flush_table_row(self) -> None:
        rows, self._rows = self._rows, [[]]
        self._keep(table_row(self._read_rows(rows)))

    def _keep(self, paragraph: str) -> None:
        paragraph = strip_promo(paragraph)
        if paragraph:
            self._paragraphs.append(paragraph)
            self._is_after_heading = False

    def _read_rows(self, rows: list[list[Piece]]) -> list[Row]:
        """The texts of *rows* without their "Baca juga" lines, whose links are noted."""
        has_marked = self._has_marked or self._is_after_heading
        self._has_marked = False
        found = []
        for pieces in rows:
            row = row_of(pieces)
            if row.text and (has_marked or may_be_read_also(row.text)):
                row = row_of(self._without_read_also(pieces))
            found.append(row)
        return found

    def _without_read_also(self, pieces: list[Piece]) -> Sequence[Piece]:
        taken = take_read_also(pieces, self._marked, is_after_heading=self._is_after_heading)
        for link in taken.links:
            taken_link = self._links[link]
            if not taken_link.is_read_also:  # told by its words; it may lead anywhere
                taken_link.is_read_also = _is_article(taken_link.href, self._base)
        self._is_after_heading = self._is_after_heading or taken.is_heading
        return taken.pieces

    def body(self) -> Body:
        """What was read."""
        place, paragraphs = _part_dateline(self._paragraphs)
        related = []
        for link in self._links:
            url = canonical_link(self._base, link.href) if link.is_read_also else None
            if url:
                related.append(Related(url=url, title=clean_or_none("".join(link.texts))))
        return Body(paragraphs, tuple(related), tuple(self._images.values()), place)


def _marked_link(element: Element) -> _Link:
    """The link of a block that holds nothing else, with its text."""
    link = _Link(element)
    link.is_read_also = True
    link.texts = list(element.itertext())
    return link


def _is_article(href: str | None, base: str) -> bool:
    return kind(canonical_link(base, href) or "") is UrlKind.ARTICLE


_OPENING_PARAGRAPHS = 3  # a note or a byline may stand before the dateline


def _part_dateline(paragraphs: list[str]) -> tuple[str | None, tuple[str, ...]]:
    """The place of the dateline, and the paragraphs without it."""
    for nth, paragraph in enumerate(paragraphs[:_OPENING_PARAGRAPHS]):
        dateline = split_dateline(paragraph)
        if dateline:
            rest = [dateline.text] if dateline.text else []
            return dateline.place, (*paragraphs[:nth], *rest, *paragraphs[nth + 1 :])
    return None, tuple(paragraphs)
