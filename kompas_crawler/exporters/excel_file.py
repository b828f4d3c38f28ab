"""Excel: sheets of text cells, without formulas, links and numbers."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Any

from xlsxwriter import Workbook  # type: ignore[import-untyped]
from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]

from kompas_crawler.exporters.record import cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

LAST_ROW = 1_048_575  # counted from 0
CELL_UNITS = 32_767  # of UTF-16
MARK = " […cut]"
"""Suffix of a cell whose text exceeds the limit of Excel."""

_WIDTHS = {"id": 19, "url": 40, "title": 60, "summary": 60, "body": 60, "published_at": 26}


def write(rows: Iterable[dict[str, Any]], file: IO[bytes], fields: Sequence[str]) -> int:
    """Write *rows* as texts, on several sheets if necessary; return the number of cells cut.

    Uses a temporary file and keeps only one row in memory.
    """
    with TemporaryDirectory(prefix="kompas-export-") as folder:
        book = Workbook(_Forward(file), {"constant_memory": True, "tmpdir": folder})
        book.use_zip64()
        try:
            cut = _fill(book, rows, fields)
        except BaseException:
            for sheet in book.worksheets():  # closes the temporary files
                sheet._opt_close()
            raise
        try:
            book.close()
        except FileCreateError as error:
            raise error.args[0] from None
    return cut


def _fill(book: Workbook, rows: Iterable[dict[str, Any]], fields: Sequence[str]) -> int:
    sheet, number, cut = _sheet(book, fields), 0, 0
    for row in rows:
        if number == LAST_ROW:
            sheet, number = _sheet(book, fields), 0
        number += 1
        for column, name in enumerate(fields):
            text, is_cut = fitting(cell(row[name]))
            cut += is_cut
            if text:
                sheet.write_string(number, column, text)
    return cut


def _sheet(book: Workbook, fields: Sequence[str]) -> Worksheet:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(fields):
        sheet.set_column(column, column, _WIDTHS.get(name, 14))
        sheet.write_string(0, column, name)
    return sheet


def fitting(text: str) -> tuple[str, bool]:
    """Return *text* within the limit of a cell, and whether it was cut.

    >>> fitting("pendek"), len(fitting("x" * 40_000)[0])
    (('pendek', False), 32767)
    """
    if len(text) <= CELL_UNITS // 2 or len(text.encode("utf-16-le", "replace")) // 2 <= CELL_UNITS:
        return text, False
    room = (CELL_UNITS - len(MARK)) * 2
    return text.encode("utf-16-le", "replace")[:room].decode("utf-16-le", "ignore") + MARK, True


class _Forward:
    """A write-only file, as needed for gzip."""

    def __init__(self, file: IO[bytes]) -> None:
        self.write = file.write
        self.flush = file.flush
