"""Stored rows as articles again, with the people, tags, images and links that hang on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, select

from kompas_crawler.archive.models import (
    ArticleRow,
    ArticleTagRow,
    CreditRow,
    ImageRow,
    LinkRow,
    PersonRow,
    TagRow,
)
from kompas_crawler.items import Article, Image, Related

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, Row

_ARTICLES: Table = ArticleRow.__table__  # type: ignore[assignment]


def by_ids(connection: Connection, ids: Sequence[int]) -> list[Article]:
    """The articles of the row numbers *ids* (some hundreds at most), in that order."""
    found = _load(connection, _ARTICLES.c.id.in_(ids))
    return [found[id_] for id_ in ids if id_ in found]


def by_key(connection: Connection, key: str) -> Article | None:
    """The article of *key*, if it is stored."""
    return next(iter(_load(connection, _ARTICLES.c.key == key).values()), None)


def _load(connection: Connection, condition: ColumnElement[bool]) -> dict[int, Article]:
    rows = connection.execute(select(_ARTICLES).where(condition)).all()
    ids = [row.id for row in rows]
    authors, editors = _people(connection, ids)
    tags = _tags(connection, ids)
    images = _images(connection, ids)
    related = _related(connection, ids)
    return {
        row.id: Article(
            id=row.key,
            url=row.url,
            title=row.title,
            summary=row.summary,
            body=tuple(row.body.split("\n\n")) if row.body else (),
            section=row.section,
            subsection=row.subsection,
            content_type=row.content_type,
            dateline=row.dateline,
            authors=tuple(authors.get(row.id, ())),
            editors=tuple(editors.get(row.id, ())),
            source=row.source,
            tags=tuple(tags.get(row.id, ())),
            topic=row.topic,
            published_at=row.published_at,
            updated_at=row.updated_at,
            images=tuple(images.get(row.id, ())),
            related=tuple(related.get(row.id, ())),
            word_count=row.word_count,
            declared_words=row.declared_words,
            pages=row.pages,
            is_complete=row.is_complete,
            extractor_version=row.extractor_version,
            found_in=row.found_in,
            fetched_at=row.fetched_at,
            content_hash=row.content_hash,
            text_hash=row.text_hash,
            duplicate_of=row.duplicate_of,
            revision=row.revision,
            status=row.status,
            first_seen_at=row.first_seen_at,
        )
        for row in rows
    }


def _people(
    connection: Connection, ids: Sequence[int]
) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """Names of writers, and of editors, by article."""
    found: dict[str, dict[int, list[str]]] = {"author": {}, "editor": {}}
    for id_, role, name in connection.execute(
        select(CreditRow.article_id, CreditRow.role, PersonRow.name)
        .join(PersonRow, PersonRow.id == CreditRow.person_id)
        .where(CreditRow.article_id.in_(ids))
        .order_by(CreditRow.article_id, CreditRow.role, CreditRow.position)
    ).all():
        found[role].setdefault(id_, []).append(name)
    return found["author"], found["editor"]


def _tags(connection: Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    rows = connection.execute(
        select(ArticleTagRow.article_id, TagRow.name)
        .join(TagRow, TagRow.id == ArticleTagRow.tag_id)
        .where(ArticleTagRow.article_id.in_(ids))
        .order_by(ArticleTagRow.article_id, ArticleTagRow.position)
    ).all()
    return _gathered((id_, name) for id_, name in rows)


def _images(connection: Connection, ids: Sequence[int]) -> dict[int, list[Image]]:
    rows = connection.execute(
        select(ImageRow.article_id, ImageRow.url, ImageRow.caption, ImageRow.credit)
        .where(ImageRow.article_id.in_(ids))
        .order_by(ImageRow.article_id, ImageRow.position)
    ).all()
    return _gathered(
        (id_, Image(url=url, caption=caption, credit=credit)) for id_, url, caption, credit in rows
    )


def _related(connection: Connection, ids: Sequence[int]) -> dict[int, list[Related]]:
    rows = connection.execute(
        select(LinkRow.article_id, LinkRow.url, LinkRow.title)
        .where(LinkRow.article_id.in_(ids))
        .order_by(LinkRow.article_id, LinkRow.position)
    ).all()
    return _gathered((id_, Related(url=url, title=title)) for id_, url, title in rows)


def _gathered(pairs: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for id_, value in pairs:
        found.setdefault(id_, []).append(value)
    return found
