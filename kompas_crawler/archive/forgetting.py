"""Removing one article on request, so that no later crawl brings it back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, delete, func, insert, or_, select, text, update

from kompas_crawler.archive import similar
from kompas_crawler.archive.changes import NO_HOPS, Priority
from kompas_crawler.archive.models import (
    AliasRow,
    ArticleRow,
    ArticleTagRow,
    CreditRow,
    FrontierRow,
    ImageRow,
    LinkRow,
    PersonRow,
    RevisionRow,
    State,
    TagRow,
)
from kompas_crawler.urls import ArticleKey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Engine

_FRONTIER: Table = FrontierRow.__table__  # type: ignore[assignment]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """What the archive holds of an article; ``same_text`` are other articles of its family."""

    key: str
    article_id: int | None
    is_known: bool
    url: str | None
    revisions: int = 0
    people: int = 0
    tags: int = 0
    images: int = 0
    links: int = 0
    links_in: int = 0
    same_text: tuple[str, ...] = ()


def trace(connection: Connection, key: str) -> Trace:
    """Find what there is of the article *key*."""
    row = connection.execute(
        select(ArticleRow.id, ArticleRow.url, ArticleRow.duplicate_of).where(ArticleRow.key == key)
    ).first()
    known = connection.scalar(select(FrontierRow.url).where(FrontierRow.key == key))
    if row is None:
        return Trace(key=key, article_id=None, is_known=known is not None, url=known)

    def count(model: Any) -> int:
        query = select(func.count()).where(model.article_id == row.id)
        return connection.scalar(query) or 0

    root = row.duplicate_of or key
    same = select(ArticleRow.key).where(
        or_(ArticleRow.key == root, ArticleRow.duplicate_of == root), ArticleRow.key != key
    )
    pointing = select(func.count()).where(LinkRow.target_key == key, LinkRow.article_id != row.id)
    return Trace(
        key=key,
        article_id=row.id,
        is_known=known is not None,
        url=row.url,
        revisions=count(RevisionRow),
        people=count(CreditRow),
        tags=count(ArticleTagRow),
        images=count(ImageRow),
        links=count(LinkRow),
        links_in=connection.scalar(pointing) or 0,
        same_text=tuple(connection.scalars(same.order_by(ArticleRow.key))),
    )


def forget(engine: Engine, found: Trace, now: datetime) -> None:
    """Remove the article and all that hangs on it; leave a row that keeps it out.

    Nothing of it stays in an SQLite file; PostgreSQL drops the bytes at its next vacuum.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("pragma secure_delete = on")  # zeroes what is freed
        if found.article_id is not None:
            _remove(connection, found.key, found.article_id)
        _bury(connection, found, now)
        if connection.dialect.name == "sqlite":
            # Else removed words stay in the full-text index until parts of it are merged.
            connection.execute(
                text("insert into article_words (article_words) values ('optimize')")
            )
    if engine.dialect.name == "sqlite":
        raw = engine.raw_connection()
        try:
            # A reader at work may keep the log; the next checkpoint empties it then.
            raw.cursor().execute("pragma wal_checkpoint(truncate)")
        finally:
            raw.close()


def _remove(connection: Connection, key: str, id_: int) -> None:
    people = _ids(connection, CreditRow.person_id, id_)
    tags = _ids(connection, ArticleTagRow.tag_id, id_)
    root = connection.scalar(select(ArticleRow.duplicate_of).where(ArticleRow.id == id_)) or key
    family = connection.execute(
        select(ArticleRow.id, ArticleRow.key, ArticleRow.body)
        .where(or_(ArticleRow.key == root, ArticleRow.duplicate_of == root), ArticleRow.id != id_)
        .order_by(ArticleRow.key)
    ).all()
    connection.execute(delete(ArticleRow).where(ArticleRow.id == id_))  # its parts go with it
    similar.forget(connection, [id_])
    similar.note(
        connection, [similar.Noted(row.id, row.key, row.body.split("\n\n")) for row in family]
    )
    _drop_unused(connection, PersonRow, CreditRow.person_id, people)
    _drop_unused(connection, TagRow, ArticleTagRow.tag_id, tags)


def _ids(connection: Connection, column: Any, article_id: int) -> Sequence[int]:
    query = select(column).where(column.class_.article_id == article_id)
    return connection.scalars(query).all()


def _drop_unused(connection: Connection, model: Any, column: Any, ids: Sequence[int]) -> None:
    """Remove people and tags that nothing else names."""
    is_used: ColumnElement[bool] = select(1).where(column == model.id).exists()
    connection.execute(delete(model).where(model.id.in_(ids), ~is_used))


def _bury(connection: Connection, found: Trace, now: datetime) -> None:
    """Make the tombstone, with an address that tells nothing of the title."""
    key = found.key
    if not found.is_known:
        connection.execute(
            insert(_FRONTIER).values(
                key=key,
                kind="article",
                url=found.url,
                day=ArticleKey.parse(key).day,
                scope="forget",
                depth=NO_HOPS,
                priority=Priority.ARTICLE,
                state=State.FORGOTTEN,
                attempts=0,
                barren=0,
                unchanged=0,
                discovered_at=now,
            )
        )
    other_urls = connection.scalars(select(AliasRow.url).where(AliasRow.article_key == key)).all()
    rows = connection.execute(
        select(_FRONTIER.c.id, _FRONTIER.c.url).where(
            # Rows of short addresses only led to it.
            or_(_FRONTIER.c.key == key, _FRONTIER.c.url.in_(other_urls))
        )
    ).all()
    for id_, url in rows:
        connection.execute(
            update(_FRONTIER)
            .where(_FRONTIER.c.id == id_)
            .values(
                url=_without_slug(url),
                state=State.FORGOTTEN,
                reason="forgotten on request",
                title=None,
                next_at=None,
                etag=None,
                last_modified=None,
            )
        )
    connection.execute(delete(AliasRow).where(AliasRow.article_key == key))


def _without_slug(url: str) -> str:
    """The address of an article without the words of its title.

    >>> _without_slug("https://www.kompas.com/tren/read/2024/01/15/093100670/nama-orang")
    'https://www.kompas.com/tren/read/2024/01/15/093100670'
    """
    return re.sub(r"(/read/(?:[0-9]{4}/[0-9]{2}/[0-9]{2}/)?[0-9A-Z]+).*", r"\1", url)


def is_forgotten(connection: Connection, key: str) -> bool:
    """Whether the article *key* was forgotten before."""
    state = connection.scalar(select(FrontierRow.state).where(FrontierRow.key == key))
    return state == State.FORGOTTEN
