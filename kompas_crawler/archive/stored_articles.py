"""Stored rows as articles again, with the people, tags, images and links that hang on them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import ARRAY, Integer, any_, bindparam, func, select

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

    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.orm import InstrumentedAttribute

_FIELDS = (
    *("url", "title", "summary", "section", "subsection", "content_type", "dateline", "source"),
    *("topic", "published_at", "updated_at", "word_count", "declared_words", "pages"),
    *("is_complete", "extractor_version", "found_in", "fetched_at", "content_hash", "text_hash"),
    *("duplicate_of", "revision", "status", "first_seen_at"),
)
"""Columns that an article has under the same name."""
_QUERY = select(
    ArticleRow.id,
    ArticleRow.key,
    ArticleRow.body,
    *(getattr(ArticleRow, name) for name in _FIELDS),
)


def by_ids(connection: Connection, ids: Sequence[int]) -> list[Article]:
    """The articles of the row numbers *ids* (some hundreds at most), in that order."""
    found = _load(connection, _one_of(connection, ArticleRow.id, ids))
    return [found[id_] for id_ in ids if id_ in found]


def by_key(connection: Connection, key: str) -> Article | None:
    """The article of *key*, if it is stored."""
    return by_keys(connection, [key]).get(key)


def by_keys(connection: Connection, keys: Sequence[str]) -> dict[str, Article]:
    """The stored ones of the articles *keys* (some hundreds at most), by key."""
    found = _load(connection, ArticleRow.key.in_(keys)) if keys else {}
    return {article.id: article for article in found.values()}


def _one_of(
    connection: Connection, column: InstrumentedAttribute[int], ids: Sequence[int]
) -> ColumnElement[bool]:
    """That *column* is one of *ids*, as one parameter: to spell out hundreds takes longer."""
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam("ids", list(ids), type_=ARRAY(Integer)))
    values = func.json_each(bindparam("ids", json.dumps(list(ids)))).table_valued("value")
    return column.in_(select(values.c.value))


def _load(connection: Connection, condition: ColumnElement[bool]) -> dict[int, Article]:
    """The articles that fit *condition*, by row number."""
    rows = connection.execute(_QUERY.where(condition)).all()
    ids = [row[0] for row in rows]
    authors, editors = _people(connection, ids)
    tags = _tags(connection, ids)
    images = _images(connection, ids)
    related = _related(connection, ids)
    return {
        id_: Article(
            id=key,
            body=tuple(body.split("\n\n")) if body else (),
            authors=tuple(authors.get(id_, ())),
            editors=tuple(editors.get(id_, ())),
            tags=tuple(tags.get(id_, ())),
            images=tuple(images.get(id_, ())),
            related=tuple(related.get(id_, ())),
            **dict(zip(_FIELDS, values, strict=True)),
        )
        for id_, key, body, *values in rows
    }


def _people(
    connection: Connection, ids: Sequence[int]
) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """Names of writers, and of editors, by article."""
    found: dict[str, dict[int, list[str]]] = {"author": {}, "editor": {}}
    for id_, role, name in connection.execute(
        select(CreditRow.article_id, CreditRow.role, PersonRow.name)
        .join(PersonRow, PersonRow.id == CreditRow.person_id)
        .where(_one_of(connection, CreditRow.article_id, ids))
        .order_by(CreditRow.article_id, CreditRow.role, CreditRow.position)
    ).all():
        found[role].setdefault(id_, []).append(name)
    return found["author"], found["editor"]


def _tags(connection: Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for id_, name in connection.execute(
        select(ArticleTagRow.article_id, TagRow.name)
        .join(TagRow, TagRow.id == ArticleTagRow.tag_id)
        .where(_one_of(connection, ArticleTagRow.article_id, ids))
        .order_by(ArticleTagRow.article_id, ArticleTagRow.position)
    ).all():
        found.setdefault(id_, []).append(name)
    return found


def _images(connection: Connection, ids: Sequence[int]) -> dict[int, list[Image]]:
    found: dict[int, list[Image]] = {}
    for id_, url, caption, credit in connection.execute(
        select(ImageRow.article_id, ImageRow.url, ImageRow.caption, ImageRow.credit)
        .where(_one_of(connection, ImageRow.article_id, ids))
        .order_by(ImageRow.article_id, ImageRow.position)
    ).all():
        found.setdefault(id_, []).append(Image(url=url, caption=caption, credit=credit))
    return found


def _related(connection: Connection, ids: Sequence[int]) -> dict[int, list[Related]]:
    found: dict[int, list[Related]] = {}
    for id_, url, title in connection.execute(
        select(LinkRow.article_id, LinkRow.url, LinkRow.title)
        .where(_one_of(connection, LinkRow.article_id, ids))
        .order_by(LinkRow.article_id, LinkRow.position)
    ).all():
        found.setdefault(id_, []).append(Related(url=url, title=title))
    return found
