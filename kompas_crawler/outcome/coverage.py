"""Per run: stored articles by section, how many have each field, and where it was found."""

from collections import Counter, defaultdict
from typing import Any

from scrapy.crawler import Crawler

from kompas_crawler.crawl.run import ArchiveComponent
from kompas_crawler.items import StoredArticle, optional
from kompas_crawler.site.urls import section_of

FIELDS = optional()


class Coverage(ArchiveComponent):
    """Counts stored articles by section and outcome, and how many had each field."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.outcomes: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.fields: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.sources: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.newest: str | None = None

    def item_scraped(self, item: StoredArticle) -> None:
        section = section_of(item.url) or "other"
        self.outcomes[section][str(item.outcome)] += 1
        self.fields[section].update(["articles", *(name for name in FIELDS if getattr(item, name))])
        for name, source in item.found_in.items():
            self.sources[name][source] += 1
        self.newest = max(self.newest or "", item.id)

    def as_dict(self) -> dict[str, Any]:
        tables = {"sections": self.outcomes, "coverage": self.fields, "places": self.sources}
        return {"newest": self.newest} | {
            title: {name: dict(counts) for name, counts in sorted(table.items())}
            for title, table in tables.items()
        }
