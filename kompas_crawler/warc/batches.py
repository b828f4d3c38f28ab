"""Read files and parse their pages, in several processes."""

import asyncio
import os
import signal
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.context import BaseContext
from types import MappingProxyType
from typing import Any, NamedTuple

from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.warc.pages import Seen, pages_of
from kompas_crawler.warc.response import is_of_kompas
from kompas_crawler.warc.scan import Scanned
from kompas_crawler.warc.sources import Source

PAGES, SECONDS = 50, 0.2  # a batch ends after this many pages or seconds of reading
AHEAD = 3  # batches read ahead for each process


class Batch(NamedTuple):
    """Records of ``source`` up to ``offset``."""

    source: Source
    pages: list[Scanned]  # of Kompas
    offset: int
    records: int
    faults: list[str]
    is_last: bool
    seen: Sequence[Seen] = ()  # what the pages contain
    passed_over: Mapping[str, int] = MappingProxyType({})  # the other pages, by reason


def context() -> BaseContext:
    """How processes are started; their server begins to import this program at the first call."""
    if os.name != "posix":
        return get_context("spawn")
    from multiprocessing.forkserver import ensure_running, set_forkserver_preload

    set_forkserver_preload(["scrapy.cmdline", pages_of.__module__])
    ensure_running()
    return get_context("forkserver")  # not forked from here: this process has threads


async def batches(
    sources: Sequence[Source],
    reached: Mapping[str, int],
    name_of: Callable[[Source], str | None],
    processes: int,
) -> AsyncGenerator[Batch]:
    """Yield the batches of *sources*, each from the offset *reached*; may raise ``CrawlError``."""
    parts = _parts(sources, reached)
    waiting: deque[tuple[Batch, asyncio.Future[Any]]] = deque()
    executor: Executor = ThreadPoolExecutor(1)
    if processes > 1:
        executor = ProcessPoolExecutor(processes, context(), _follow_parent)
    is_over = False
    try:
        while True:
            while not is_over and len(waiting) < AHEAD * processes:
                part = await asyncio.to_thread(next, parts, None)  # unpacking releases the GIL
                is_over = part is None
                if part:
                    parsed = executor.submit(pages_of, part.pages, name_of(part.source))
                    waiting.append((part, asyncio.wrap_future(parsed)))
            if not waiting:
                return
            part, task = waiting.popleft()
            seen, passed_over = await task
            yield part._replace(seen=seen, passed_over=passed_over)
    except BrokenProcessPool:
        raise CrawlError(
            "a process that parses pages died; run the same command again, with -a processes=1"
        ) from None
    finally:
        for _, task in waiting:
            if not task.cancel():
                task.exception()  # else asyncio logs it
        executor.shutdown(wait=False, cancel_futures=True)


def _parts(sources: Sequence[Source], reached: Mapping[str, int]) -> Iterator[Batch]:
    for source in sources:
        offset = reached.get(source.name, 0)
        try:
            found = source.records(is_of_kompas, offset)
            is_last = False
            while not is_last:
                deadline = time.monotonic() + SECONDS
                pages: list[Scanned] = []
                faults: list[str] = []
                records = 0
                for one in found:
                    offset = one.offset
                    if one.fault:
                        faults.append(one.fault)
                    else:
                        records += 1
                    if one.data is not None:
                        pages.append(one)
                    if len(pages) >= PAGES or (records % 16 == 0 and time.monotonic() > deadline):
                        break
                else:
                    is_last = True
                yield Batch(source, pages, offset, records, faults, is_last)
        except OSError as error:
            raise CrawlError(f"{source.name} cannot be read: {error.strerror or error}") from None


def _follow_parent() -> None:
    """End with the parent, also when it is killed; leave Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
