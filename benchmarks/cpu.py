"""CPU seconds of a crawl from spider_opened to spider_closed, and peak memory."""

from __future__ import annotations

import json
import os
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy import signals

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler


class CpuClock:
    """Scrapy extension: writes its figures, as JSON, to the file BENCHMARK_FIGURES names."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        clock = cls(crawler)
        crawler.signals.connect(clock.opened, signal=signals.spider_opened)
        crawler.signals.connect(clock.closed, signal=signals.spider_closed)
        return clock

    def opened(self) -> None:
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def closed(self) -> None:
        stats = self._crawler.stats
        Path(os.environ["BENCHMARK_FIGURES"]).write_text(
            json.dumps(
                {
                    "pages": stats.get_value("response_received_count", 0)
                    or stats.get_value("downloader/response_count", 0),
                    "stored": stats.get_value("articles/new", 0),
                    "cpu": time.process_time() - self._cpu,
                    "wall": time.perf_counter() - self._wall,
                    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                }
            )
        )
