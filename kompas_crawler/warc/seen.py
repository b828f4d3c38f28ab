"""What a record contains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from kompas_crawler.items import FetchedArticle


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
