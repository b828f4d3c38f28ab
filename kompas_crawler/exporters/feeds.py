"""Scrapy's item exporters over the exported row, for ``-O file.csv|.json|.jsonl``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.exporters import CsvItemExporter, JsonItemExporter, JsonLinesItemExporter

from kompas_crawler.exporters.record import flat, record

if TYPE_CHECKING:
    from kompas_crawler.items import Article


class CsvFeed(CsvItemExporter):
    """One line an article, cells as in ``scrapy export``."""

    def export_item(self, item: Article) -> None:
        super().export_item(flat(record(item)))


class JsonFeed(JsonItemExporter):
    """A list of objects."""

    def export_item(self, item: Article) -> None:
        super().export_item(record(item))


class JsonLinesFeed(JsonLinesItemExporter):
    """One object a line."""

    def export_item(self, item: Article) -> None:
        super().export_item(record(item))
