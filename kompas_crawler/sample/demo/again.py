"""Act 5: the same crawl again finds nothing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kompas_crawler.sample.demo.expectations import expect
from kompas_crawler.sample.demo.stage import LATER

if TYPE_CHECKING:
    from kompas_crawler.sample.demo.stage import Stage


def play(stage: Stage) -> None:
    """Crawl once more, and expect lists alone to be asked for."""
    screen = stage.screen
    screen.heading(5, "The same crawl again: nothing new")
    stage.now = LATER
    since = len(stage.server.requests)
    stage.crawl()
    articles, lists = stage.asked_for(since)
    expect("articles asked for again", articles, 0)
    expect("articles stored", {article.id for article in stage.articles()}, stage.keys)
    screen.prove(f"0 article requests; {lists} requests for section pages, to look for news")
