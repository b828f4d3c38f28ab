"""Load stored articles with their people, tags, images and links."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    Connection,
    Integer,
    Select,
    SQLColumnExpression,
    any_,
    bindparam,
    func,
    select,
)

from kompas_crawler.archive.models import (
    ArticleRow,
    ArticleTagRow,
    CreditRow,
    ImageRow,
    LinkRow,
    PersonRow,
    TagRow,
)
from kompas_crawler.items import Image, Related, StoredArticle

_FIELDS = tuple(
    name
    for name in StoredArticle.__dataclass_fields__
    if name in ArticleRow.__table__.c and name not in ("id", "body")
)
"""Columns with the same name as a field of an article."""
_CHILDREN = (
    select(CreditRow.role, PersonRow.name, CreditRow.label)
    .join(PersonRow, PersonRow.id == CreditRow.person_id)
    .where(CreditRow.article_id == ArticleRow.id)
    .order_by(CreditRow.position),
    select(TagRow.name)
    .join(ArticleTagRow, TagRow.id == ArticleTagRow.tag_id)
    .where(ArticleTagRow.article_id == ArticleRow.id)
    .order_by(ArticleTagRow.position),
    select(ImageRow.url, ImageRow.caption, ImageRow.credit)
    .where(ImageRow.article_id == ArticleRow.id)
    .order_by(ImageRow.position),
    select(LinkRow.url, LinkRow.title, LinkRow.target_key)
    .where(LinkRow.article_id == ArticleRow.id)
    .order_by(LinkRow.position),
)


@cache
def _articles(dialect: str) -> Select[*tuple[Any, ...]]:
    """Articles and, as one JSON value, lists of their people, tags, images and links."""
    is_sqlite = dialect == "sqlite"
    array = func.json_array if is_sqlite else func.json_build_array
    gathered = func.json_group_array if is_sqlite else func.json_agg
    lists = []
    for query in _CHILDREN:
        rows = query.correlate(ArticleRow).subquery()
        of_article = select(gathered(array(*rows.c))).scalar_subquery()
        lists.append(func.json(of_article) if is_sqlite else of_article)  # not as a text
    fields = [getattr(ArticleRow, name) for name in _FIELDS]
    return select(
        ArticleRow.id, ArticleRow.key, ArticleRow.body, *fields, array(*lists, type_=JSON)
    )


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


def one_of(
    connection: Connection,
    column: SQLColumnExpression[int],
    ids: Sequence[int],
) -> ColumnElement[bool]:
    """Build the condition that *column* is in *ids*, passed as one parameter, which is faster."""
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam("ids", list(ids), type_=ARRAY(Integer)))
    values = func.json_each(bindparam("ids", json.dumps(list(ids)))).table_valued("value")
    return column.in_(select(values.c.value))


def _load(connection: Connection, condition: ColumnElement[bool]) -> dict[int, StoredArticle]:
    """Load the articles that match *condition*, by row id."""
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
