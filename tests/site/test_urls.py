"""Addresses: which article one names, and its one form."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompas_crawler.site import sections
from kompas_crawler.site.keys import ArticleKey
from kompas_crawler.site.listings import index_day_of, page_number, page_url, tag_url
from kompas_crawler.site.urls import (
    UrlKind,
    article_key,
    canonical,
    kind,
    row_key,
    section_of,
    short_code,
)

SEED = "https://www.kompas.com/global/read/2022/01/22/093100670/judul-berita"


@pytest.mark.parametrize(
    "host",
    ["evil.example\\.kompas.com", ".kompas.com", "money..kompas.com", "m\u043eney.kompas.com",
     "a b.kompas.com", "kompas.com.evil.example", "a%00.kompas.com", "evil.example,.kompas.com"],
)  # fmt: skip
def test_a_host_that_no_name_can_be_lists_no_article(host: str) -> None:
    url = SEED.replace("www.kompas.com", host)
    assert article_key(url) is None
    assert kind(url) is UrlKind.OTHER


@pytest.mark.parametrize(
    ("url", "form"),
    [
        (f"{SEED}?page=all#page2", SEED),
        (f"{SEED}?utm_source=x&source=navbar&jxrecoid=1&lgn_method=google", SEED),
        (SEED.replace("https", "http"), SEED),
        (f"{SEED}/", SEED),
        (SEED.replace("www", "amp"), SEED),
        (SEED.replace("www.", ""), SEED),
        (SEED.replace("www.kompas.com", "WWW.Kompas.COM"), SEED),
        (SEED.replace("https://www.kompas.com", "https://www.kompas.com:443"), SEED),
        (SEED.replace("/global", "//global"), SEED),
        (
            "https://amp.kompas.com/money/read/2023/11/02/213419026/judul",
            "https://money.kompas.com/read/2023/11/02/213419026/judul",
        ),
        (
            "http://nasional.kompas.com/read/xml/2016/02/23/14322911/Judul.Titik.Besar",
            "https://nasional.kompas.com/read/2016/02/23/14322911/Judul.Titik.Besar",
        ),
        (
            "https://travel.kompas.com/read/2021/02/01/100000027/-judul--ganda-",
            "https://travel.kompas.com/read/2021/02/01/100000027/-judul--ganda-",
        ),
        (
            "https://bola.kompas.com/read/2021/02/01/10000008",
            "https://bola.kompas.com/read/2021/02/01/10000008",
        ),
    ],
)
def test_every_address_of_an_article_has_one_form(url: str, form: str) -> None:
    assert canonical(url) == form
    assert kind(url) is UrlKind.ARTICLE


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.kompas.com/", UrlKind.LISTING),
        ("https://money.kompas.com?source=navbar", UrlKind.LISTING),
        ("https://money.kompas.com/keuangan", UrlKind.LISTING),
        ("https://www.kompas.com/tren?source=navbar", UrlKind.LISTING),
        ("https://www.kompas.com/tag/banjir?page=3", UrlKind.LISTING),
        ("https://www.kompas.com/topik-pilihan/list/9004/ramadhan.di.negeriku", UrlKind.LISTING),
        ("https://indeks.kompas.com/?site=all&date=2024-01-02&page=2", UrlKind.LISTING),
        ("https://health.kompas.com/read/25B13140000068", UrlKind.ARTICLE),
        ("https://foto.kompas.com/photo/read/2024/01/02/1704/judul", UrlKind.MEDIA),
        ("https://www.kompas.com/food/image/2024/01/02/101010101/judul", UrlKind.MEDIA),
        ("https://www.kompas.com/food/gallery", UrlKind.MEDIA),
        ("https://www.kompas.com/galeri/read/2024/01/02/101010101/judul", UrlKind.MEDIA),
        ("https://www.kompas.com/foto/read/2024/01/02/101010101/judul", UrlKind.MEDIA),
        ("https://www.kompas.com/videos/read/2024/01/02/101010101/judul", UrlKind.MEDIA),
        ("https://video.kompas.com/watch/123", UrlKind.MEDIA),
        ("https://tv.kompas.com/read/2024/01/02/101010101/judul", UrlKind.MEDIA),
        ("https://www.kompas.com/komentar/read/2024/01/02/101010101/judul", UrlKind.OTHER),
        ("https://ohayojepang.kompas.com/read/1234/judul", UrlKind.OTHER),
        ("https://www.kompas.com/search/?q=banjir", UrlKind.OTHER),
        ("https://www.kompas.id/baca/2024/01/02/judul", UrlKind.OTHER),
        ("https://app.komp.as/?link=https://www.kompas.com/tren", UrlKind.OTHER),
        ("https://www.otomania.com/read/2017/09/17/143500430/judul", UrlKind.OTHER),
        ("https://kompas.com.example.org/read/2024/01/02/101010101/x", UrlKind.OTHER),
        ("https://money.kompas.com@127.0.0.1/read/2024/01/02/101010101/x", UrlKind.OTHER),
        ("https://money.kompas.com:8080/read/2024/01/02/101010101/x", UrlKind.OTHER),
        ("https://money.kompas.com/read/2024/02/31/101010101/x", UrlKind.OTHER),
        ("ftp://money.kompas.com/read/2024/01/02/101010101/x", UrlKind.OTHER),
        ("file:///etc/passwd", UrlKind.OTHER),
        ("javascript:void(0)", UrlKind.OTHER),
        ("http://[::1", UrlKind.OTHER),
        ("", UrlKind.OTHER),
    ],
)
def test_what_an_address_leads_to(url: str, expected: UrlKind) -> None:
    assert kind(url) is expected


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("20220122-093100670", "09:31:00"),
        ("20170917-15011901", "15:01:19"),
        ("20160223-14322911", "14:32:29"),
        ("20240115-250000126", None),
        ("20240115-101010", "10:10:10"),
    ],
)
def test_a_key_says_when(text: str, time: str | None) -> None:
    key = ArticleKey.parse(text)
    assert str(key) == text
    assert (f"{key.published_at:%H:%M:%S}" if key.published_at else None) == time


@pytest.mark.parametrize(
    "text", ["", "20220122", "2022-01-22-1", "20220122-12345", "20223122-123456"]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"key|month|day"):
        ArticleKey.parse(text)


def test_listing_addresses() -> None:
    assert page_url("https://www.kompas.com/tag/banjir?page=2", 3).endswith("/tag/banjir?page=3")
    number = "https://money.kompas.com/?page={}".format
    assert [page_number(number(text)) for text in ("x", "0", "-2", "٣", "1" * 5000)] == [1] * 5
    assert [page_number(number(text)) for text in ("2", "02", "999999")] == [2, 2, 999_999]
    assert tag_url(" Ganjar Pranowo ") == "https://www.kompas.com/tag/ganjar-pranowo"
    assert index_day_of("https://indeks.kompas.com/?site=all&date=nonsense") is None
    assert short_code("https://health.kompas.com/read/25Z13140000068") is None
    assert row_key("https://health.kompas.com/read/25B13140000068/slug") == "25B13140000068"


def test_sections_are_named_by_slug_or_label_in_any_case() -> None:
    assert [s.slug for s in sections.named("MONEY,Cek Fakta,money")] == ["money", "cekfakta"]
    assert not any(s.is_paid for s in sections.named(""))
    assert any(s.is_paid for s in sections.named("ALL"))
    assert section_of("https://www.kompas.com/nosuch/read/2024/01/02/101010101/x") is None
    for section in sections.SECTIONS.values():
        assert kind(section.front_url) is UrlKind.LISTING
        assert section_of(section.front_url) == section.slug
        assert canonical(section.front_url) == section.front_url


_SLUG = st.text("abcXYZ019-._", min_size=1, max_size=30).filter(lambda s: set(s) != {"."})
_HOSTS = st.sampled_from(
    [f"{s}.kompas.com" for s in ("money", "nasional", "tekno")] + ["www.kompas.com/global"]
)


@st.composite
def _addresses(draw: st.DrawFn) -> tuple[str, ArticleKey]:
    day = draw(st.dates(date(2008, 1, 1), date(2030, 12, 31)))
    number = draw(st.from_regex(r"[0-9]{6,12}", fullmatch=True))
    host = draw(_HOSTS)
    scheme = draw(st.sampled_from(["http", "https", "HTTPS"]))
    xml = draw(st.sampled_from(["", "xml/"]))
    slug = draw(st.one_of(st.just(""), _SLUG.map(lambda s: f"/{s}")))
    tail = draw(
        st.sampled_from(["", "?page=all", "?utm_source=a&source=b", "#page2", "?page=2#x", "/"])
    )
    url = f"{scheme}://{host}/read/{xml}{day:%Y/%m/%d}/{number}{slug}{tail}"
    return url, ArticleKey(day, number)


@given(_addresses())
def test_no_query_scheme_slug_or_fragment_changes_the_key(drawn: tuple[str, ArticleKey]) -> None:
    url, key = drawn
    assert article_key(url) == key
    form = canonical(url)
    assert canonical(form) == form
    assert article_key(form) == key
    assert row_key(url) == str(key)
    parts = urlsplit(url)
    amp = f"https://amp.kompas.com/{parts.hostname.split('.')[0]}{parts.path}"  # type: ignore[union-attr]
    if parts.hostname != "www.kompas.com":
        assert article_key(amp) == key


@given(st.text(max_size=200))
def test_no_text_at_all_is_too_much(text: str) -> None:
    for url in (text, f"https://www.kompas.com/{text}", f"https://{text}.kompas.com/read/"):
        form = canonical(url)
        assert canonical(form) == form
        assert kind(url) in UrlKind
        section_of(url)
        row_key(url)


@pytest.mark.parametrize("letter", ["x", "\u6f22"])
@pytest.mark.parametrize("place", ["tag/{}", "{}.xml", "read/2024/01/15/090000126/{}"])
def test_no_address_is_longer_than_a_database_index_takes(place: str, letter: str) -> None:
    long, short = (f"https://www.kompas.com/{place.format(letter * n)}" for n in (1900, 300))
    assert len(canonical(long).encode()) < 2500 or kind(long) is UrlKind.OTHER
    assert kind(short) is not UrlKind.OTHER


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2024-02-30", "x"])
def test_a_day_no_index_has_is_no_index_day(day: str) -> None:
    assert index_day_of(f"https://indeks.kompas.com/?site=all&date={day}") is None
