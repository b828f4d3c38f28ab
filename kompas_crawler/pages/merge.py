"""Make one article of the pages it was published on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kompas_crawler.pages.completeness import is_complete, words_of_body, words_of_related

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeVar

    from kompas_crawler.items import Article

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
    distinct = list({page.body: page for page in reversed(pages)}.values())[::-1]
    body = tuple(paragraph for page in distinct for paragraph in page.body)
    related = tuple(link for page in distinct for link in page.related)
    declared_words = _first(page.declared_words for page in pages)
    declared_pages = max((page.pages for page in pages if page.pages), default=None)
    pages_read = len(distinct)
    return replace(
        first,
        body=body,
        related=related,
        images=tuple({image.url: image for page in distinct for image in page.images}.values()),
        dateline=_first(page.dateline for page in pages),
        word_count=words_of_body(body),
        declared_words=declared_words,
        pages=declared_pages,
        pages_read=pages_read,
        is_complete=is_complete(
            words_of_body(body) + words_of_related(related),
            declared_words, pages_read, declared_pages,
        ),
    )  # fmt: skip


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)
