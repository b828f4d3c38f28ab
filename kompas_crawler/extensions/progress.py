"""How a crawl is getting on: a live line at a terminal, one plain line a minute elsewhere."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.log import get_scrapy_root_handler

from kompas_crawler.archive import frontier
from kompas_crawler.extensions.run import Run

if TYPE_CHECKING:
    from typing import Self, TextIO

    from rich.live import Live
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

REDRAW_SECONDS = 0.5
LINE_SECONDS = 60.0
COUNT_SECONDS = 5.0
"""How often the frontier is asked how much is left: it costs a query."""


class Progress:
    """Shows pages, what became of articles, the pace, and what is left to fetch.

    Not enabled where the log is off, or shows errors alone.
    """

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        level = logging.getLevelName(settings["LOG_LEVEL"])
        if not settings.getbool("LOG_ENABLED") or (isinstance(level, int) and level > logging.INFO):
            raise NotConfigured
        self._crawler = crawler
        self._is_live = sys.stderr.isatty() and not settings["LOG_FILE"]
        self._left = 0
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        progress = cls(crawler)
        crawler.signals.connect(progress.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(progress.spider_closed, signal=signals.spider_closed)
        return progress

    def spider_opened(self) -> None:
        """Begin to show."""
        self._began = time.monotonic()
        show = self._show_live() if self._is_live else self._show_lines()
        self._task = asyncio.get_running_loop().create_task(show)

    async def spider_closed(self) -> None:
        """Show no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _show_lines(self) -> None:
        while True:
            await asyncio.sleep(LINE_SECONDS)
            await self._count()
            logger.info(self.line())

    async def _show_live(self) -> None:
        from rich.text import Text

        with _Above() as live:
            counted = 0.0
            while True:
                if time.monotonic() - counted > COUNT_SECONDS:
                    counted = time.monotonic()
                    await self._count()
                live.update(Text(self.line(), style="bold"), refresh=True)
                await asyncio.sleep(REDRAW_SECONDS)

    async def _count(self) -> None:
        run = self._crawler.get_extension(Run)
        if run is not None and run.fatal is None:
            self._left = await run.writer.call(frontier.pending)

    def line(self) -> str:
        """Where the crawl stands, in one line."""
        stats = self._crawler.stats

        def count(name: str) -> int:
            value: int = stats.get_value(name, 0)
            return value

        pages = sum(count(f"pages/{state}") for state in ("done", "failed", "gone", "skipped"))
        pace = pages / max(time.monotonic() - self._began, 1.0) * 60
        parts = [f"{pages:,} pages"]
        outcomes = ("new", "updated", "unchanged")
        parts += [f"{count(f'articles/{name}'):,} {name}" for name in outcomes]
        if failed := count("pages/failed"):
            parts.append(f"{failed:,} failed")
        own = getattr(self._crawler.spider, "progress", None)
        if own is not None:  # it knows the end of its work: a pace need not tell it
            return " · ".join([own(), *parts])
        parts += [f"{pace:,.0f} a minute", f"{self._left:,} left"]
        return " · ".join(parts)


class _Above:
    """A live line on stderr, with Scrapy's log lines above it."""

    def __enter__(self) -> Live:
        from rich.console import Console
        from rich.live import Live

        handler = get_scrapy_root_handler()
        self._stream: TextIO | None = None
        self._handler = handler if isinstance(handler, logging.StreamHandler) else None
        self._live = Live(console=Console(stderr=True), transient=True, auto_refresh=False)
        self._live.start(refresh=True)
        if self._handler is not None:
            # What rich put there, which knows of the line.
            self._stream = self._handler.setStream(sys.stderr)
        return self._live

    def __exit__(self, *_: object) -> None:
        if self._handler is not None and self._stream is not None:
            self._handler.setStream(self._stream)
        self._live.stop()
