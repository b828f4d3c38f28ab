"""CPU time of a crawl by layer, from py-spy samples without waiting threads.

    python -m benchmarks.layers [ARTICLES] [WEIGHT_KB]

Prints two tables, one for the event loop's thread and one for the thread that writes.
The shares hold; the milliseconds are those of the crawl under the sampler.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import crawls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RATE = 100
_LAYERS = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"pages/document\.py|pages/charset", "parse"),
        (r"kompas_crawler/pages/", "extraction"),
        (r"kompas_crawler/pipelines/", "item pipelines"),
        (
            r"kompas_crawler/(middlewares|polite|spiders|crawl|outcome|extensions|archive)",
            "spider, middlewares",
        ),
        (r"httpcompression|scrapy/utils/gz|_compression|gzip\.py", "gunzip"),
        (r"scrapy/core/downloader/handlers|kompas_crawler/downloader|twisted/", "downloader"),
        (r"scrapy/|pydispatch|queuelib", "Scrapy chain"),
        (r"kompas_crawler/", "other of ours"),
    )
)
"""The innermost frame that names one decides; texts and dates count to who asks for them."""
_SHARED = re.compile(r"kompas_crawler/(site/(text|dates|urls)|items|archive/store/hashes)\.py")
_WAITS = re.compile(
    r"pthread_cond_(timed)?wait|PyThread_acquire_lock_timed|fdatasync|fsync|epoll_p?wait|nanosleep"
)
_STATEMENTS = (
    ("do_commit", "commit"),
    ("store/child_rows.py", "people, tags, images, links"),
    ("store/sketch.py", "near-duplicates: sketches"),
    ("store/near_duplicates.py", "near-duplicates: bands"),
    ("store/duplicates.py", "near-duplicates: comparing"),
    ("store/articles.py", "articles, with the full-text index"),
    ("archive/frontier/admit.py", "frontier"),
    ("frontier/sittings.py", "index days"),
)
Frames = list[str]


def main(articles: int = 2000, weight: int = 122) -> None:
    """Sample one crawl and show where its time went."""
    with tempfile.TemporaryDirectory() as folder, crawls.site(articles, weight) as mirror:
        raw = Path(folder) / "samples"
        spy = [str(Path(sys.executable).with_name("py-spy")), "record", "--native", "--threads"]
        spy += ["--rate", str(RATE), "--format", "raw", "--output", str(raw), "--"]
        figures = crawls.ours(mirror, under=spy)
        loop, writer = sorted_out(raw.read_text().splitlines())
    each = 1000 * figures["cpu"] / figures["pages"] / (loop.total() + writer.total())
    print(f"{figures['pages']} pages of {weight} KB; shares of all CPU\n")
    for title, layers in (("event loop", loop), ("writer", writer)):
        print(f"| {title} | share | ms a page |\n| --- | --- | --- |")
        for name, count in [("all of it", layers.total()), *layers.most_common()]:
            share = 100 * count / (loop.total() + writer.total())
            print(f"| {name} | {share:.1f} % | {count * each:.2f} |")
        print()


def sorted_out(lines: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """Samples by layer of the event loop's thread, and by kind of the writer's."""
    loop: Counter[str] = Counter()
    writer: Counter[str] = Counter()
    for frames, count in _samples(lines):
        if "archive-writer" in frames[0]:
            writer[_kind(frames)] += count
        elif any("_start_twisted" in frame for frame in frames) and not any(
            "importlib" in frame for frame in frames
        ):
            loop[_layer(frames)] += count
    return loop, writer


def _samples(lines: Iterable[str]) -> Iterator[tuple[Frames, int]]:
    """Stacks, outermost frame first, of threads that did not wait; how often each was seen."""
    for line in lines:
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if not any(_WAITS.search(frame) for frame in frames[-3:]):
            yield frames, int(count)


def _layer(frames: Frames) -> str:
    if any("gc_collect" in frame for frame in frames):
        return "garbage collection"
    python = [frame for frame in frames if ".py:" in frame]
    if "asyncioreactor.py" in python[-1]:
        return "uvloop"
    for frame in reversed(python):
        if _SHARED.search(frame):
            continue
        for pattern, name in _LAYERS:
            if pattern.search(frame):
                return name
    return "other"


def _kind(frames: Frames) -> str:
    if any("gc_collect" in frame for frame in frames):
        return "garbage collection"
    for frame in reversed(frames):
        for sign, name in _STATEMENTS:
            if sign in frame:
                return name
    return "gathering, answering"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
