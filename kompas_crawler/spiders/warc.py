"""Extracts articles from WARC files and saved pages, ours or others'; sends no request."""

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from scrapy import Request
from scrapy.exceptions import CloseSpider
from scrapy.http import Response

from kompas_crawler.archive.changes import Note
from kompas_crawler.archive.frontier.take import Work
from kompas_crawler.archive.store import captures
from kompas_crawler.exitcodes import CrawlError, UsageProblem
from kompas_crawler.items import FetchedArticle
from kompas_crawler.log.terminal import counted, safe
from kompas_crawler.project import project_dir, require
from kompas_crawler.site.urls import row_key
from kompas_crawler.spiders import arguments as read
from kompas_crawler.spiders.archive_spider import ArchiveSpider
from kompas_crawler.warc import sources
from kompas_crawler.warc.batches import batches, context
from kompas_crawler.warc.lookup import file_of, name_of
from kompas_crawler.warc.pages import NO_ARTICLE, UNEXPECTED, MultipageArticles, Seen, article_at
from kompas_crawler.warc.preview import Preview
from kompas_crawler.warc.ranges import Batch
from kompas_crawler.warc.sources import Source

logger = logging.getLogger(__name__)

NOTE_SECONDS = 5.0  # interval of noting the position, which waits for the pages before it
SMALL = 16 << 20  # bytes of all files up to which other processes would take longer to start


