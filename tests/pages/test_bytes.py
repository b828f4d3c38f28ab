"""Whatever the bytes: an article or ``NotAnArticle``, soon, and with the right letters."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy.http import Response

from kompas_crawler.pages.address import NotAnArticle
from kompas_crawler.pages.article import ArticlePage
from kompas_crawler.pages.document import Document, to_utf8
from tests.pages.articles import URL, page, plain, read, response

FORMS = [
    (Path(__file__).parent / "cases" / f"form-of-{year}" / "page.html").read_bytes()
    for year in ("2021", "2023", "2026")
]
TEXT = "Rp 5 juta – “Viñales” \U0001f44d"


def _reads(body: bytes) -> bool:
    try:
        ArticlePage(response(body)).to_item()
    except NotAnArticle:
        return False
    return True


@given(st.binary(max_size=2000))
@settings(deadline=None, max_examples=200)
def test_any_bytes(body: bytes) -> None:
    _reads(body)
    _reads(page("%s").encode().replace(b"%s", body))


@given(st.text(alphabet="<>/=\"' abdpis&;#x0123\x00\ud800\u200b", max_size=300))
@settings(deadline=None, max_examples=200)
def test_any_markup(text: str) -> None:
    assert _reads(page(text).encode("utf-8", "surrogatepass"))


_NAMES = ("p", "strong", "br", "ul", "li", "table", "tr", "td", "div", "h2", "a", "blockquote")
_TAG = st.sampled_from(
    [
        *(f"<{name}>" for name in _NAMES),
        *(f"</{name}>" for name in _NAMES),
        '<div class="photo">', '<span class="author">', '<img src="http://[/data/photo">',
        '<div class="inject-baca-juga">', '<a class="inner-link-baca-juga" href="//[x">',
        "Baca juga:", "Baca juga", "JAKARTA, KOMPAS.com -", "kata ", ". ", "(", "\n",
        "Dapatkan update berita pilihan dan breaking news",
    ]
)  # fmt: skip


@pytest.mark.slow
@given(st.lists(_TAG, max_size=40).map("".join))
@settings(deadline=None, max_examples=300)
def test_any_nesting(content: str) -> None:
    article = read(page(content))
    assert all(paragraph == " ".join(paragraph.split()) != "" for paragraph in article.body)


@given(st.data(), st.sampled_from(FORMS))
@settings(deadline=None, max_examples=100)
def test_a_page_with_a_hole_or_cut_off(data: st.DataObject, form: bytes) -> None:
    start = data.draw(st.integers(0, len(form)))
    end = data.draw(st.integers(start, len(form)))
    _reads(form[:start] + form[end:])
    _reads(form[:start])


@pytest.mark.parametrize("form", FORMS)
def test_cut_off_inside_the_text_keeps_what_came_before(form: bytes) -> None:
    article = read(form[: form.index(b"Nelayan membawa") + 15])
    assert len(article.body) == 2
    assert article.is_complete is False


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [
        ("utf-8", "text/html; charset=UTF-8"),
        ("utf-8", "text/html; charset=ISO-8859-1"),  # a server that errs
        ("utf-8", "text/html"),
        ("utf-8", "text/html; charset=nonsense"),
        ("utf-8-sig", "text/html"),
        ("utf-16", "text/html; charset=utf-16"),
    ],
)
def test_letters_are_read_right(encoding: str, content_type: str) -> None:
    article = read(page(f"<p>{TEXT}</p>").encode(encoding), content_type=content_type)
    assert article.body == (TEXT,)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
@pytest.mark.parametrize("case", ["older-news-of-2016", "older-cars-of-2016"])
def test_older_pages_are_read_in_any_encoding(case: str, encoding: str) -> None:
    html = (Path(__file__).parent / "cases" / case / "page.html").read_text("utf-8")
    expected = plain(read(html))
    assert plain(read(html.encode(encoding), URL, f"text/html; charset={encoding}")) == expected


@pytest.mark.parametrize(
    "content_type",
    [
        "text/html; charset=windows-1252",
        "text/html",
        "text/html; charset=utf-8",
        "text/html; charset=zip",
    ],
)
def test_windows_letters_are_read_right(content_type: str) -> None:
    body = page("<p>Rp 5 juta – “Viñales”</p>").encode("cp1252")
    assert read(body, content_type=content_type).body == ("Rp 5 juta – “Viñales”",)


def test_a_declared_charset_counts_when_the_bytes_are_not_utf8() -> None:
    html = '<html><head><meta charset="koi8-r"></head><p>москва</p></html>'
    assert "москва" in to_utf8(html.encode("koi8-r")).decode()


def test_a_few_broken_bytes_leave_the_rest_as_it_is() -> None:
    body = page("<p>Vi\u00f1ales @ akhir</p>").encode().replace(b"@", b"\x96")
    assert read(body, content_type="text/html; charset=utf-8").body == ("Viñales – akhir",)


def test_cut_off_inside_a_letter() -> None:
    body = page("<p>Satu dua –").encode()
    assert read(body[: body.index("–".encode()) + 2]).body == ("Satu dua",)


def test_nul_bytes_end_nothing() -> None:
    assert read(page("<p>sa\0tu</p><p>dua\0</p>")).body == ("satu", "dua")


def test_a_response_without_text_is_read_all_the_same() -> None:
    assert ArticlePage(Response(URL, body=page("<p>Isi.</p>").encode())).to_item().body == ("Isi.",)


@pytest.mark.parametrize(
    "content",
    [
        "<div>" * 60_000 + "dalam" + "</div>" * 60_000,
        "<b>" * 60_000 + "dalam",
        "<div></p>" * 60_000,
        "<b><p>kata" * 30_000,
        '<div class="photo"><p>a</p>' * 20_000,
        "<ul><li>kata" * 20_000,
        "<table><tr><td>kata" * 10_000,
        '<a class="inner-link-baca-juga" href="/x">kata</a>' * 10_000,
        "<p>kata<br>" + "baris<br>" * 60_000,
        "<p>" + " " * 500_000 + "Baca juga" + " " * 500_000 + '<a href="/x">x</a></p>',
        "<p>" + "(" * 300_000 + "</p>",
        "<p>" + "A, " * 200_000 + "</p>",
        "<p>JAKARTA" + "," * 200_000 + "KOMPAS.com</p>",
        "<p>" + "kata " * 200_000 + "</p>",
        "&ldquo;" * 200_000,
    ],
    ids=lambda content: content[:24],
)
def test_huge_and_deep_pages_are_read_soon(content: str) -> None:
    start = time.process_time()
    read(page(content))
    assert time.process_time() - start < 10


def test_a_tree_that_is_too_deep_is_no_error() -> None:
    assert Document(b"<div>" * 100_000).root.tag == "html"
