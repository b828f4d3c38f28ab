"""Load stored articles with their people, tags, images and links."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, Select, func, select

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


def _of(row: Any, *columns: Any) -> Select[Any]:
    """Select *columns* of the child rows of an article, in the page's order."""
    of_article = row.article_id == ArticleRow.id
    return select(*columns).select_from(row).where(of_article).order_by(row.position)


_CHILDREN = (
    _of(CreditRow, CreditRow.role, PersonRow.name, CreditRow.label).join(
        PersonRow, PersonRow.id == CreditRow.person_id
    ),
    _of(ArticleTagRow, TagRow.name).join(TagRow, TagRow.id == ArticleTagRow.tag_id),
    _of(ImageRow, ImageRow.url, ImageRow.caption, ImageRow.credit),
    _of(LinkRow, LinkRow.url, LinkRow.title),
)


@cache
def _articles(dialect: str) -> Select[Any]:
    """Articles and, as one JSON value, lists of their people, tags, images and links."""
    is_sqlite = dialect == "sqlite"
    array = func.json_array if is_sqlite else func.json_build_array
    gathered = func.json_group_array if is_sqlite else func.json_agg
    lists = []
    for query in _CHILDREN:
        rows = query.correlate(ArticleRow).subquery()
        of_article = select(gathered(array(*rows.c))).scalar_subquery()
        lists.append(func.json(of_article) if is_sqlite else of_article)  # not as a text
    columns = (getattr(ArticleRow, name) for name in (*_APART, *_FIELDS))
    return select(*columns, array(*lists, type_=JSON))


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
    found = {}
    rows = connection.execute(_articles(connection.dialect.name).where(condition)).all()
    for id_, key, body, *values, children in rows:
        people, tags, images, links = (rows or () for rows in children)
        found[id_] = StoredArticle(
            id=key,
            body=tuple(body.split("\n\n")) if body else (),
            authors=tuple([name for role, name, _ in people if role == "author"]),
            editors=tuple([name for role, name, _ in people if role == "editor"]),
            positions={name: label for _, name, label in people if label},
            tags=tuple([name for (name,) in tags]),
            images=tuple([Image(*image) for image in images]),
            related=tuple([Related(*link) for link in links]),
            **dict(zip(_FIELDS, values, strict=True)),
        )
    return found
