"""Fetch due rows: revisits of articles and retries of failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kompas_crawler.archive.frontier.take import Work
from kompas_crawler.spiders.archive_spider import ArchiveSpider
from kompas_crawler.spiders.kompas import DEFAULT_DEPTH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from kompas_crawler.frontier import Candidate


class RevisitsSpider(ArchiveSpider):
    """Fetches due rows, without reading sections. Takes no argument.

    A sweep by ``kompas`` does this too; in a fleet it is a separate job.
    """

    name = "revisits"
    work = Work(scope="revisits", max_depth=DEFAULT_DEPTH, takes_due=True)

    async def start(self) -> AsyncIterator[Candidate]:
        """No seeds: all work is in the frontier."""
        seeds: tuple[Candidate, ...] = ()
        for seed in seeds:
            yield seed
