"""Store pages that are parsed again from captures.

A page newer than the stored text is stored as in a crawl. The page of the stored text updates
the fields that differ. An older page completes an incomplete text, else it becomes a revision: see
``revisions``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from kompas_crawler.archive import stored_articles
from kompas_crawler.archive.changes import OLDER_PAGE, REPARSE, Outcome, PageChange, PageResult
from kompas_crawler.archive.frontier.admit import article_candidate
from kompas_crawler.archive.store import articles, captures, states
from kompas_crawler.archive.store.pages import PageStore, fetched
from kompas_crawler.archive.store.revisions import add_revision
from kompas_crawler.items import Article, declared

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from kompas_crawler.archive.frontier.admit import Visited
    from kompas_crawler.archive.store.captures import Stored
    from kompas_crawler.frontier import Candidate
    from kompas_crawler.items import FetchedArticle, StoredArticle

_NO_DIFFERENCE = ("id", "content_hash", "extractor_version")
FIELDS = (
    *(
        name
        for name in declared()
        if name in Article.__dataclass_fields__ and name not in _NO_DIFFERENCE
    ),
    "positions",
)
"""The fields of a page, in the order of an export."""


def differences(before: Article, after: Article) -> dict[str, tuple[Any, Any]]:
    """Return the fields that differ, each with both values.

    A missing section in *after* is no difference: the stored one stays.
    """
    found = {}
    for name in FIELDS:
        was, is_ = getattr(before, name), getattr(after, name)
        if was != is_ and not (name == "section" and is_ is None):
            found[name] = (was, is_)
    return found


class _Reading(NamedTuple):
    """A page no newer than the stored article, and the latter's capture."""

    article: FetchedArticle
    stored: StoredArticle
    page: Stored

    @property
    def is_stored_page(self) -> bool:
        """Whether the stored text was parsed from this page."""
        capture, at = self.page.capture, self.article.fetched_at
        return at == self.page.fetched_at or (capture is not None and at == capture.written_at)


class RereadStore(PageStore):
    """Applies pages that are parsed again; settles only the rows of newer pages."""

    def _save(
        self, connection: Connection, found: Sequence[FetchedArticle], now: datetime
    ) -> dict[str, PageResult]:
        pages = captures.stored(connection, [a.id for a in found])
        news = [a for a in found if a.id not in pages or fetched(a) > fetched(pages[a.id])]
        results = articles.save(connection, news, run_id=self._run_id, now=now)
        gone_at = captures.gone_at(connection, [a.id for a in news])
        gone = {a.id for a in news if a.id in gone_at and fetched(a) < gone_at[a.id]}
        states.mark_gone(connection, gone, now)
        results |= {key: replace(results[key], is_known=True) for key in gone}
        known_keys = [a.id for a in found if a.id not in results]
        stored = stored_articles.by_keys(connection, known_keys)
        for article in found:
            if article.id not in results:
                reading = _Reading(article, stored[article.id], pages[article.id])
                results[article.id] = self._read_again(connection, reading, now)
        return results

    def _read_again(self, connection: Connection, reading: _Reading, now: datetime) -> PageResult:
        article, stored, page = reading
        assert stored.revision is not None
        same = PageResult(
            outcome=Outcome.UNCHANGED,
            revision=stored.revision,
            first_seen_at=stored.first_seen_at,
            duplicate_of=stored.duplicate_of,
            is_known=True,
        )
        if article.fetched_at is None:
            return same
        has_other_text = article.content_hash != stored.content_hash
        if has_other_text and articles.is_broken(article, stored):
            return replace(same, kept_whole=True)
        is_other_page = not reading.is_stored_page
        if is_other_page and stored.is_complete is False and article.is_complete is not False:
            return articles.save(connection, [article], run_id=self._run_id, now=now)[article.id]
        if is_other_page:
            number = add_revision(connection, article, run_id=self._run_id, now=now)
            return same if number is None else replace(same, revision=number, reread=OLDER_PAGE)
        if not differences(stored, article):
            if _has_moved(article, page):
                captures.move(connection, [article])
            return same
        reparsed_article = replace(
            article, fetched_at=page.fetched_at, section=article.section or stored.section
        )
        reparsed = replace(same, outcome=Outcome.UPDATED, reread=REPARSE)
        if not has_other_text:
            articles.refresh(connection, reparsed_article, run_id=self._run_id, now=now)
            return reparsed
        saved = articles.save(
            connection, [reparsed_article], run_id=self._run_id, now=now, reason=REPARSE
        )
        result = saved[article.id]
        return replace(reparsed, revision=result.revision, duplicate_of=result.duplicate_of)

    def _of_article(self, change: PageChange, visited: dict[str, Visited]) -> list[Candidate]:
        """Add the article's own row first, if it has none."""
        article, row = change.article, change.row
        assert article is not None
        found = super()._of_article(change, visited)
        if article.id in visited or article.id != row.key:
            return found
        return [article_candidate(article.url, scope=row.scope, depth=row.depth), *found]

    def _settle(
        self,
        connection: Connection,
        changes: Sequence[PageChange],
        stored: dict[str, PageResult],
        visited: dict[str, Visited],
        now: datetime,
    ) -> None:
        news = [
            change
            for change in changes
            if change.article is None
            or change.article.id not in visited
            or not stored[change.article.id].is_known
        ]
        super()._settle(connection, news, stored, visited, now)


def _has_moved(article: FetchedArticle, page: Stored) -> bool:
    """Whether the position of the capture has changed, as when files were moved."""
    capture = article.visit.capture if article.visit else None
    if capture is None:
        return False
    was = page.capture
    return was is None or (was.file, was.offset) != (capture.file, capture.offset)
