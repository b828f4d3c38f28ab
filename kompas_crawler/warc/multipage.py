"""The pages in records, and the articles of several pages that were fetched one by one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from kompas_crawler.items import FetchedArticle
from kompas_crawler.pages.merge import merge

MAX_PAGES_BETWEEN = 300
"""Pages of other articles after which the remaining pages of one are given up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """One record at ``offset``: page number ``page`` of ``article``.

    Without an article, ``status`` is 404 or 410, or the record is a revisit (``digest``).
    """

    offset: int
    url: str
    at: datetime | None
    page: int = 1
    article: FetchedArticle | None = None
    status: int = 200
    digest: str | None = None


@dataclass(slots=True)
class _Incomplete:
    pages: list[FetchedArticle]
    since: int
    offset: int | None  # in the current file; None if the article starts in an earlier one


class MultipageArticles:
    """Collects the pages of each article and yields the merged article."""

    def __init__(self) -> None:
        self._incomplete: dict[str, _Incomplete] = {}
        self._added = 0
        self.left_out = 0  # later pages without a first page

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
        pending = self._incomplete.get(article.id)
        if seen.page > 1:
            self.left_out += pending is None
            if pending is not None and seen.page == len(pending.pages) + 1:
                pending.pages.append(article)
                if seen.page >= (pending.pages[0].pages or 1):
                    yield self._merged(article.id)
        else:
            if pending is not None:  # fetched again before all pages were added
                yield self._merged(article.id)
            if article.is_complete is not False or (article.pages or 1) < 2:
                yield article
            else:
                self._incomplete[article.id] = _Incomplete([article], self._added, seen.offset)
        oldest = next(iter(self._incomplete), None)
        if oldest and self._added - self._incomplete[oldest].since > MAX_PAGES_BETWEEN:
            yield self._merged(oldest)

    def rest(self) -> Iterator[FetchedArticle]:
        """All incomplete articles, merged from the pages that were added."""
        while self._incomplete:
            yield self._merged(next(iter(self._incomplete)))

    def _merged(self, key: str) -> FetchedArticle:
        return merge(self._incomplete.pop(key).pages)
