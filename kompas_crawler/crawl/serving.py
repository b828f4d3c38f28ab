"""Which crawls use the archive; plain spiders and Scrapy's tools do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kompas_crawler.crawl.spider import FrontierSpider

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_SCRAPYS_OWN = {
    "SPIDER_MIDDLEWARES": (
        "scrapy.spidermiddlewares.start.StartSpiderMiddleware",
        "scrapy.spidermiddlewares.referer.RefererMiddleware",
        "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware",
        "scrapy.spidermiddlewares.depth.DepthMiddleware",
    ),
    "DOWNLOADER_MIDDLEWARES": (
        "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware",
        "scrapy.downloadermiddlewares.cookies.CookiesMiddleware",
    ),
}
"""Components that the settings disable because the frontier replaces them."""


def serves_archive(crawler: Crawler) -> bool:
    """Return whether *crawler* uses the archive.

    True for a ``FrontierSpider`` that runs its own ``start()``. False for any other spider,
    and under ``scrapy fetch``, ``view``, ``parse`` and ``check``, which replace ``start()``,
    and ``scrapy shell``, which has no spider when the components are built.
    """
    return isinstance(crawler.spider, FrontierSpider) and crawler.spider.serves_archive


def restore_scrapy(crawler: Crawler) -> None:
    """Enable Scrapy's own components in a crawl that does not use the archive."""
    for name, paths in _SCRAPYS_OWN.items():
        components = crawler.settings[name]
        for path in paths:
            if path in components and components[path] is None:
                components.delete(path, priority="cmdline")
