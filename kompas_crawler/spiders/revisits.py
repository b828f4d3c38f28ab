"""Fetch due rows: revisits of articles and retries of failures."""

from kompas_crawler.archive.frontier.take import Work
from kompas_crawler.spiders.archive_spider import ArchiveSpider
from kompas_crawler.spiders.kompas import DEFAULT_DEPTH


class RevisitsSpider(ArchiveSpider):
    """Fetches due rows, without reading sections: it has no seeds. Takes no argument.

    A sweep by ``kompas`` does this too; in a fleet it is a separate job.
    """

    name = "revisits"
    work = Work(scope="revisits", max_depth=DEFAULT_DEPTH, takes_due=True)
