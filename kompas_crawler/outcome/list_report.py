"""Report at the end of a run what became of the articles of ``-a list=FILE``."""

import logging
from collections import Counter

from sqlalchemy.exc import DBAPIError

from kompas_crawler.archive.database import explaining
from kompas_crawler.archive.read.comparison import Compared, compare
from kompas_crawler.crawl.component import ArchiveComponent
from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.exporters.csv_file import line
from kompas_crawler.exporters.files import whole_file

logger = logging.getLogger(__name__)

SUFFIX = ".compared.csv"
"""Added to the name of the list."""


class ListReport(ArchiveComponent):
    """Writes one row per article of the list, and counts results as ``list/...`` stats."""

    def written(self) -> None:
        """Compare the list with the archive."""
        run = self._run
        if run.spider.list_path is None:
            return
        path = run.spider.list_path.with_name(run.spider.list_path.name + SUFFIX)
        counts: Counter[str] = Counter()
        try:
            with (
                explaining(run.url),
                run.engine.connect() as connection,
                whole_file(path) as whole,
            ):
                whole.file.write(line(["id", *Compared._fields[1:]]))
                for one in compare(connection, run.spider.listed):
                    counts[one.result] += 1
                    whole.file.write(line(["" if cell is None else str(cell) for cell in one]))
        except (CrawlError, DBAPIError) as error:
            logger.error("The comparison with %s was not written: %s", run.spider.list_path, error)
            return
        for name, count in counts.items():
            self._crawler.stats.set_value(f"list/{name}", count)
        self._crawler.stats.set_value("list/file", str(path))
