"""R27: a sitemap that leads to another one is not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kompas_crawler.exitcodes import Exit
from kompas_crawler.pages import recognition
from kompas_crawler.pages.recognition import Verdict
from kompas_crawler.spiders.sitemap import SITEMAP_URL
from tests.faults.healing import row_states
from tests.faults.world import EVENING, World, first_fast, later
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from scrapy.http import Response

NEWS = "https://money.kompas.com/news/sitemap.xml"


def _led_astray(world: World, address: str) -> None:
    world.strike_page(address, Fault(302, headers={"Location": NEWS}))
    world.crawl("sitemap")


@pytest.mark.slow
@pytest.mark.parametrize("gaps", first_fast({}, {"gaps": "1"}))
def test_a_sitemap_that_leads_to_another_is_a_gap_until_it_is_read(
    alike: World, gaps: dict[str, str]
) -> None:
    _led_astray(alike, SITEMAP_URL)
    assert [one.url for one in alike.gaps().unread_lists] == [SITEMAP_URL]
    of_news = alike.stored()
    assert of_news, "what it names is taken all the same"
    alike.faults.clear()
    crawled = alike.crawl("kompas" if gaps else "sitemap", at=later(EVENING, hours=1), **gaps)
    assert crawled.code is Exit.DONE, crawled.end
    assert alike.gaps().is_empty
    assert row_states(alike)[SITEMAP_URL] == "done"
    assert gaps or alike.stored() > of_news


@pytest.mark.slow
def test_after_a_week_it_has_moved(alike: World) -> None:
    for days in (0, 2, 4, 8):
        alike.strike_page(SITEMAP_URL, Fault(302, headers={"Location": NEWS}))
        alike.crawl("sitemap", at=later(EVENING, days=days))
    assert [one.reason for one in alike.gaps().absent] == [f"moved to {NEWS}"]
    assert row_states(alike)[NEWS] == "done"


def test_control_believed_nothing_of_the_site_is_read_and_no_gap_is_named(
    alike: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = recognition.sitemap

    def believed(response: Response, limit: int) -> Verdict:
        response._set_url(SITEMAP_URL if response.url == NEWS else response.url)
        return read(response, limit)

    monkeypatch.setattr(recognition, "sitemap", believed)
    _led_astray(alike, SITEMAP_URL)
    assert alike.gaps().is_empty
