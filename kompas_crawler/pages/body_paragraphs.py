"""Collect text into paragraphs and links, by rows: the text between two ``<br>``."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from lxml.etree import _Element as Element

from kompas_crawler.items import Related
from kompas_crawler.pages.address import canonical_link
from kompas_crawler.pages.body_elements import READ_ALSO_LINK, text_of
from kompas_crawler.pages.body_read_also import (
    Piece,
    is_label,
    may_be_read_also,
    take_read_also,
    without_label,
)
from kompas_crawler.site.names import split_byline
from kompas_crawler.site.text import clean, cut_title, strip_promo
from kompas_crawler.site.urls import UrlKind, kind

_BULLET = re.compile(r"\A[•●▪■◦‣·○*–-]\s+")
_ITEM = re.compile(r"(?:[0-9]{1,3}|[A-Za-z])[.)]\s|[•●▪■◦‣·○*–-]\s")
_SENTENCE_END = re.compile(r"[.!?:;…][\"'”’)\]]*$")


class Row(NamedTuple):
    """The clean text of a row, and the pieces that it was joined from."""

    text: str
    pieces: Sequence[Piece] = ()

    @property
    def is_bold(self) -> bool:
        return all(piece.is_bold or piece.text.isspace() for piece in self.pieces)


@dataclass(slots=True)
class _Link:
    href: str | None
    is_read_also: bool
    texts: list[str] = field(default_factory=list)


class Paragraphs:
    """The complete paragraphs, and the rows of the current one; links are relative to *base*."""

    def __init__(self, base: str) -> None:
        self.found: list[str] = []
        self.bold = self.items = self.table_rows = 0  # open elements of these kinds
        self.is_muted = False  # while it is true, no text is added
        self._base = base
        self._rows: list[list[Piece]] = [[]]
        self._links: list[_Link] = []
        self._link = -1  # the open link
        self._marked: set[int] = set()  # links with the "Baca juga" class
        self._has_marked = False  # whether the current rows have one
        self._is_after_heading = False  # after "Baca juga:" without links
        self._ends_with_label = False  # after a row that ends with it

    def add(self, text: str | None) -> None:
        """Add *text* to the row, without leading white space."""
        row = self._rows[-1]
        if not text or self.is_muted or (not row and text.isspace()):
            return
        row.append(Piece(text, self.bold > 0, self._link))
        if self._link >= 0:
            self._links[self._link].texts.append(text)

    def add_plain(self, text: str | None) -> bool:
        """Add a whole paragraph at once; return false if it needs processing by rows."""
        if self.items or self.table_rows or not text or may_be_read_also(text):
            return False
        self._keep(clean(text))
        return True

    def begin_row(self, *, is_cell: bool = False) -> None:
        """Start a row, or a cell of a table row; deeper inside tables, only separate words."""
        if self.table_rows == int(is_cell):
            self._rows.append([])
            self._part_words_of_link()
        else:
            self.add(" ")

    def begin_link(self, element: Element) -> None:
        self._link = len(self._links)
        is_read_also = READ_ALSO_LINK in (element.get("class") or "")
        self._links.append(_Link(element.get("href"), is_read_also))
        if is_read_also:
            self._marked.add(self._link)
            self._has_marked = True

    def end_link(self) -> None:
        self._link = -1

    def add_read_also(self, element: Element, others: Collection[Element]) -> None:
        """Add a link of a block of "Baca juga" links, with the other links *others*."""
        self._links.append(_Link(element.get("href"), True, [text_of(element, others)]))

    def end_block(self) -> None:
        """End the paragraph; inside a table row, only separate words."""
        rows = self._rows
        self._part_words_of_link()
        if self.table_rows:
            self.add(" ")
        elif rows[0] or len(rows) > 1:
            self._rows = [[]]
            for paragraph in _paragraphs_of(self._read_rows(rows), in_list=self.items > 0):
                self._keep(paragraph)
            self._is_after_heading = self._is_after_heading or self._ends_with_label

    def _part_words_of_link(self) -> None:
        if self._link >= 0:
            self._links[self._link].texts.append(" ")

    def end_table_row(self) -> None:
        rows, self._rows = self._rows, [[]]
        self._keep(_table_row(self._read_rows(rows)))

    def related(self) -> tuple[Related, ...]:
        """The "Baca juga" links of the text."""
        links = [link for link in self._links if link.is_read_also]
        found = []
        for nth, link in enumerate(links, start=1):
            title = cut_title("".join(link.texts))
            if title and is_label(title):
                if nth < len(links):
                    continue  # the actual link follows
                title = None
            if (url := canonical_link(self._base, link.href)) and url.isprintable():
                found.append(Related(url=url, title=title and without_label(title)))
        return tuple(found)

    def _read_rows(self, rows: list[list[Piece]]) -> list[Row]:
        """The texts of *rows* without "Baca juga" lines; marks their links."""
        has_marked = self._has_marked or self._is_after_heading
        self._has_marked = self._link in self._marked  # a link can span blocks
        self._ends_with_label = False
        found, goes_on = [], False  # whether a row above was such a line
        for pieces in rows:
            row = _row_of(pieces)
            is_more = bool(pieces) and pieces[0].link in self._marked  # of a link above
            is_marked = has_marked or self._is_after_heading or is_more or goes_on
            if row.text and (is_marked or may_be_read_also(row.text)):
                rest = self._without_read_also(pieces, is_below=goes_on)
                row, goes_on = row if rest is pieces else _row_of(rest), not rest
            found.append(row)
        return found

    def _without_read_also(self, pieces: list[Piece], *, is_below: bool) -> Sequence[Piece]:
        is_after = self._is_after_heading or is_below
        taken = take_read_also(pieces, self._marked, is_after_heading=is_after)
        for nth in taken.labels:
            self._links[nth].is_read_also = False
        for nth in taken.links:
            link = self._links[nth]
            if not link.is_read_also:  # recognised by its text
                url = canonical_link(self._base, link.href)
                link.is_read_also = url is not None and kind(url) is UrlKind.ARTICLE
                self._marked.add(nth)  # its text can go on in the next row
        self._is_after_heading = taken.is_heading or (self._is_after_heading and not taken.pieces)
        self._ends_with_label = taken.ends_with_label
        return taken.pieces

    def _keep(self, paragraph: str) -> None:
        if paragraph := strip_promo(paragraph):
            self.found.append(paragraph)
            self._is_after_heading = False


def _row_of(pieces: Sequence[Piece]) -> Row:
    return Row(clean("".join([piece.text for piece in pieces])), pieces)


def _paragraphs_of(rows: Sequence[Row], *, in_list: bool = False) -> list[str]:
    """Join *rows* to paragraphs; an empty row always separates them.

    >>> _paragraphs_of([Row("Penghargaan PR"), Row("Award diberikan.")])
    ['Penghargaan PR Award diberikan.']
    >>> _paragraphs_of([Row("1. Sari"), Row("2. Budi"), Row("3. Wati")])
    ['1. Sari', '2. Budi', '3. Wati']
    >>> _paragraphs_of([Row("Kantong plastik"), Row("Sediakan dua lapis.", [Piece("Sediakan")])])
    ['Kantong plastik', 'Sediakan dua lapis.']
    """
    found: list[str] = []
    for is_text, group in groupby(rows, lambda row: bool(row.text)):
        if is_text:
            found += _of_group([*group], in_list=in_list)
    if in_list and found:
        found[0] = _BULLET.sub("", found[0])
    return found


def _of_group(rows: list[Row], *, in_list: bool) -> list[str]:
    if len(rows) == 1:
        return [rows[0].text]
    if rows[0].is_bold and not rows[1].is_bold and not _goes_on(rows[1].text):
        return [rows[0].text, *_of_group(rows[1:], in_list=in_list)]
    if in_list or (len(rows) == 2 and _is_one_sentence(rows[0].text, rows[1].text)):
        return [" ".join(row.text for row in rows)]
    return [row.text for row in rows]


def _goes_on(text: str) -> bool:
    return text[0].islower() or text[0] in "-–—,.;:)"


def _is_one_sentence(before: str, after: str) -> bool:
    if _goes_on(after):
        return not _ITEM.match(after)
    return not (_SENTENCE_END.search(before) or _ITEM.match(after) or split_byline(before))


def _table_row(cells: Iterable[Row]) -> str:
    """The paragraph of a table row, without empty cells.

    >>> _table_row([Row("Bobot"), Row(""), Row("198 kg")])
    'Bobot | 198 kg'
    """
    return " | ".join(cell.text for cell in cells if cell.text)
