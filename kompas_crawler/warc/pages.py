"""Parse the article pages of a WARC file in batches."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kompas_crawler.frontier import NO_HOPS, Priority, Row, State
from kompas_crawler.items import Article, Capture, FetchedArticle, Visit, extended
from kompas_crawler.pages import recognition
from kompas_crawler.site.listings import page_number
from kompas_crawler.site.urls import UrlKind, article_key, kind, row_key, section_of
from kompas_crawler.warc.multipage import MultipageArticles
from kompas_crawler.warc.response import captured_page, is_of_kompas
from kompas_crawler.warc.scan import is_by_record, scan
from kompas_crawler.warc.seen import Batch, Seen

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.http import Response

    from kompas_crawler.warc.response import CapturedPage

PAGES = 50
SECONDS = 0.2
"""A batch ends after this many pages or seconds."""
MOST_BATCHES = 6
"""Batches that are searched for the later pages of an article."""


class WarcPages:
    """The pages of one WARC file from offset *start*; captures refer to the file as *name*."""

    def __init__(self, path: Path, name: str, start: int = 0) -> None:
        self._name = name if is_by_record(path) else None
        self._records = scan(path, is_of_kompas, start)
        self._offset = start

    def next(self) -> Batch:
        """Read the next batch; may be called in another thread."""
        deadline = time.monotonic() + SECONDS
        seen: list[Seen] = []
        records = refused = 0
        for found in self._records:
            records += 1
            self._offset = found.end
            if found.data is not None:
                pages, was_refused = self._read(found.data, found.offset)
                refused += was_refused
                seen += pages
            if len(seen) >= PAGES or (records % 16 == 0 and time.monotonic() > deadline):
                break
        else:
            return self._batch(seen, records, refused, is_last=True)
        return self._batch(seen, records, refused, is_last=False)

    def _batch(self, seen: list[Seen], records: int, refused: int, *, is_last: bool) -> Batch:
        return Batch(
            seen=tuple(seen), offset=self._offset, records=records, refused=refused, is_last=is_last
        )

    def _read(self, record: bytes, offset: int) -> tuple[list[Seen], bool]:
        captured = captured_page(record)
        if captured is None or kind(captured.response.url) is not UrlKind.ARTICLE:
            return [], False
        url, status, at = captured.response.url, captured.response.status, captured.at
        if captured.is_revisit or status in (404, 410):
            if captured.is_revisit and captured.digest is None:
                return [], False
            digest = captured.digest if captured.is_revisit else None
            return [
                Seen(offset=offset, url=url, at=captured.at, status=status, digest=digest)
            ], False
        if status != 200:
            return [], False
        capture = None
        if self._name is not None:
            assert captured.digest is not None
            capture = Capture(
                file=self._name,
                offset=offset,
                digest=captured.digest,
                at=at,
                written_at=at,
            )
        article = article_of(captured, capture)
        if article is None:
            return [], True
        page = page_number(url)
        return [Seen(offset=offset, url=url, at=at, page=page, article=article)], False


def article_at(path: Path, capture: Capture, key: str) -> FetchedArticle | None:
    """The article *key* with its first page at *capture* in *path*, merged with later pages."""
    pages, several = WarcPages(path, capture.file, capture.offset), MultipageArticles()
    for _ in range(MOST_BATCHES):
        batch = pages.next()
        for seen in batch.seen:
            if seen.article is not None and seen.article.id == key:
                for article in several.add(seen):
                    return article
        if batch.is_last:
            break
    return next(several.rest(), None)


def article_of(page: CapturedPage, capture: Capture | None) -> FetchedArticle | None:
    """The article of a captured page, fetched at the capture time; ``None`` for other pages."""
    expected = article_key(page.response.url)
    verdict = recognition.article(page.response, str(expected) if expected else None)
    if verdict.kind is not recognition.Kind.ARTICLE or verdict.article is None:
        return None
    article = verdict.article.to_item()
    visit = _visit(article, page.response, capture)
    return extended(article, FetchedArticle, fetched_at=page.at, visit=visit)


def _visit(article: Article, response: Response, capture: Capture | None) -> Visit:
    etag, modified = (response.headers.get(name) for name in ("ETag", "Last-Modified"))
    row = Row(
        key=article.id,
        kind="article",
        url=article.url,
        scope="warc",
        section=section_of(article.url),
        day=article.key.day,
        depth=NO_HOPS,
        priority=Priority.BACKFILL,
        state=State.PENDING,
        attempts=0,
        empty_pages=0,
        etag=None,
        last_modified=None,
    )
    return Visit(
        row=row,
        http_status=response.status,
        etag=etag.decode("latin-1") if etag else None,
        last_modified=modified.decode("latin-1") if modified else None,
        capture=capture,
    )


def key_of(seen: Seen) -> str:
    """The key of the article of *seen*."""
    return seen.article.id if seen.article else row_key(seen.url)
