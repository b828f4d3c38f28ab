"""Act 7: articles that could not be had are named, and fetched when they can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kompas_crawler.sample.demo.expectations import expect
from kompas_crawler.sample.demo.stage import MENDED, MORNING
from kompas_crawler.sample.site.faults import Fault

if TYPE_CHECKING:
    from kompas_crawler.sample.demo.stage import Stage

PUBLISHED = 3
FAILING = 2
"""How many of them fail: few enough for the crawl to count as done."""


def play(stage: Stage) -> None:
    """Let new articles fail, see them named as gaps, mend the site, fill the gaps."""
    screen, site, faults = stage.screen, stage.site, stage.server.faults
    screen.heading(7, "A gap: named, then filled")
    failing = set(site.publish(PUBLISHED)[:FAILING])
    for key in failing:
        faults[site.article(key).url] = Fault(status=503)
    stage.now = MORNING
    screen.say(f"{PUBLISHED} articles come out; the site fails on {len(failing)} of them (503):")
    stage.crawl()
    named = stage.gaps(code=1)
    expect("articles that 'scrapy gaps' names", named, failing)
    screen.prove(f"{len(named)} gaps named: the very articles that failed")
    faults.clear()
    stage.now = MENDED
    screen.say("The site is well again. Five minutes later:")
    stage.crawl("-a", "gaps=1")
    expect("articles that 'scrapy gaps' names", stage.gaps(code=0), set())
    expect("articles stored", {article.id for article in stage.articles()}, stage.keys)
    screen.prove(f"No gaps: {len(stage.keys)} of {len(stage.keys)} articles")
