"""Articles whose pages were fetched one by one: held until all of them have been met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kompas_crawler.pages.merge import merge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kompas_crawler.items import FetchedArticle
    from kompas_crawler.warc.seen import Seen

PATIENCE = 300
"""Pages met after which an article is no longer waited for: a crawl fetches them in a row."""


@dataclass(slots=True)
class _Held:
    pages: list[FetchedArticle]
    since: int
    offset: int | None  # in the file that is read; None when it began in one before


class SeveralPages:
    """Puts the pages of an article together, as the crawl does when one page was not all."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self._met = 0
        self.left_out = 0  # later pages of articles whose first page was not met

    def begin_file(self) -> None:
        """Offsets count in the next file from now on."""
        for held in self._held.values():
            held.offset = None

    def done_up_to(self, offset: int) -> int | None:
        """Before which offset nothing is waited for, when all before *offset* was met."""
        offsets = [offset]
        for held in self._held.values():
            if held.offset is None:
                return None
            offsets.append(held.offset)
        return min(offsets)

    def add(self, seen: Seen) -> Iterator[FetchedArticle]:
        """The articles that are whole now."""
        assert seen.article is not None
        article = seen.article
        self._met += 1
        if seen.page > 1:
            yield from self._add_later(article, seen.page)
        else:
            if article.id in self._held:  # fetched anew before all pages were met
                yield self._whole(article.id)
            if article.is_complete is not False or (article.pages or 1) < 2:
                yield article
            else:
                self._held[article.id] = _Held([article], self._met, seen.offset)
        while self._held and self._met - next(iter(self._held.values())).since > PATIENCE:
            yield self._whole(next(iter(self._held)))

    def _add_later(self, article: FetchedArticle, number: int) -> Iterator[FetchedArticle]:
        held = self._held.get(article.id)
        if held is None:
            self.left_out += 1
        elif number == len(held.pages) + 1:
            held.pages.append(article)
            if number >= (held.pages[0].pages or 1):
                yield self._whole(article.id)

    def rest(self) -> Iterator[FetchedArticle]:
        """All that are still held, with the pages there are."""
        while self._held:
            yield self._whole(next(iter(self._held)))

    def _whole(self, key: str) -> FetchedArticle:
        pages = self._held.pop(key).pages
        return merge(pages)
