"""Step 7: failed articles are listed by ``scrapy gaps`` and fetched later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kompas_crawler.sample.demo.expectations import expect
from kompas_crawler.sample.demo.stage import MENDED, MORNING
from kompas_crawler.sample.site.faults import Fault

if TYPE_CHECKING:
    from kompas_crawler.sample.demo.stage import Stage

PUBLISHED = 3
FAILING = 2
"""Few enough for the crawl to end with code 0."""


def play(stage: Stage) -> None:
    """Let new articles fail, expect them as gaps, repair the site, fill the gaps."""
    screen, site, faults = stage.screen, stage.site, stage.server.faults
    screen.heading(7, "Gaps are listed, then filled")
    failing = set(site.publish(PUBLISHED)[:FAILING])
    for key in failing:
        faults[site.article(key).url] = Fault(status=503)
    stage.now = MORNING
    screen.say(f"{PUBLISHED} new articles; the site returns 503 for {len(failing)} of them:")
    stage.crawl()
    named = stage.gaps(code=1)
    expect("articles in 'scrapy gaps'", named, failing)
    screen.prove(f"{len(named)} gaps listed: exactly the articles that failed")
    faults.clear()
    stage.now = MENDED
    screen.say("The site is repaired. Five minutes later:")
    stage.crawl("-a", "gaps=1")
    expect("articles in 'scrapy gaps'", stage.gaps(code=0), set())
    expect("articles stored", {article.id for article in stage.articles()}, stage.keys)
    screen.prove(f"No gaps: {len(stage.keys)} of {len(stage.keys)} articles")
