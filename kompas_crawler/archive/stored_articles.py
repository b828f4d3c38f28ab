"""Load stored articles with their people, tags, images and links."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from kompas_crawler.archive.models import (
    ArticleRow,
    ArticleTagRow,
    CreditRow,
    ImageRow,
    LinkRow,
    PersonRow,
    TagRow,
)
from kompas_crawler.archive.sql import one_of
from kompas_crawler.items import Image, Related, StoredArticle

_APART = ("id", "key", "body")
_COLUMNS = ArticleRow.__table__.c
_FIELDS = [n for n in StoredArticle.__dataclass_fields__ if n in _COLUMNS and n not in _APART]
"""Columns with the same name as a field of an article."""
_ARTICLES = select(*(getattr(ArticleRow, name) for name in (*_APART, *_FIELDS)))


def _of(row: Any, *columns: Any) -> Select[Any]:
    """Select *columns* of child rows after the row id of their article, in the page's order."""
    return select(row.article_id, *columns).order_by(row.article_id, row.position)


_PEOPLE = _of(CreditRow, CreditRow.role, PersonRow.name, CreditRow.label)
_PEOPLE = _PEOPLE.join(PersonRow, PersonRow.id == CreditRow.person_id)
_TAGS = _of(ArticleTagRow, TagRow.name).join(TagRow, TagRow.id == ArticleTagRow.tag_id)
_IMAGES = _of(ImageRow, ImageRow.url, ImageRow.caption, ImageRow.credit)
_LINKS = _of(LinkRow, LinkRow.url, LinkRow.title)


def by_ids(connection: Connection, ids: Sequence[int]) -> list[StoredArticle]:
    """Load the articles with the row ids *ids* (some hundreds at most), in that order."""
    found = _load(connection, one_of(connection, ArticleRow.id, ids))
    return [found[id_] for id_ in ids if id_ in found]


def by_key(connection: Connection, key: str) -> StoredArticle | None:
    """Load the article *key*, if it is stored."""
    return by_keys(connection, [key]).get(key)


def by_keys(connection: Connection, keys: Sequence[str]) -> dict[str, StoredArticle]:
    """Load the stored articles among *keys* (some hundreds at most), by key."""
    found = _load(connection, ArticleRow.key.in_(keys)) if keys else {}
    return {article.id: article for article in found.values()}


def _load(connection: Connection, condition: ColumnElement[bool]) -> dict[int, StoredArticle]:
    """Load the articles that match *condition*, by row id."""
    rows = connection.execute(_ARTICLES.where(condition)).all()
    ids = [row[0] for row in rows]
    people, tags, images, links = (
        _by_article(connection, query, ids) for query in (_PEOPLE, _TAGS, _IMAGES, _LINKS)
    )
    return {
        id_: StoredArticle(
            id=key,
            body=tuple(body.split("\n\n")) if body else (),
            authors=tuple(name for role, name, _ in people.get(id_, ()) if role == "author"),
            editors=tuple(name for role, name, _ in people.get(id_, ()) if role == "editor"),
            positions={name: label for _, name, label in people.get(id_, ()) if label},
            tags=tuple(name for (name,) in tags.get(id_, ())),
            images=tuple(
                Image(url=url, caption=caption, credit=credit)
                for url, caption, credit in images.get(id_, ())
            ),
            related=tuple(Related(url=url, title=title) for url, title in links.get(id_, ())),
            **dict(zip(_FIELDS, values, strict=True)),
        )
        for id_, key, body, *values in rows
    }


def tags_of(connection: Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    """Load the tags of the articles with the row ids *ids*, in the page's order."""
    tags = _by_article(connection, _TAGS, ids)
    return {id_: [name for (name,) in names] for id_, names in tags.items()}


def _by_article(
    connection: Connection, query: Select[Any], ids: Sequence[int]
) -> dict[int, list[list[Any]]]:
    """Group the rows of *query* for the articles *ids* by their first column, the row id."""
    article_id = query.selected_columns[0]
    found: dict[int, list[list[Any]]] = {}
    rows = connection.execute(query.where(one_of(connection, article_id, ids))).all()
    for id_, *values in rows:
        found.setdefault(id_, []).append(values)
    return found
