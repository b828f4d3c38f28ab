"""Pages met in a WARC file, before they are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from kompas_crawler.items import FetchedArticle


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What one record says: of an ``article`` its page ``page``, or less.

    Without an article, ``status`` tells that it was gone (404, 410) or unchanged (``digest``).
    ``offset`` is where the record begins.
    """

    offset: int
    url: str
    at: datetime
    page: int = 1
    article: FetchedArticle | None = None
    status: int = 200
    digest: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """A part of a file: what it says, up to ``offset``; how many records it has."""

    seen: tuple[Seen, ...]
    offset: int
    records: int
    refused: int  # records of article addresses that hold no article
    is_last: bool
