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

LINE: dict[str, object] = {
    "url": URL, "timestamp": ROW[1], "status": "200", "digest": ROW[4],
    "filename": "a.warc.gz", "offset": "5", "length": "7",
}  # fmt: skip

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


@pytest.mark.slow
@given(st.lists(rows | st.just(NAMES) | st.just(ROW), max_size=5))
def test_an_index_of_the_wayback_machine_is_read_or_a_value_error(table: list[object]) -> None:
    with suppress(ValueError):
        cdx.of_wayback(json.dumps([NAMES, *table]).encode(), "wayback")
    with suppress(ValueError):
        cdx.of_wayback(json.dumps(table).encode(), "wayback")


@given(lines)
def test_a_line_of_common_crawl_is_read_or_a_value_error(line: dict[str, object]) -> None:
    whole = LINE | line
    with suppress(ValueError):
        cdx.of_commoncrawl(json.dumps(whole).encode(), "commoncrawl")


def test_empty_lines_are_no_lines() -> None:
    line = json.dumps(LINE)
    both = f"\n{line}\r\n \n{line}\n\n".encode()
    assert len(cdx.of_commoncrawl(both, "commoncrawl")) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"offset": "-5"},
        {"offset": float("inf")},
        {"offset": "9" * 16},
        {"length": "0"},
        {"length": "-7"},
        {"length": "99999999999"},
        {"filename": "a#b"},
        {"filename": "a\0b"},
        {"filename": "a\ud800"},
        {"filename": "a" * 3000},
        {"digest": "a\0"},
        {"digest": "\ud800"},
    ],
    ids=lambda wrong: str(wrong)[:30],
)
def test_a_capture_without_a_possible_place_is_none(wrong: dict[str, object]) -> None:
    """What no request can ask for, and what no database stores."""

    def found(*lines: dict[str, object]) -> list[str]:
        body = b"\n".join(json.dumps(line).encode() for line in lines)
        return [one.url for one in cdx.of_commoncrawl(body, "commoncrawl")]

    assert found(LINE, LINE | wrong) == ["https://data.commoncrawl.org/a.warc.gz#5-11"]


def test_the_fragment_of_an_address_is_no_part_of_a_capture() -> None:
    table = [NAMES, [f"{URL}#page2", *ROW[1:]], [f" {URL}\n", *ROW[1:]]]
    found, _ = cdx.of_wayback(json.dumps(table).encode(), "wayback")
    assert {one.url for one in found} == {f"https://web.archive.org/web/20220125103011id_/{URL}"}


@pytest.mark.parametrize("name", ["original", "timestamp", "digest", "statuscode"])
def test_an_index_without_a_field_is_none(name: str) -> None:
    names = [f"other {known}" if known == name else known for known in NAMES]
    with pytest.raises(ValueError, match="names of its fields"):
        cdx.of_wayback(json.dumps([names, ROW]).encode(), "wayback")


@pytest.mark.parametrize("name", LINE)
def test_lines_without_a_field_are_no_index(name: str) -> None:
    """Control: such a line hides no other one, unless it is the message of an error."""
    line = json.dumps({known: LINE[known] for known in LINE if known != name}).encode()
    with pytest.raises(ValueError, match=r"without an address|with all"):
        cdx.of_commoncrawl(line, "commoncrawl")
    both = line + b"\n" + json.dumps(LINE).encode()
    if name == "url":
        with pytest.raises(ValueError, match="without an address"):
            cdx.of_commoncrawl(both, "commoncrawl")
    else:
        assert len(cdx.of_commoncrawl(both, "commoncrawl")) == 1


def test_an_empty_answer_is_no_index() -> None:
    """That of a bot wall, with status 202. Control: an index without captures is an empty array."""
    with pytest.raises(ValueError, match="Expecting value"):
        cdx.of_wayback(b"", "wayback")
    assert cdx.of_wayback(b"[]\n", "wayback") == ([], None)


@pytest.mark.parametrize("mime", ["Text/HTML", "text/html; charset=UTF-8", "text/html;charset=x"])
def test_a_type_in_any_form_is_html(mime: str) -> None:
    lines = [json.dumps(LINE | {"mime": one}).encode() for one in (mime, "text/plain")]
    assert len(cdx.of_commoncrawl(b"\n".join(lines), "commoncrawl")) == 1


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


@pytest.mark.parametrize("body", [b"{}", b'{"message": "down"}', b"[1]", b"null", b'"x"'])
def test_something_else_is_no_list_of_crawls(body: bytes) -> None:
    with pytest.raises(ValueError, match="no list of crawls"):
        cdx.crawls(body)
