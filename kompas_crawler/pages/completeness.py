"""Compare what was read of an article with what its page declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kompas_crawler.site.text import count_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kompas_crawler.items import Related

ENOUGH_WORDS = 0.85
"""On 2,041 pages, articles of one page have 0.89 of the declared words and more, page 1 of several
0.72 and less for 95 in 100. Kompas counts the words of the "Baca juga" lines."""
TOO_MANY_TIMES, TOO_MANY_MORE = 1.6, 40
"""Above so many times the declared words, and so many more, something was read twice or more than
the article: no one of 2,000 pages lies above."""
READ_ALSO_WORDS = 2  # "Baca juga"


def words_of_body(paragraphs: Iterable[str]) -> int:
    """How many words *paragraphs* have, which are clean: one space parts two."""
    return sum([text.count(" ") + 1 for text in paragraphs])


def words_of_related(related: Iterable[Related]) -> int:
    """How many words the "Baca juga" lines of these links had."""
    return sum(READ_ALSO_WORDS + count_words(link.title or "") for link in related)


def is_complete(
    words: int, declared_words: int | None, pages_read: int, declared_pages: int | None
) -> bool | None:
    """Whether an article was read, all of it and no more; ``None`` when its page declares nothing.

    *words* are those of body and "Baca juga" lines.

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
