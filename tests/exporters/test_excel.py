"""Excel: numbers and dates, text that stays text, and no cell longer than Excel holds."""

from __future__ import annotations

import errno
import gc
import io
import sys
import tempfile
from datetime import datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from kompas_crawler.exitcodes import DiskFull
from kompas_crawler.exporters import excel_file
from kompas_crawler.exporters.excel_file import CELL_UNITS, MARK, fitting, write
from kompas_crawler.exporters.files import SHEETS

if TYPE_CHECKING:
    from pathlib import Path


def sheet(*rows: dict[str, Any]) -> tuple[int, list[list[Any]]]:
    file = io.BytesIO()
    cut = write(iter(rows), file, ["id", "title"])
    book = openpyxl.load_workbook(file)
    pages = [page for page in book if page.title != "about"]
    return cut, [list(row) for page in pages for row in page.iter_rows(values_only=True)]


@pytest.mark.parametrize(
    "title",
    [
        '=HYPERLINK("http://evil.example","x")',
        "+1",
        "-1",
        "@SUM(A1)",
        "{=1+1}",  # XlsxWriter up to 3.2.9 makes it a formula, whatever its options
        "\t=1",
        "https://kompas.com/",
        "0012",
        " spaces ",
        "<b>&amp;</b>",
        "😀",
    ],
)
def test_a_cell_is_text_whatever_it_begins_with(title: str) -> None:
    file = io.BytesIO()
    assert write(iter([{"id": "1", "title": title}]), file, ["id", "title"]) == 0
    cell = openpyxl.load_workbook(file).worksheets[0]["B2"]
    assert (cell.value, cell.data_type) == (title, "s")
    assert cell.hyperlink is None


@pytest.mark.parametrize("letter", ["x", "😀"])  # one unit of UTF-16, and two
def test_a_long_cell_is_cut_with_a_mark_and_counted(letter: str) -> None:
    cut, rows = sheet({"id": "1", "title": letter * 40_000}, {"id": "2", "title": "short"})
    shown = rows[1][1]
    assert cut == 1
    assert shown.endswith(letter + MARK)
    assert len(shown.encode("utf-16-le")) // 2 in (CELL_UNITS, CELL_UNITS - 1)
    assert rows[2] == ["2", "short"]


def test_a_cell_of_just_the_limit_stays_whole() -> None:
    assert fitting("x" * CELL_UNITS) == ("x" * CELL_UNITS, False)


def test_a_full_sheet_goes_on_on_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel_file, "LAST_ROW", 2)
    _, rows = sheet(*({"id": str(n), "title": "t"} for n in range(3)))
    assert [row[0] for row in rows] == ["id", "0", "1", "id", "2"]


def test_numbers_dates_and_flags_have_their_types() -> None:
    fields = ["title", "published_at", "word_count", "is_complete", "updated_at"]
    values = ["12", "2024-01-15T23:30:05+07:00", 512, False, None]
    file = io.BytesIO()
    write(iter([dict(zip(fields, values, strict=True))]), file, fields)
    page = openpyxl.load_workbook(file)["articles"]
    cells = next(page.iter_rows(min_row=2))
    assert [cell.value for cell in cells] == [
        "12",
        datetime(2024, 1, 15, 23, 30, 5),  # noqa: DTZ001 - Jakarta time
        512,
        False,
        None,
    ]
    assert [cell.data_type for cell in cells] == ["s", "d", "n", "b", "n"]
    assert cells[1].number_format == "yyyy-mm-dd hh:mm:ss"
    assert page.auto_filter.ref.startswith("A1:E")
    assert page.freeze_panes == "A2"


def test_the_last_sheet_has_citation_and_coverage() -> None:
    file = io.BytesIO()
    days = [{"day": "2024-01-15", "listed": 3, "stored": 2}]
    told = {"citation": "Kompas.com, 1 articles", "coverage": {"listed": 3, "days": days}}
    write(iter([{"id": "1"}]), file, ["id"], about=lambda: told)
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["articles", "about"]
    assert [list(row) for row in book["about"].iter_rows(values_only=True)] == [
        ["citation", "Kompas.com, 1 articles"],
        ["coverage.listed", "3"],
        ["coverage.days", '{"day": "2024-01-15", "listed": 3, "stored": 2}'],
    ]


def test_a_failure_in_the_middle_leaves_no_open_file() -> None:
    def rows() -> Any:
        yield {"id": "1", "title": "t"}
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(rows(), io.BytesIO(), ["id", "title"])


class Full(io.BytesIO):
    """A file on a disk with room for one part."""

    parts = 0

    def write(self, part: Any) -> int:
        self.parts += 1
        if self.parts > 1 and not self.closed:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(part)


def test_a_full_disk_leaves_nothing_to_be_written_later(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)
    with pytest.raises(OSError, match="No space left"), Full() as file:
        write(iter([{"id": "1", "title": "a"}]), file, ["id", "title"])
    gc.collect()
    assert [one.exc_value for one in said if one.exc_type is not ResourceWarning] == []


def test_a_full_disk_of_temporary_files_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fill(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(excel_file, "_fill", fill)
    with pytest.raises(DiskFull, match=str(tmp_path / SHEETS)):
        write(iter([]), io.BytesIO(), ["id"])
    assert list(tmp_path.iterdir()) == []
