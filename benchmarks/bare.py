"""Scrapy's bare downloader: one request per URL, default settings, no processing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy import Request, Spider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.http import Response


class BareSpider(Spider):
    """Downloads the addresses in the file BENCHMARK_URLS."""

    name = "bare"

    async def start(self) -> AsyncIterator[Request]:
        for url in Path(os.environ["BENCHMARK_URLS"]).read_text().split():
            yield Request(url)

    def parse(self, response: Response) -> None:
        """Discard the page."""
