"""The exported row: one function makes it, for feeds, export, show and manifest alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kompas_crawler.urls import WIB, article_key

if TYPE_CHECKING:
    from datetime import datetime

    from kompas_crawler.items import Article

FIELDS = (
    "id",
    "url",
    "title",
    "summary",
    "body",
    "section",
    "subsection",
    "content_type",
    "dateline",
    "authors",
    "editors",
    "source",
    "tags",
    "topic",
    "published_at",
    "updated_at",
    "images",
    "related",
    "word_count",
    "declared_words",
    "pages",
    "is_complete",
    "duplicate_of",
    "revision",
    "status",
    "first_seen_at",
    "fetched_at",
    "content_hash",
    "extractor_version",
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
        "published_at": _instant(article.published_at),
        "updated_at": _instant(article.updated_at),
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
        "first_seen_at": _instant(article.first_seen_at),
        "fetched_at": _instant(article.fetched_at),
        "content_hash": article.content_hash,
        "extractor_version": article.extractor_version,
    }


def _instant(moment: datetime | None) -> str | None:
    return moment.astimezone(WIB).isoformat(timespec="seconds") if moment else None


def _id(url: str) -> str | None:
    key = article_key(url)
    return str(key) if key else None


def flat(row: dict[str, Any]) -> dict[str, str | int]:
    """Return *row* as cells of a table.

    Lists are joined with ``; `` (images and related links by their URL), truth is
    ``true`` or ``false``, and what is absent is empty.
    """
    return {name: _cell(value) for name, value in row.items()}


def _cell(value: Any) -> str | int:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join(item["url"] if isinstance(item, dict) else str(item) for item in value)
    return value  # type: ignore[no-any-return]
