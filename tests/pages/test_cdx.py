"""Answers of CDX servers: whatever comes is read, or refused by one kind of error."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompas_crawler.pages import cdx

URL = "https://money.kompas.com/read/2022/01/22/093100670/judul"
NAMES = ["original", "timestamp", "statuscode", "mimetype", "digest"]
ROW = [URL, "20220125103011", "200", "text/html", "A" * 32]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from([*NAMES, *ROW, "", "url"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner),
    max_leaves=8,
)
rows = st.lists(values, max_size=6)
lines = st.dictionaries(
    st.sampled_from(["url", "timestamp", "status", "digest", "offset", "length", "filename"]),
    values | st.sampled_from(ROW),
)


@given(st.lists(rows | st.just(NAMES) | st.just(ROW), max_size=5))
def test_an_index_of_the_wayback_machine_is_read_or_a_value_error(table: list[object]) -> None:
    with suppress(ValueError):
        cdx.of_wayback(json.dumps([NAMES, *table]).encode(), "wayback")
    with suppress(ValueError):
        cdx.of_wayback(json.dumps(table).encode(), "wayback")


@given(lines)
def test_a_line_of_common_crawl_is_read_or_a_value_error(line: dict[str, object]) -> None:
    whole = {"url": URL, "timestamp": ROW[1], "status": "200", "digest": ROW[4]} | line
    with suppress(ValueError):
        list(cdx.of_commoncrawl(json.dumps(whole).encode(), "commoncrawl"))


def test_empty_lines_are_no_lines() -> None:
    line = json.dumps({"url": URL, "timestamp": ROW[1], "status": "200", "digest": ROW[4]})
    both = f"\n{line}\r\n \n{line}\n\n".encode()
    assert len(list(cdx.of_commoncrawl(both, "commoncrawl"))) == 2


@pytest.mark.parametrize("count", [b"-1", b"20001", b"9" * 4000])
def test_a_wrong_number_of_pages_is_refused(count: bytes) -> None:
    assert cdx.pages(b'{"pages": 20000}') == 20_000
    with pytest.raises(ValueError, match=r"pages|digits"):
        cdx.pages(b'{"pages": %b}' % count)


def test_a_time_that_has_none_in_every_zone_is_refused() -> None:
    """In the time of Jakarta it would be in the year 10000."""
    assert cdx.moment("99981231235959").year == 9998
    with pytest.raises(ValueError, match="99991231235959"):
        cdx.moment("99991231235959")


@pytest.mark.parametrize("last", [[], [URL]])
def test_the_key_of_the_next_page_follows_an_empty_row(last: list[str]) -> None:
    captures, key = cdx.of_wayback(json.dumps([NAMES, ROW, [], last]).encode(), "wayback")
    assert len(captures) == 1
    assert key == (URL if last else None)
