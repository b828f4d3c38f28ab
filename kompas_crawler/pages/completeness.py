"""Compare the extracted text with the size that the page declares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kompas_crawler.items import Related

ENOUGH_WORDS = 0.85
"""On 2,041 pages: at least 0.89 of the declared words for articles of one page, at most 0.72 for
95 % of the first pages of several. Kompas counts the words of "Baca juga" lines."""
TOO_MANY_TIMES, TOO_MANY_MORE = 1.6, 40
"""More words than these limits mean duplicate or foreign text; none of 2,000 pages exceeds them."""
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
