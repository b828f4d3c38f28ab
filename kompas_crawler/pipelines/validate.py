"""Refuses an article that lacks what every article has, and counts what looks wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scrapy.exceptions import DropItem

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.statscollectors import StatsCollector

    from kompas_crawler.items import Article


class ValidatePipeline:
    """Drops an article without title, body or date, with the reason.

    Counts, without dropping, a date that disagrees with the one in the address and
    a text shorter than the page declares.
    """

    def __init__(self, stats: StatsCollector) -> None:
        self._stats = stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.stats)

    def process_item(self, item: Article) -> Article:
        if item.published_at is None:
            item = replace(item, published_at=item.key.published_at)
        for name in ("title", "body", "published_at"):
            if not getattr(item, name):
                self._stats.inc_value(f"articles/without_{name}")
                raise DropItem(f"no {name} (extractor {item.extractor_version})")
        told = item.key.published_at
        if told is not None and item.published_at != told:
            self._stats.inc_value("articles/date_disagrees")
        if item.is_complete is False:
            self._stats.inc_value("articles/incomplete")
        return item
