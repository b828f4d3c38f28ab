"""Remove one article on request, and leave a tombstone so that no later crawl stores it again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, delete, func, insert, or_, select, union, update

from kompas_crawler.archive.models import (
    AliasRow,
    ArticleRow,
    ArticleTagRow,
    CreditRow,
    FrontierRow,
    ImageRow,
    LinkRow,
    RevisionRow,
    RunRow,
)
from kompas_crawler.archive.store import duplicates, near_duplicates
from kompas_crawler.archive.store.child_rows import delete_child_rows, drop_unused
from kompas_crawler.frontier import NO_HOPS, Priority, State
from kompas_crawler.site.keys import ArticleKey
from kompas_crawler.site.urls import row_key

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """What the archive contains of an article.

    ``same_text`` are the keys of its copies, ``short`` those of short
    addresses that redirected to it; ``warc_file`` contains its capture.
    """

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
    short: tuple[str, ...] = ()
    warc_file: str | None = None


def trace(connection: Connection, key: str) -> Trace:
    """Find the data of the article *key*."""
    row = connection.execute(
        select(
            ArticleRow.id,
            ArticleRow.url,
            ArticleRow.duplicate_of,
            ArticleRow.duplicate_reason,
            ArticleRow.warc_file,
        ).where(ArticleRow.key == key)
    ).first()
    known = connection.scalar(select(FrontierRow.url).where(FrontierRow.key == key))
    if row is None:
        return Trace(key=key, article_id=None, is_known=known is not None, url=known)

    def count(model: Any) -> int:
        query = select(func.count()).where(model.article_id == row.id)
        return connection.scalar(query) or 0

    is_copy = duplicates.is_copy(key, row.duplicate_of, row.duplicate_reason)
    same = select(ArticleRow.key).where(is_copy)
    named = {key, *map(row_key, _aliases(connection, key))}
    pointing = select(func.count()).where(
        LinkRow.target_key.in_(named), LinkRow.article_id != row.id
    )
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
        short=tuple(sorted(named - {key})),
        warc_file=row.warc_file,
    )


def forget(engine: Engine, found: Trace, now: datetime) -> None:
    """Remove the article and its child rows; add a tombstone.

    Links of other articles to it stay, without its title. Its bytes in an SQLite file are
    removed by ``erase``, those on PostgreSQL by the next vacuum.
    """
    with engine.begin() as connection:
        if found.article_id is not None:
            _remove(connection, found.key, found.article_id, now)
        _add_tombstone(connection, found, now)


def _remove(connection: Connection, key: str, id_: int, now: datetime) -> None:
    root = connection.scalar(select(ArticleRow.duplicate_of).where(ArticleRow.id == id_)) or key
    family = connection.execute(
        select(ArticleRow.id, ArticleRow.key, ArticleRow.body)
        .where(or_(ArticleRow.key == root, ArticleRow.duplicate_of == root), ArticleRow.id != id_)
        .order_by(ArticleRow.key)
    ).all()
    bodies = union(
        select(ArticleRow.body).where(ArticleRow.id == id_),
        select(RevisionRow.record["body"].as_string()).where(RevisionRow.article_id == id_),
    )
    texts = [body.split("\n\n") for body in connection.scalars(bodies)]
    near_duplicates.forget(connection, id_, texts)
    named = delete_child_rows(connection, [id_])
    connection.execute(delete(ArticleRow).where(ArticleRow.id == id_))  # cascades to revisions
    drop_unused(connection, named)
    near_duplicates.note(
        connection,
        [near_duplicates.Noted(row.id, row.key, row.body.split("\n\n")) for row in family],
        now,
    )


def _add_tombstone(connection: Connection, found: Trace, now: datetime) -> None:
    """Write the tombstone, with an address without the title."""
    key = found.key
    if not found.is_known:
        connection.execute(
            insert(FrontierRow).values(
                key=key,
                kind="article",
                url=found.url,
                day=ArticleKey.parse(key).day,
                scope="forget",
                depth=NO_HOPS,
                priority=Priority.ARTICLE,
                state=State.FORGOTTEN,
                attempts=0,
                empty_pages=0,
                unchanged=0,
                discovered_at=now,
            )
        )
    named = {key, *map(row_key, _aliases(connection, key))}
    connection.execute(
        update(FrontierRow)
        .where(FrontierRow.key.in_(named))
        .values(
            state=State.FORGOTTEN,
            reason="forgotten on request",
            next_at=None,
            etag=None,
            last_modified=None,
        )
    )
    redact(connection, named)
    _redact_runs(connection, named)
    connection.execute(delete(AliasRow).where(AliasRow.article_key == key))


def _aliases(connection: Connection, key: str) -> Sequence[str]:
    return connection.scalars(select(AliasRow.url).where(AliasRow.article_key == key)).all()


def redact(connection: Connection, keys: Collection[str]) -> None:
    """Remove the titles of the forgotten articles *keys* from rows, links and former records."""
    for model, key in ((FrontierRow, FrontierRow.key), (LinkRow, LinkRow.target_key)):
        names_one = key.in_(keys)
        for url in connection.scalars(select(model.url).where(names_one).distinct()).all():
            changed = update(model).where(names_one, model.url == url)
            connection.execute(changed.values(url=without_slug(url), title=None))
    row = RevisionRow
    for key_ in keys:
        links_to_it = cast(row.record, Text).contains(f'"{key_}"', autoescape=True)
        for id_, record in connection.execute(select(row.id, row.record).where(links_to_it)).all():
            related = [
                link | {"url": without_slug(link["url"]), "title": None}
                if link["id"] == key_
                else link
                for link in record.get("related", ())
            ]
            changed = update(row).where(row.id == id_)
            connection.execute(changed.values(record=record | {"related": related}))


def _redact_runs(connection: Connection, keys: Collection[str]) -> None:
    """Remove the titles from the arguments of runs."""
    for id_, arguments in connection.execute(select(RunRow.id, RunRow.arguments)).all():
        asked = str(arguments.get("urls") or "")
        urls = [without_slug(u) if row_key(u.strip()) in keys else u for u in asked.split(",")]
        if ",".join(urls) != asked:
            connection.execute(
                update(RunRow)
                .where(RunRow.id == id_)
                .values(arguments={**arguments, "urls": ",".join(urls)})
            )


def without_slug(url: str) -> str:
    """Return the address of an article without the words of its title.

    >>> without_slug("https://www.kompas.com/tren/read/2024/01/15/093100670/nama-orang")
    'https://www.kompas.com/tren/read/2024/01/15/093100670'
    """
    return re.sub(r"(/read/(?:[0-9]{4}/[0-9]{2}/[0-9]{2}/)?[0-9A-Z]+).*", r"\1", url)


def forgotten_keys(connection: Connection) -> set[str]:
    """Return the keys of all forgotten articles and their aliases."""
    query = select(FrontierRow.key).where(FrontierRow.state == State.FORGOTTEN)
    return set(connection.scalars(query))


def drop_row(connection: Connection, key: str) -> None:
    """Forget the row *key*, an alias of a forgotten article."""
    connection.execute(
        update(FrontierRow)
        .where(FrontierRow.key == key)
        .values(state=State.FORGOTTEN, next_at=None)
    )
    redact(connection, {key})


def is_forgotten(connection: Connection, key: str) -> bool:
    """Whether the article *key* is forgotten."""
    state = connection.scalar(select(FrontierRow.state).where(FrontierRow.key == key))
    return state == State.FORGOTTEN
