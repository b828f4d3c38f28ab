"""Child rows of articles: people, tags, images and links, in the page's order."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, delete, select

from kompas_crawler.archive.models import (
    ArticleTagRow,
    CreditRow,
    ImageRow,
    LinkRow,
    PersonRow,
    TagRow,
)
from kompas_crawler.archive.sql import chunks, insert_ignore, insert_rows
from kompas_crawler.archive.types import KeyText
from kompas_crawler.items import Article
from kompas_crawler.site.urls import row_key

NOUNS = {"name": CreditRow, "tag": ArticleTagRow, "picture": ImageRow, "link": LinkRow}
"""The child rows, by the word for what one contains."""
FIELDS: dict[str, tuple[Any, ...]] = {
    "authors": (CreditRow, CreditRow.role == "author"),
    "editors": (CreditRow, CreditRow.role == "editor"),
    "tags": (ArticleTagRow,),
    "images": (ImageRow,),
    "related": (LinkRow,),
}
"""The fields of an article that are child rows: the table, and which of its rows."""
_CREDITS = CreditRow.__table__
_TAGGED = ArticleTagRow.__table__
_IMAGES = ImageRow.__table__
_LINKS = LinkRow.__table__
_TABLES = (_CREDITS, _TAGGED, _IMAGES, _LINKS)

_IDS = {  # locked on PostgreSQL, so that no name is dropped before a row refers to it
    model: select(model.name, model.id)
    .where(model.name.in_(bindparam("names", expanding=True)))
    .with_for_update(read=True, key_share=True)
    for model in (PersonRow, TagRow)
}
_REFERRING: dict[Table, tuple[type[PersonRow | TagRow], Column[int]]] = {
    _CREDITS: (PersonRow, _CREDITS.c.person_id),
    _TAGGED: (TagRow, _TAGGED.c.tag_id),
}

Named = dict[Table, set[int]]  # ids of people and tags, by the table that refers to them


def replace_child_rows(connection: Connection, articles: Sequence[tuple[int, Article]]) -> None:
    """Replace the child rows of *articles*; drop people and tags without references."""
    previous = delete_child_rows(connection, [id_ for id_, _ in articles])
    named = insert_child_rows(connection, articles)
    drop_unused(connection, {table: ids - named[table] for table, ids in previous.items()})


def insert_child_rows(connection: Connection, articles: Sequence[tuple[int, Article]]) -> Named:
    """Insert the child rows of *articles*, pairs of row id and article."""
    people = _ids(connection, PersonRow, {n for _, a in articles for n in a.authors + a.editors})
    tags = _ids(connection, TagRow, {tag for _, a in articles for tag in a.tags})
    rows: dict[Table, list[tuple[Any, ...]]] = {table: [] for table in _TABLES}
    for id_, article in articles:
        label = article.positions.get
        for role, names in (("author", article.authors), ("editor", article.editors)):
            signed = enumerate(names)
            rows[_CREDITS] += [(id_, role, n, people[name], label(name)) for n, name in signed]
        images, links = enumerate(article.images), enumerate(article.related)
        rows[_TAGGED] += [(id_, n, tags[tag]) for n, tag in enumerate(article.tags)]
        rows[_IMAGES] += [(id_, n, one.url, one.caption, one.credit) for n, one in images]
        # The address of another site may be longer than PostgreSQL takes as a key.
        keyed = ((n, one, row_key(one.url)[: KeyText.length]) for n, one in links)
        rows[_LINKS] += [(id_, n, key, one.url, one.title) for n, one, key in keyed]
    for table, found in rows.items():
        insert_rows(connection, table, table.columns.keys(), found)
    return {_CREDITS: set(people.values()), _TAGGED: set(tags.values())}


def _ids(
    connection: Connection, model: type[PersonRow | TagRow], names: Collection[str]
) -> dict[str, int]:
    found: dict[str, int] = {}
    for attempt in range(4):  # an existing name may be dropped before it is locked
        missing = sorted(set(names) - found.keys())
        if not missing:
            break
        if attempt:
            names_of = [{"name": name} for name in missing]
            connection.execute(insert_ignore(connection, model), names_of)
        for part in chunks(missing):
            found |= dict(connection.execute(_IDS[model], {"names": part}).all())
    return found


def delete_child_rows(connection: Connection, ids: Collection[int]) -> Named:
    """Delete the child rows of the articles *ids*; return the people and tags they named."""
    named: Named = {table: set() for table in _REFERRING}
    for part in chunks(ids):
        for table in _TABLES:
            gone = delete(table).where(table.c.article_id.in_(part))
            if table in _REFERRING:
                named[table].update(connection.scalars(gone.returning(_REFERRING[table][1])))
            else:
                connection.execute(gone)
    return named


def drop_unused(connection: Connection, named: Named) -> None:
    """Delete those of the people and tags *named* that no article refers to.

    Skips names locked by another transaction (PostgreSQL).
    """
    for table, ids in named.items():
        model, column = _REFERRING[table]
        is_used = select(1).where(column == model.id).exists()
        for part in chunks(ids):
            free = select(model.id).where(model.id.in_(part)).with_for_update(skip_locked=True)
            unlocked = connection.scalars(free).all()
            connection.execute(delete(model).where(model.id.in_(unlocked), ~is_used))
