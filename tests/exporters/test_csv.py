"""CSV: what is written reads back the same, whatever the text."""

from __future__ import annotations

import csv
import io

from hypothesis import example, given
from hypothesis import strategies as st

from kompas_crawler.exporters.csv_file import line

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(st.lists(texts, min_size=2, max_size=5))
@example(['say "no", twice', "two\nlines", "=1+1", "\r", ""])
def test_a_line_reads_back_the_same(cells: list[str]) -> None:
    written = io.StringIO(line(cells).decode(), newline="")
    assert list(csv.reader(written)) == [cells]


@given(st.lists(texts, min_size=2, max_size=5))
def test_a_line_is_what_the_csv_module_writes(cells: list[str]) -> None:
    expected = io.StringIO(newline="")
    csv.writer(expected).writerow(cells)
    assert line(cells).decode() == expected.getvalue()
