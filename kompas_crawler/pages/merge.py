"""Merge the pages of an article."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from kompas_crawler.pages.completeness import is_complete, words_of_body, words_of_related

if TYPE_CHECKING:
    from kompas_crawler.items import Article, Image, Related

    T = TypeVar("T")
    A = TypeVar("A", bound=Article)


def merge(pages: Sequence[A]) -> A:
    """Merge page 1, 2, ... of one article, with the metadata of the first.

    Texts, links and photos are concatenated without duplicates: a page served twice adds nothing.
    Raises ``ValueError`` for no pages, or pages of several articles.
    """
    if not pages:
        raise ValueError("no pages to merge")
    first = pages[0]
    if any(page.id != first.id for page in pages):
        raise ValueError(f"pages of several articles: {', '.join(page.id for page in pages)}")
    texts = _Texts()
    related: dict[str, list[Related]] = {}
    images: dict[str, Image] = {}
    for page in pages:
        texts.add(page.body)
        for url, links in _by_url(page.related).items():
            related.setdefault(url, links)
        for image in page.images:
            images.setdefault(image.url, image)
    body = tuple(texts.paragraphs)
    all_links = tuple(link for same in related.values() for link in same)
    declared_words = _first(page.declared_words for page in pages)
    declared_pages = max((page.pages for page in pages if page.pages), default=None)
    is_one = body == first.body
    pages_read = first.pages_read if is_one else len({page.body for page in pages})
    return replace(
        first,
        body=body,
        related=all_links,
        images=tuple(images.values()),
        dateline=_first(page.dateline for page in pages),
        word_count=words_of_body(body),
        declared_words=declared_words,
        pages=declared_pages,
        pages_read=pages_read,
        is_complete=is_complete(
            words_of_body(body) + words_of_related(all_links),
            declared_words,
            pages_read,
            declared_pages,
        ),
    )


class _Texts:
    """The paragraphs of the added pages, without pages that are contained in others.

    >>> texts = _Texts()
    >>> for page in ("a", "b", "c"), ("b", "c"), ("a", "c"):
    ...     texts.add(page)
    >>> texts.paragraphs
    ['a', 'b', 'c', 'a', 'c']
    """

    def __init__(self) -> None:
        self.paragraphs: list[str] = []
        self._known: set[str] = set()
        self._pages: set[tuple[str, ...]] = set()
        self._joined = ""  # all paragraphs at the last comparison

    def add(self, page: tuple[str, ...]) -> None:
        """Add the paragraphs of *page*, unless the sequence is already there."""
        if page not in self._pages and not self._is_within(page):
            self.paragraphs += page
            self._known.update(page)
            self._joined = ""
        self._pages.add(page)

    def _is_within(self, page: tuple[str, ...]) -> bool:
        if not self._known.issuperset(page):
            return False
        self._joined = self._joined or _joined(self.paragraphs)
        return _joined(page) in self._joined


def _joined(paragraphs: Iterable[str]) -> str:
    """*paragraphs* as one text, each between two line breaks."""
    return "".join([f"\n{text}\n" for text in paragraphs])


def _by_url(related: Iterable[Related]) -> dict[str, list[Related]]:
    found: dict[str, list[Related]] = {}
    for link in related:
        found.setdefault(link.url, []).append(link)
    return found


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)
