"""A crawl under the Twisted reactor, in a process of its own; see ``test_reactor.py``.

Reads urls, settings and made-up host addresses as JSON, writes what came of each url.
"""

from __future__ import annotations

import json
import socket
import sys
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess

from tests.downloader.probe import BARE, Crawled, Probe


def main() -> None:
    """Crawl what standard input asks for."""
    asked: dict[str, Any] = json.load(sys.stdin)
    by_name = socket.gethostbyname
    # The name server's part: what a hostile one could answer.
    socket.gethostbyname = lambda name: asked["hosts"].get(name) or by_name(name)
    crawled = Crawled()
    process = AsyncCrawlerProcess(BARE | {"TWISTED_REACTOR_ENABLED": True} | asked["settings"])
    crawler = process.create_crawler(Probe)
    process.crawl(crawler, urls=asked["urls"], crawled=crawled)
    process.start()
    outcome = {
        "responses": {
            asked_url: [response.url, response.status, response.text]
            for asked_url, response in crawled.responses.items()
        },
        "flags": {asked_url: response.flags for asked_url, response in crawled.responses.items()},
        "errors": {url: type(error).__name__ for url, error in crawled.errors.items()},
        "stats": {k: v for k, v in crawler.stats.get_stats().items() if isinstance(v, int | str)},
    }
    print(json.dumps(outcome))


if __name__ == "__main__":
    main()
