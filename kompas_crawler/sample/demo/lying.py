"""Step 8: wrong responses are recognised, and the pages are fetched again later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kompas_crawler.exitcodes import Exit
from kompas_crawler.sample.demo.expectations import expect
from kompas_crawler.sample.demo.stage import AFTERNOON, NOON
from kompas_crawler.sample.site.faults import Fault
from kompas_crawler.site.listings import index_url

if TYPE_CHECKING:
    from kompas_crawler.sample.demo.stage import Stage

TROUBLE = b"<!DOCTYPE html><html><head><title>Kompas contoh</title></head><body><p>Sedang ada "
TROUBLE += b"gangguan. Silakan coba lagi nanti.</p></body></html>"


def play(stage: Stage) -> None:
    """Return wrong pages for the index and articles, expect a gap, repair the site, fill it."""
    screen, site, faults = stage.screen, stage.site, stage.server.faults
    screen.heading(8, "Wrong responses of the site")
    day = site.days[-2]
    stored = {article.id for article in stage.articles()}
    unseen = [key for key in site.on_day(day) if key not in stored]
    faults[index_url(day, page=2)] = Fault(status=200, body=TROUBLE)
    for key in unseen[:1]:
        faults[site.url(_index(stage, key))] = Fault(status=202)
    stage.now = NOON
    screen.say(
        f"The index of {day} is read. Its second page answers 'sedang ada gangguan' with status "
        "200:"
    )
    command = ("-a", f"since={day}", "-a", f"until={day}")
    stage.crawl(*command, spider="indeks", code=Exit.QUALITY)
    stage.gaps(code=1)
    screen.prove("The unproven page is recognised: the day stays incomplete")
    faults.clear()
    stage.now = AFTERNOON
    screen.say("The site is repaired. Two hours later, the same command:")
    stage.crawl(*command, spider="indeks")
    stage.gaps(code=0)
    found = {article.id for article in stage.articles()}
    expect(f"articles of {day} that the index lists", set(site.on_day(day)) - found, set())
    screen.prove(f"{day} is verified: all {len(site.on_day(day))} articles are stored")


def _index(stage: Stage, key: str) -> int:
    found = stage.site.find(key)
    assert found is not None
    return found
