"""Small articles, rows and changes for the tests of the archive."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text

from kompas_crawler.archive.changes import PageChange
from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.frontier.admit import article_candidate
from kompas_crawler.archive.frontier.take import Work, take
from kompas_crawler.archive.store.hashes import content_hash, text_hash
from kompas_crawler.frontier import Candidate, Row, State
from kompas_crawler.items import Related, StoredArticle
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.urls import article_key

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

NOW = datetime(2024, 1, 20, 3, 0, tzinfo=UTC)


def url(number: int) -> str:
    """The address of sample article *number*, from 1."""
    return f"https://money.kompas.com/read/2024/01/15/{number:06d}126/artikel-{number}"


def key(number: int) -> str:
    """The key of sample article *number*."""
    return str(article_key(url(number)))


def article(number: int, *related: int, **changes: Any) -> StoredArticle:
    """Sample article *number*, which links to the articles *related*."""
    made = StoredArticle(
        id=key(number),
        url=url(number),
        title=f"Judul {number}",
        summary="Ringkasan",
        body=(f"Paragraf satu dari {number}.", "Paragraf dua."),
        section="Money",
        authors=("Sari Dewi",),
        editors=("Budi Hartono",),
        tags=("Banjir", "Gempa"),
        published_at=datetime(2024, 1, 15, 9, 0, tzinfo=WIB),
        related=tuple(Related(url=url(n), title=f"Judul {n}") for n in related),
        word_count=6,
        is_complete=True,
        extractor_version="1",
        found_in={"title": "h1"},
        fetched_at=NOW,
    )
    made = replace(made, **changes)
    return replace(
        made,
        content_hash=content_hash(made.title, made.summary, made.body, made.tags),
        text_hash=text_hash(made.body),
    )


def row(number: int, *, depth: int = 0, scope: str = "kompas") -> Row:
    """The row of sample article *number* as a crawl takes it."""
    return Row(
        key=key(number),
        kind="article",
        url=url(number),
        scope=scope,
        section="money",
        day=None,
        depth=depth,
        priority=20,
        state=State.PENDING,
        attempts=0,
        empty_pages=0,
        etag=None,
        last_modified=None,
    )


def stored(made: StoredArticle, row_: Row) -> PageChange:
    """The change that storing *made* is."""
    return PageChange(row=row_, state=State.DONE, http_status=200, article=made)


def candidate(number: int, *, depth: int = 0, scope: str = "kompas", **known: Any) -> Candidate:
    """A link to sample article *number*."""
    return article_candidate(url(number), scope=scope, depth=depth, **known)


def states(connection: Connection) -> dict[str, str]:
    """The state of every row, by key."""
    return dict(connection.execute(select(FrontierRow.key, FrontierRow.state)).all())


def depths(connection: Connection) -> dict[str, int]:
    """The depth of every row, by key."""
    return dict(connection.execute(select(FrontierRow.key, FrontierRow.depth)).all())


def taken(
    connection: Connection,
    work: Work | None = None,
    *,
    now: datetime = NOW,
    started_at: datetime = NOW,
    limit: int = 100,
    in_flight: Collection[str] = (),
) -> list[str]:
    """The keys a run would fetch now."""
    work = work or Work(scope="kompas", takes_leftovers=True, takes_due=True)
    rows = take(connection, work, now=now, started_at=started_at, limit=limit, in_flight=in_flight)
    return [found.key for found in rows]


_MISCOUNTED = text("""
with alike as (
  select coalesce(cast(day as text), '') as day, coalesce(section, '') as section, kind, state,
    kind = 'article' and exists (select 1 from articles where key = frontier.key) as is_stored,
    state = 'failed' and coalesce(claim, '') = 'gone' and depth > 0 and depth < 1000 as is_dead,
    listed_at is not null as is_listed, in_index, 1 as total
  from frontier
  union all
  select day, section, kind, state, is_stored, is_dead, is_listed, in_index, -total
  from frontier_counts
)
select count(*) from (
  select 1 from alike
  group by day, section, kind, state, is_stored, is_dead, is_listed, in_index
  having sum(total) <> 0
) as wrong
""")


def miscounted(connection: Connection) -> int:
    """How many counts that triggers keep are wrong."""
    return connection.scalar(_MISCOUNTED) or 0


def is_of_models(name: str | None, kind: str, _parents: object = None) -> bool:
    """Whether a table or column is part of the models; the full-text index is not."""
    return not (kind == "table" and (name or "").startswith("article_words"))
