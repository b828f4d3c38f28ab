"""The rows that hang on an article: people, tags, images and links, in the page's order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BindParameter, Table, bindparam, delete, select

from kompas_crawler.archive.models import (
    ArticleTagRow,
    CreditRow,
    ImageRow,
    LinkRow,
    PersonRow,
    TagRow,
)
from kompas_crawler.archive.sql import chunks, insert_ignore, insert_rows, pairs
from kompas_crawler.urls import row_key

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

    from kompas_crawler.items import Article

_CREDITS: Table = CreditRow.__table__  # type: ignore[assignment]
_TAGGED: Table = ArticleTagRow.__table__  # type: ignore[assignment]
_IMAGES: Table = ImageRow.__table__  # type: ignore[assignment]
_LINKS: Table = LinkRow.__table__  # type: ignore[assignment]
_PARTS: dict[Table, tuple[str, ...]] = {
    _CREDITS: ("article_id", "role", "position", "person_id"),
    _TAGGED: ("article_id", "position", "tag_id"),
    _IMAGES: ("article_id", "position", "url", "caption", "credit"),
    _LINKS: ("article_id", "position", "target_key", "url", "title"),
}

# Statements of the hot path are built once.
_NAMES: BindParameter[str] = bindparam("names", expanding=True)
_IDS = {
    model: select(model.name, model.id).where(model.name.in_(_NAMES))
    for model in (PersonRow, TagRow)
}


def insert_parts(connection: Connection, articles: Sequence[tuple[int, Article]]) -> None:
    """Write the rows that hang on *articles*, pairs of a row's id and the article."""
    people = _ids(connection, PersonRow, {n for _, a in articles for n in a.authors + a.editors})
    tags = _ids(connection, TagRow, {tag for _, a in articles for tag in a.tags})
    rows: dict[Table, list[tuple[Any, ...]]] = {table: [] for table in _PARTS}
    for id_, article in articles:
        for role, names in (("author", article.authors), ("editor", article.editors)):
            rows[_CREDITS] += [(id_, role, i, people[name]) for i, name in enumerate(names)]
        rows[_TAGGED] += [(id_, i, tags[tag]) for i, tag in enumerate(article.tags)]
        rows[_IMAGES] += [
            (id_, i, image.url, image.caption, image.credit)
            for i, image in enumerate(article.images)
        ]
        rows[_LINKS] += [
            (id_, i, row_key(link.url), link.url, link.title)
            for i, link in enumerate(article.related)
        ]
    for table, columns in _PARTS.items():
        insert_rows(connection, table, columns, rows[table])


def _ids(
    connection: Connection, model: type[PersonRow | TagRow], names: Collection[str]
) -> dict[str, int]:
    """The ids of *names*, made where missing."""
    found: dict[str, int] = {}
    for is_made in (False, True):
        missing = sorted(set(names) - found.keys())
        if not missing:
            break
        if is_made:
            connection.execute(
                insert_ignore(connection, model.__table__), [{"name": name} for name in missing]
            )
        for part in chunks(missing):
            found |= pairs(connection.execute(_IDS[model], {"names": part}))
    return found


def delete_parts(connection: Connection, ids: Collection[int]) -> None:
    """Remove the rows that hang on the articles *ids*."""
    for part in chunks(ids):
        for table in _PARTS:
            connection.execute(delete(table).where(table.c.article_id.in_(part)))


def tags_of(connection: Connection, ids: Collection[int]) -> dict[int, list[str]]:
    """The tags of the articles *ids*, in the page's order."""
    found: dict[int, list[str]] = {}
    for part in chunks(ids):
        rows = connection.execute(
            select(ArticleTagRow.article_id, TagRow.name)
            .join(TagRow, TagRow.id == ArticleTagRow.tag_id)
            .where(ArticleTagRow.article_id.in_(part))
            .order_by(ArticleTagRow.article_id, ArticleTagRow.position)
        )
        for id_, name in rows:
            found.setdefault(id_, []).append(name)
    return found
