"""Reject articles without required fields, and count suspicious ones."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.statscollectors import StatsCollector

from kompas_crawler.clock import Clock
from kompas_crawler.frontier import Lacking
from kompas_crawler.items import ESSENTIAL, Article, FetchedArticle, Kind, of_kind

MAX_NAME = 300  # characters of a name, tag or section; longer ones exceed database indexes' limit
MAX_PARTS = 500  # maximum names, tags, images or links of one article
MAX_AHEAD = timedelta(days=1)  # tolerance for a time ahead of the system clock
_LABELS = of_kind(Kind.LABEL)
_LISTS = of_kind(Kind.NAMES, Kind.PARTS)


class ValidatePipeline:
    """Drops an article without title, body or date.

    Counts a date other than that in the URL (``articles/date_disagrees``); a future date, replaced
    by that in the URL (``articles/date_in_future``); a capture in the future or before the article,
    whose time is unknown then (``articles/capture_at_wrong_time``); a text shorter than declared
    (``articles/incomplete``); names and lists over the limits, removed (``articles/oversized``).
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
        from_url = item.key.published_at
        if item.published_at is None:
            item = replace(item, published_at=from_url)
        for name in ESSENTIAL:
            if not getattr(item, name):
                self._stats.inc_value(f"articles/without_{name}")
                raise Lacking(f"no {name} (extractor {item.extractor_version})")
        item = self._within_limits(item)
        if from_url is not None and item.published_at != from_url:
            self._stats.inc_value("articles/date_disagrees")
        if item.is_complete is False:
            self._stats.inc_value("articles/incomplete")
        assert item.published_at is not None
        now = self._clock.now()  # may be wrong: a page of this run keeps its time
        first, latest = min(from_url or item.published_at, now) - MAX_AHEAD, now + MAX_AHEAD
        at = item.fetched_at if isinstance(item, FetchedArticle) else None
        if isinstance(item, FetchedArticle) and at is not None and not first <= at <= latest:
            self._stats.inc_value("articles/capture_at_wrong_time")
            item = replace(item, fetched_at=None)
        if item.published_at <= latest:
            return item
        self._stats.inc_value("articles/date_in_future")
        if from_url is None or from_url > latest:
            return item
        found_in = {**item.found_in, "published_at": "url"}
        return replace(item, published_at=from_url, found_in=found_in)

    def _within_limits(self, item: Article) -> Article:
        too_long = [name for name in _LABELS if len(getattr(item, name) or "") > MAX_NAME]
        cut: dict[str, Any] = dict.fromkeys(too_long)
        for name in _LISTS:
            found = getattr(item, name)
            kept = [part for part in found if not isinstance(part, str) or len(part) <= MAX_NAME]
            if len(kept) < len(found) or len(found) > MAX_PARTS:
                cut[name] = tuple(kept[:MAX_PARTS])
        if not cut:
            return item
        self._stats.inc_value("articles/oversized")
        return replace(item, **cut)
