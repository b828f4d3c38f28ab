"""Scrapy's item exporters over the exported row, for ``-O file.csv|.json|.jsonl``."""

import csv
from io import BytesIO
from pathlib import Path
from typing import Any

from scrapy.exporters import CsvItemExporter, JsonItemExporter, JsonLinesItemExporter

from kompas_crawler.exporters.record import flat, record
from kompas_crawler.items import Article


class CsvFeed(CsvItemExporter):
    """One line per article, cells as in ``scrapy export``; other items as in Scrapy.

    When appending to a file with rows, it uses the columns of the file and writes no header.
    """

    def __init__(self, file: BytesIO, **options: Any) -> None:
        if columns := _columns(file):
            options["include_headers_line"] = False
            options["fields_to_export"] = options.get("fields_to_export") or columns
        super().__init__(file, **options)

    def export_item(self, item: Any) -> None:
        super().export_item(flat(record(item)) if isinstance(item, Article) else item)


class JsonLinesFeed(JsonLinesItemExporter):
    """One object per line."""

    def export_item(self, item: Any) -> None:
        super().export_item(record(item) if isinstance(item, Article) else item)


class JsonFeed(JsonItemExporter):
    """A list of objects, one per line."""

    def export_item(self, item: Any) -> None:
        super().export_item(record(item) if isinstance(item, Article) else item)


def _columns(file: Any) -> list[str]:
    if getattr(file, "mode", "") != "ab" or not file.tell():
        return []
    with Path(file.name).open(encoding="utf-8-sig", errors="replace", newline="") as existing:
        return next(csv.reader(existing), [])
