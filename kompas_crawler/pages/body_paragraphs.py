"""Gather text, row by row, into the paragraphs and the links of an article."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kompas_crawler.items import Related
from kompas_crawler.pages.address import canonical_link
from kompas_crawler.pages.body_elements import READ_ALSO_LINK, text_of
from kompas_crawler.pages.body_lines import Piece, Row, paragraphs_of, row_of, table_row
from kompas_crawler.pages.body_read_also import is_label, may_be_read_also, take_read_also
from kompas_crawler.site.text import clean, cut_title, strip_promo
from kompas_crawler.site.urls import UrlKind, kind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from lxml.etree import _Element as Element


class _Link:
    """One link of the text, and whether it is a "Baca juga" link."""

    __slots__ = ("href", "is_read_also", "texts")

    def __init__(self, element: Element, *, is_read_also: bool) -> None:
        self.href = element.get("href")
        self.is_read_also = is_read_also
        self.texts: list[str] = []

    @property
    def is_label(self) -> bool:
        """Whether it is but the words "Baca juga"."""
        return is_label("".join(self.texts))

    @property
    def title(self) -> str | None:
        """The text of the link; the words "Baca juga" are no title."""
        title = cut_title("".join(self.texts))
        return None if title is None or is_label(title) else title


class Paragraphs:
    """The paragraphs so far, and the rows of the one that is being gathered.

    ``bold``, ``items`` and ``table_rows`` count the elements of these kinds that the text
    stands in; *base* is the address from which links count.
    """

    def __init__(self, base: str) -> None:
        self.found: list[str] = []
        self.bold = 0
        self.items = 0
        self.table_rows = 0
        self._base = base
        self._rows: list[list[Piece]] = [[]]
        self._links: list[_Link] = []
        self._link = -1  # the one that the text stands in
        self._marked: set[int] = set()  # the links whose class says what they are
        self._has_marked = False  # ... and whether the rows so far have one
        self._is_after_heading = False  # "Baca juga:" alone, its links follow
        self._ends_with_label = False  # ... or as the last words of a row

    def add(self, text: str | None) -> None:
        """Add *text* to the row; a row does not begin with white space."""
        row = self._rows[-1]
        if not text or (not row and text.isspace()):
            return
        row.append(Piece(text, self.bold > 0, self._link))
        if self._link >= 0:
            self._links[self._link].texts.append(text)

    def add_plain(self, text: str | None) -> bool:
        """Take the *text* of a whole paragraph, as most are; or decline what needs a look."""
        if self.items or self.table_rows or not text or may_be_read_also(text):
            return False
        self._keep(clean(text))
        return True

    def begin_row(self) -> None:
        """Begin a row; inside a table's row, only part the words."""
        if self.table_rows:
            self.add(" ")
        else:
            self._rows.append([])
            if self._link >= 0:
                self._part_words_of_link()

    def begin_cell(self) -> None:
        """Begin a table's cell; those of a table inside a cell only part the words."""
        if self.table_rows == 1:
            self._rows.append([])
            if self._link >= 0:
                self._part_words_of_link()
        else:
            self.add(" ")

    def begin_link(self, element: Element) -> None:
        """Note a link, to which the text belongs from now on."""
        self._link = len(self._links)
        is_read_also = READ_ALSO_LINK in (element.get("class") or "")
        self._links.append(_Link(element, is_read_also=is_read_also))
        if is_read_also:
            self._marked.add(self._link)
            self._has_marked = True

    def end_link(self) -> None:
        """Leave the link."""
        self._link = -1

    def add_read_also(self, element: Element, others: Collection[Element]) -> None:
        """Note a link of a block that holds nothing but "Baca juga" links, *others* among them."""
        link = _Link(element, is_read_also=True)
        link.texts.append(text_of(element, others))
        self._links.append(link)

    def end_block(self) -> None:
        """Make paragraphs of the rows so far; inside a table's row, only part the words."""
        rows = self._rows
        if self._link >= 0:
            self._part_words_of_link()
        if self.table_rows:
            self.add(" ")
        elif rows[0] or len(rows) > 1:
            self._rows = [[]]
            for paragraph in paragraphs_of(self._read_rows(rows), in_list=self.items > 0):
                self._keep(paragraph)
            self._is_after_heading = self._is_after_heading or self._ends_with_label

    def _part_words_of_link(self) -> None:
        self._links[self._link].texts.append(" ")

    def end_table_row(self) -> None:
        """Make one paragraph of the cells so far."""
        rows, self._rows = self._rows, [[]]
        self._keep(table_row(self._read_rows(rows)))

    def related(self) -> tuple[Related, ...]:
        """The "Baca juga" links, one for each that the text has."""
        links = [link for link in self._links if link.is_read_also]
        found = []
        for nth, link in enumerate(links, start=1):
            title = link.title
            if title is None and nth < len(links) and link.is_label:
                continue  # the link that is meant follows
            url = canonical_link(self._base, link.href)
            if url:
                found.append(Related(url=url, title=title))
        return tuple(found)

    def _read_rows(self, rows: list[list[Piece]]) -> list[Row]:
        """The texts of *rows* without their "Baca juga" lines, whose links are noted."""
        has_marked = self._has_marked or self._is_after_heading
        self._has_marked = self._link in self._marked  # a link may go on over blocks
        self._ends_with_label = False
        found = []
        for pieces in rows:
            row = row_of(pieces)
            if row.text and (has_marked or may_be_read_also(row.text)):
                row = row_of(self._without_read_also(pieces))
            found.append(row)
        return found

    def _without_read_also(self, pieces: list[Piece]) -> Sequence[Piece]:
        taken = take_read_also(pieces, self._marked, is_after_heading=self._is_after_heading)
        for nth in taken.labels:
            self._links[nth].is_read_also = False
        for nth in taken.links:
            link = self._links[nth]
            if not link.is_read_also:  # told by its words; it may lead anywhere
                url = canonical_link(self._base, link.href)
                link.is_read_also = url is not None and kind(url) is UrlKind.ARTICLE
        self._is_after_heading = self._is_after_heading or taken.is_heading
        self._ends_with_label = taken.ends_with_label
        return taken.pieces

    def _keep(self, paragraph: str) -> None:
        paragraph = strip_promo(paragraph)
        if paragraph:
            self.found.append(paragraph)
            self._is_after_heading = False
