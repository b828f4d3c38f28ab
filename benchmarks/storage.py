"""Storage and frontier as the archive grows: pages stored in a second, large to small.

A group of pages is what a sweep brings: new articles, one of them with a text that is
there already, visits that find nothing changed, a correction, and listings. Archives of
all sizes are measured in turn, group by group, through ``PageStore.apply`` and the commit;
first with links and visits to articles as old as real ones lead to, then to any of the archive.
On the largest follow searches, taking due rows, and a sweep that finds nothing new.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import replace
from math import log
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import due, filling, search
from benchmarks.corpus import Corpus
from benchmarks.measures import Measure
from kompas_crawler.archive import schema, stored_articles
from kompas_crawler.archive.changes import PageChange
from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.frontier import admit
from kompas_crawler.archive.store.hashes import content_hash, text_hash
from kompas_crawler.archive.store.pages import PageStore
from kompas_crawler.clock import Clock
from kompas_crawler.frontier import Candidate, Row, State
from kompas_crawler.items import FetchedArticle, Image, Related

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Engine

SIZES = (10_000, 100_000, 1_000_000)
NEW, UNCHANGED, CORRECTED, LISTINGS, LINKS = 43, 2, 1, 4, 15
GROUP = NEW + UNCHANGED + CORRECTED + LISTINGS
RUNS, GROUPS = 7, 10
"""The first run warms the caches up, and is not counted."""
MEDIAN_AGE, SPREAD = 14.0, 2.0
"""Days, log-normal. Of the 80 "Baca juga" links on 41 real pages half lead back 14 days at most,
64 % a month, 95 % a year; this makes 65 % and 95 %."""


class Spent(NamedTuple):
    """Seconds that a group took: on the clock, and of CPU."""

    wall: float
    cpu: float


def measures(sizes: Sequence[int] = SIZES, runs: int = RUNS, groups: int = GROUPS) -> list[Measure]:
    """Fill archives of *sizes* and compare each with the smallest."""
    with tempfile.TemporaryDirectory() as folder:
        subjects = [Subject(engine, size) for engine, size in filled(Path(folder), sizes)]
        found = _compared(subjects, in_turn(subjects, runs, groups), "")
        for subject in subjects:
            subject.is_any_age = True
        found += _compared(subjects, in_turn(subjects, runs, groups), ", links of any age")
        found += search.measures(subjects[-1].engine)
        found += due.measures(subjects[-1].engine)
        for subject in subjects:
            subject.engine.dispose()
    return found


def _compared(
    subjects: Sequence[Subject], spent: Sequence[Sequence[Spent]], kind: str
) -> list[Measure]:
    found = []
    first = subjects[0].size
    for subject, times in zip(subjects, spent, strict=True):
        each = sorted(one.cpu for one in times)[len(times) // 2] / GROUP
        print(f"{subject.size:,} articles{kind}: {1000 * each:.3f} ms of CPU a page", flush=True)
        if subject is subjects[0]:
            continue
        for clock, unit in (("cpu", "CPU second"), ("wall", "second")):
            values = [
                getattr(small, clock) / getattr(large, clock)
                for small, large in zip(spent[0], times, strict=True)
            ]
            name = f"pages stored / {unit}, {subject.size:,} / {first:,}{kind}"
            found.append(Measure(name=name, values=values, limit=0.85, hoped=0.95))
    return found


def filled(folder: Path, sizes: Sequence[int]) -> Iterator[tuple[Engine, int]]:
    """Archives of *sizes*, each grown from a copy of the one before."""
    last: Path | None = None
    for size in sizes:
        path = folder / f"{size}.db"
        if last is not None:
            shutil.copyfile(last, path)
        engine = open_engine(database_url(f"sqlite:///{path}", folder))
        schema.upgrade(engine)
        began = time.monotonic()
        filling.fill(engine, size)
        print(f"filled to {size:,} articles in {time.monotonic() - began:.0f} s", flush=True)
        last = path
        yield engine, size


def in_turn(subjects: Sequence[Subject], runs: int, groups: int) -> list[list[Spent]]:
    """Times of each run by subject, without the first run."""
    spent: list[list[Spent]] = [[] for _ in subjects]
    for _ in range(runs):
        totals = [Spent(0.0, 0.0) for _ in subjects]
        for group in range(groups):
            order = range(len(subjects))
            for at in order if group % 2 else reversed(order):
                one = subjects[at].store()
                totals[at] = Spent(totals[at].wall + one.wall, totals[at].cpu + one.cpu)
        for times, total in zip(spent, totals, strict=True):
            times.append(Spent(total.wall / groups, total.cpu / groups))
    return [times[1:] for times in spent]


class Subject:
    """An archive of *size* articles and a simulated crawl."""

    def __init__(self, engine: Engine, size: int, seed: int = 11) -> None:
        self.engine = engine
        self.size = self._next = size
        self.is_any_age = False  # what links and visits lead to
        self._clock = Clock(filling.published(size + 10_000).isoformat())
        self._pages = PageStore(self._clock, max_depth=2)
        self._random = Random(size + seed)
        self._corpus = Corpus(seed=seed)
        self._last: FetchedArticle | None = None

    def store(self) -> Spent:
        """Make a group, and store it against the clock."""
        changes = self._group()
        began = time.perf_counter(), time.thread_time()
        with self.engine.begin() as connection:
            self._pages.apply(connection, changes)
        return Spent(time.perf_counter() - began[0], time.thread_time() - began[1])

    def _group(self) -> list[PageChange]:
        now = self._clock.now()
        fresh = [self._article(self._next + n) for n in range(NEW)]
        if self._last is not None:  # another address has the text of the group before
            text = self._last
            fresh[0] = replace(fresh[0], body=text.body, text_hash=text.text_hash)
        self._last = fresh[-1]
        self._next += NEW
        with self.engine.begin() as connection:
            admit.admit(connection, [_candidate(one.url) for one in fresh], now)
            keys = (filling.key(self._old()) for _ in range(UNCHANGED + CORRECTED))
            stored = [stored_articles.by_key(connection, key) for key in keys]
        seen = [replace(one, fetched_at=now) for one in stored if one is not None]
        changed = [self._corrected(one) for one in seen[UNCHANGED:]]
        visits = [_visit(one) for one in (*fresh, *seen[:UNCHANGED], *changed)]
        return visits + [self._listing(n) for n in range(LISTINGS)]

    def _old(self) -> int:
        """An article that is there: as old as real links lead to, or of any age."""
        days = self._random.lognormvariate(log(MEDIAN_AGE), SPREAD)
        number = self._next - NEW - int(days * filling.PER_DAY)
        return self._random.randrange(self.size) if self.is_any_age or number < 0 else number

    def _article(self, number: int) -> FetchedArticle:
        body = tuple(f"{self._corpus.text(33)}." for _ in range(10))
        tags = tuple(f"tag {self._random.randrange(filling.TAGS)}" for _ in range(4))
        people = (f"Wartawan {self._random.randrange(filling.PEOPLE)}",)
        targets = (self._old(), self._old(), number + self._random.randrange(200))
        title = f"{body[0][:60]} {number}"
        return FetchedArticle(
            id=filling.key(number),
            url=filling.url(number),
            title=title,
            summary=body[1],
            body=body,
            section="money",
            authors=people,
            editors=people,
            tags=tuple(dict.fromkeys(tags)),
            published_at=filling.published(number),
            images=(Image(url=filling.url(number) + ".jpg"),),
            related=tuple(Related(url=filling.url(n), title=title) for n in targets),
            word_count=330,
            declared_words=330,
            pages=1,
            is_complete=True,
            extractor_version="1",
            fetched_at=self._clock.now(),
            content_hash=content_hash(title, body[1], body, tags),
            text_hash=text_hash(body),
        )

    def _corrected(self, article: FetchedArticle) -> FetchedArticle:
        body = (*article.body[:-1], f"{self._corpus.text(33)}.")
        return replace(
            article,
            body=body,
            content_hash=content_hash(article.title, article.summary, body, article.tags),
            text_hash=text_hash(body),
        )

    def _listing(self, number: int) -> PageChange:
        """A page of a pager: more than half of its links are known."""
        url = f"https://money.kompas.com/?page={number}"
        old = [self._old() for _ in range(LINKS * 3 // 5)]
        new = [self._next + self._random.randrange(NEW) for _ in range(LINKS - len(old))]
        return PageChange(
            row=_row(url, "listing", None),
            state=State.DONE,
            http_status=200,
            candidates=tuple(_candidate(filling.url(n)) for n in (*old, *new)),
        )


def _candidate(url: str) -> Candidate:
    return admit.article_candidate(url, scope="kompas", depth=0)


def _row(key: str, kind: str, url: str | None) -> Row:
    return Row(
        key=key,
        kind=kind,
        url=url or key,
        scope="kompas",
        section="money",
        day=None,
        depth=0,
        priority=20,
        state=State.PENDING,
        attempts=0,
        empty_pages=0,
        etag=None,
        last_modified=None,
    )


def _visit(article: FetchedArticle) -> PageChange:
    return PageChange(
        row=_row(article.id, "article", article.url),
        state=State.DONE,
        http_status=200,
        etag=f'"{article.id}"',
        article=article,
    )
