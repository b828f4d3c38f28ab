"""Store pages captured by public web archives: the row of a visit is that of the capture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kompas_crawler.archive.frontier import settle
from kompas_crawler.archive.store.reparse import RereadStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from kompas_crawler.archive.changes import PageChange, PageResult
    from kompas_crawler.archive.frontier.admit import Visited


class CaptureStore(RereadStore):
    """Settles the row of a capture, and the row of its article if the text is complete.

    An incomplete article keeps its own row, so that ``gaps=1`` fetches it from the site.
    """

    def apply(self, connection: Connection, changes: Sequence[PageChange]) -> list[PageResult]:
        ids = [change.article.id for change in changes if change.article is not None]
        if len(set(ids)) < len(ids):  # else only the newest of them would be stored
            return [result for one in changes for result in self.apply(connection, [one])]
        results = super().apply(connection, [_of_article(change) for change in changes])
        now = self._clock.now()
        captures = [_with_digest(change) for change in changes if change.article is not None]
        settle.settle(
            connection,
            [settle.settled_values(c, now=now, unchanged=0, next_at=None) for c in captures],
        )
        return results

    def _settle(
        self,
        connection: Connection,
        changes: Sequence[PageChange],
        stored: dict[str, PageResult],
        visited: dict[str, Visited],
        now: datetime,
    ) -> None:
        whole = [c for c in changes if c.article is None or c.article.is_complete is not False]
        super()._settle(connection, whole, stored, visited, now)


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
