"""Store articles: new, updated with a revision, or unchanged; in the caller's transaction."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from kompas_crawler.archive import full_text, stored_articles
from kompas_crawler.archive.changes import NEWS, REPARSE, Outcome, PageResult
from kompas_crawler.archive.models import AliasRow, ArticleRow, RevisionRow
from kompas_crawler.archive.sql import chunks, insert_ignore, update_each
from kompas_crawler.archive.store import captures, records, states
from kompas_crawler.archive.store.child_rows import insert_child_rows, replace_child_rows
from kompas_crawler.archive.store.hashes import text_hash
from kompas_crawler.archive.store.near_duplicates import Noted, note
from kompas_crawler.archive.store.records import Changed
from kompas_crawler.items import Article, FetchedArticle


class _Stored(NamedTuple):
    id: int
    key: str
    url: str
    section: str | None
    word_count: int
    is_complete: bool | None
    revision: int
    status: str
    first_seen_at: datetime
    fetched_at: datetime | None
    content_hash: str
    details_hash: str | None
    text_hash: str
    duplicate_of: str | None
    extractor_version: str
    warc_digest: str | None


class _Change(NamedTuple):
    """An article with a change, its stored values, the kind of the change, and why."""

    article: FetchedArticle
    stored: _Stored
    kind: Changed
    reason: str


_STORED = select(*[getattr(ArticleRow, name) for name in _Stored._fields])
_STORED = _STORED.where(ArticleRow.key.in_(bindparam("keys", expanding=True)))
_INSERT = insert(ArticleRow).returning(ArticleRow.key, ArticleRow.id)


def save(
    connection: Connection,
    articles: Sequence[FetchedArticle],
    *,
    run_id: int | None,
    now: datetime,
    reason: str = NEWS,
) -> dict[str, PageResult]:
    """Store *articles*, at most one of each key, and return the results by key.

    Before a change the former record becomes a revision with *reason*; a change of title,
    summary, body or tags is counted. A shorter broken page never replaces a complete one.
    """
    known = _stored(connection, [article.id for article in articles])
    results: dict[str, PageResult] = {}
    new: list[FetchedArticle] = []
    changed: list[_Change] = []
    for article in sorted(articles, key=lambda a: a.id):
        stored = known.get(article.id)
        if stored is None:
            new.append(article)
            seen_at = article.fetched_at or now
            result = PageResult(outcome=Outcome.NEW, revision=1, first_seen_at=seen_at)
        else:
            if article.section is None and stored.section is not None:
                article = replace(article, section=stored.section)
            result, change = _compared(article, stored, reason)
            changed += [change] if change else []
            if not result.kept_whole:
                _note_alias(connection, article, stored, now)
        results[article.id] = result
    ids = _insert(connection, new, run_id=run_id, now=now)
    seen = [a for a in articles if a.id in known and not results[a.id].kept_whole]
    states.keep(connection, [known[a.id].id for a in seen], now, ArticleRow.status != "live")
    times = {a.id: {"fetched_at": a.fetched_at} for a in seen}
    update_each(connection, ArticleRow.key, times, status="live")
    captures.move(connection, seen)
    _replace(connection, changed, run_id=run_id, now=now, is_reread=reason == REPARSE)
    noted = [Noted(id_, a.id, a.body, is_new=True) for id_, a in zip(ids, new, strict=True)]
    noted += [
        Noted(one.stored.id, one.article.id, one.article.body)
        for one in changed
        if _text_hash(one.article) != one.stored.text_hash
    ]
    originals = note(connection, noted, now)
    return {
        key: replace(result, duplicate_of=originals.get(key, result.duplicate_of))
        for key, result in results.items()
    }


def _compared(
    article: FetchedArticle, stored: _Stored, reason: str
) -> tuple[PageResult, _Change | None]:
    same = stored.content_hash == article.content_hash
    is_lesser = not same and is_broken(article, stored)
    is_same = same and records.details_hash(article) == stored.details_hash
    result = PageResult(
        outcome=Outcome.UNCHANGED if is_same or is_lesser else Outcome.UPDATED,
        revision=stored.revision + (not same and not is_lesser),
        first_seen_at=stored.first_seen_at,
        duplicate_of=stored.duplicate_of,
        kept_whole=is_lesser,
        is_of_details=same and not is_same,
    )
    if is_same or is_lesser:
        return result, None
    why = REPARSE if same and _is_read_differently(article, stored) else reason
    return result, _Change(article, stored, Changed.DETAILS if same else Changed.TEXT, why)


def _stored(connection: Connection, keys: Iterable[str]) -> dict[str, _Stored]:
    found: dict[str, _Stored] = {}
    for part in chunks(keys):
        for row in connection.execute(_STORED, {"keys": part}):
            found[row.key] = _Stored(*row)
    for part in chunks([key for key, stored in found.items() if stored.details_hash is None]):
        for key, article in stored_articles.by_keys(connection, part).items():
            found[key] = found[key]._replace(details_hash=records.details_hash(article))
    return found


def _is_read_differently(article: FetchedArticle, stored: _Stored) -> bool:
    """Whether another version of this program read the page, and its bytes may be the same."""
    capture = article.visit.capture if article.visit else None
    if capture is not None and stored.warc_digest not in (None, capture.digest):
        return False
    return article.extractor_version != stored.extractor_version


def is_broken(article: FetchedArticle, stored: FetchedArticle | _Stored) -> bool:
    """Whether *article* is an incomplete copy of the stored text, such as page 1 only."""
    is_counted = article.declared_words is not None or (article.pages or 1) == 1
    if article.is_complete is True and is_counted:  # the number of pages alone proves little
        return False
    if stored.is_complete and article.is_complete is False:
        return True
    return article.word_count < stored.word_count * 0.5


def _text_hash(article: FetchedArticle) -> str:
    return article.text_hash or text_hash(article.body)


_COLUMNS = ArticleRow.__table__.c
_AS_THEY_ARE = [n for n in Article.__dataclass_fields__ if n in _COLUMNS and n != "id"]
"""The fields of an article that have a column of their own."""


def _values(article: FetchedArticle, *, run_id: int | None, now: datetime) -> dict[str, Any]:
    return {
        **{name: getattr(article, name) for name in _AS_THEY_ARE},
        "key": article.id,
        "title": article.title or "",
        "body": "\n\n".join(article.body),
        "details_hash": records.details_hash(article),
        "text_hash": _text_hash(article),
        "status": "live",
        "fetched_at": article.fetched_at,
        "stored_at": now,
        "run_id": run_id,
        **captures.columns(article),
    }


def _insert(
    connection: Connection, articles: Sequence[FetchedArticle], *, run_id: int | None, now: datetime
) -> list[int]:
    if not articles:
        return []
    values = [
        _values(a, run_id=run_id, now=now)
        | {"revision": 1, "first_seen_at": a.fetched_at or now, "added_at": now}
        for a in articles
    ]
    ids = dict(connection.execute(_INSERT, values).all())
    insert_child_rows(connection, [(ids[article.id], article) for article in articles])
    full_text.replace(connection, {}, {ids[article.id]: article for article in articles})
    return [ids[article.id] for article in articles]


def _replace(
    connection: Connection,
    changed: Sequence[_Change],
    *,
    run_id: int | None,
    now: datetime,
    is_reread: bool,
) -> None:
    """Insert the former records as revisions, and update the articles.

    A page from the site proves that its article is live; one that *is_reread* does not.
    """
    if not changed:
        return
    ids = [one.stored.id for one in changed]
    former = dict(zip(ids, stored_articles.by_ids(connection, ids), strict=True))
    rows = [
        {
            "article_id": stored.id,
            "number": stored.revision,
            "kind": kind,
            "record": records.encode(former[stored.id]),
            "content_hash": stored.content_hash,
            "details_hash": stored.details_hash,
            "fetched_at": stored.fetched_at,
            "replaced_at": now,
            "reason": reason,
            "run_id": run_id,
        }
        for _, stored, kind, reason in changed
    ]
    connection.execute(insert(RevisionRow), rows)
    for article, stored, kind, _ in changed:
        values = _values(article, run_id=run_id, now=now)
        values["revision"] = stored.revision + (kind is Changed.TEXT)
        values["status"] = stored.status if is_reread else "live"
        connection.execute(update(ArticleRow).where(ArticleRow.id == stored.id), values)
    replace_child_rows(connection, [(one.stored.id, one.article) for one in changed])
    full_text.replace(connection, former, {one.stored.id: one.article for one in changed})


def refresh(
    connection: Connection, article: FetchedArticle, *, run_id: int | None, now: datetime
) -> None:
    """Update a stored article whose page this version reads differently, but with equal text."""
    [stored] = _stored(connection, [article.id]).values()
    one = _Change(article, stored, Changed.DETAILS, REPARSE)
    _replace(connection, [one], run_id=run_id, now=now, is_reread=True)
    _note_alias(connection, article, stored, now)


def _note_alias(
    connection: Connection, article: FetchedArticle, stored: _Stored, now: datetime
) -> None:
    if article.url != stored.url:
        note_aliases(connection, article.id, [stored.url], now)


def note_aliases(connection: Connection, key: str, urls: Collection[str], now: datetime) -> None:
    """Store *urls* as other addresses of the article *key*."""
    if urls:
        rows = [{"url": url, "article_key": key, "seen_at": now} for url in urls]
        connection.execute(insert_ignore(connection, AliasRow), rows)
