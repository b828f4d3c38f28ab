"""Looks again at what is due: articles some time after publication, failures some time after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kompas_crawler.archive.frontier.take import Work
from kompas_crawler.spiders import arguments as read
from kompas_crawler.spiders.archive_spider import ArchiveSpider
from kompas_crawler.spiders.kompas import DEFAULT_DEPTH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from kompas_crawler.frontier import Candidate


class RevisitsSpider(ArchiveSpider):
    """Fetches the rows whose time has come, and reads no section for it. Takes no argument.

    A sweep by ``kompas`` does this too; where several machines share the work it is
    a job of its own.
    """

    name = "revisits"
    work = Work(scope="revisits", max_depth=DEFAULT_DEPTH, takes_due=True)

    def __init__(self, **unknown: Any) -> None:
        read.refuse_unknown(unknown, ())
        super().__init__()
        self.arguments = {}

    async def start(self) -> AsyncIterator[Candidate]:
        """No seed: all there is to do is in the frontier."""
        seeds: tuple[Candidate, ...] = ()
        for seed in seeds:
            yield seed
