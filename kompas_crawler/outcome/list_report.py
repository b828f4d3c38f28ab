"""Report at the end of a run what became of the articles of ``-a list=FILE``."""

import logging
from collections import Counter

from sqlalchemy.exc import DBAPIError

from kompas_crawler.archive.database import explaining
from kompas_crawler.archive.read.comparison import Compared, compare
from kompas_crawler.crawl.run import Run
from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.exporters.csv_file import line
from kompas_crawler.exporters.files import whole_file

logger = logging.getLogger(__name__)

SUFFIX = ".compared.csv"  # added to the name of the list


def write(run: Run) -> None:
    """Write one row per article of the list, if there is one; count them in ``list/...`` stats."""
    if (listed := run.spider.list_path) is None:
        return
    path = listed.with_name(listed.name + SUFFIX)
    counts: Counter[str] = Counter()
    try:
        with explaining(run.url), run.engine.connect() as connection, whole_file(path) as whole:
            whole.file.write(line(["id", *Compared._fields[1:]]))
            for one in compare(connection, run.spider.listed):
                counts[one.result] += 1
                whole.file.write(line(["" if cell is None else str(cell) for cell in one]))
    except (CrawlError, DBAPIError) as error:
        logger.error("The comparison with %s was not written: %s", listed, error)
        return
    for name, count in counts.items():
        run.crawler.stats.set_value(f"list/{name}", count)
    run.crawler.stats.set_value("list/file", str(path))
