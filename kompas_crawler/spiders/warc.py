"""Extracts articles from WARC files, ours or others'; sends no request."""

from __future__ import annotations

import asyncio
import glob
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy import Request
from scrapy.exceptions import CloseSpider

from kompas_crawler.archive.changes import Note
from kompas_crawler.archive.frontier.take import Work
from kompas_crawler.archive.store import captures
from kompas_crawler.project import project_dir, require
from kompas_crawler.spiders import arguments as read
from kompas_crawler.spiders.archive_spider import ArchiveSpider
from kompas_crawler.warc.lookup import file_of, name_of
from kompas_crawler.warc.multipage import MultipageArticles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from scrapy.http import Response

    from kompas_crawler.items import FetchedArticle
    from kompas_crawler.warc.preview import Preview
    from kompas_crawler.warc.seen import Batch, Seen

logger = logging.getLogger(__name__)

ARGUMENTS = ("files", "dry_run")
BAR = 10  # characters of the progress bar


class WarcSpider(ArchiveSpider):
    """Reads every article in the WARC files ``files`` (a path with ``*`` and ``**``).

    A page older than the stored article becomes an earlier revision. If a newer extractor reads
    the stored revision's page differently, the article is updated. With ``dry_run`` it only prints
    what would change. An interrupted run resumes where it stopped; a finished one can be repeated.

    Stats: ``warc/records``, ``warc/pages``, ``warc/not_articles``, ``warc/later_pages``.
    """

    name = "warc"
    work = Work(scope="warc", max_depth=0)
    is_reading_again: ClassVar[bool] = True
    custom_settings = {"CONCURRENT_ITEMS": 100}  # noqa: RUF012 - as Scrapy has it

    def __init__(
        self, files: str | None = None, dry_run: str | None = None, **unknown: Any
    ) -> None:
        read.refuse_unknown(unknown, ARGUMENTS)
        require("scrapy crawl warc", "warcio", "warc")
        super().__init__()
        self.is_dry_run = read.switch("dry_run", dry_run)
        self.files = _files(files)
        asked = {"files": files, "dry_run": dry_run}
        self.arguments = {name: value for name, value in asked.items() if value}
        self._several = MultipageArticles()
        self._refreshed: set[str] = set()
        self._sizes = {path: path.stat().st_size for path in self.files}
        self._done = 0  # bytes of the finished files
        self._at = 0  # offset in the current file
        self._nth = 0

    @property
    def _is_ending(self) -> bool:
        return self.crawler.engine is None or self.crawler.engine.needs_backout()

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
        names = []
        for path in self.files:
            names.append(str(path))
            async for output in self._file(path, reached.get(str(path), 0)):
                yield output
        for article in self._several.rest():
            yield article
        self._count("later_pages", self._several.left_out)
        yield Note(key=None, write=lambda c: captures.forget_positions(c, names))

    async def _file(self, path: Path, start: int) -> AsyncIterator[Any]:
        if start:
            logger.info("Resuming %s at byte %s", path, start)
        self._several.begin_file()
        async for batch in self._batches(path, start):
            for article in await self._stored_first(batch):
                yield article
            for seen in batch.seen:
                if seen.article is None:
                    yield self._note(seen)
                    continue
                for article in self._several.add(seen):
                    yield article
            # Incomplete articles are read again after a kill.
            done = self._several.done_up_to(batch.offset)
            if done is not None:
                yield self._position(path, done)

    async def _batches(self, path: Path, start: int) -> AsyncIterator[Batch]:
        from kompas_crawler.warc.pages import WarcPages

        self._nth += 1
        pages = WarcPages(path, name_of(path, self._folder), start)
        is_last = False
        while not is_last and not self._is_ending:
            # In a thread: decompression releases the GIL.
            batch = await asyncio.to_thread(pages.next)
            is_last = batch.is_last
            self._at = batch.offset
            self._count("records", batch.records)
            self._count("pages", len(batch.seen))
            self._count("not_articles", batch.refused)
            yield batch
        self._done += self._sizes[path]
        self._at = 0

    async def _stored_first(self, batch: Batch) -> list[FetchedArticle]:
        """The stored pages of articles of which *batch* has older pages, extracted again.

        Otherwise a change of the extractor would look like a change of the text.
        """
        from kompas_crawler.warc.pages import article_at

        first: dict[str, Seen] = {}
        for seen in batch.seen:
            if seen.article is not None and seen.article.id not in self._refreshed:
                first.setdefault(seen.article.id, seen)
        stored = await self.run.writer.call(lambda c: captures.stored(c, list(first)))
        found = []
        for key, (fetched_at, capture) in stored.items():
            if capture is None or not first[key].at < fetched_at:
                continue
            self._refreshed.add(key)
            if first[key].at == capture.written_at:
                continue
            path = file_of(capture.file, self._folder or project_dir())
            article = await asyncio.to_thread(article_at, path, capture, key) if path else None
            if article is not None:
                found.append(article)
        return found

    def _note(self, seen: Seen) -> Note:
        from kompas_crawler.warc.pages import key_of

        key, digest = key_of(seen), seen.digest
        if digest is not None:
            return Note(key=key, write=lambda c: captures.seen_again(c, key, digest, seen.at))
        return Note(key=key, write=lambda c: captures.gone(c, seen.url, seen.status, seen.at))

    def _position(self, path: Path, offset: int) -> Note:
        return Note(key=None, write=lambda c: captures.note_position(c, str(path), offset))

    async def _preview(self) -> None:
        from kompas_crawler.warc.preview import Preview

        preview = Preview(self.crawler)
        for path in self.files:
            async for batch in self._batches(path, 0):
                whole = [a for seen in batch.seen if seen.article for a in self._several.add(seen)]
                await self._compare(preview, whole)
        await self._compare(preview, self._several.rest())
        if self._is_ending:  # a part of the answer is none
            return
        for line in preview.lines():
            print(line)  # noqa: T201 - the answer

    async def _compare(self, preview: Preview, articles: Iterable[FetchedArticle]) -> None:
        found = list(articles)
        if found:
            await self.run.writer.call(lambda c: preview.compare(c, found))

    def _count(self, name: str, value: int) -> None:
        if value:
            self.crawler.stats.inc_value(f"warc/{name}", value)

    def progress(self) -> str:
        """A progress bar, the share of bytes read, and the file number if there are several."""
        total = sum(self._sizes.values()) or 1
        share = min((self._done + self._at) / total, 1.0)
        bar = "█" * round(share * BAR) + "░" * (BAR - round(share * BAR))
        files = f" · file {self._nth} of {len(self.files)}" if len(self.files) > 1 else ""
        return f"{bar} {share:.0%}{files}"


def _files(pattern: str | None) -> list[Path]:
    if not pattern:
        raise ValueError(
            "files is missing; name WARC files, such as -a files='data/warc/*.warc.gz'"
        )
    found = [Path(name).absolute() for name in glob.glob(pattern, recursive=True)]  # noqa: PTH207
    files = sorted({path for path in found if path.is_file() and path.suffix != ".lock"})
    if not files:
        raise ValueError(f"files={pattern!r} names no file")
    for path in files:
        try:
            path.open("rb").close()
        except OSError as error:
            raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    return files
