"""Feeds (``-O file.csv``) of what a run stored as new or changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.extensions.feedexport import FeedExporter

from kompas_crawler.archive.changes import Outcome

if TYPE_CHECKING:
    from scrapy import Spider

    from kompas_crawler.items import Article


class ArchiveFeedExporter(FeedExporter):
    """Scrapy's feed exporter, without the articles that a run found unchanged."""

    def item_scraped(self, item: Article, spider: Spider) -> None:
        if item.outcome != Outcome.UNCHANGED:
            super().item_scraped(item, spider)
