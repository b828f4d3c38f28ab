"""The rows in flight: taken from the frontier and not yet settled."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from kompas_crawler.archive.changes import PageChange, PageResult
from kompas_crawler.archive.frontier.take import Work
from kompas_crawler.archive.writer import Writer
from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.frontier import Row, State

BATCH = 60  # rows taken at once; Scrapy drains ``start()``, and a kill loses the requests it holds


class InFlight:
    """Settles every row of *take*, which is ``take.take`` or ``Leases.take``, at most once.

    ``take`` adds rows. ``settle`` commits a row's result, then removes the row; a second result
    for it is ignored. ``let_go`` removes a row that was committed with its article, or never
    requested. Rows still in flight at the end, or at a kill, are unchanged in the archive: the
    next run takes them.
    """

    def __init__(self, writer: Writer, take: Callable[..., list[Row]], limit: int) -> None:
        self.limit = limit
        self._writer = writer
        self._take = take
        self._rows: dict[str, Row] = {}
        self._settling: set[str] = set()
        self._event = asyncio.Event()

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(tuple(self._rows.values()))

    async def take(
        self, work: Work, room: Callable[[], int], *, now: datetime, started_at: datetime
    ) -> list[Row]:
        """Take rows; *room* returns how many new articles the limit still allows."""
        known = {"limit": self.limit, "in_flight": set(self._rows)}
        take = partial(self._take, work=work, now=now, started_at=started_at, **known)
        rows = await self._writer.call(take)
        # Evaluated after the take: an article may have been stored meanwhile.
        left = max(room() - sum(map(is_new_article, self)), 0)
        over = {row.key for row in list(filter(is_new_article, rows))[left:]}
        rows = [row for row in rows if row.key not in over]
        self._rows |= {row.key: row for row in rows}
        return rows

    async def settle(self, change: PageChange) -> PageResult | None:
        """Commit *change*; ``None`` after a fatal error or if the row was already settled."""
        key = change.row.key
        if key not in self._rows or key in self._settling:
            return None
        self._settling.add(key)
        try:
            result = await self._writer.submit(change)
        except CrawlError:
            result = None
        finally:
            self._settling.discard(key)
        self.let_go(change.row)
        return result

    def let_go(self, row: Row) -> None:
        self._rows.pop(row.key, None)
        self._writer.commit_complete_group()
        self._event.set()

    def wake(self) -> None:
        self._event.set()

    async def changed(self) -> None:
        """Wait until a row is removed or ``wake`` is called."""
        self._event.clear()
        await self._event.wait()


def is_new_article(row: Row) -> bool:
    """Whether *row* is an article that was never fetched."""
    return row.kind in ("article", "capture") and row.state is State.PENDING
