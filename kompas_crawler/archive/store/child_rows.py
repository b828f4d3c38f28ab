"""The rows that hang on an article: people, tags, images and links, in the page's order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BindParameter, Column, Table, bindparam, delete, select

from kompas_crawler.archive.models import (
    ArticleTagRow,
    CreditRow,
    ImageRow,
    LinkRow,
    PersonRow,
    TagRow,
)
from kompas_crawler.archive.sql import chunks, insert_ignore, insert_rows, pairs
from kompas_crawler.site.urls import row_key

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

    from kompas_crawler.items import Article

_CREDITS = CreditRow.__table__
_TAGGED = ArticleTagRow.__table__
_IMAGES = ImageRow.__table__
_LINKS = LinkRow.__table__
_COLUMNS: dict[Table, tuple[str, ...]] = {
    _CREDITS: ("article_id", "role", "position", "person_id"),
    _TAGGED: ("article_id", "position", "tag_id"),
    _IMAGES: ("article_id", "position", "url", "caption", "credit"),
    _LINKS: ("article_id", "position", "target_key", "url", "title"),
}

# Statements of the hot path are built once.
_NAMES: BindParameter[str] = bindparam("names", expanding=True)
_IDS = {  # locked on PostgreSQL, so that nobody drops a name before a row refers to it
    model: select(model.name, model.id)
    .where(model.name.in_(_NAMES))
    .with_for_update(read=True, key_share=True)
    for model in (PersonRow, TagRow)
}
_REFERRING: dict[Table, tuple[type[PersonRow | TagRow], Column[int]]] = {
    _CREDITS: (PersonRow, _CREDITS.c.person_id),
    _TAGGED: (TagRow, _TAGGED.c.tag_id),
}

Named = dict[Table, set[int]]
"""Ids of people and tags, by the table that refers to them."""


def replace_child_rows(connection: Connection, articles: Sequence[tuple[int, Article]]) -> None:
    """Write the rows of *articles* anew; drop people and tags that nothing refers to any more."""
    former = delete_child_rows(connection, [id_ for id_, _ in articles])
    named = insert_child_rows(connection, articles)
    drop_unused(connection, {table: ids - named[table] for table, ids in former.items()})


def insert_child_rows(connection: Connection, articles: Sequence[tuple[int, Article]]) -> Named:
    """Write the rows that hang on *articles*, pairs of a row's id and the article."""
    people = _ids(connection, PersonRow, {n for _, a in articles for n in a.authors + a.editors})
    tags = _ids(connection, TagRow, {tag for _, a in articles for tag in a.tags})
    rows: dict[Table, list[tuple[Any, ...]]] = {table: [] for table in _COLUMNS}
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
    for table, columns in _COLUMNS.items():
        insert_rows(connection, table, columns, rows[table])
    return {_CREDITS: set(people.values()), _TAGGED: set(tags.values())}


def _ids(
    connection: Connection, model: type[PersonRow | TagRow], names: Collection[str]
) -> dict[str, int]:
    """The ids of *names*, made where missing."""
    found: dict[str, int] = {}
    for attempt in range(4):  # a name that is there may be dropped before it is locked
        missing = sorted(set(names) - found.keys())
        if not missing:
            break
        if attempt:
            connection.execute(
                insert_ignore(connection, model), [{"name": name} for name in missing]
            )
        for part in chunks(missing):
            found |= pairs(connection.execute(_IDS[model], {"names": part}))
    return found


def delete_child_rows(connection: Connection, ids: Collection[int]) -> Named:
    """Remove the rows that hang on the articles *ids*; return whom and what they named."""
    named: Named = {table: set() for table in _REFERRING}
    for part in chunks(ids):
        for table in _COLUMNS:
            gone = delete(table).where(table.c.article_id.in_(part))
            if table in _REFERRING:
                named[table].update(connection.scalars(gone.returning(_REFERRING[table][1])))
            else:
                connection.execute(gone)
    return named


def drop_unused(connection: Connection, named: Named) -> None:
    """Remove those of the people and tags *named* that no article refers to.

    Names that another transaction is about to refer to stay (PostgreSQL).
    """
    for table, ids in named.items():
        model, column = _REFERRING[table]
        is_used = select(1).where(column == model.id).exists()
        for part in chunks(ids):
            free = select(model.id).where(model.id.in_(part)).with_for_update(skip_locked=True)
            unlocked = connection.scalars(free).all()
            connection.execute(delete(model).where(model.id.in_(unlocked), ~is_used))
