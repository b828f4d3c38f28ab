"""The spider on a sample site: everything within reach is stored, each once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kompas_crawler.archive.read.export import Filters, Reader
from kompas_crawler.exitcodes import Exit

if TYPE_CHECKING:
    from kompas_crawler.sample.site.server import Server
    from tests.spiders.conftest import Crawl


def stored(url: str) -> set[str]:
    reader = Reader(url, Path.cwd())
    found = [article.id for article in reader.articles(Filters(with_duplicates=True))]
    reader.close()
    assert len(found) == len(set(found))
    return set(found)


def test_every_article_within_reach_is_stored_once(
    server: Server, run: Crawl, sqlite_url: str
) -> None:
    crawled = run()
    assert crawled.code is Exit.DONE, crawled.end
    assert stored(sqlite_url) == server.site.keys_within(2)
