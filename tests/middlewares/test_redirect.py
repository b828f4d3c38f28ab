"""Where a redirect may lead: the same site by https, no other port, no user."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from kompas_crawler.frontier import Row
from kompas_crawler.middlewares.redirect import ArticleRedirectMiddleware, Moved, RedirectRefused
from tests.downloader.probe import Crawled, crawl
from tests.downloader.scripted import Reply, Scripted, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = "https://money.kompas.com/lama"
OURS = {
    "DOWNLOADER_MIDDLEWARES": {
        "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
        "kompas_crawler.middlewares.redirect.ArticleRedirectMiddleware": 600,
    }
}
REFUSED = (
    "https://money.kompas.com:8443/baru",
    "http://money.kompas.com:22/baru",
    "http://money.kompas.com:443/baru",
    "//money.kompas.com:80/baru",
    "https://sari@money.kompas.com/baru",
    "https://sari:rahasia@money.kompas.com/baru",
    "https://@money.kompas.com/baru",
    "https://money.kompas.com:99999/baru",
    "https://[money.kompas.com/baru",
)


@pytest.fixture
def site() -> Iterator[Scripted]:
    with serving() as server:
        yield server


def redirected(site: Scripted, location: str, **settings: object) -> Crawled:
    site.answers["/money.kompas.com/lama"] = Reply(302, b"", (("Location", location),))
    return crawl(PAGE, KOMPAS_MIRROR=site.url, **settings)


@pytest.mark.parametrize("location", REFUSED)
def test_another_port_or_a_user_is_refused(site: Scripted, location: str) -> None:
    crawled = redirected(site, location, **OURS)

    assert site.paths() == ["/money.kompas.com/lama"]
    assert type(crawled.errors[PAGE]) is RedirectRefused
    assert "rahasia" not in str(crawled.errors[PAGE])
    assert crawled.stats["redirects/refused"] == 1


@pytest.mark.parametrize("location", REFUSED[:-2])
def test_control_scrapys_own_middleware_follows(site: Scripted, location: str) -> None:
    redirected(site, location)

    assert len(site.log) == 2


@pytest.mark.parametrize("port", ["", ":80", ":"])
def test_http_becomes_https(site: Scripted, port: str) -> None:
    crawled = redirected(site, f"http://money.kompas.com{port}/baru?page=2", **OURS)

    url = crawled.responses[PAGE].url
    assert url.replace(":/baru", "/baru") == "https://money.kompas.com/baru?page=2"


def test_control_scrapys_own_middleware_leaves_https(site: Scripted) -> None:
    location = "http://money.kompas.com/baru"

    assert redirected(site, location).responses[PAGE].url == location


@pytest.mark.parametrize(
    "location", ["/baru", "//www.kompas.com/baru", "https://www.kompas.com:443/baru"]
)
def test_another_page_of_the_site_is_followed(site: Scripted, location: str) -> None:
    assert redirected(site, location, **OURS).responses[PAGE].status == 200


ARTICLE = "https://money.kompas.com/read/2024/01/15/093100670/judul"
OTHER = "https://money.kompas.com/read/2024/01/16/093100670/lain"


def followed(url: str, **known: object) -> Request | Response:
    middleware = ArticleRedirectMiddleware.from_crawler(get_crawler())
    moved = Response(url, status=301, headers={"Location": ARTICLE})
    return middleware.process_response(Request(url, cb_kwargs=dict(known)), moved)


def test_a_list_and_a_request_without_a_row_are_followed_to_an_article() -> None:
    row = Row(key=PAGE, kind="listing", url=PAGE, scope="kompas")
    assert (followed(PAGE, row=row).url, followed(PAGE).url) == (ARTICLE, ARTICLE)
    own = Row(key="20240115-093100670", kind="article", url=PAGE, scope="kompas")
    assert followed(PAGE, row=own).url == ARTICLE


def test_an_article_is_not_followed_to_another_one() -> None:
    row = Row(key="20240116-093100670", kind="article", url=OTHER, scope="kompas")
    with pytest.raises(Moved, match="another address of 20240115-093100670"):
        followed(OTHER, row=row)
