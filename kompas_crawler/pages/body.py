"""Extract the paragraphs, "Baca juga" links and photos of an article in one walk.

Text between two blocks is a paragraph; a ``<br>`` starts a row of it.
"""

from collections.abc import Iterable
from typing import NamedTuple

from lxml import etree
from lxml.etree import _Element as Element

from kompas_crawler.items import Image, Related
from kompas_crawler.pages.body_elements import BLOCK_TAGS, BOLD_TAGS, Part, part_of
from kompas_crawler.pages.body_paragraphs import Paragraphs
from kompas_crawler.pages.metadata import image_url, read_photo
from kompas_crawler.site.names import split_byline
from kompas_crawler.site.text import clean_or_none, split_dateline

_OPENING_PARAGRAPHS = 3  # a note can precede the dateline


class Body(NamedTuple):
    """The contents of an article's containers; ``dateline`` is the place."""

    paragraphs: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    images: tuple[Image, ...] = ()
    dateline: str | None = None
    byline: tuple[str, ...] = ()  # the people of an "Oleh: " above the text


def read_body(containers: Iterable[Element], base: str) -> Body:
    """Extract *containers* in order, which must not be nested; URLs are relative to *base*."""
    walk = _Walk(base)
    for container in containers:
        walk.over(container)
    found = walk.text.found
    if len(found) > 2 and found[0].rstrip(" :").lower() == "oleh":  # the names are in the next row
        found = [f"Oleh: {found[1]}", *found[2:]]
    byline = split_byline(found[0]) if len(found) > 1 else ()
    place, paragraphs = None, found[1:] if byline else found
    for nth, paragraph in enumerate(paragraphs[:_OPENING_PARAGRAPHS]):
        if dateline := split_dateline(paragraph):
            place, text = dateline
            paragraphs = [*paragraphs[:nth], *filter(None, [text]), *paragraphs[nth + 1 :]]
            break
    return Body(tuple(paragraphs), walk.text.related(), tuple(walk.images.values()), place, byline)


class _Walk:
    def __init__(self, base: str) -> None:
        self.text = Paragraphs(base)
        self.images: dict[str, Image] = {}
        self._base = base
        self._open_photo: Element | None = None

    def over(self, container: Element) -> None:
        walker = etree.iterwalk(container, events=("start", "end"))
        add = self.text.add
        skipped: Element | None = None
        next(walker)  # the start of the container
        add(container.text)
        for event, element in walker:
            if event == "start":
                part = part_of(element)
                if part is Part.INLINE:
                    self._enter_inline(element)
                elif part is Part.BLOCK:
                    self._enter_block(element)
                elif self._is_skipped(element, part):
                    skipped = element
                    walker.skip_subtree()
            elif element is not container:
                if element is not skipped:
                    self._leave(element)
                add(element.tail)
        self.text.end_block()

    def _is_skipped(self, element: Element, part: Part) -> bool:
        """Whether *element* contains no text; collects its photo or links."""
        if element.tag in BLOCK_TAGS:
            self.text.end_block()
        if part is Part.READ_ALSO:
            links = list(element.iter("a"))
            others = set(links)
            for link in links:
                self.text.add_read_also(link, others)
        elif part is Part.PHOTO:
            self._keep_image(read_photo(element, self._base))
            if self._open_photo is None and len([*element.iterdescendants("p")]) > 1:
                # An unclosed element: the text after it starts at the first <p>.
                self._open_photo = element
                self.text.is_muted = True
                return False
        return True

    def _enter_block(self, element: Element) -> None:
        self.text.end_block()
        tag = element.tag
        if tag == "p":
            self.text.is_muted = False
            if len(element) == 0 and self.text.add_plain(element.text):
                return
        elif tag == "li":
            self.text.items += 1
        elif tag == "tr":
            self.text.table_rows += 1
        self.text.add(element.text)

    def _enter_inline(self, element: Element) -> None:
        tag = element.tag
        if tag == "a":
            self.text.begin_link(element)
        elif tag in BOLD_TAGS:
            self.text.bold += 1
        elif tag == "br":
            self.text.begin_row()
        elif tag == "td" or tag == "th":
            self.text.begin_row(is_cell=True)
        elif tag == "img":
            self.text.add("\u200b")  # unseen: a picture can be all of a link
            url = image_url(element, self._base)
            if url and "/data/photo" in url:
                self._keep_image(Image(url=url, caption=clean_or_none(element.get("alt"))))
        self.text.add(element.text)

    def _leave(self, element: Element) -> None:
        tag = element.tag
        if tag in BLOCK_TAGS:
            if tag == "tr":
                self.text.table_rows -= 1
                if not self.text.table_rows:
                    self.text.end_table_row()
            self.text.end_block()
            if tag == "li":
                self.text.items -= 1
            if element is self._open_photo:
                self._open_photo = None
                self.text.is_muted = False
        elif tag in BOLD_TAGS:
            self.text.bold -= 1
        elif tag == "a":
            self.text.end_link()

    def _keep_image(self, image: Image | None) -> None:
        if image:
            self.images.setdefault(image.url, image)
