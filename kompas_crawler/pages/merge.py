"""Make one article of the pages it was published on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kompas_crawler.pages.completeness import is_complete, words_of_body, words_of_related

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeVar

    from kompas_crawler.items import Article, Image, Related

    T = TypeVar("T")


def merge(pages: Sequence[Article]) -> Article:
    """Return page 1, 2, ... of one article as one item, with the head of the first.

    Texts, links and photos follow each other without repeats: a page that was served
    twice adds nothing. Raises ``ValueError`` for no pages, or pages of several articles.
    """
    if not pages:
        raise ValueError("no pages to merge")
    first = pages[0]
    if any(page.id != first.id for page in pages):
        raise ValueError(f"pages of several articles: {', '.join(page.id for page in pages)}")
    body: tuple[str, ...] = ()
    related: dict[str, tuple[Related, ...]] = {}
    images: dict[str, Image] = {}
    for page in pages:
        if not _is_within(page.body, body):
            body += page.body
        for url, links in _by_url(page.related).items():
            related.setdefault(url, links)
        for image in page.images:
            images.setdefault(image.url, image)
    links = tuple(link for same in related.values() for link in same)
    declared_words = _first(page.declared_words for page in pages)
    declared_pages = max((page.pages for page in pages if page.pages), default=None)
    pages_read = _pages_read(pages, body)
    return replace(
        first,
        body=body,
        related=links,
        images=tuple(images.values()),
        dateline=_first(page.dateline for page in pages),
        word_count=words_of_body(body),
        declared_words=declared_words,
        pages=declared_pages,
        pages_read=pages_read,
        is_complete=is_complete(
            words_of_body(body) + words_of_related(links),
            declared_words,
            pages_read,
            declared_pages,
        ),
    )


def _pages_read(pages: Sequence[Article], body: tuple[str, ...]) -> int:
    """How many different pages there are; the first may have held all of them."""
    if body == pages[0].body:
        return pages[0].pages_read
    return len({page.body for page in pages})


def _is_within(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    """Whether the paragraphs of *part* stand in *whole*, one after the other.

    >>> _is_within(("b", "c"), ("a", "b", "c")), _is_within(("a", "c"), ("a", "b", "c"))
    (True, False)
    """
    return any(
        whole[start : start + len(part)] == part for start in range(len(whole) - len(part) + 1)
    )


def _by_url(related: Iterable[Related]) -> dict[str, tuple[Related, ...]]:
    """The links of one page by address, for a page may name one twice."""
    found: dict[str, tuple[Related, ...]] = {}
    for link in related:
        found[link.url] = (*found.get(link.url, ()), link)
    return found


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)
