"""Excel: sheets with numbers and dates, and texts that are neither formulas nor links."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import IO, Any

from xlsxwriter import Workbook  # type: ignore[import-untyped]
from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from kompas_crawler.exitcodes import writing
from kompas_crawler.exporters.files import SHEETS
from kompas_crawler.exporters.record import About, Rows, cell, kind_of
from kompas_crawler.items import Kind

LAST_ROW = 1_048_575  # counted from 0
CELL_UNITS = 32_767  # of UTF-16
MARK = " […cut]"  # suffix of a cell whose text exceeds the limit of Excel

_OPTIONS = {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss"}
_WIDTHS = {"id": 19, "url": 40, "title": 60, "summary": 60, "body": 60}


def write(rows: Rows, file: IO[bytes], fields: Sequence[str], about: About = dict) -> int:
    """Write *rows*, on several sheets if necessary; return the number of cells cut.

    Times are dates of Excel, in Jakarta time. The last sheet has what *about* returns. Uses a
    temporary file and keeps only one row in memory.
    """
    with TemporaryDirectory(prefix=SHEETS) as folder:
        # Without seek() and tell() gzip works; after an error a destructor still writes to it.
        only = SimpleNamespace(write=lambda part: file.closed or file.write(part), flush=int)
        book = Workbook(only, _OPTIONS | {"tmpdir": folder})
        book.use_zip64()
        try:
            with writing(folder):
                cut = _fill(book, rows, fields)
            _describe(book.add_worksheet("about"), about())
        except BaseException:
            for sheet in book.worksheets():  # closes the temporary files
                sheet._opt_close()
            raise
        try:
            book.close()
        except FileCreateError as error:
            raise error.args[0] from None
    return cut


def _fill(book: Workbook, rows: Rows, fields: Sequence[str]) -> int:
    sheet, number, cut = _sheet(book, fields), 0, 0
    instants = {name for name in fields if kind_of(name) is Kind.INSTANT}
    for row in rows:
        if number == LAST_ROW:
            sheet, number = _sheet(book, fields), 0
        number += 1
        for column, name in enumerate(fields):
            value = row[name]
            if value and name in instants:
                value = datetime.fromisoformat(value).replace(tzinfo=None)  # Excel has no zones
            elif not isinstance(value, int):
                value, is_cut = fitting(cell(value))
                cut += is_cut
            write_cell = sheet.write_string if value and isinstance(value, str) else sheet.write
            write_cell(number, column, value)  # texts stay texts
    return cut


def _sheet(book: Workbook, fields: Sequence[str]) -> Worksheet:
    number = len(book.worksheets())
    sheet = book.add_worksheet(f"articles {number + 1}" if number else "articles")
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, LAST_ROW, len(fields) - 1)
    for column, name in enumerate(fields):
        sheet.set_column(column, column, _WIDTHS.get(name, 19 if name.endswith("_at") else 14))
        sheet.write_string(0, column, name)
    return sheet


def _describe(sheet: Worksheet, about: Mapping[str, Any]) -> None:
    """Write names and values, one a row; a list takes a row for each of its items."""
    sheet.set_column(0, 0, 28)
    pairs: list[tuple[str, Any]] = []
    for name, value in about.items():
        parts = value.items() if isinstance(value, dict) else ()
        pairs += [(f"{name}.{part}", one) for part, one in parts] or [(name, value)]
    lists = ((name, value if isinstance(value, list | tuple) else [value]) for name, value in pairs)
    rows = ((name, value) for name, values in lists for value in values)
    for number, (name, value) in enumerate(rows):
        text = json.dumps(value) if isinstance(value, dict) else cell(value)
        sheet.write_string(number, 0, name)
        sheet.write_string(number, 1, fitting(text)[0])


def fitting(text: str) -> tuple[str, bool]:
    """Return *text* within the limit of a cell, and whether it was cut.

    >>> fitting("pendek"), len(fitting("x" * 40_000)[0])
    (('pendek', False), 32767)
    """
    if len(text) <= CELL_UNITS // 2 or len(text.encode("utf-16-le", "replace")) // 2 <= CELL_UNITS:
        return text, False
    room = (CELL_UNITS - len(MARK)) * 2
    return text.encode("utf-16-le", "replace")[:room].decode("utf-16-le", "ignore") + MARK, True
