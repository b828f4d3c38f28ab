"""What a page of links lists, and which page follows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy.http import HtmlResponse

from kompas_crawler.items import ListedArticle
from kompas_crawler.pages import listing as lists
from kompas_crawler.pages.listing import ListingPage

A = "https://money.kompas.com/read/2024/01/15/090000126/harga-beras"
B = "https://www.kompas.com/tren/read/2024/01/15/080000165/musim-hujan"
C = "https://bola.kompas.com/read/2024/01/14/070000178/laga-contoh"
PHOTO = "https://foto.kompas.com/photo/read/2024/01/15/1704/galeri"
INDEX = "https://indeks.kompas.com/?site=all&date=2024-01-15"
TAG = "https://www.kompas.com/tag/beras"
FRONT = "https://money.kompas.com/"


def listing(html: str | bytes, url: str = INDEX) -> ListingPage:
    body = html.encode() if isinstance(html, str) else html
    return ListingPage(HtmlResponse(url, body=body))


def new_row(url: str, title: str) -> str:
    return (
        f'<div class="articleItem"><a class="article-link" href="{url}"><div><img alt=""></div>'
        f'<h2 class="articleTitle">{title}</h2><div class="articlePost-subtitle">MONEY</div>'
        '<div class="articlePost-date">15/01/2024</div></a></div>'
    )


def old_row(url: str, title: str) -> str:
    return (
        f'<div class="article__list clearfix"><div class="article__asset"><a href="{url}">'
        f'<img alt="foto"></a></div><h3 class="article__title article__title--medium">'
        f'<a class="article__link" href="{url}">{title}</a></h3>'
        '<div class="article__date">15/01/2024, 09:00 WIB</div></div>'
    )


BESIDE = (
    f'<div class="most"><a class="most__link" href="{C}"><h4 class="most__title">C</h4></a></div>'
)


@pytest.mark.parametrize("row", [new_row, old_row])
@pytest.mark.parametrize(
    "url", [INDEX, TAG, "https://www.kompas.com/topik-pilihan/list/1234/banjir-contoh"]
)
def test_rows_are_listed_and_what_stands_beside_is_not(row: object, url: str) -> None:
    assert callable(row)
    page = listing(
        row(f"{A}?source=navbar", "Harga  Beras ") + row(B, "Musim &amp; Hujan") + BESIDE, url
    )
    assert page.to_item().articles == (
        ListedArticle(url=A, title="Harga Beras"),
        ListedArticle(url=B, title="Musim & Hujan"),
    )
    assert page.article_urls == (A, B)


def test_an_article_linked_twice_is_listed_once_by_its_key() -> None:
    other = A.replace("https:", "http:").replace("harga-beras", "judul-lama")
    html = f'<a href="{A}"></a><a href="{B}">B</a><a href="{other}?page=2">Harga Beras</a>'
    assert listing(html, FRONT).articles == (
        ListedArticle(url=A, title="Harga Beras"),
        ListedArticle(url=B, title="B"),
    )


def test_a_front_lists_every_article_whatever_its_class() -> None:
    html = (
        f'<a href="{A}">A</a>{old_row(B, "B")}{BESIDE}<a href="/read/2024/01/15/06000026/d">D</a>'
        '<a href="https://www.kompas.com/">Depan</a><a href="https://www.kompas.id/baca/x">id</a>'
        '<a href="javascript:void(0)">x</a><a>y</a><a href="http://[">z</a>'
        '<a href="https://ohayojepang.kompas.com/read/1234/x">o</a>'
    )
    d = "https://money.kompas.com/read/2024/01/15/06000026/d"
    assert listing(html, FRONT).article_urls == (A, B, C, d)


def test_media_links_are_no_articles() -> None:
    html = (
        f'<a href="{PHOTO}?source=x">foto</a><a href="{PHOTO}">foto</a><a href="{A}">A</a>'
        '<a href="https://video.kompas.com/watch/1/x">v</a><a href="https://foto.kompas.com/">f</a>'
    )
    assert listing(html, FRONT).article_urls == (A,)


def test_a_title_is_the_heading_else_the_text_else_the_picture() -> None:
    html = (
        f'<a href="{A}"><div>Money</div><h3>Harga Beras</h3><span>1 jam lalu</span></a>'
        f'<a href="{B}">Musim Hujan</a><a href="{C}"><img alt="Laga Contoh"></a>'
    )
    titles = [article.title for article in listing(html, FRONT).articles]
    assert titles == ["Harga Beras", "Musim Hujan", "Laga Contoh"]


def pager(current: int, last: int, base: str, *, attribute: bool = True) -> str:
    def link(number: int, kind: str) -> str:
        joint = "&amp;" if "?" in base else "?"
        told = f' data-ci-pagination-page="{number}"' if attribute else ""
        return (
            f'<div class="paging__item"><a class="paging__link paging__link--{kind}"'
            f' href="{base}{joint}page={number}"{told}>{number}</a></div>'
        )

    links = link(current, "active")
    if current < last:
        links += link(current + 1, "next") + link(last, "last")
    return f'<div class="paging__wrap clearfix">{links}</div>'


@pytest.mark.parametrize("base", [INDEX, TAG])
@pytest.mark.parametrize("attribute", [True, False])
def test_the_pager_leads_to_the_next_page(base: str, *, attribute: bool) -> None:
    joint = "&" if "?" in base else "?"
    rows = new_row(A, "A")
    first = listing(rows + pager(1, 9, base, attribute=attribute), base)
    assert (first.next_page_url, first.last_page) == (f"{base}{joint}page=2", 9)
    later = listing(rows + pager(4, 9, base, attribute=attribute), f"{base}{joint}page=4")
    assert later.next_page_url == f"{base}{joint}page=5"
    end = listing(rows + pager(9, 9, base, attribute=attribute), f"{base}{joint}page=9")
    assert (end.next_page_url, end.last_page) == (None, 9)


@pytest.mark.parametrize(
    ("link", "url", "expected"),
    [
        # A bare query would lose which day and site it is.
        ('<a rel="next" href="?page=3">', f"{INDEX}&page=2", f"{INDEX}&page=3"),
        (
            '<a class="paging__link--next" href="javascript:void(0)" data-ci-pagination-page="3">',
            f"{INDEX}&page=2",
            f"{INDEX}&page=3",
        ),
        ('<a rel="next" href="https://indeks.kompas.com/?page=2">', "https://www.kompas.com/",
         "https://indeks.kompas.com/?page=2"),
        (f'<a rel="next" href="{FRONT}?source=x&page=2">', FRONT, f"{FRONT}?page=2"),
        # What leads back, or away, is no next page.
        ('<a rel="next" href="?page=2">', f"{INDEX}&page=2", None),
        ('<a rel="next" href="?page=1">', f"{INDEX}&page=2", None),
        ('<a rel="next" href="https://contoh.example/?page=2">', FRONT, None),
        ('<a rel="next" href="?page=999999999999">', FRONT, None),
        ('<a rel="next" href="#" data-ci-pagination-page="999999999999">', FRONT, None),
        ('<a rel="nofollow" href="?page=2">', FRONT, None),
        ("", FRONT, None),
    ],
)  # fmt: skip
def test_next_page_url(link: str, url: str, expected: str | None) -> None:
    assert listing(new_row(A, "A") + link, url).next_page_url == expected


def test_a_pager_that_lost_its_next_link_leads_on_by_its_numbers() -> None:
    numbers = pager(3, 9, TAG).replace("paging__link--next", "")
    assert listing(new_row(A, "A") + numbers, f"{TAG}?page=3").next_page_url == f"{TAG}?page=4"
    assert listing(new_row(A, "A") + numbers, f"{TAG}?page=9").next_page_url is None
    assert listing(new_row(A, "A") + numbers, f"{FRONT}?page=3").next_page_url is None


@pytest.mark.parametrize(("empty", "unread"), [(1, 0), (2, 0), (3, 3)])
def test_rows_without_a_link_are_unread_where_they_are_most(empty: int, unread: int) -> None:
    rows = new_row(A, "A") + new_row(A.replace("harga", "beras"), "B")
    page = listing(rows + '<div class="articleItem skeleton"></div>' * empty, INDEX)
    assert page.unread_rows == unread


@pytest.mark.parametrize(
    "pages",
    [
        f'<nav><a href="{INDEX}&amp;page=2">2</a> <a href="{INDEX}&amp;page=3">3</a></nav>',
        f'<a class="load-more" href="{INDEX}&amp;page=3">Muat lainnya</a>',
    ],
)
def test_a_pager_in_another_markup_names_further_pages_of_an_index(pages: str) -> None:
    assert listing(new_row(A, "A") + pages, INDEX).last_page == 3
    other = pages.replace("date=2024", "date=2023")
    assert listing(new_row(A, "A") + other, INDEX).last_page == 1


def test_past_the_end_of_an_index_day_there_is_nothing() -> None:
    """Other lists and the pager stand there as on every page."""
    page = listing(
        BESIDE + f'<a class="article-link" href="{A}">A</a>' + pager(12, 99, INDEX),
        f"{INDEX}&page=12",
    )
    assert page.article_urls == ()
    assert page.next_page_url is None


def test_a_tag_without_rows_lists_links_that_say_they_are_a_lists() -> None:
    html = f'{BESIDE}<a class="article-link" href="{A}">A</a>'
    assert listing(html, TAG).article_urls == (A,)


@given(st.binary(max_size=500) | st.text(alphabet="<>/=\"' adivhref[]:?#%", max_size=200))
@settings(deadline=None)
def test_any_bytes(html: str | bytes) -> None:
    for url in (INDEX, FRONT):
        listing(html, url).to_item()


SELECTORS = (lists.ROW, lists.TITLE, lists.MARK, lists.PAGER_LINK, "a", "a, link")
OTHER_SELECTORS = ("a[rel], link[rel]", ".latest > a", "h2 + a", ".most.latest a")  # any may come


@pytest.mark.parametrize("css", [*SELECTORS, *OTHER_SELECTORS])
def test_an_index_selects_what_parsel_does(css: str) -> None:
    html = (
        '<div class="latest most"><h2>x</h2>'
        '<a class=" paging__link  paging__link--next" rel="next"></a>'
        '<p class="articleItem\tarticle__list"><h3 class="article-link">y</h3><!-- a --></p></div>'
        '<A CLASS="article__link">z</A><b class="ArticleItem">no</b><link rel="next"><h1></h1>'
    )
    page = listing(html, TAG)
    found = list(page._all(css))
    assert found == page._document.select(css)
    assert found
