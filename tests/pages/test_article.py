"""Which pages are articles, which are not, and how much of one was read."""

from __future__ import annotations

import pytest

from kompas_crawler.items import Article
from kompas_crawler.pages.address import NotAnArticle
from kompas_crawler.pages.article import ArticlePage
from tests.pages.articles import URL, page, read, response

TEXT = '<h1 class="read__title">Judul</h1><div class="read__content"><p>Isi.</p></div>'
SHORT = "https://health.kompas.com/read/25B13140000068/judul"
OTHER = "https://tekno.kompas.com/read/2024/01/15/09000017/judul-lain"


@pytest.mark.parametrize(
    ("head", "url", "expected"),
    [
        (f'<link rel="canonical" href="{URL}">', OTHER, URL),
        (f'<link rel="Canonical" href="{URL}?page=all#page2">', OTHER, URL),
        (f'<link rel="canonical" href=""><meta property="og:url" content="{URL}">', OTHER, URL),
        ("", f"{URL}?page=2&utm_source=x", URL),
        ('<link rel="canonical" href="http://[">', URL, URL),
        ('<link rel="canonical" href="https://regional.kompas.com/read/2022/05/">', URL, URL),
        ('<link rel="canonical" href="https://contoh.example/x">', URL, URL),
        # Only the page itself says which article a short address is.
        (
            f'<link rel="canonical" href="{URL}">',
            SHORT,
            URL,
        ),
        (
            f'<link rel="canonical" href="{SHORT}"><meta property="og:url" content="{URL}">',
            OTHER,
            URL,
        ),
    ],
)
def test_the_page_says_which_article_it_is(head: str, url: str, expected: str) -> None:
    article = read(f"<html><head>{head}</head><body>{TEXT}</body></html>", url)
    assert article.url == expected
    assert article.id == "20220517-081500578"


@pytest.mark.parametrize(
    ("html", "url", "reason"),
    [
        (TEXT, "https://www.kompas.com/tren", "another kind of page"),
        (TEXT, "https://contoh.example/read/2022/05/17/081500578/x", "no article's address"),
        (TEXT, SHORT, "no article's address"),
        (f'<link rel="canonical" href="https://www.kompas.com/">{TEXT}', URL, "another kind"),
        (f'<meta property="og:url" content="https://www.kompas.com">{TEXT}', URL, "another kind"),
        (
            f'<link rel="canonical" href="https://foto.kompas.com/photo/read/2022/1/x">{TEXT}',
            URL,
            "another kind",
        ),
        (
            f'<link rel="canonical" href="https://video.kompas.com/watch/1/x">{TEXT}',
            URL,
            "another kind",
        ),
        (
            f'<link rel="canonical" href="https://account.kompas.com/login">{TEXT}',
            URL,
            "another kind",
        ),
        ("<title>Masuk</title><h1>Masuk</h1><form><input></form>", URL, "no title and no text"),
        ("", URL, "no title and no text"),
        (
            f'<title>Tidak ditemukan</title><link rel="canonical" href="{URL}"><p>Maaf</p>',
            URL,
            "no title and no text",
        ),
        ('<meta name="content_PublishedDate" content=""><p>Depan</p>', URL, "no title and no text"),
    ],
)
def test_a_page_that_is_no_article_says_why(html: str, url: str, reason: str) -> None:
    with pytest.raises(NotAnArticle, match=reason):
        ArticlePage(response(html, url))


def test_a_page_without_its_text_is_an_article_for_the_pipeline_to_judge() -> None:
    article = read(f'<link rel="canonical" href="{URL}"><h1 class="read__title">Judul</h1>')
    assert (article.title, article.body, article.word_count) == ("Judul", (), 0)


TWO_PAGES = '<meta name="content_total_pages" content="2">'
WORDS = " ".join(["kata"] * 85)
LINE = '<p><strong>Baca juga: <a class="inner-link-baca-juga" href="{}">{}</a></strong></p>'


@pytest.mark.parametrize(
    ("declared", "content", "url", "expected"),
    [
        ("", f"<p>{WORDS}</p>", URL, None),
        ('<meta name="content_total_words" content="0">', f"<p>{WORDS}</p>", URL, None),
        ('<meta name="content_total_words" content="100">', f"<p>{WORDS}</p>", URL, True),
        ('<meta name="content_total_words" content="101">', f"<p>{WORDS}</p>", URL, False),
        # The two words "Baca juga" and those of the title count.
        (
            '<meta name="content_total_words" content="105">',
            f"<p>{WORDS}</p>" + LINE.format(OTHER, "Harga Gabah Naik"),
            URL,
            True,
        ),
        ('<meta name="content_total_pages" content="1">', f"<p>{WORDS}</p>", URL, True),
        (TWO_PAGES, f"<p>{WORDS}</p>", URL, False),
        (
            '<meta name="content_total_pages" content="2">',
            f"<p>{WORDS}</p>",
            f"{URL}?page=2",
            False,
        ),
        # All pages were asked for; then the words tell.
        (
            '<meta name="content_total_pages" content="2">',
            f"<p>{WORDS}</p>",
            f"{URL}?page=all",
            True,
        ),
        (
            TWO_PAGES + '<meta name="content_total_words" content="200">',
            f"<p>{WORDS}</p>",
            f"{URL}?page=all",
            False,
        ),
        ('<meta name="content_total_words" content="banyak">', "<p>satu</p>", URL, None),
    ],
)
def test_is_complete(declared: str, content: str, url: str, *, expected: bool | None) -> None:
    assert read(page(content, head=declared), url).is_complete is expected


def test_pages_read_counts_all_pages_of_the_whole_text() -> None:
    html = page("<p>Isi.</p>", head='<meta name="content_total_pages" content="3">')
    assert [read(html, url).pages_read for url in (URL, f"{URL}?page=2", f"{URL}?page=all")] == [
        1,
        1,
        3,
    ]


def test_found_in_names_the_place_of_each_field() -> None:
    article = read(
        page(
            f"<p><strong>BOGOR, KOMPAS.com</strong> - Isi.</p>{LINE.format(OTHER, 'Lain')}",
            head='<meta name="content_author" content="Sari">'
            '<meta property="og:description" content="x">',
        )
    )
    assert article.found_in == {
        "id": "link:canonical",
        "url": "link:canonical",
        "title": ".read__title",
        "summary": "meta:og:description",
        "published_at": "meta:content_PublishedDate",
        "section": "url",
        "authors": "meta:content_author",
        "body": ".read__content",
        "dateline": ".read__content",
        "related": ".inner-link-baca-juga",
    }


def test_the_crawls_and_the_archives_fields_are_left_alone() -> None:
    article = read(page("<p>Isi.</p>"))
    assert type(article) is Article
    assert article.content_hash is None
