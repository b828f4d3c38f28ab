"""Find one article by key or address, with its links, copies, revisions and aliases."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import aliased

from kompas_crawler.archive import stored_articles
from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.models import AliasRow, ArticleRow, LinkRow, RevisionRow
from kompas_crawler.archive.read.unmatched import EMPTY
from kompas_crawler.archive.store import records
from kompas_crawler.exitcodes import CrawlError, UsageProblem
from kompas_crawler.items import StoredArticle
from kompas_crawler.log.terminal import safe
from kompas_crawler.site.keys import KEY
from kompas_crawler.site.urls import canonical, row_key, short_code


class NotStored(CrawlError):  # noqa: N818
    """The requested article is not stored."""


class Neighbour(NamedTuple):
    """The other end of a "Baca juga" link; ``published_at`` is ``None`` if it is not stored."""

    key: str
    title: str | None
    published_at: datetime | None


class Version(NamedTuple):
    """A former record of an article, and what changed after it, when and why."""

    article: StoredArticle
    kind: str
    reason: str
    replaced_at: datetime


def key_of(connection: Connection, name: str) -> str:
    """The key of the article that *name* names: a key, any form of an address, an alias.

    Raises ``UsageProblem`` when it is neither key nor address.
    """
    name = name.strip()
    if KEY.fullmatch(name):
        return name
    url = name if "://" in name else f"https://{name}"
    key = row_key(url)
    if short_code(url) is None and not KEY.fullmatch(key):
        either = "an article's key (20220122-093100670) nor its address"
        raise UsageProblem(f"{name!r} is neither {either}")
    known = connection.scalar(select(FrontierRow.url).where(FrontierRow.key == key))
    is_alias = AliasRow.url.in_({url, canonical(url), known or url})
    return connection.scalar(select(AliasRow.article_key).where(is_alias)) or key


def stored(connection: Connection, key: str) -> StoredArticle:
    """The article *key*; raises ``NotStored`` if it is not stored."""
    if (article := stored_articles.by_key(connection, key)) is None:
        raise NotStored(why_not(connection, key))
    return article


def why_not(connection: Connection, key: str) -> str:
    """Return why the article *key* is not stored, in one line."""
    known = select(FrontierRow.state, FrontierRow.reason).where(FrontierRow.key == key)
    row = connection.execute(known).first()
    if row is None:
        is_any = connection.scalar(select(ArticleRow.id).limit(1)) is not None
        return f"the archive does not know the article {key}" if is_any else EMPTY
    if row.state == "forgotten":
        return f"{key} was forgotten on request; it is not fetched again"
    reason = f" ({safe(row.reason)})" if row.reason else ""
    return f"{key} is known but not stored: {row.state}{reason}"


def outgoing(connection: Connection, key: str) -> list[Neighbour]:
    """Return the targets of the article's links, in the page's order."""
    source, target = aliased(ArticleRow), aliased(ArticleRow)
    rows = connection.execute(
        select(LinkRow.target_key, func.coalesce(target.title, LinkRow.title), target.published_at)
        .join(source, source.id == LinkRow.article_id)
        .join(target, target.key == LinkRow.target_key, isouter=True)
        .where(source.key == key)
        .order_by(LinkRow.position)
    )
    return [Neighbour(*row) for row in rows]


def incoming(connection: Connection, key: str, limit: int) -> tuple[int, list[Neighbour]]:
    """Return how many stored articles link to *key*, and the newest of them."""
    row, links = ArticleRow, select(LinkRow.article_id).where(LinkRow.target_key == key)
    pointing = select(row.key, row.title, row.published_at).order_by(row.key.desc())
    pointing = pointing.where(row.id.in_(links), row.key != key)
    total = connection.scalar(select(func.count()).select_from(pointing.subquery())) or 0
    return total, [Neighbour(*row) for row in connection.execute(pointing.limit(limit))]


def copies(connection: Connection, keys: Collection[str]) -> dict[str, list[Neighbour]]:
    """Return the copies of the articles *keys* by the key of the original."""
    row = ArticleRow
    query = select(row.duplicate_of, row.key, row.title, row.published_at)
    found: dict[str, list[Neighbour]] = {}
    copied = query.where(row.duplicate_of.in_(keys)).order_by(row.key)
    for original, key, title, at in connection.execute(copied):
        found.setdefault(original or "", []).append(Neighbour(key, title, at))
    return found


def previous_versions(
    connection: Connection, articles: Collection[StoredArticle]
) -> dict[str, list[Version]]:
    """Return the former records of some hundred *articles* by key, oldest first."""
    current = {article.id: article for article in articles}
    rows = connection.execute(
        select(ArticleRow.key, RevisionRow.__table__)
        .join(ArticleRow, ArticleRow.id == RevisionRow.article_id)
        .where(ArticleRow.key.in_(current))
        .order_by(RevisionRow.id)
    )
    found: dict[str, list[Version]] = {key: [] for key in current}
    for row in rows:
        then = replace(current[row.key], revision=row.number, fetched_at=row.fetched_at)
        version = records.decode(row.record, then)
        found[row.key].append(Version(version, row.kind, row.reason, row.replaced_at))
    return found


def aliases(connection: Connection, key: str) -> Sequence[str]:
    """Return the other addresses of the article."""
    query = select(AliasRow.url).where(AliasRow.article_key == key).order_by(AliasRow.url)
    return connection.scalars(query).all()
