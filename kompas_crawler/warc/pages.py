"""Parse the records of article pages."""

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from kompas_crawler.frontier import NO_HOPS, Priority, Row, State
from kompas_crawler.items import Capture, FetchedArticle, Visit, extended
from kompas_crawler.pages import recognition
from kompas_crawler.pages.recognition import GONE_STATUSES
from kompas_crawler.site.listings import page_number
from kompas_crawler.site.urls import UrlKind, article_key, kind, row_key, section_of
from kompas_crawler.warc.multipage import MultipageArticles, Seen
from kompas_crawler.warc.response import CapturedPage, captured_page, is_of_kompas
from kompas_crawler.warc.scan import Scanned, scan

NO_ARTICLE = "no article on the page"
UNREADABLE = "no page, or a damaged or too large one"
MOST_PAGES = 300  # pages of Kompas that are searched for the later pages of an article


def article_at(path: Path, capture: Capture, key: str) -> FetchedArticle | None:
    """The article *key* with its first page at *capture* in *path*, merged with later pages."""
    several = MultipageArticles()
    pages = (found for found in scan(path, is_of_kompas, capture.offset) if found.data)
    for found in islice(pages, MOST_PAGES):
        seen = page_of(found, capture.file)
        if isinstance(seen, Seen) and seen.article is not None and seen.article.id == key:
            for article in several.add(seen):
                return article
    return next(several.rest(), None)


def pages_of(found: Sequence[Scanned], file: str | None) -> tuple[tuple[Seen, ...], Counter[str]]:
    """Parse records of Kompas; also count those without a page, by reason."""
    pages = [page_of(one, file) for one in found]
    seen = tuple(page for page in pages if isinstance(page, Seen))
    return seen, Counter(page for page in pages if isinstance(page, str))


def page_of(found: Scanned, file: str | None) -> Seen | str:
    """The page of a record, or why it is passed over.

    Its capture refers to *file*, unless the record cannot be read by its offset.
    """
    assert found.data is not None
    if (captured := captured_page(found.data)) is None:
        return UNREADABLE
    url, status, at = captured.response.url, captured.response.status, captured.at
    if kind(url) is not UrlKind.ARTICLE:
        return "no article's address"
    if captured.is_revisit or status in GONE_STATUSES:
        if captured.is_revisit and captured.digest is None:
            return "unchanged since an earlier capture"
        digest = captured.digest if captured.is_revisit else None
        return Seen(offset=found.offset, url=url, at=at, status=status, digest=digest)
    if status != 200:
        return f"HTTP {status}"
    capture = None
    if file is not None and found.is_first and at is not None:
        assert captured.digest is not None
        capture = Capture(file, found.offset, captured.digest, at, written_at=at)
    if (article := article_of(captured, capture)) is None:
        return NO_ARTICLE
    return Seen(offset=found.offset, url=url, at=at, page=page_number(url), article=article)


def article_of(page: CapturedPage, capture: Capture | None) -> FetchedArticle | None:
    """The article of a captured page, fetched at the capture time; ``None`` for other pages."""
    expected = article_key(page.response.url)
    verdict = recognition.article(page.response, str(expected) if expected else None)
    if verdict.kind is not recognition.Kind.ARTICLE or verdict.article is None:
        return None
    article = verdict.article.to_item()
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
    )
    visit = Visit.of(page.response, row, capture)
    return extended(article, FetchedArticle, fetched_at=page.at, visit=visit)


def key_of(seen: Seen) -> str:
    return seen.article.id if seen.article else row_key(seen.url)
