"""Store pages that are parsed again from captures.

A page newer than the stored text is stored as in a crawl. The page of the stored text updates
the fields that differ. An older page completes an incomplete text, else it becomes a revision: see
``revisions``. One saved at an unknown time completes a text, else it changes nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from kompas_crawler.archive import stored_articles
from kompas_crawler.archive.changes import OLDER_PAGE, REPARSE, Outcome, PageChange, PageResult
from kompas_crawler.archive.frontier import settle
from kompas_crawler.archive.frontier.admit import Known, article_candidate
from kompas_crawler.archive.store import articles, captures, states
from kompas_crawler.archive.store.captures import Stored
from kompas_crawler.archive.store.pages import PageStore, fetched
from kompas_crawler.archive.store.records import KINDS
from kompas_crawler.archive.store.revisions import add_revision
from kompas_crawler.frontier import Candidate
from kompas_crawler.items import Article, FetchedArticle, StoredArticle

_NO_DIFFERENCE = {"id", "content_hash", "extractor_version"}
FIELDS = (*(name for name in KINDS if name not in _NO_DIFFERENCE), "positions")
"""The fields of a page, in the order of an export."""


def differences(before: Article, after: Article) -> list[str]:
    """Return the names of the fields that differ.

    A missing section in *after* is not a difference: the stored one stays.
    """
    names = (name for name in FIELDS if name != "section" or after.section is not None)
    return [name for name in names if getattr(before, name) != getattr(after, name)]


class RereadStore(PageStore):
    """Applies pages that are parsed again; settles only the rows of newer pages."""

    def _save(
        self, connection: Connection, found: Sequence[FetchedArticle], now: datetime
    ) -> dict[str, PageResult]:
        pages = captures.stored(connection, [a.id for a in found])
        news = [a for a in found if a.id not in pages or fetched(a) > fetched(pages[a.id])]
        results = articles.save(connection, news, run_id=self.run_id, now=now)
        stored = stored_articles.by_keys(connection, [a.id for a in found if a.id not in results])
        for article in found:
            if article.id not in results:
                before = (stored[article.id], pages[article.id])
                results[article.id] = self._read_again(connection, article, *before, now)
        gone_at = captures.gone_at(connection, [a.id for a in found])
        gone = {a.id for a in found if a.id in gone_at and fetched(a) < gone_at[a.id]}
        states.mark_gone(connection, gone, now)
        return results | {key: replace(results[key], is_known=True) for key in gone}

    def _read_again(
        self,
        connection: Connection,
        article: FetchedArticle,
        stored: StoredArticle,
        page: Stored,
        now: datetime,
    ) -> PageResult:
        """Store *article*, no newer than the *stored* one, which was parsed from *page*."""
        same = PageResult(
            outcome=Outcome.UNCHANGED,
            revision=stored.revision,
            first_seen_at=stored.first_seen_at,
            duplicate_of=stored.duplicate_of,
            is_known=True,
        )
        at, is_part = article.fetched_at, stored.is_complete is False
        if at is None and not (is_part and article.is_complete):
            return same
        if article.content_hash != stored.content_hash and articles.is_broken(article, stored):
            return replace(same, kept_whole=True)
        written: dict[str, Any] = {"run_id": self.run_id, "now": now}
        was, own = page.capture, article.visit and article.visit.capture
        is_read_alike = article.extractor_version == stored.extractor_version
        is_other = was and own and was.digest != own.digest and is_read_alike
        if at and not is_other and at in (page.fetched_at, was and was.written_at):
            return _reparsed(connection, article, stored, page, same, **written)
        if is_part and article.is_complete is not False:
            return articles.save(connection, [article], **written)[article.id]
        number = add_revision(connection, article, **written)
        return same if number is None else replace(same, revision=number, reread=OLDER_PAGE)

    def _of_article(self, change: PageChange, visited: dict[str, Known]) -> list[Candidate]:
        """Add the article's own row first, if it has none."""
        article, row = change.article, change.row
        assert article is not None
        found = super()._of_article(change, visited)
        if article.id in visited or article.id != row.key:
            return found
        return [article_candidate(article.url, scope=row.scope, depth=row.depth), *found]

    def _settles(self, change: PageChange, stored: dict[str, PageResult], is_new: bool) -> bool:
        return change.article is None or is_new or not stored[change.article.id].is_known


def _reparsed(
    connection: Connection,
    article: FetchedArticle,
    stored: StoredArticle,
    page: Stored,
    same: PageResult,
    **written: Any,
) -> PageResult:
    if not differences(stored, article):
        capture, was = article.visit.capture if article.visit else None, page.capture
        place = was and (was.file, was.offset)
        if capture is not None and place != (capture.file, capture.offset):  # it was moved
            captures.move(connection, [article])
        return same
    section = article.section or stored.section
    article = replace(article, fetched_at=page.fetched_at, section=section)
    result = replace(same, outcome=Outcome.UPDATED, reread=REPARSE)
    if article.content_hash == stored.content_hash:
        articles.refresh(connection, article, **written)
        return result
    saved = articles.save(connection, [article], reason=REPARSE, **written)[article.id]
    return replace(result, revision=saved.revision, duplicate_of=saved.duplicate_of)


class CaptureStore(RereadStore):
    """Settles the row of a capture, and the row of its article if the text is complete.

    An incomplete article keeps its own row, so that ``gaps=1`` fetches it from the site.
    """

    def apply(self, connection: Connection, changes: Sequence[PageChange]) -> list[PageResult]:
        ids = [change.article.id for change in changes if change.article is not None]
        if len(set(ids)) < len(ids):  # else only the newest of them would be stored
            return [result for one in changes for result in self.apply(connection, [one])]
        results = super().apply(connection, [_of_article(change) for change in changes])
        now = self.clock.now()
        settled = {
            c.row.key: settle.settled_values(_with_digest(c), now=now, unchanged=0, next_at=None)
            for c in changes
            if c.article is not None
        }
        settle.settle(connection, settled)
        return results

    def _settles(self, change: PageChange, stored: dict[str, PageResult], is_new: bool) -> bool:
        is_whole = change.article is None or change.article.is_complete is not False
        return is_whole and super()._settles(change, stored, is_new)


def _of_article(change: PageChange) -> PageChange:
    """*change* as a visit of its article's own row."""
    article, row = change.article, change.row
    if article is None:
        return _with_digest(change)
    scope = row.key.partition(":")[0]
    own = replace(row, key=article.id, kind="article", url=article.url, scope=scope)
    return replace(change, row=own, etag=None, last_modified=None)


def _with_digest(change: PageChange) -> PageChange:
    """*change* without the server's ETag: that of a capture's row is its digest."""
    return replace(change, etag=change.row.etag, last_modified=None)
