"""Whatever comes in, pure functions answer, soon, and never by an exception of their own making."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scrapy.http import Response

from kompas_crawler.pages.address import NotAnArticle
from kompas_crawler.pages.article import ArticlePage
from kompas_crawler.pages.listing import ListingPage
from kompas_crawler.polite import robots_file
from kompas_crawler.polite.pace import retry_after
from kompas_crawler.site.dates import parse_wib, visible_times
from kompas_crawler.site.keys import ArticleKey
from kompas_crawler.site.names import split_byline, split_names
from kompas_crawler.site.text import (
    clean,
    head_title,
    split_dateline,
    split_list,
    strip_promo,
)
from kompas_crawler.site.urls import MAX_LENGTH, canonical, kind, row_key
from tests.faults.hostile import URL, page

if TYPE_CHECKING:
    from collections.abc import Callable

QUICK = settings(deadline=None, max_examples=150)
TEXT = st.text(max_size=200)
ADDRESS = st.one_of(
    TEXT,
    st.builds(
        "https://{}.kompas.com/{}read/{}/{}/{}/{}/{}".format,
        st.sampled_from(["www", "money", "amp", "foto", "x\x1b"]),
        st.sampled_from(["", "money/", "//", "\u202e/"]),
        *(st.from_regex(r"[0-9]{1,4}", fullmatch=True) for _ in range(3)),
        st.from_regex(r"[0-9]{5,13}", fullmatch=True),
        TEXT,
    ),
)


@given(ADDRESS)
@QUICK
def test_any_address_has_one_canonical_form(url: str) -> None:
    address = canonical(url)
    assert canonical(address) == address
    if kind(url) in ("article", "listing"):
        assert address.isprintable()
        assert len(address) <= MAX_LENGTH + 20
        assert row_key(address) == row_key(url)
        if "/" not in row_key(url) and "-" in row_key(url):
            assert str(ArticleKey.parse(row_key(url))) == row_key(url)


DATE = st.one_of(
    TEXT,
    st.builds(
        "Diperbarui {}/{}/{}, {}:{} {}".format,
        *(st.integers(0, n).map(str) for n in (40, 14)),
        st.integers(0, 9999).map("{:04}".format),
        *(st.integers(0, n).map("{:02}".format) for n in (30, 70)),
        st.sampled_from(["WIB", "WITA", "WIT", "", "GMT"]),
    ),
    st.datetimes().map(str),
    st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()),
)


@given(DATE)
@QUICK
def test_any_date_is_an_aware_instant_or_none(text: str) -> None:
    found = [time_.at for time_ in visible_times(text)]
    if at := parse_wib(text):
        found.append(at)
    for at in found:
        assert at.tzinfo is not None
        assert 1994 < at.year < 2102


@given(TEXT)
@QUICK
def test_any_text_becomes_plain_once_and_for_all(text: str) -> None:
    plain = clean(text)
    assert clean(plain) == plain
    assert "\0" not in plain
    plain.encode()  # no lone surrogate is left
    split_list(text)
    for name in (*split_names(text), *split_byline(f"Oleh: {plain}")):
        assert any(map(str.isalnum, name))
    assert len(head_title(plain) or "") <= len(plain)
    strip_promo(plain)
    split_dateline(plain)


@given(st.binary(max_size=200), st.binary(max_size=60))
@example(b"Wed, 31 Jan 2024 99999999999999999999:00:00 GMT", b"")
@example(b"Wed, 31 Jan 2024 09:00:00 GMT", b"Wed, 31 Jan 2024 09:00:00 +99999999999999999")
@QUICK
def test_any_retry_after_is_seconds_or_none(value: bytes, date: bytes) -> None:
    seconds = retry_after(value, date)
    assert seconds is None or seconds >= 0


@given(st.binary(max_size=3000))
@QUICK
def test_any_robots_file_is_read(body: bytes) -> None:
    text = robots_file.readable(body)
    robots_file.is_markup(body)
    assert isinstance(text, str | bytes)


@given(st.binary(max_size=1500))
@QUICK
def test_any_bytes_are_a_listing_and_an_article_or_none(body: bytes) -> None:
    ListingPage(Response("https://www.kompas.com/tag/banjir", body=body)).to_item()
    for made in (body, page().replace(b"Satu", body)):
        try:
            ArticlePage(Response(URL, body=made)).to_item()
        except NotAnArticle:
            continue


def _seconds(act: Callable[[str], object], text: str) -> float:
    begun = time.process_time()
    act(text)
    return time.process_time() - begun


LEAST_SECONDS = 0.01
"""Below this a clock tells nothing."""
TIMES = 8
AT_MOST = 20
"""Between the ratio of linear time, TIMES, and of quadratic time, TIMES squared."""


@pytest.mark.parametrize(
    ("act", "part"),
    [
        (clean, "a \x00\u202e  "),
        (split_list, "a, "),
        (split_names, "Kontributor Solo, S.H., "),
        (split_names, "Kontributor (Penulis - "),
        (split_names, "A dan  serta B; "),
        (split_byline, "Oleh: Sari dan "),
        (head_title, " Halaman 1 - Kompas.com"),
        (head_title, "  "),
        (clean, "a\u0301\u0323"),
        (clean, "\u0301\u0323"),
        (strip_promo, "kompas.com. dapatkan "),
        (split_dateline, "JAKARTA, KOMPAS.com"),
        (visible_times, "Diperbarui 22/01/2022, 09:3 "),
        (canonical, "https://www.kompas.com//read/2022/01/"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_eight_times_the_size_takes_about_eight_times_the_time(
    act: Callable[[str], object], part: str
) -> None:
    assert _ratio(act, part) < AT_MOST


def test_control_quadratic_work_is_noticed() -> None:
    assert (
        _ratio(
            lambda text: [text.rfind("b", 0, end) for end in range(0, len(text), 8)], "a", tries=0
        )
        > AT_MOST
    )


def _ratio(act: Callable[[str], object], part: str, tries: int = 5) -> float:
    size = 2000
    while _seconds(act, part * size) < LEAST_SECONDS and size < 1_000_000:
        size *= 2
    small, large = _seconds(act, part * size), _seconds(act, part * size * TIMES)
    for _ in range(tries):  # what else runs only makes a measure longer
        if large < AT_MOST * max(small, LEAST_SECONDS):
            break
        large = min(large, _seconds(act, part * size * TIMES))
    return large / max(small, LEAST_SECONDS)
