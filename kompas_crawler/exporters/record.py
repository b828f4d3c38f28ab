"""The exported row: one function makes it, for feeds, export, show and manifest alike."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kompas_crawler.site.keys import WIB
from kompas_crawler.site.urls import article_key

if TYPE_CHECKING:
    from datetime import datetime

    from kompas_crawler.items import Article

FIELDS = (
    "id",  # day of publication and number, such as 20220122-093100670: whatever its address
    "url",  # the canonical address
    "title",  # the headline
    "summary",  # the teaser, where the page has one
    "body",  # the text alone: paragraphs parted by a blank line
    "section",  # the channel, as Kompas writes it
    "subsection",  # below the section, where there is one
    "content_type",  # Standard, Kolom, Advertorial, ...; only the first is news
    "dateline",  # the place the text begins with, alone: JAKARTA
    "authors",  # a list: who wrote it (Penulis)
    "editors",  # a list: who edited it (Editor)
    "source",  # the agency or paper it was taken from (Sumber)
    "tags",  # a list, as Kompas writes them
    "topic",  # the dossier it belongs to
    "published_at",  # when it was published
    "updated_at",  # when it was changed, where the page says so ("Diperbarui")
    "images",  # a list of {url, caption, credit}
    "related",  # a list of {id, url, title}: its "Baca juga" links
    "word_count",  # words of the body
    "declared_words",  # words that the page itself says it has
    "pages",  # pages that the page itself says the article has
    "is_complete",  # was all read that the page declares; absent where it declares nothing
    "duplicate_of",  # the id of the article whose text this one repeats
    "revision",  # 1 = the first text that was seen, 2 = it changed once, ...
    "status",  # live, or gone: no longer on the site, its text kept
    "first_seen_at",  # when this archive first stored it
    "fetched_at",  # when its page was last fetched
    "content_hash",  # SHA-256 of title, summary, body and tags
    "extractor_version",  # which version of the reader made the row
)
"""The exported fields, in their order, which never changes."""


def record(article: Article) -> dict[str, Any]:
    """Return the exported row of *article*: every field of ``FIELDS``, ``None`` where absent.

    ``body`` has its paragraphs parted by a blank line, instants are ISO 8601 with
    +07:00 in whole seconds, lists are lists.
    """
    return {
        "id": article.id,
        "url": article.url,
        "title": article.title,
        "summary": article.summary,
        "body": "\n\n".join(article.body),
        "section": article.section,
        "subsection": article.subsection,
        "content_type": article.content_type,
        "dateline": article.dateline,
        "authors": list(article.authors),
        "editors": list(article.editors),
        "source": article.source,
        "tags": list(article.tags),
        "topic": article.topic,
        "published_at": instant(article.published_at),
        "updated_at": instant(article.updated_at),
        "images": [
            {"url": image.url, "caption": image.caption, "credit": image.credit}
            for image in article.images
        ],
        "related": [
            {"id": _id(link.url), "url": link.url, "title": link.title} for link in article.related
        ],
        "word_count": article.word_count,
        "declared_words": article.declared_words,
        "pages": article.pages,
        "is_complete": article.is_complete,
        "duplicate_of": article.duplicate_of,
        "revision": article.revision,
        "status": article.status,
        "first_seen_at": instant(article.first_seen_at),
        "fetched_at": instant(article.fetched_at),
        "content_hash": article.content_hash,
        "extractor_version": article.extractor_version,
    }


def instant(moment: datetime | None) -> str | None:
    """A moment as it is exported: ISO 8601 with +07:00, in whole seconds."""
    return moment.astimezone(WIB).isoformat(timespec="seconds") if moment else None


# A canonical address: what stands before "/read/" decides whether it is an article's, and
# there are some hundred such beginnings.
_CANONICAL = re.compile(
    r"(https://[a-z0-9.-]+/(?:[a-z0-9-]+/)?read/)"
    r"([0-9]{4})/(0[1-9]|1[0-2])/(0[1-9]|1[0-9]|2[0-8])/([0-9]{6,12})(?:/[^/?#]*)?"
)


def _id(url: str) -> str | None:
    found = _CANONICAL.fullmatch(url)
    if found is not None:
        head, year, month, day, number = found.groups()
        return f"{year}{month}{day}-{number}" if _is_article(head) else None
    key = article_key(url)
    return str(key) if key else None


@lru_cache(maxsize=1024)
def _is_article(head: str) -> bool:
    return article_key(f"{head}2024/01/02/030405678") is not None


def flat(row: dict[str, Any]) -> dict[str, str]:
    """Return *row* as cells of a table."""
    return {name: cell(value) for name, value in row.items()}


def cell(value: Any) -> str:
    """Return a value of an exported row as one cell of a table.

    Lists are joined with ``; `` (images and related links by their URL), truth is
    ``true`` or ``false``, and what is absent is empty.

    >>> cell(["banjir", "gempa"]), cell(True), cell(None), cell(3)
    ('banjir; gempa', 'true', '', '3')
    """
    if value.__class__ is str:
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join([item["url"] if isinstance(item, dict) else item for item in value])
    return str(value)
