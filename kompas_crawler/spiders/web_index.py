"""Base of the spiders of public web archives: their arguments, and the pages of the index."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from kompas_crawler.archive.changes import PageChange
from kompas_crawler.archive.frontier import looks, web_captures
from kompas_crawler.archive.frontier.take import Work
from kompas_crawler.archive.store import forget
from kompas_crawler.exitcodes import UsageProblem
from kompas_crawler.frontier import NO_HOPS, Candidate, Priority, State
from kompas_crawler.log.terminal import safe
from kompas_crawler.pages import cdx
from kompas_crawler.project import require
from kompas_crawler.site import sections as known_sections
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.urls import canonical, section_of
from kompas_crawler.spiders import arguments as read
from kompas_crawler.spiders.archive_spider import ArchiveSpider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from scrapy.http import Response

    from kompas_crawler.frontier import Row
    from kompas_crawler.pages.cdx import Line


class WebIndexSpider(ArchiveSpider):
    """Reads the index of a public web archive: rows of the kind ``cdx`` that admit captures.

    Counts ``captures/listed``.
    """

    reads_captures: ClassVar[bool] = True
    # Two pages of an index are held in memory at most. By the doubled delays of 503 and 429 the
    # last retry comes after minutes.
    custom_settings = {"CONCURRENT_REQUESTS": 2, "RETRY_TIMES": 5}  # noqa: RUF012 - as Scrapy has it

    def __init__(
        self,
        since: str | None = None,
        until: str | None = None,
        sections: str = "",
        crawls: str = "",
        limit: str | None = None,
        versions: str | None = None,
        dry_run: str | None = None,
        **unknown: Any,
    ) -> None:
        asked = {"since": since, "until": until, "sections": sections, "crawls": crawls}
        ways = {name: value for name, value in asked.items() if value}
        others = {"limit": limit, "versions": versions, "dry_run": dry_run}
        read.refuse_unknown(unknown, (*asked, *others))
        require(f"scrapy crawl {self.name}", "warcio", "warc")
        super().__init__()
        self.arguments = ways | {name: value for name, value in others.items() if value}
        first, self._until = read.day("since", since), read.day("until", until)
        if crawls and self.name != "commoncrawl":
            raise ValueError("crawls is an argument of commoncrawl")
        if first is None:
            raise ValueError("since is missing: -a since=YYYY-MM-DD")
        if self._until is not None and self._until < first:
            raise ValueError(f"until={until} is before since={since}")
        self.since = first
        self.crawls = read.names(crawls)
        self.limit = read.number("limit", limit, default=None, least=1)
        self.is_dry_run = read.switch("dry_run", dry_run)
        self._versions = read.switch("versions", versions)
        self._sections: tuple[str, ...] = ()
        if sections and sections.lower() != "all":
            self._sections = tuple(section.slug for section in known_sections.named(sections))
        scope = ":".join([self.name, *(f"{name}={value}" for name, value in ways.items())])
        kinds = ("cdx",) if self.is_dry_run else ("cdx", "capture")
        self.work = Work(scope=scope, max_depth=0, kinds=kinds)
        self._forgotten: set[str] | None = None

    @property
    def selection(self) -> web_captures.Selection:
        """The captures that the arguments select."""
        today = self.run.clock.now().astimezone(WIB).date()
        return web_captures.Selection(
            archive=self.name,
            scope=self.work.scope,
            since=self.since,
            until=min(self._until or today, today),
            sections=self._sections,
            versions=self._versions,
        )

    @property
    def path_filter(self) -> str:
        """The addresses to ask the index for; to the end of the year without ``until``.

        By days it would change every day, and pages that were read would be read again.
        """
        of = self.selection
        return cdx.path_filter(of.since, self._until or of.until.replace(month=12, day=31))

    @abstractmethod
    def index_pages(self, response: Response, row: Row) -> tuple[Iterable[Line], list[Candidate]]:
        """The captures in a page of the index, and the pages to read next.

        Raises ``ValueError`` if it is no such page, ``UsageProblem`` for an argument.
        """

    def index_candidate(self, url: str, *, is_read_again: bool = False) -> Candidate:
        """The candidate for a page of the index."""
        known = {"scope": self.work.scope, "priority": Priority.FRONT, "requeue": is_read_again}
        return Candidate(key=url, kind="cdx", url=url, **known)  # type: ignore[arg-type]

    async def parse_index(self, response: Response, row: Row) -> AsyncIterator[PageChange]:
        """The captures of a page of the index, and its next page."""
        now, status = self.run.clock.now(), response.status
        if self._forgotten is None:
            self._forgotten = await self.run.writer.call(forget.forgotten_keys)
        try:
            lines, further = self.index_pages(response, row)
            of = self.selection
            candidates = [c for line in lines if (c := self._candidate(line, of)) is not None]
        except ValueError as error:
            reason = f"no page of the index (HTTP {status}): {safe(str(error))[:100]}"
            yield looks.failed(row, reason, now, status=status)
            return
        except UsageProblem as error:
            self.run.writer.fail(error)
            return
        self.crawler.stats.inc_value("captures/listed", len(candidates))
        yield PageChange(row=row, state=State.DONE, candidates=(*further, *candidates))

    def _candidate(self, line: Line, of: web_captures.Selection) -> Candidate | None:
        key = str(line.key)
        if not of.since <= line.key.day <= of.until or key in (self._forgotten or ()):
            return None
        return Candidate(
            key=f"{self.name}:{key}:{line.page}:{line.timestamp}",
            kind="capture",
            url=line.where,
            scope=self.work.scope,
            section=section_of(canonical(line.url)),
            day=line.key.day,
            depth=NO_HOPS,
            priority=Priority.BACKFILL,
            listed_at=line.at,
            pager_of=key,
            state=State.LISTED,
            etag=line.digest,
        )
