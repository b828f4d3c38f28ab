"""Per run: stored articles by section, how many have each field, and where it was found."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals
from scrapy.exceptions import NotConfigured

from kompas_crawler.crawl.spider import serves_archive
from kompas_crawler.site.urls import section_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from kompas_crawler.items import StoredArticle

FIELDS = (
    *("summary", "section", "subsection", "content_type", "dateline", "authors", "editors"),
    *("source", "tags", "topic", "updated_at", "images", "related", "declared_words", "pages"),
)
"""Optional fields of an article."""


class Coverage:
    """Counts stored articles by section and outcome, and how many had each field."""

    def __init__(self) -> None:
        self.outcomes: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.fields: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.places: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.newest: str | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not serves_archive(crawler):
            raise NotConfigured
        coverage = cls()
        crawler.signals.connect(coverage.item_scraped, signal=signals.item_scraped)
        return coverage

    def item_scraped(self, item: StoredArticle) -> None:
        section = section_of(item.url) or "other"
        self.outcomes[section][str(item.outcome)] += 1
        have = self.fields[section]
        have["articles"] += 1
        for name in FIELDS:
            if getattr(item, name):
                have[name] += 1
        for name, place in item.found_in.items():
            self.places[name][place] += 1
        if self.newest is None or item.id > self.newest:
            self.newest = item.id

    def as_dict(self) -> dict[str, Any]:
        tables = {"sections": self.outcomes, "coverage": self.fields, "places": self.places}
        found = {
            title: {name: dict(counts) for name, counts in sorted(table.items())}
            for title, table in tables.items()
        }
        return {**found, "newest": self.newest}
