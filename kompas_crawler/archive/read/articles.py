"""Stored rows as articles again, with the people, tags, images and links that hang on them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

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

_ARTICLES = ArticleRow.__table__
_COLUMNS = [
    _ARTICLES.c[name]
    for name in (
        "id",
        "key",
        "url",
        "title",
        "summary",
        "body",
        "section",
        "subsection",
        "content_type",
        "dateline",
        "source",
        "topic",
        "published_at",
        "updated_at",
        "word_count",
        "declared_words",
        "pages",
        "is_complete",
        "extractor_version",
        "found_in",
        "fetched_at",
        "content_hash",
        "text_hash",
        "duplicate_of",
        "revision",
        "status",
        "first_seen_at",
    )
]
"""In the order in which ``_load`` unpacks them."""


def by_ids(connection: Connection, ids: Sequence[int]) -> list[Article]:
    """The articles of the row numbers *ids* (some hundreds at most), in that order."""
    rows = connection.execute(select(*_COLUMNS).where(_one_of(connection, _ARTICLES.c.id, ids)))
    found = _load(connection, rows.all())
    return [found[id_] for id_ in ids if id_ in found]


def by_key(connection: Connection, key: str) -> Article | None:
    """The article of *key*, if it is stored."""
    rows = connection.execute(select(*_COLUMNS).where(_ARTICLES.c.key == key)).all()
    return next(iter(_load(connection, rows).values()), None)


def by_keys(connection: Connection, keys: Sequence[str]) -> dict[str, Article]:
    """The stored ones of the articles *keys* (some hundreds at most), by key."""
    if not keys:
        return {}
    rows = connection.execute(select(*_COLUMNS).where(_ARTICLES.c.key.in_(keys))).all()
    return {article.id: article for article in _load(connection, rows).values()}


def _one_of(connection: Connection, column: Any, ids: Sequence[int]) -> ColumnElement[bool]:
    """That *column* is one of *ids*, as one parameter: to spell out hundreds takes longer."""
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam("ids", list(ids), type_=ARRAY(Integer)))  # type: ignore[no-any-return]
    values = func.json_each(bindparam("ids", json.dumps(list(ids)))).table_valued("value")
    return column.in_(select(values.c.value))  # type: ignore[no-any-return]


def _load(connection: Connection, rows: Sequence[Any]) -> dict[int, Article]:
    ids = [row[0] for row in rows]
    authors, editors = _people(connection, ids)
    tags = _tags(connection, ids)
    images = _images(connection, ids)
    related = _related(connection, ids)
    found: dict[int, Article] = {}
    # Unpacked: a column by its name costs more than the article itself.
    for (
        id_, key, url, title, summary, body, section, subsection, content_type, dateline, source,
        topic, published_at, updated_at, word_count, declared_words, pages, is_complete,
        extractor_version, found_in, fetched_at, content_hash, text_hash, duplicate_of, revision,
        status, first_seen_at,
    ) in rows:  # fmt: skip
        found[id_] = Article(
            id=key,
            url=url,
            title=title,
            summary=summary,
            body=tuple(body.split("\n\n")) if body else (),
            section=section,
            subsection=subsection,
            content_type=content_type,
            dateline=dateline,
            authors=tuple(authors.get(id_, ())),
            editors=tuple(editors.get(id_, ())),
            source=source,
            tags=tuple(tags.get(id_, ())),
            topic=topic,
            published_at=published_at,
            updated_at=updated_at,
            images=tuple(images.get(id_, ())),
            related=tuple(related.get(id_, ())),
            word_count=word_count,
            declared_words=declared_words,
            pages=pages,
            is_complete=is_complete,
            extractor_version=extractor_version,
            found_in=found_in,
            fetched_at=fetched_at,
            content_hash=content_hash,
            text_hash=text_hash,
            duplicate_of=duplicate_of,
            revision=revision,
            status=status,
            first_seen_at=first_seen_at,
        )
    return found


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
