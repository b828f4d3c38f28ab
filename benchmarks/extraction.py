"""Reading one page: the whole item against bare lxml parsing, page by page in turn."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING

from lxml import etree
from scrapy.http import HtmlResponse

from kompas_crawler.pages.article import ArticlePage
from kompas_crawler.sample_site.packing import joined
from kompas_crawler.sample_site.replies import Replies
from kompas_crawler.sample_site.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable

TURNS = 7


def ratios(articles: int = 40, weight: int = 240) -> list[float]:
    """For each page, the time of the item (parse included) over the time of a bare parse."""
    site = Site(articles, weight=weight)
    replies = Replies(site)
    found = []
    for article in site.articles:
        url = f"{article.url}?page=all"
        body = joined(replies.answer(url).pieces)
        if len(body) < weight * 500:  # an address that only leads on
            continue

        def bare(body: bytes = body) -> None:
            etree.HTML(body, etree.HTMLParser(encoding="utf-8"))

        def item(body: bytes = body, url: str = url) -> None:
            ArticlePage(HtmlResponse(url, body=body)).to_item()

        found.append(_fastest_in_turn(bare, item))
    return found


def _fastest_in_turn(one: Callable[[], None], other: Callable[[], None]) -> float:
    times: list[list[float]] = [[], []]
    for _ in range(TURNS):
        for number, run in enumerate((one, other)):
            began = time.perf_counter()
            run()
            times[number].append(time.perf_counter() - began)
    return min(times[1]) / min(times[0])


if __name__ == "__main__":
    found = ratios()
    print(f"{len(found)} pages: median {median(found):.2f}, {min(found):.2f}-{max(found):.2f}")
