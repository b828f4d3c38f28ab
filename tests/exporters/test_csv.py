"""CSV: what is written reads back the same, whatever the text."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from hypothesis import example, given
from hypothesis import strategies as st

from kompas_crawler.exporters.csv_file import line
from kompas_crawler.exporters.feeds import CsvFeed
from tests.archive import build

if TYPE_CHECKING:
    from pathlib import Path

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(st.lists(texts, min_size=1, max_size=5))
@example(['say "no", twice', "two\nlines", "=1+1", "\r", ""])
@example([""])
def test_a_line_reads_back_the_same(cells: list[str]) -> None:
    written = io.StringIO(line(cells).decode(), newline="")
    assert list(csv.reader(written)) == [cells]


@given(st.lists(texts, min_size=1, max_size=5))
def test_a_line_is_what_the_csv_module_writes(cells: list[str]) -> None:
    expected = io.StringIO(newline="")
    csv.writer(expected).writerow(cells)
    assert line(cells).decode() == expected.getvalue()


def test_a_feed_that_is_appended_to_keeps_its_columns(tmp_path: Path) -> None:
    feed = tmp_path / "feed.csv"
    for item in (build.article(1), build.article(2), {"title": "of no Article", "other": "x"}):
        _append(feed, item)
    rows = list(csv.DictReader(feed.read_text().splitlines()))
    assert [row["title"] for row in rows] == ["Judul 1", "Judul 2", "of no Article"]
    assert {len(row) for row in rows} == {len(rows[0])}


def _append(feed: Path, item: Any) -> None:
    with feed.open("ab") as file:
        exporter = CsvFeed(file)  # type: ignore[arg-type]
        exporter.start_exporting()
        exporter.export_item(item)
        exporter.finish_exporting()
