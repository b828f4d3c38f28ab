"""Pages of links as Kompas published them."""

from __future__ import annotations

import re

from scrapy.http import HtmlResponse

from kompas_crawler.pages.listing import ListingPage
from kompas_crawler.site.urls import row_key
from tests.real.conftest import read_page, saved


def _keys(html: str) -> set[str]:
    """The articles that any href of Kompas names, by the letters of the page alone."""
    links = re.findall(r'href="https?://[a-z0-9-]+\.kompas\.com(?:/[a-z0-9-]+)?'
                       r"/read/(\d{4})/(\d\d)/(\d\d)/(\d+)/", html)  # fmt: skip
    return {f"{y}{m}{d}-{number}" for y, m, d, number in links}


def _listing(name: str, url: str) -> tuple[ListingPage, str]:
    (path,) = saved(f"lists/{name}.html.gz")
    body = read_page(path)
    return ListingPage(HtmlResponse(url, body=body)), body.decode("utf-8")


def _listed(page: ListingPage) -> list[str]:
    return [row_key(url) for url in page.article_urls]


def test_home_page_of_2024() -> None:
    page, html = _listing("2024_home", "https://www.kompas.com/")
    listed = _listed(page)
    assert len(listed) == len(set(listed)) > 60
    # What stands in a script is no link. One is linked by its short address.
    told = _keys(re.sub(r"<script.*?</script>", "", html, flags=re.S))
    assert set(listed) == told | {"24C25210000268"}
    assert page.next_page_url == "https://indeks.kompas.com/?page=2"
    assert all(article.title for article in page.articles)


def test_home_page_of_2017() -> None:
    page, html = _listing("2017_home", "https://www.kompas.com/")
    listed = _listed(page)
    assert len(listed) == len(set(listed)) > 25
    assert set(listed) == _keys(re.sub(r"<script.*?</script>|<!--.*?-->", "", html, flags=re.S))
    assert page.next_page_url is None


def test_index_of_2016_has_rows_of_an_older_kind() -> None:
    page, _ = _listing("2016_indeks", "https://indeks.kompas.com/")
    assert page.article_urls == ()
    assert page.next_page_url is None


def test_rows_of_2024() -> None:
    (path,) = saved("fragments/gober_terpopuler_list_2024-12-26.html")
    url = "https://indeks.kompas.com/?site=all&date=2024-12-26"
    page = ListingPage(HtmlResponse(url, body=read_page(path)))
    (article,) = page.articles
    assert article.url.startswith("https://nasional.kompas.com/read/2024/12/26/12015311/")
    assert article.title
    assert article.title.startswith("Donny Tri Istiomah Tersangka")
