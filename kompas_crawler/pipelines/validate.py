"""Refuses an article that lacks what every article has, and counts what looks wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from kompas_crawler.clock import Clock
from kompas_crawler.frontier import Lacking
from kompas_crawler.items import Article, Kind, of_kind

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.statscollectors import StatsCollector

MAX_NAME = 300
"""Letters of a name, a tag or a section; what is longer is none, and fits no database's index."""
MAX_PARTS = 500
"""Names, tags, images or links of one article."""
TOMORROW = timedelta(days=1)
"""How far ahead of our clock a publication may lie: clocks differ, days do not."""
_LABELS = of_kind(Kind.LABEL)
_LISTS = of_kind(Kind.NAMES)
_PARTS = of_kind(Kind.NAMES, Kind.PARTS)


class ValidatePipeline:
    """Drops an article without title, body or date, with the reason.

    Counts, without dropping: a date that disagrees with the one in the address
    (``articles/date_disagrees``); one that is still to come, in whose place the address's
    counts (``articles/date_in_future``); a text shorter than the page declares
    (``articles/incomplete``); names and lists past all measure, which are left out
    (``articles/oversized``). Passes items that are no ``Article`` on.
    """

    def __init__(self, stats: StatsCollector, clock: Clock) -> None:
        self._stats = stats
        self._clock = clock

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.stats, Clock(crawler.settings.get("KOMPAS_NOW")))

    def process_item(self, item: Any) -> Any:
        if not isinstance(item, Article):
            return item
        told = item.key.published_at
        if item.published_at is None:
            item = replace(item, published_at=told)
        for name in ("title", "body", "published_at"):
            if not getattr(item, name):
                self._stats.inc_value(f"articles/without_{name}")
                raise Lacking(f"no {name} (extractor {item.extractor_version})")
        item = self._within_measure(item)
        if told is not None and item.published_at != told:
            self._stats.inc_value("articles/date_disagrees")
        if item.is_complete is False:
            self._stats.inc_value("articles/incomplete")
        return self._without_future(item)

    def _within_measure(self, item: Article) -> Article:
        """*item* without names and parts that no article has."""
        cut: dict[str, Any] = {}
        for name in _LABELS:
            if len(getattr(item, name) or "") > MAX_NAME:
                cut[name] = None
        for name in _LISTS:
            found = getattr(item, name)
            if any(len(part) > MAX_NAME for part in found):
                cut[name] = tuple(part for part in found if len(part) <= MAX_NAME)
        for name in _PARTS:
            found = cut.get(name, getattr(item, name))
            if len(found) > MAX_PARTS:
                cut[name] = found[:MAX_PARTS]
        if not cut:
            return item
        self._stats.inc_value("articles/oversized")
        return replace(item, **cut)

    def _without_future(self, item: Article) -> Article:
        """*item* with the date of its address, where the page's is still to come."""
        assert item.published_at is not None
        latest = self._clock.now() + TOMORROW
        if item.published_at <= latest:
            return item
        self._stats.inc_value("articles/date_in_future")
        told = item.key.published_at
        if told is None or told > latest:
            return item
        return replace(item, published_at=told, found_in={**item.found_in, "published_at": "url"})
