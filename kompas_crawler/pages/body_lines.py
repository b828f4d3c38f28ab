"""Join the rows of text between two block elements to paragraphs.

A row is the text between two ``<br>``; its pieces are marked as bold or as the text of a link.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from kompas_crawler.pages.body_read_also import Piece
from kompas_crawler.site.names import split_byline
from kompas_crawler.site.text import clean


class Row(NamedTuple):
    """The clean text of a row, and whether all of it is bold."""

    text: str
    is_bold: bool


_BULLET = re.compile(r"\A[•●▪■◦‣·○*–-]\s+")
_ITEM = re.compile(r"(?:[0-9]{1,3}|[A-Za-z])[.)]\s|[•●▪■◦‣·○*–-]\s")
_SENTENCE_END = re.compile(r"[.!?:;…][\"'”’)\]]*$")


def row_of(pieces: Sequence[Piece]) -> Row:
    is_bold = all(piece.is_bold or piece.text.isspace() for piece in pieces)
    return Row(clean("".join([piece.text for piece in pieces])), is_bold)


def paragraphs_of(rows: Sequence[Row], *, in_list: bool = False) -> list[str]:
    """Join *rows* to paragraphs; an empty row always separates them.

    >>> paragraphs_of([Row("Penghargaan PR", False), Row("Award diberikan.", False)])
    ['Penghargaan PR Award diberikan.']
    >>> paragraphs_of([Row("1. Sari", False), Row("2. Budi", False), Row("3. Wati", False)])
    ['1. Sari', '2. Budi', '3. Wati']
    >>> paragraphs_of([Row("Kantong plastik", True), Row("Sediakan dua lapis.", False)])
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
    """Whether *text* continues a sentence."""
    return text[0].islower() or text[0] in "-–—,.;:)"


def _is_one_sentence(before: str, after: str) -> bool:
    if _goes_on(after):
        return not _ITEM.match(after)
    return not (_SENTENCE_END.search(before) or _ITEM.match(after) or split_byline(before))


def table_row(cells: Iterable[Row]) -> str:
    """The paragraph of a table row, without empty cells.

    >>> table_row([Row("Bobot", True), Row("", False), Row("198 kg", False)])
    'Bobot | 198 kg'
    """
    return " | ".join(cell.text for cell in cells if cell.text)
