"""Read files and parse their pages, in several processes."""

import asyncio
import os
import signal
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import aclosing
from multiprocessing import parent_process
from typing import Any

from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.forking import processes as forked
from kompas_crawler.warc.ranges import Batch, in_turn, ranges, read
from kompas_crawler.warc.sources import Source

AHEAD = 3  # batches read ahead for each process


def context() -> Any:
    """How processes are started."""
    return forked("scrapy.cmdline", read.__module__)


async def batches(
    sources: Sequence[Source],
    reached: Mapping[str, int],
    name_of: Callable[[Source], str | None],
    processes: int,
) -> AsyncGenerator[Batch]:
    """Yield the batches of *sources*, each from the offset *reached*; may raise ``CrawlError``.

    Several processes read ranges of a file. From the first range that is damaged, or does not
    join the one before, the file is read in turn, in a thread.
    """
    at: dict[str, int | None] = {source.name: reached.get(source.name, 0) for source in sources}
    spans = _spans(sources, reached, processes)
    async with aclosing(_read_ahead(spans, name_of, processes)) as found:
        async for source, end, one in found:
            start = at[source.name]
            if start is None or (end is not None and start >= end):
                continue
            if one is not None and one.first == start:
                at[source.name] = one.next
                yield one
                continue
            at[source.name] = None
            parts = in_turn(source, start, name_of(source))
            while (batch := await asyncio.to_thread(next, parts, None)) is not None:
                yield batch


async def _read_ahead(
    spans: Iterator[tuple[Source, int, int | None]],
    name_of: Callable[[Source], str | None],
    processes: int,
) -> AsyncGenerator[tuple[Source, int | None, Batch | None]]:
    """Read the *spans* with an end in other processes; yield all of them, in order."""
    executor = ProcessPoolExecutor(processes, context(), _follow_parent) if processes > 1 else None
    waiting: deque[tuple[Source, int | None, asyncio.Future[Batch | None] | None]] = deque()
    try:
        while True:
            while len(waiting) < AHEAD * processes:
                if (span := await asyncio.to_thread(next, spans, None)) is None:
                    break
                source, begin, end = span
                task = None
                if executor is not None and end is not None:
                    submitted = executor.submit(read, source, begin, end, name_of(source))
                    task = asyncio.wrap_future(submitted)
                waiting.append((source, end, task))
            if not waiting:
                return
            source, end, task = waiting.popleft()
            yield source, end, await task if task else None
    except BrokenProcessPool:
        raise CrawlError(
            "a process that parses pages died; run the same command again, with -a processes=1"
        ) from None
    finally:
        for _, _, task in waiting:
            if task is not None and not task.cancel():
                task.exception()  # else asyncio logs it
        if executor is not None:
            executor.shutdown(wait=False, cancel_futures=True)


def _spans(
    sources: Sequence[Source], reached: Mapping[str, int], processes: int
) -> Iterator[tuple[Source, int, int | None]]:
    """The ranges of *sources* for other processes; without an end, what remains of a source."""
    for source in sources:
        begin = reached.get(source.name, 0)
        for one in ranges(source, begin) if processes > 1 else ():
            yield source, *one
        yield source, begin, None


def _follow_parent() -> None:
    """End with the parent, also when it is killed; leave Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