class WarcSpider(ArchiveSpider):
    """Reads every article in files and folders, and says for each file what it contains.

    They may be WARC files, packed or not, WACZ files and saved HTML pages; ``docs/warc.md`` has
    the forms. A page older than the stored article becomes an earlier revision; one saved at an
    unknown time replaces nothing. If a newer extractor reads the stored revision's page
    differently, the article is updated. An interrupted run resumes where it stopped; a finished
    one can be repeated.
    Stats: ``warc/records``, ``warc/pages``, ``warc/not_articles``, ``warc/later_pages``,
    ``warc/faults``.
    """

    name = "warc"
    work = Work(scope="warc", max_depth=0)
    is_reading_again: ClassVar[bool] = True
    custom_settings = {"CONCURRENT_ITEMS": 100}  # noqa: RUF012 - as Scrapy has it
    ARGUMENTS: ClassVar = {
        "files": "a path, with ``*`` and ``**``; required",
        "dry_run": "1 = only print what would change",
        "processes": "processes that read large files, default one a core",
    }

    def __init__(self, **asked: Any) -> None:
        super().__init__(**asked)
        require("scrapy crawl warc", "warc")
        self.files, self.foreign = sources.found(asked.get("files"))
        self._sizes = {source.name: source.size for source in self.files}
        cores = 1 if sum(self._sizes.values()) < SMALL else os.cpu_count() or 1
        self.processes = read.number("processes", asked.get("processes"), default=cores, least=1)
        if self.processes > 1:
            context()  # while this process opens the archive
        self._multipage = MultipageArticles()
        self._refreshed: set[str] = set()
        self._tallies: dict[str, Counter[str]] = {}
        self._without: list[str] = []  # lines about files without a record of Kompas
        self._done = 0  # bytes of the finished files
        self._at = 0  # offset in the current file

    @property
    def _folder(self) -> Path | None:
        name = self.settings["KOMPAS_WARC_DIR"]
        return project_dir() / name if name else None

    async def start(self) -> AsyncIterator[Request]:
        """One request, answered locally; its callback reads the files."""
        yield Request("https://www.kompas.com/", callback=self.parse, dont_filter=True)

    async def parse(self, response: Response) -> AsyncIterator[Any]:
        """The articles of all files, in order, and notes for other records."""
        if self.is_dry_run:
            await self._preview()
            raise CloseSpider("dry_run")
        reached = await self.run.writer.call(captures.positions)
        next_note = 0.0
        async for batch in self._batches(reached):
            for article in await self._stored_first(batch):
                yield article
            for seen in batch.seen:
                for output in self._outputs(seen):
                    yield output
            done = self._multipage.done_up_to(batch.offset)  # others are read again after a kill
            if done and (batch.is_last or time.monotonic() >= next_note):
                next_note = time.monotonic() + NOTE_SECONDS
                name = batch.source.name
                yield Note(key=None, write=partial(captures.note_position, file=name, offset=done))
        if self.run.fatal is not None or self.crawler.engine.needs_backout():
            return
        for article in self._multipage.rest():
            yield article
        self._count("later_pages", self._multipage.left_out)
        yield Note(key=None, write=partial(captures.forget_positions, files=list(self._sizes)))

    async def _batches(self, reached: Mapping[str, int]) -> AsyncIterator[Batch]:
        """The batches of all files; says at the end of each what it contained."""
        for name in filter(reached.get, self._sizes):
            logger.info("Resuming %s at %s", name, reached[name])
        try:
            read = batches(self.files, reached, self._name_of, self.processes)
            async with aclosing(read) as found:
                async for batch in found:
                    if self.crawler.engine.needs_backout():
                        return
                    if batch.source.name not in self._tallies:
                        self._multipage.begin_file()
                    self._at = batch.offset
                    self._tally(batch)
                    yield batch
        except CrawlError as error:
            self.run.fatal = error
            return
        self._without += self.foreign
        is_any = any(reached.get(name) or of["of Kompas"] for name, of in self._tallies.items())
        for line in self._without:
            logger.log(logging.INFO if is_any else logging.ERROR, "%s", safe(line))
        if not is_any:
            files = counted(len(self._tallies) + len(self.foreign), "file")
            why = f"no record of Kompas in {files}"
            self.run.fatal = UsageProblem(f"{why}; the lines above say what they are")

    def _tally(self, batch: Batch) -> None:
        """Count *batch*; at the end of a file, log a line about it."""
        tally = self._tallies.setdefault(batch.source.name, Counter())
        tally["records"] += batch.records
        tally["of Kompas"] += batch.pages
        tally["article pages"] += sum(seen.article is not None for seen in batch.seen)
        tally["gone or unchanged"] += sum(seen.article is None for seen in batch.seen)
        tally["of other sites or types"] += batch.records - batch.pages
        tally.update(batch.passed_over)
        for fault in batch.faults:
            logger.warning("%s %s", safe(batch.source.name), fault)
        self._count("records", batch.records)
        self._count("pages", len(batch.seen))
        self._count("not_articles", batch.passed_over.get(NO_ARTICLE, 0))
        self._count("faults", len(batch.faults))
        errors = sum(n for why, n in batch.passed_over.items() if why.startswith(UNEXPECTED))
        self.crawler.stats.inc_value("pages/error", errors)
        if not batch.is_last:
            return
        self._done += self._sizes[batch.source.name]
        self._at = 0
        contained, passed_over = [*tally.items()][:3], [*tally.items()][3:]
        line = f"{batch.source.name}: {', '.join(f'{count} {what}' for what, count in contained)}"
        if reasons := ", ".join(f"{count} {what}" for what, count in passed_over if count):
            line += f"; passed over: {reasons}"
        if tally["of Kompas"]:
            logger.info("%s", safe(line))
        else:
            self._without.append(line)

    def _name_of(self, source: Source) -> str | None:
        """The name of *source* in captures, which WARC files alone have."""
        is_file = source.member is None and not source.is_page
        return name_of(source.path, self._folder) if is_file else None

    async def _stored_first(self, batch: Batch) -> list[FetchedArticle]:
        """The stored pages of articles with older ones in *batch*, read by the same extractor."""
        first: dict[str, datetime] = {}
        for seen in batch.seen:
            if seen.at and seen.article is not None and seen.article.id not in self._refreshed:
                first.setdefault(seen.article.id, seen.at)
        if not first:
            return []
        stored = await self.run.writer.call(lambda c: captures.stored(c, list(first)))
        found = []
        for key, (fetched_at, capture) in stored.items():
            if capture is None or fetched_at is None or first[key] >= fetched_at:
                continue
            self._refreshed.add(key)
            if first[key] == capture.written_at:
                continue
            path = file_of(capture.file, self._folder or project_dir())
            article = await asyncio.to_thread(article_at, path, capture, key) if path else None
            if article is not None:
                found.append(article)
        return found

    def _outputs(self, seen: Seen) -> Iterator[FetchedArticle | Note]:
        """The articles that *seen* completes, or what it says of a stored one."""
        key, at, digest, now = row_key(seen.url), seen.at, seen.digest, self.run.clock.now()
        if seen.article is not None:
            yield from self._multipage.add(seen)
        elif at is not None and at <= now:
            again = partial(captures.seen_again, key=key, digest=digest or "", at=at)
            gone = partial(captures.gone, url=seen.url, status=seen.status, at=at, now=now)
            yield Note(key=key, write=gone if digest is None else again)

    async def _preview(self) -> None:
        preview = Preview(self.crawler, self.run)
        async for batch in self._batches({}):
            found = [output for seen in batch.seen for output in self._outputs(seen)]
            await self.run.writer.call(partial(preview.compare, found=found))
        await self.run.writer.call(partial(preview.compare, found=list(self._multipage.rest())))
        if self.crawler.engine.needs_backout() or self.run.fatal:  # half an answer would mislead
            return
        for line in preview.lines():
            print(line)  # noqa: T201 - the answer

    def _count(self, name: str, value: int) -> None:
        if value:
            self.crawler.stats.inc_value(f"warc/{name}", value)

    def progress(self) -> str:
        """The share of the bytes that are read, and the number of the file."""
        share = min((self._done + self._at) / (sum(self._sizes.values()) or 1), 1.0)
        return f"{share:.0%} · file {len(self._tallies)} of {len(self.files)}"
