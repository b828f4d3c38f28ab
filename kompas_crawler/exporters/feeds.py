"""Feeds of a run's new and changed articles, ``-O file.csv|.json|.jsonl``: exported rows."""

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.exporters import CsvItemExporter
from scrapy.extensions.feedexport import FeedExporter
from w3lib.url import any_to_uri, file_uri_to_path

from kompas_crawler.archive.changes import Outcome
from kompas_crawler.crawl.run import Run
from kompas_crawler.crawl.spider import serves_archive
from kompas_crawler.exitcodes import CrawlError, UsageProblem, writing
from kompas_crawler.exporters.record import FIELDS, cell


class ArchiveFeedExporter(FeedExporter):
    """Scrapy's feed exporter with the exported fields, without unchanged articles."""

    def __init__(self, crawler: Crawler) -> None:
        try:
            super().__init__(crawler)
        except NotConfigured:  # of one feed: none would be written
            if crawler.settings["FEEDS"]:
                raise UsageProblem("a feed cannot be written; the log says why") from None
            raise
        if serves_archive(crawler):
            for options in self.feeds.values():
                options["fields"] = options["fields"] or list(FIELDS)

    def item_scraped(self, item: Any, spider: Spider) -> None:
        if getattr(item, "outcome", None) != Outcome.UNCHANGED:
            with self._writing():
                super().item_scraped(item, spider)

    def finish(self) -> None:
        """Complete the files, before the verdict on the run."""
        for slot in self.slots:
            if slot.itemcount and (file := slot.file):
                count, slot.itemcount = slot.itemcount, 0  # Scrapy closes no slot without items
                with self._writing():
                    slot.finish_exporting()
                    file.flush()
                    slot.itemcount = count

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """End the crawl if the disk is full or the reader of a pipe has left."""
        try:
            with writing("the feed"):
                yield
        except CrawlError as error:
            if (run := self.crawler.get_extension(Run)) is None:
                raise
            run.writer.fail(error)

    def files(self) -> dict[Path, dict[str, Any]]:
        """The files with articles, each with its fields."""
        uris = [any_to_uri(slot.uri) for slot in self.slots if slot.itemcount]
        paths = [file_uri_to_path(uri) for uri in uris if urlsplit(uri).scheme == "file"]
        return {Path(path): {"fields": list(FIELDS)} for path in paths}


class CsvFeed(CsvItemExporter):
    """One line per article, cells as in ``scrapy export``; other items as in Scrapy.

    When appending to a file with rows, it uses the columns of the file and writes no header.
    """

    def __init__(self, file: BytesIO, **options: Any) -> None:
        if getattr(file, "mode", "") == "ab" and file.tell():
            with Path(file.name).open(encoding="utf-8-sig", errors="replace", newline="") as former:
                if columns := next(csv.reader(former), []):
                    options |= {"include_headers_line": False, "fields_to_export": columns}
        super().__init__(file, **options)

    def serialize_field(self, field: Mapping[str, Any], name: str, value: Any) -> Any:
        value = super().serialize_field(field, name, value)
        return cell(value) if "column" in field else value
