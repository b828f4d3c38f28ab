"""Step 1: a crawl is killed, and the same command completes it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from kompas_crawler.archive.read.export import Filters, Reader
from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.project import project_dir
from kompas_crawler.sample.demo.expectations import Unexpected, expect
from kompas_crawler.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from kompas_crawler.sample.demo.programs import Done, Program, Programs
    from kompas_crawler.sample.demo.stage import Stage

EVERYTHING = "https://"
"""Prefix of all URLs."""
SLOWNESS = 0.02
"""Response time of the site in seconds, so that the kill interrupts the crawl."""


def play(stage: Stage, programs: Programs) -> None:
    """Kill a crawl when a third is stored; expect the second to store the rest once."""
    screen, wanted = stage.screen, stage.keys
    screen.heading(1, "A killed crawl resumes")
    screen.say(
        f"A small Kompas of {stage.site.count} invented articles is served on this machine. "
        'A crawl reads its section pages and follows "Baca juga" links for two hops, which '
        f"reaches {len(wanted)} of them; the others are advertisements or farther away."
    )
    stage.show(("crawl", "kompas"))
    stage.server.faults[EVERYTHING] = Fault(delay=SLOWNESS)
    with screen.progress(len(wanted)) as show:
        program = programs.start("crawl", "kompas", settings=stage.settings)
        done = _watch(stage, program, show, until=len(wanted) // 3)
    del stage.server.faults[EVERYTHING]
    if not program.was_killed:
        raise Unexpected(f"the crawl ended before it was killed: {done.last_line}")
    before = len(stage.articles())
    screen.say(f"Killed (kill -9) with {before} articles stored. The same command again:", "yellow")
    stage.show(("crawl", "kompas"))
    with screen.progress(len(wanted)) as show:
        program = programs.start("crawl", "kompas", settings=stage.settings)
        done = _watch(stage, program, show)
    stage.crawled(done)
    _compare(stage)


def _watch(
    stage: Stage, program: Program, show: Callable[[int], None], until: int | None = None
) -> Done:
    with closing(Counter(stage)) as counter:

        def look() -> bool:
            count = counter.count()
            show(count)
            return until is None or count < until

        done = program.wait(look)
        show(counter.count())
    return done


class Counter:
    """Counts the articles of an archive that may not exist yet."""

    def __init__(self, stage: Stage) -> None:
        self._url = stage.database_url
        self._reader: Reader | None = None

    def count(self) -> int:
        """The number of stored articles; 0 without an archive."""
        try:
            self._reader = self._reader or Reader(self._url, project_dir())
        except CrawlError:
            return 0
        return self._reader.count(Filters(with_duplicates=True))

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()


def _compare(stage: Stage) -> None:
    keys, wanted = [article.id for article in stage.articles()], stage.keys
    expect("articles stored", set(keys), wanted)
    expect("rows in the archive", len(keys), len(wanted))
    stage.screen.prove(f"{len(keys)} of {len(wanted)} articles, each once")
