"""Read the paragraphs of an article's text, its "Baca juga" links and its photos.

One walk over the container, without recursion. What stands between two blocks is a
paragraph; a ``<br>`` begins a row of it; what is no news is skipped with all inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from kompas_crawler.items import Image
from kompas_crawler.pages.body_elements import BLOCK_TAGS, BOLD_TAGS, Part, part_of
from kompas_crawler.pages.body_paragraphs import Paragraphs
from kompas_crawler.pages.photo import image_url, read_photo
from kompas_crawler.site.text import clean_or_none, split_byline, split_dateline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element as Element

    from kompas_crawler.items import Related


class Body(NamedTuple):
    """What an article's containers hold; ``dateline`` is the place alone."""

    paragraphs: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    images: tuple[Image, ...] = ()
    dateline: str | None = None
    byline: tuple[str, ...] = ()  # the people of an "Oleh: " above the text


def read_body(containers: Iterable[Element], base: str) -> Body:
    """Read what *containers* hold, in order; addresses in them count from *base*.

    No one of them may stand in another.
    """
    walk = _Walk(base)
    for container in containers:
        walk.over(container)
    found = walk.text.found
    byline = split_byline(found[0]) if len(found) > 1 else ()
    place, paragraphs = _part_dateline(found[1:] if byline else found)
    return Body(paragraphs, walk.text.related(), tuple(walk.images.values()), place, byline)


_OPENING_PARAGRAPHS = 3  # a note may stand before the dateline


def _part_dateline(paragraphs: list[str]) -> tuple[str | None, tuple[str, ...]]:
    """The place of the dateline, and the paragraphs without it."""
    for nth, paragraph in enumerate(paragraphs[:_OPENING_PARAGRAPHS]):
        dateline = split_dateline(paragraph)
        if dateline:
            rest = [dateline.text] if dateline.text else []
            return dateline.place, (*paragraphs[:nth], *rest, *paragraphs[nth + 1 :])
    return None, tuple(paragraphs)


class _Walk:
    """One walk over a container: the text and the photos so far."""

    def __init__(self, base: str) -> None:
        self.text = Paragraphs(base)
        self.images: dict[str, Image] = {}
        self._base = base
        self._open_photo: Element | None = None
        self._is_muted = False

    def over(self, container: Element) -> None:
        """Walk over *container*."""
        walker = etree.iterwalk(container, events=("start", "end"))
        add = self.text.add
        skipped: Element | None = None
        next(walker)  # the container's own start; its end is the last event
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
                if element is skipped:
                    skipped = None
                else:
                    self._leave(element)
                if not self._is_muted:
                    add(element.tail)
        self.text.end_block()

    def _add(self, text: str | None) -> None:
        if not self._is_muted:
            self.text.add(text)

    def _is_skipped(self, element: Element, part: Part) -> bool:
        """Whether nothing inside *element* is text; its photo or its links are kept."""
        if element.tag in BLOCK_TAGS:
            self.text.end_block()
        if part is Part.READ_ALSO:
            links = list(element.iter("a"))
            others = set(links)
            for link in links:
                self.text.add_read_also(link, others)
        elif part is Part.PHOTO:
            self._keep_image(read_photo(element, self._base))
            if self._open_photo is None and len(element.findall(".//p")) > 1:
                # It was never closed: what follows lies inside, from the first <p> on.
                self._open_photo = element
                self._is_muted = True
                return False
        return True

    def _enter_block(self, element: Element) -> None:
        self.text.end_block()
        tag = element.tag
        if tag == "p":
            self._is_muted = False
            if len(element) == 0 and self.text.add_plain(element.text):
                return
        elif tag == "li":
            self.text.items += 1
        elif tag == "tr":
            self.text.table_rows += 1
        self._add(element.text)

    def _enter_inline(self, element: Element) -> None:
        tag = element.tag
        if tag == "a":
            self.text.begin_link(element)
        elif tag in BOLD_TAGS:
            self.text.bold += 1
        elif tag == "br":
            self.text.begin_row()
        elif tag == "td" or tag == "th":
            self.text.begin_cell()
        elif tag == "img":
            url = image_url(element, self._base)
            if url and "/data/photo" in url:
                self._keep_image(Image(url=url, caption=clean_or_none(element.get("alt"))))
        self._add(element.text)

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
                self._is_muted = False
        elif tag in BOLD_TAGS:
            self.text.bold -= 1
        elif tag == "a":
            self.text.end_link()

    def _keep_image(self, image: Image | None) -> None:
        if image:
            self.images.setdefault(image.url, image)
