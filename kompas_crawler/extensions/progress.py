"""Progress of a crawl: a live display at a terminal, else one log line per minute."""

import asyncio
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.settings import BaseSettings
from scrapy.utils.log import get_scrapy_root_handler

from kompas_crawler.archive.frontier import index_days, take
from kompas_crawler.crawl import progress_line
from kompas_crawler.crawl.run import ArchiveComponent

logger = logging.getLogger(__name__)

REDRAW_SECONDS = 0.5
COUNT_SECONDS = 5.0  # interval of the queries that count pending rows
COUNT_SHARE = 0.02  # maximum share of the time for them; with a long frontier they run less often


def logs_progress(settings: BaseSettings) -> bool:
    """Whether the log shows messages below errors."""
    level = logging.getLevelName(settings["LOG_LEVEL"])
    return settings.getbool("LOG_ENABLED") and not (isinstance(level, int) and level > logging.INFO)


class Progress(ArchiveComponent):
    """Shows pages, outcomes of articles, the rate and the number of pending rows.

    A back-fill also shows its days, with a bar at a terminal. ``LOGSTATS_INTERVAL`` is the
    number of seconds between two log lines, 0 = none. Disabled if the log is off or shows only
    errors.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        if not logs_progress(settings):
            raise NotConfigured
        is_terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._is_live = is_terminal and not settings["LOG_FILE"]
        self._interval = settings.getfloat("LOGSTATS_INTERVAL")
        self._left = 0
        self._days: tuple[int, int] | None = None  # done and asked
        self._task: asyncio.Task[None] | None = None

    def spider_opened(self) -> None:
        self._began = time.monotonic()
        if self._is_live or self._interval > 0:
            show = self._show_live() if self._is_live else self._show_lines()
            self._task = asyncio.get_running_loop().create_task(show)

    async def spider_closed(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _show_lines(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            await self._count()
            logger.info(" · ".join(filter(None, (self._days_line(), self.line()))))

    async def _show_live(self) -> None:
        with _log_above() as live:
            next_count = 0.0
            while True:
                if (now := time.monotonic()) >= next_count:
                    await self._count()
                    took = time.monotonic() - now
                    next_count = now + max(COUNT_SECONDS, took / COUNT_SHARE)
                live.update(self._display(), refresh=True)
                await asyncio.sleep(REDRAW_SECONDS)

    async def _count(self) -> None:
        run = self._run
        if run.fatal is not None:
            return
        self._left = await run.writer.call(lambda c: take.pending(c, run.spider.work))
        if asked := run.spider.days_asked:
            scope, since, until = run.spider.work.scope, min(asked), max(asked)
            left = await run.writer.call(lambda c: index_days.unfinished(c, scope, since, until))
            self._days = max(len(asked) - left, 0), len(asked)

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def line(self) -> str:
        left = self._run.spider.progress() or f"{self._left:,} left"
        return progress_line.line(self._crawler.stats.get_stats(), seconds=self._seconds, left=left)

    def _days_line(self) -> str:
        return progress_line.days(*self._days, self._seconds) if self._days else ""

    def _display(self) -> RenderableType:
        text = Text(self.line(), style="bold")
        if self._days is None:
            return text
        done, asked = self._days
        bar = Table.grid(padding=(0, 1))
        bar.add_row(ProgressBar(asked, done, width=30), Text(self._days_line()))
        return Group(text, bar)


@contextmanager
def _log_above() -> Iterator[Live]:
    """A live display on stderr, with Scrapy's log lines above it."""
    handler = get_scrapy_root_handler()
    with Live(console=Console(stderr=True), transient=True, auto_refresh=False) as live:
        live.refresh()
        if not isinstance(handler, logging.StreamHandler):
            yield live
            return
        # rich replaced sys.stderr by a proxy that redraws the display.
        former = handler.setStream(sys.stderr)
        try:
            yield live
        finally:
            handler.setStream(former or sys.stderr)
