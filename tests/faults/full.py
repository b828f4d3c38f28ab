"""An archive on a full disk: a run whose database may have no more pages than it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import event

from kompas_crawler.crawl.run import Run

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

ROOM = 40
"""Pages that the database may grow by: some 160 KiB."""


class FullRun(Run):
    """A run for whose archive ``PRAGMA max_page_count`` stands in for the end of the disk."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        with self.engine.begin() as connection:
            pages = connection.exec_driver_sql("pragma page_count").scalar_one()
        self.engine.dispose()
        event.listen(
            self.engine,
            "connect",
            lambda c, _: c.execute(f"pragma max_page_count = {pages + ROOM}"),
        )


EXTENSIONS = {
    "kompas_crawler.crawl.run.Run": None,
    "tests.faults.full.FullRun": 0,
    "kompas_crawler.outcome.ending.Ending": 1,
    "kompas_crawler.outcome.coverage.Coverage": 10,
}
