"""Remove one article on request, and leave a tombstone so that no later crawl stores it again."""

import re
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Text, cast, delete, or_, select, union, update
from sqlalchemy.exc import OperationalError

from kompas_crawler.archive import full_text, stored_articles
from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.frontier import admit
from kompas_crawler.archive.models import AliasRow, ArticleRow, LinkRow, RevisionRow, RunRow
from kompas_crawler.archive.sql import count
from kompas_crawler.archive.store import duplicates, near_duplicates
from kompas_crawler.archive.store.child_rows import NOUNS, delete_child_rows, drop_unused
from kompas_crawler.exitcodes import DatabaseUnavailable
from kompas_crawler.frontier import NO_HOPS, State
from kompas_crawler.items import FetchedArticle
from kompas_crawler.site.urls import row_key

MERGE = "insert into article_words (article_words) values ('optimize')"
VACUUM = ("pragma temp_store = file", "vacuum")  # rewrites the file; its copy may not fit in memory


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """What the archive contains of an article.

    ``parts`` counts its revisions and child rows by name, ``same_text`` are the keys of its
    copies, ``short`` those of short addresses that redirected to it; ``warc_file`` contains its
    capture.
    """

    key: str
    article_id: int | None
    is_known: bool
    url: str | None
    parts: Mapping[str, int] = field(default_factory=dict)
    links_in: int = 0
    same_text: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    warc_file: str | None = None


_PARTS: dict[str, Any] = {"revision": RevisionRow} | NOUNS


def trace(connection: Connection, key: str) -> Trace:
    """Find the data of the article *key*."""
    columns = (ArticleRow.id, ArticleRow.url, ArticleRow.warc_file)
    mark = (ArticleRow.duplicate_of, ArticleRow.duplicate_reason)
    row = connection.execute(select(*columns, *mark).where(ArticleRow.key == key)).first()
    known = connection.scalar(select(FrontierRow.url).where(FrontierRow.key == key))
    if row is None:
        return Trace(key=key, article_id=None, is_known=known is not None, url=known)
    is_copy = duplicates.is_copy(key, row.duplicate_of, row.duplicate_reason)
    same = select(ArticleRow.key).where(is_copy)
    named = _names(connection, key)
    return Trace(
        key=key,
        article_id=row.id,
        is_known=known is not None,
        url=row.url,
        parts={name: count(connection, of.article_id == row.id) for name, of in _PARTS.items()},
        links_in=count(connection, LinkRow.target_key.in_(named), LinkRow.article_id != row.id),
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
    [article] = stored_articles.by_ids(connection, [id_])
    full_text.replace(connection, {id_: article}, {})
    named = delete_child_rows(connection, [id_])
    connection.execute(delete(ArticleRow).where(ArticleRow.id == id_))  # cascades to revisions
    drop_unused(connection, named)
    others = [near_duplicates.Noted(row.id, row.key, row.body.split("\n\n")) for row in family]
    near_duplicates.note(connection, others, now)


def _add_tombstone(connection: Connection, found: Trace, now: datetime) -> None:
    key = found.key
    if not found.is_known:
        assert found.url is not None
        own = admit.article_candidate(found.url, scope="forget", depth=NO_HOPS)
        admit.admit(connection, [replace(own, key=key)], now)
    named = _names(connection, key)
    nothing = dict.fromkeys(("next_at", "etag", "last_modified"))
    gone = update(FrontierRow).where(FrontierRow.key.in_(named)).values(nothing)
    connection.execute(gone.values(state=State.FORGOTTEN, reason="forgotten on request"))
    connection.execute(delete(FrontierRow).where(FrontierRow.pager_of == key))  # its captures
    redact(connection, named)
    _redact_notes(connection, named)
    connection.execute(delete(AliasRow).where(AliasRow.article_key == key))


def _names(connection: Connection, key: str) -> set[str]:
    """Return the keys of the article's rows: its own, and those of its aliases."""
    aliases = connection.scalars(select(AliasRow.url).where(AliasRow.article_key == key))
    return {key, *map(row_key, aliases)}


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
            for link in record.get("related", ()):
                if link["id"] == key_:
                    link |= {"url": without_slug(link["url"]), "title": None}
            connection.execute(update(row).where(row.id == id_).values(record=record))


def _redact_notes(connection: Connection, keys: Collection[str]) -> None:
    """Remove the titles from the arguments of runs, and from the reasons of other rows."""
    for id_, arguments in connection.execute(select(RunRow.id, RunRow.arguments)).all():
        asked = str(arguments.get("urls") or "")
        if (urls := _without_slugs(asked, keys, ",")) != asked:
            values = {"arguments": {**arguments, "urls": urls}}
            connection.execute(update(RunRow).where(RunRow.id == id_).values(values))
    row = FrontierRow
    named = select(row.id, row.reason).where(row.reason.contains("/read/"))
    for id_, reason in connection.execute(named).all():
        if (kept := _without_slugs(str(reason), keys, " ")) != reason:
            connection.execute(update(row).where(row.id == id_).values(reason=kept))


def _without_slugs(text: str, keys: Collection[str], between: str) -> str:
    urls = text.split(between)
    return between.join(without_slug(u) if row_key(u.strip()) in keys else u for u in urls)


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


def redacted(article: FetchedArticle, keys: Collection[str]) -> FetchedArticle:
    """Return *article* with its links to the articles *keys* without a title."""
    if not keys or not any(row_key(link.url) in keys for link in article.related):
        return article
    related = (
        replace(link, url=without_slug(link.url), title=None) if row_key(link.url) in keys else link
        for link in article.related
    )
    return replace(article, related=tuple(related))


def drop_row(connection: Connection, key: str) -> None:
    """Forget the row *key*, an alias of a forgotten article."""
    row = update(FrontierRow).where(FrontierRow.key == key)
    connection.execute(row.values(state=State.FORGOTTEN, next_at=None))
    redact(connection, {key})


def erase(engine: Engine) -> None:
    """Rewrite the full-text index and the file of an SQLite archive, and truncate its WAL.

    Else removed words stay in the index until a merge, and in pages freed before
    ``secure_delete`` was set. May be interrupted and called again. Raises ``OperationalError``, or
    ``DatabaseUnavailable`` if a reader blocks the WAL. No-op on PostgreSQL.
    """
    if engine.dialect.name != "sqlite":
        return
    raw = engine.raw_connection()
    try:
        raw.set_progress_handler(lambda: None, 100_000)  # lets Python handle Ctrl-C
        cursor = raw.cursor()
        for statement in (MERGE, *VACUUM):
            cursor.execute(statement)
        if cursor.execute("pragma wal_checkpoint(truncate)").fetchone()[0]:
            raise DatabaseUnavailable("another program reads the archive and blocks its log")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise KeyboardInterrupt from None
        raise OperationalError(None, None, error) from None
    finally:
        raw.invalidate()  # discards its pragmas and progress handler
