"""Step 6: corrected articles and their revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kompas_crawler.archive.frontier.revisits import parse_schedule
from kompas_crawler.cli.word_diff import changed_paragraphs
from kompas_crawler.sample.demo.expectations import expect
from kompas_crawler.sample.demo.stage import EVENING, NIGHT

if TYPE_CHECKING:
    from kompas_crawler.sample.demo.stage import Stage
    from kompas_crawler.sample.site.site import Site

REVISIT = parse_schedule("6h,1d,7d")
"""The default of KOMPAS_REVISIT."""
CORRECTED = 3


def due(site: Site, keys: frozenset[str]) -> list[str]:
    """The *keys* whose revisit is due between the evening and the night."""
    return sorted(
        key
        for key in keys
        if any(EVENING < site.article(key).published_at + time <= NIGHT for time in REVISIT)
    )


def choose(site: Site, keys: frozenset[str]) -> list[str]:
    """The articles to correct: due, and no duplicates or originals of one."""
    originals = {site.article(key).duplicate_of for key in keys}
    plain = [
        key
        for key in due(site, keys)
        if key not in originals and site.article(key).duplicate_of is None
    ]
    return plain[:: max(len(plain) // CORRECTED, 1)][:CORRECTED]


def play(stage: Stage) -> None:
    """Correct some articles, crawl when they are due, and show the changes."""
    screen, site = stage.screen, stage.site
    screen.heading(6, "Corrections and revisions")
    keys, looked_at = choose(site, stage.keys), due(site, stage.keys)
    dead = stage.dead_links()
    before = {key: site.article(key).paragraphs for key in keys}
    site.correct(keys)
    stage.now = NIGHT
    screen.say(
        f"The editors corrected {len(keys)} articles. Stored articles are revisited 6 hours, "
        "1 day and 7 days after publication. The same crawl early next morning:"
    )
    since = len(stage.server.requests)
    stage.crawl()
    expect("revisited articles", stage.requested(since)[0], len(looked_at) + dead)
    corrected = [article for article in stage.articles() if (article.revision or 1) > 1]
    expect("articles with a second revision", {article.id for article in corrected}, set(keys))
    for article in corrected:
        sample, former = site.article(article.id), stage.former_texts(article.id)
        expect(f"corrected text of {article.id}", article.body, sample.paragraphs)
        expect(f"previous texts of {article.id}", former, [before[article.id]])
        screen.gap()
        screen.say(f"{article.title} ({article.id}), revision {article.revision}", "bold")
        for pieces in changed_paragraphs(former[0], article.body):
            screen.difference(pieces)
    screen.gap()
    unchanged = len(looked_at) - len(corrected)
    screen.prove(
        f"{len(looked_at)} articles revisited: {len(corrected)} changed, {unchanged} unchanged; "
        "the previous texts are stored"
    )
