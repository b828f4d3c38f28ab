"""Parse the records of article pages; merge articles whose pages were fetched one by one."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count, islice, takewhile
from pathlib import Path

from kompas_crawler.frontier import NO_HOPS, Priority, Row, State
from kompas_crawler.items import Capture, FetchedArticle, Visit, extended
from kompas_crawler.pages import recognition
from kompas_crawler.pages.merge import merge
from kompas_crawler.site.listings import page_number
from kompas_crawler.site.urls import UrlKind, article_key, kind, section_of
from kompas_crawler.warc.response import CapturedPage, captured_page, is_of_kompas
from kompas_crawler.warc.scan import Scanned, scan

NO_ARTICLE = "no article on the page"
UNEXPECTED = "an unexpected"  # with the kind of the error
MAX_PAGES_BETWEEN = 300  # pages of others after which the remaining pages of one are given up


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """One record at ``offset``: page number ``page`` of ``article``, or a page without one."""

    offset: int
    url: str
    at: datetime | None
    page: int = 1
    article: FetchedArticle | None = None
    status: int = 200  # or 404 or 410
    digest: str | None = None  # of a revisit


@dataclass(slots=True)
class _Incomplete:
    since: int
    offset: int | None  # in the current file; None if the article starts in an earlier one
    pages: dict[int, FetchedArticle] = field(default_factory=dict)  # by number


class MultipageArticles:
    """Collects the pages of each article and yields the merged article."""

    def __init__(self) -> None:
        self._incomplete: dict[str, _Incomplete] = {}
        self._added = 0
        self.left_out = 0  # later pages without the ones before

    def begin_file(self) -> None:
        """Start a new file: offsets of earlier files no longer apply."""
        for pending in self._incomplete.values():
            pending.offset = None

    def done_up_to(self, offset: int) -> int | None:
        """The offset up to which all articles are complete, if all before *offset* was added."""
        begun = [pending.offset for pending in self._incomplete.values()]
        known = [at for at in begun if at is not None]
        return min([offset, *known]) if len(known) == len(begun) else None

    def add(self, seen: Seen) -> Iterator[FetchedArticle]:
        """Add a page; yield the articles that this completes."""
        assert seen.article is not None
        article = seen.article
        self._added += 1
        pages = self._incomplete[article.id].pages if article.id in self._incomplete else {}
        is_whole = article.is_complete is not False or (article.pages or 1) < 2
        if seen.page == 1 and pages and (is_whole or 1 in pages):
            yield from self._merged(article.id)  # fetched again before all pages were added
        if seen.page == 1 and is_whole:
            yield article
        else:
            begun = _Incomplete(self._added, seen.offset)
            pages = self._incomplete.setdefault(article.id, begun).pages
            pages[seen.page] = article
            if 1 in pages and len(pages) >= (pages[1].pages or 1):
                yield from self._merged(article.id)
        oldest = next(iter(self._incomplete), None)
        if oldest and self._added - self._incomplete[oldest].since > MAX_PAGES_BETWEEN:
            yield from self._merged(oldest)

    def rest(self) -> Iterator[FetchedArticle]:
        """All incomplete articles, merged from the pages that were added."""
        while self._incomplete:
            yield from self._merged(next(iter(self._incomplete)))

    def _merged(self, key: str) -> Iterator[FetchedArticle]:
        """The article *key* up to its first missing page."""
        pages = self._incomplete.pop(key).pages
        found = [pages[number] for number in takewhile(pages.__contains__, count(1))]
        self.left_out += len(pages) - len(found)
        if found:
            yield merge(found)


def article_at(path: Path, capture: Capture, key: str) -> FetchedArticle | None:
    """The article *key* with its first page at *capture* in *path*, merged with later pages."""
    multipage = MultipageArticles()
    pages = (found for found in scan(path, is_of_kompas, capture.offset) if found.data)
    for found in islice(pages, MAX_PAGES_BETWEEN):
        for seen in pages_of([found], capture.file)[0]:
            if seen.article is not None and seen.article.id == key:
                for article in multipage.add(seen):
                    return article
    return next(multipage.rest(), None)


def pages_of(found: Sequence[Scanned], file: str | None) -> tuple[tuple[Seen, ...], Counter[str]]:
    """Parse records of Kompas; also count those without a page, by reason."""
    pages: list[Seen | str] = []
    for one in found:
        try:
            pages.append(page_of(one, file))
        except Exception as error:  # noqa: BLE001 - the other records are read
            pages.append(f"{UNEXPECTED} {type(error).__name__}")
    seen = tuple(page for page in pages if isinstance(page, Seen))
    return seen, Counter(page for page in pages if isinstance(page, str))


def page_of(found: Scanned, file: str | None) -> Seen | str:
    """The page of a record, captured in *file* if it can be read there, or why it is not a page."""
    assert found.data is not None
    if (captured := captured_page(found.data)) is None:
        return "no page, or a damaged or too large one"
    url, status, at = captured.response.url, captured.response.status, captured.at
    if kind(url) is not UrlKind.ARTICLE:
        return "no article's address"
    if captured.is_revisit:
        if captured.digest is None:
            return "unchanged since an earlier capture"
        return Seen(offset=found.offset, url=url, at=at, status=status, digest=captured.digest)
    if (verdict := recognition.by_response(captured.response)) is not None:
        # A later page or the AMP page may be gone without its article.
        is_of_article = page_number(url) == 1 and "//amp." not in url.lower()
        if verdict.kind is recognition.Kind.GONE and is_of_article:
            return Seen(offset=found.offset, url=url, at=at, status=status)
        return verdict.reason
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
