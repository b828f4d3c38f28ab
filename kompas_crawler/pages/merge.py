"""Merge the pages of an article, and compare its text with the size that the pages declare."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import TypeVar

from kompas_crawler.items import Article, Image, Related

A = TypeVar("A", bound=Article)
ENOUGH_WORDS = 0.85
"""On 2,041 pages: at least 0.89 of the declared words for articles of one page, at most 0.72 for
95 % of the first pages of several. Kompas counts the words of "Baca juga" lines."""
TOO_MANY_TIMES, TOO_MANY_MORE = 1.6, 40  # more is duplicate or foreign text: none of 2,000 pages
READ_ALSO_WORDS = 2  # "Baca juga"


def words_of_body(paragraphs: Iterable[str]) -> int:
    return sum([text.count(" ") + 1 for text in paragraphs])


def words_of_related(related: Iterable[Related]) -> int:
    return sum(READ_ALSO_WORDS + len((link.title or "").split()) for link in related)


def is_complete(
    words: int, declared_words: int | None, pages_read: int, declared_pages: int | None
) -> bool | None:
    """Whether the text has the declared size; ``None`` if the page declares none.

    *words* includes the "Baca juga" lines.

    >>> is_complete(86, 100, 1, 1), is_complete(84, 100, 1, 1), is_complete(100, 100, 1, 2)
    (True, False, False)
    >>> is_complete(200, 100, 1, 1), is_complete(201, 100, 1, 1)
    (True, False)
    >>> is_complete(86, None, 1, None) is None
    True
    """
    if declared_words is None and declared_pages is None:
        return None
    has_words = declared_words is None or (
        ENOUGH_WORDS * declared_words <= words <= TOO_MANY_TIMES * declared_words + TOO_MANY_MORE
    )
    return has_words and (declared_pages is None or pages_read == declared_pages)


def is_of_text(page: Article, first: Article) -> bool:
    """Whether *page* may continue *first*: an edit changes the declared words, or the update."""
    declared = ((one.declared_words, one.updated_at) for one in (page, first))
    return all(None in values or values[0] == values[1] for values in zip(*declared, strict=True))


def merge(pages: Sequence[A]) -> A:
    """Merge page 1, 2, ... of one article, with the metadata of the first, without duplicates.

    Leaves out what follows a page of another text. Raises ``ValueError`` for several articles.
    """
    first = pages[0]
    if any(page.id != first.id for page in pages):
        raise ValueError(f"pages of several articles: {', '.join(page.id for page in pages)}")
    pages = list(takewhile(lambda page: is_of_text(page, first), pages))
    body = tuple(_paragraphs([page.body for page in pages]))
    related: list[Related] = []
    linked: set[str] = set()
    images: dict[str, Image] = {}
    for page in pages:
        related += [link for link in page.related if link.url not in linked]
        linked.update(link.url for link in page.related)
        for image in page.images:
            images.setdefault(image.url, image)
    declared_words = next((page.declared_words for page in pages if page.declared_words), None)
    declared_pages = max((page.pages for page in pages if page.pages), default=None)
    pages_read = first.pages_read if body == first.body else len({page.body for page in pages})
    words = words_of_body(body)
    all_words = words + words_of_related(related)
    return replace(
        first,
        body=body,
        related=tuple(related),
        images=tuple(images.values()),
        dateline=next((page.dateline for page in pages if page.dateline), None),
        word_count=words,
        declared_words=declared_words,
        pages=declared_pages,
        pages_read=pages_read,
        is_complete=is_complete(all_words, declared_words, pages_read, declared_pages),
    )


def _paragraphs(pages: Iterable[tuple[str, ...]]) -> list[str]:
    """The paragraphs of *pages*, without pages that are contained in the former ones.

    >>> _paragraphs([("a", "b", "c"), ("b", "c"), ("a", "c")])
    ['a', 'b', 'c', 'a', 'c']
    """
    found: list[str] = []
    known: set[str] = set()
    whole = ""  # all paragraphs at the last comparison
    for page in dict.fromkeys(pages):
        if known.issuperset(page):
            whole = whole or _joined(found)
            if _joined(page) in whole:
                continue
        found += page
        known.update(page)
        whole = ""
    return found


def _joined(paragraphs: Iterable[str]) -> str:
    """*paragraphs* as one text, each between two line breaks."""
    return "".join([f"\n{text}\n" for text in paragraphs])
