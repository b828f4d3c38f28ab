"""Step 5: the same crawl again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kompas_crawler.sample.demo.expectations import expect
from kompas_crawler.sample.demo.stage import LATER

if TYPE_CHECKING:
    from kompas_crawler.sample.demo.stage import Stage


def play(stage: Stage) -> None:
    """Crawl again; expect requests only for lists."""
    screen = stage.screen
    screen.heading(5, "The same crawl again: nothing new")
    stage.now = LATER
    since = len(stage.server.requests)
    stage.crawl()
    articles, lists = stage.requested(since)
    expect("articles requested again", articles, 0)
    expect("articles stored", {article.id for article in stage.articles()}, stage.keys)
    screen.prove(f"0 article requests; {lists} requests for section pages, to find new articles")
