"""Feeds (``-O file.csv``) of the new and changed articles of a run."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy import Spider
from scrapy.extensions.feedexport import FeedExporter
from w3lib.url import any_to_uri, file_uri_to_path

from kompas_crawler.archive.changes import Outcome
from kompas_crawler.exporters.record import FIELDS


class ArchiveFeedExporter(FeedExporter):
    """Scrapy's feed exporter without unchanged articles."""

    def item_scraped(self, item: Any, spider: Spider) -> None:
        if getattr(item, "outcome", None) != Outcome.UNCHANGED:
            super().item_scraped(item, spider)

    def files(self) -> dict[Path, dict[str, Any]]:
        """The files with articles, each with its fields."""
        uris = [any_to_uri(slot.uri) for slot in self.slots if slot.itemcount]
        paths = [file_uri_to_path(uri) for uri in uris if urlsplit(uri).scheme == "file"]
        return {Path(path): {"fields": list(FIELDS)} for path in paths}
