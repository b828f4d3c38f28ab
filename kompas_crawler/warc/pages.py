"""What the records of WARC files say of Kompas's articles, file by file, in batches."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kompas_crawler.frontier import NO_HOPS, Priority, Row, State
from kompas_crawler.items import Article, Capture, FetchedArticle, Visit, extended
from kompas_crawler.pages import recognition
from kompas_crawler.site.listings import page_number
from kompas_crawler.site.urls import UrlKind, article_key, kind, row_key, section_of
from kompas_crawler.warc.multipage import SeveralPages
from kompas_crawler.warc.response import is_of_kompas, kept
from kompas_crawler.warc.scan import is_by_record, scan
from kompas_crawler.warc.seen import Batch, Seen

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.http import Response

    from kompas_crawler.warc.response import Kept

PAGES = 50
SECONDS = 0.2
"""How much is read at once: so many pages of Kompas, or for so long."""
MOST_BATCHES = 6
"""How far from an article's first page its later ones may lie."""


class WarcPages:
    """The pages of one WARC file, known to rows as *name*, from the offset *start* on."""

    def __init__(self, path: Path, name: str, start: int = 0) -> None:
        self._name = name if is_by_record(path) else None
        self._records = scan(path, is_of_kompas, start)
        self._offset = start

    def next(self) -> Batch:
        """Read on for a moment; may be called in another thread."""
        deadline = time.monotonic() + SECONDS
        seen: list[Seen] = []
        records = refused = 0
        for found in self._records:
            records += 1
            self._offset = found.end
            if found.data is not None:
                told, was_refused = self._read(found.data, found.offset)
                refused += was_refused
                seen += told
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
        answer = kept(record)
        if answer is None or kind(answer.response.url) is not UrlKind.ARTICLE:
            return [], False
        url, status = answer.response.url, answer.response.status
        if answer.is_revisit or status in (404, 410):
            if answer.is_revisit and answer.digest is None:
                return [], False
            digest = answer.digest if answer.is_revisit else None
            return [Seen(offset=offset, url=url, at=answer.at, status=status, digest=digest)], False
        if status != 200:
            return [], False
        capture = None
        if self._name is not None:
            assert answer.digest is not None
            capture = Capture(
                file=self._name,
                offset=offset,
                digest=answer.digest,
                at=answer.at,
                written_at=answer.at,
            )
        article = article_of(answer, capture)
        if article is None:
            return [], True
        page = page_number(url)
        return [Seen(offset=offset, url=url, at=answer.at, page=page, article=article)], False


def article_at(path: Path, capture: Capture, key: str) -> FetchedArticle | None:
    """The article *key* whose first page lies at *capture* in *path*, with its later pages."""
    pages, several = WarcPages(path, capture.file, capture.offset), SeveralPages()
    for _ in range(MOST_BATCHES):
        batch = pages.next()
        for seen in batch.seen:
            if seen.article is not None and seen.article.id == key:
                for article in several.add(seen):
                    return article
        if batch.is_last:
            break
    return next(several.rest(), None)


def article_of(answer: Kept, capture: Capture | None) -> FetchedArticle | None:
    """The article of a kept page, as a visit at the time of its capture; ``None`` if it is none."""
    asked = article_key(answer.response.url)
    verdict = recognition.article(answer.response, str(asked) if asked else None)
    if verdict.kind is not recognition.Kind.ARTICLE or verdict.article is None:
        return None
    article = verdict.article.to_item()
    visit = _visit(article, answer.response, capture)
    return extended(article, FetchedArticle, fetched_at=answer.at, visit=visit)


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
    """The key of the article that *seen* is about."""
    return seen.article.id if seen.article else row_key(seen.url)
