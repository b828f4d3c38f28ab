"""Feeds (``-O file.csv``) of what a run stored as new or changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.extensions.feedexport import FeedExporter

from kompas_crawler.archive.changes import Outcome

if TYPE_CHECKING:
    from scrapy import Spider


class ArchiveFeedExporter(FeedExporter):
    """Scrapy's feed exporter, without the articles that a run found unchanged."""

    def item_scraped(self, item: Any, spider: Spider) -> None:
        if getattr(item, "outcome", None) != Outcome.UNCHANGED:
            super().item_scraped(item, spider)
