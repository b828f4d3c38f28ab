"""The living site, served with wrong answers, and an archive that is crawled from it."""

from __future__ import annotations

import asyncio
import gc
import re
import ssl
from collections import Counter
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from zlib import crc32

from sqlalchemy import select

from kompas_crawler import clock
from kompas_crawler.archive import writer
from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.read import gaps, quiet_hours
from kompas_crawler.archive.read.export import Reader
from kompas_crawler.archive.store.pages import PageStore
from kompas_crawler.crawl import run as run_module
from kompas_crawler.crawl.run import Run
from kompas_crawler.exitcodes import CrawlError, Exit
from kompas_crawler.outcome.ending import Ending
from kompas_crawler.sample.site.server import Asked, Faults, Server, running
from kompas_crawler.sample.site.site import Site
from kompas_crawler.sample.site.words import CHANNELS, PAID
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.urls import article_key
from kompas_crawler.spiders import list_spider
from tests.crawling import crawl
from tests.histories.answers import ARTICLE, FRONT, INDEX, LOGIN, LOGIN_FAULT, kind_of, page_of
from tests.histories.kinds import KINDS
from tests.histories.living_site import INDEX_ROWS, Answers, LivingSite, number_of
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from kompas_crawler.archive.read.gaps import Gaps
    from tests.histories.answers import Wrong

CLAIMS = frozenset(
    {
        *("404", "410", "404 for days", "soft 404", "another article", "no rows"),
        *("no rows for days", "to a front", "to another day", "to another page"),
        *("index of another section", "404 of all pages"),
    }
)
"""Answers that settle a page when they are repeated: it counts as unconfirmed, not as failed."""
PASSED = frozenset(kind.name for kind in KINDS if kind.passes)
BELIEVED = frozenset(kind.name for kind in KINDS if kind.is_believed)


@dataclass(frozen=True, slots=True)
class Served:
    """One answer: ``wrong`` names its kind, ``listed`` are the articles of a right list.

    ``read`` is the article whose right page it is, and its revision.
    """

    at: datetime
    url: str
    wrong: str | None
    listed: tuple[int, ...] = ()
    read: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Spell:
    """For a while, a share of the addresses of some kinds answers wrongly.

    *is_flaky* draws anew for each request, else an address answers alike all the time.
    """

    number: int
    since: datetime
    until: datetime
    kinds: tuple[Wrong, ...]
    share: int
    is_flaky: bool
    on: frozenset[str]

    def wrong(self, url: str, at: datetime, request: int) -> Wrong | None:
        """The kind of wrong answer that *url* gets *at* this time."""
        what = kind_of(url)
        if not self.since <= at < self.until or what not in self.on:
            return None
        fitting = [kind for kind in self.kinds if what in kind.on]
        address = url.replace("?page=all", "") if what == ARTICLE else url
        drawn = crc32(f"{self.number} {address} {request if self.is_flaky else ''}".encode())
        return (
            fitting[drawn // 100 % len(fitting)] if fitting and drawn % 100 < self.share else None
        )

    def __str__(self) -> str:
        kinds = ", ".join(kind.name for kind in self.kinds)
        how = "of requests" if self.is_flaky else "of addresses"
        on = ", ".join(sorted(self.on))
        return f"{self.share} % {how} ({on}) answer with: {kinds}, until {stamp(self.until)}"


class Host(Server):
    """The server; ``seconds`` of the site's time go by with each request."""

    def __init__(self, site: LivingSite) -> None:
        super().__init__(site)
        self.living = site
        self.answers = Answers(site)
        self._replies = self.answers
        self.spells: list[Spell] = []
        self._led_to: Counter[str] = Counter()  # by redirects that are not followed yet
        self.served: list[Served] = []
        self.seconds = 1.0
        self.ticks = 0.0
        self.kill_after: int | None = None

    def forget_redirects(self) -> None:
        """What redirects led to in an earlier run is of no more interest."""
        self._led_to.clear()

    def monotonic(self) -> float:
        """The crawler's clock, which goes on as the site's does."""
        return self.ticks

    @property
    def is_killed(self) -> bool:
        """Whether the crawl that is under way has been killed."""
        return self.kill_after is not None and len(self.served) >= self.kill_after

    def page(self, url: str) -> bytes:
        return self.answers.answer(url).body

    def without_rows(self, url: str) -> bytes:
        return self.answers._listing("Indeks berita", url, [], 1, 1).body

    def other_article(self, url: str) -> str:
        shown = [i for i in range(self.living.count) if self.living.is_listed(i)]
        others = [u for u in map(self.living.url, shown) if u != url.partition("?")[0]]
        return others[crc32(url.encode()) % len(others)] if others else LOGIN

    def former_address(self, url: str) -> str | None:
        key = article_key(url)
        if key is None or (index := self.living.find(key)) is None:
            return None
        former = number_of(self.living.former_key(index))
        return url.partition("?")[0].replace(f"/{key.number}/", f"/{former}/")

    def other_front(self, url: str) -> str:
        fronts = [channel.section.front_url for channel in CHANNELS]
        others = [front for front in fronts if front.rstrip("/") not in url]
        return others[crc32(url.encode()) % len(others)]

    def copy(self, url: str, age: timedelta) -> Fault:
        now = self.living.now
        self.living.now = max(now - age, min(now, self.living.appears_at[0]))
        reply = self.answers.answer(url)
        self.living.now = now
        return Fault(status=reply.status, headers=dict(reply.headers), body=reply.body)

    async def _respond(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        self.ticks += self.seconds
        self.living.now += timedelta(seconds=self.seconds)
        host, _, rest = asked.target[1:].partition("/")
        url, now = f"https://{host}/{rest}", self.living.now
        fault, wrong = self._fault(url, now)
        is_led_to = self._led_to[url] > 0
        # The client asks once more on a new connection where the old one stays silent.
        self._led_to[url] -= is_led_to and not (wrong is not None and wrong.name == "silence")
        if fault is not None and fault.status == 302:
            self._led_to[fault.headers["Location"]] += 1
        self.faults = Faults({} if fault is None else {url: fault})
        if wrong is not None and wrong.is_plain:
            headers = {k: v for k, v in asked.headers.items() if k != "accept-encoding"}
            asked = asked._replace(headers=headers)
        right: tuple[int, ...] = ()
        read = None
        if wrong is None:
            self.answers.listed = ()
            self.answers.answer(url)
            right = () if kind_of(url) == ARTICLE or is_led_to else self.answers.listed
            read = self._read(url)
        name = wrong.name if wrong else "led to" if is_led_to else None
        self.served.append(Served(now, url, name, right, read))
        return await super()._respond(asked, writer)

    def _read(self, url: str) -> tuple[int, int] | None:
        """The article at its own address *url*, and its revision."""
        key = article_key(url)
        index = self.living.find(key) if key is not None else None
        return None if index is None else (index, self.living.revision(index))

    def _fault(self, url: str, now: datetime) -> tuple[Fault | None, Wrong | None]:
        if url.startswith(LOGIN):
            return LOGIN_FAULT, None
        for spell in self.spells:
            wrong = spell.wrong(url, now, len(self.served))
            fault = None if wrong is None else wrong.make(self, url)
            if fault is not None:
                return fault, wrong
        return None, None


def serving(site: LivingSite) -> AbstractContextManager[Host]:
    """Serve *site* from a thread of its own while the block runs."""
    return running(Host(site))


class Killed(CrawlError):  # noqa: N818
    """The crawl was killed: its transaction is rolled back, and nothing more is written."""

    code = Exit.INTERRUPTED


class _Resting:
    """The garbage collector, left alone: crawls of a few pages need no full collections."""

    collect = freeze = unfreeze = staticmethod(lambda: 0)
    get_threshold = staticmethod(gc.get_threshold)
    set_threshold = staticmethod(lambda *numbers: None)


@contextmanager
def mortal(host: Host) -> Iterator[None]:
    """Crawls go by the clock of *host* and can be killed; they cost less CPU to start."""
    applied, closed = PageStore.apply, Run.spider_closed
    opened = lru_cache(open_engine)  # with its compiled statements

    def apply(store: PageStore, connection: Any, changes: Any) -> Any:
        results = applied(store, connection, changes)
        if host.is_killed:
            raise Killed("killed")
        return results

    def spider_closed(run: Run, reason: str) -> None:
        if not host.is_killed:
            closed(run, reason)
            return
        run.writer.fail(Killed("killed"))
        run.writer.close()
        ending = run.crawler.get_extension(Ending)
        assert ending is not None
        ending.exit_code, ending.line = Exit.INTERRUPTED, "killed"
        run.engine.dispose()
        run._lock.release()

    with (
        patch.object(PageStore, "apply", apply),
        patch.object(Run, "spider_closed", spider_closed),
        patch.object(clock, "monotonic", host.monotonic),
        patch.object(run_module, "gc", _Resting),
        patch.object(run_module, "open_engine", opened),
        patch.object(list_spider, "FULL", INDEX_ROWS),
        patch.object(quiet_hours, "find", lambda *known, **more: []),
        patch.object(writer, "GATHER_SECONDS", 0.02),
        patch.object(ssl.SSLContext, "load_default_certs", lambda *known: None),
    ):
        yield


@dataclass(frozen=True, slots=True)
class Ran:
    """One run: how it ended, and what the site answered."""

    spider: str
    began_at: datetime
    ended_at: datetime
    code: Exit
    end: str
    is_killed: bool
    served: tuple[Served, ...]
    arguments: frozenset[str] = frozenset()


def _is_nearly_all(body: str, text: str) -> bool:
    """Whether *body* lacks so few paragraphs of *text* that it counts as complete."""
    paragraphs = set(text.split("\n\n"))
    is_part = all(one in paragraphs for one in body.split("\n\n"))
    return is_part and len(body.split()) >= 0.84 * len(text.split())


class World:
    """A served site, its archive, and what a right list has shown to a finished run."""

    def __init__(self, host: Host, folder: Path, revisit: str = "", url: str = "") -> None:
        self.host, self.site, self.folder = host, host.living, folder
        self.url = url or f"sqlite:///{(folder / 'kompas.db').as_posix()}"
        self.revisit = revisit
        # A page is noted when it is committed, some requests after it was served.
        self.lag = timedelta(0)
        self.told: set[int] = set()
        self.claims: set[str] = set()  # addresses whose last answer may settle them
        self.first_pages: dict[tuple[str, date], datetime] = {}
        self.shown: dict[tuple[str, date], set[int]] = {}  # by the index of a day
        self.misled: set[tuple[str, date]] = set()  # days whose index was wrong and is believed
        self.read: dict[int, int] = {}  # the revision of each article that was read last

    def crawl(
        self,
        at: datetime,
        spider: str,
        *,
        ahead: timedelta = timedelta(),
        most: int = 0,
        **arguments: str,
    ) -> Ran:
        """Run a command *at* a moment of the site's time, for *most* pages unless that is 0.

        The crawler's clock may be *ahead*.
        """
        host = self.host
        host.served.clear()
        host.forget_redirects()
        self.lag = max(self.lag, timedelta(seconds=64 * host.seconds))
        host.ticks, self.site.now = 0.0, at
        ended = crawl(
            spider,
            mirror=host.url,
            database_url=self.url,
            folder=self.folder,
            settings={
                "KOMPAS_NOW": (at + ahead).isoformat(),
                "KOMPAS_REVISIT": self.revisit,
                "RETRY_TIMES": 0,
                "CONCURRENT_REQUESTS": 1,
                "CLOSESPIDER_PAGECOUNT": most,
                "LOG_ENABLED": False,
            },
            **arguments,
        )
        ran = Ran(
            spider,
            at,
            self.site.now,
            ended.code,
            ended.end,
            host.is_killed,
            tuple(host.served),
            frozenset(arguments),
        )
        host.kill_after = None
        for one in ran.served:
            self.claims.discard(one.url)
            if one.wrong in CLAIMS:
                self.claims.add(one.url)
            if one.wrong in BELIEVED:
                self.misled.add(_index_of(one.url))
        if not ran.is_killed and ran.code in (Exit.DONE, Exit.QUALITY):
            self._note(ran)
        return ran

    def _note(self, ran: Ran) -> None:
        for one in ran.served:
            if one.wrong is not None:
                continue
            self.told.update(i for i in one.listed if not self.site.is_to_return(i))
            if one.read is not None:
                self.read[one.read[0]] = one.read[1]
            if kind_of(one.url) == INDEX:
                which, day = _index_of(one.url)
                self.misled.discard((which, day))
                listed = self.shown.setdefault((which, day), set())
                listed.update(one.listed)
                # The first page alone, as the latest is looked at, says nothing of the others.
                if page_of(one.url) == 1 and listed.issuperset(self.site.indexed(day, which)):
                    self.first_pages[which, day] = one.at

    def look(self) -> tuple[Gaps, dict[str, str]]:
        """What ``scrapy gaps`` says now, and the stored texts by key."""
        with self._reader.engine.connect() as connection:
            found = gaps.find(connection, now=self.site.now)
            stored = dict(connection.execute(select(ArticleRow.key, ArticleRow.body)).all())
        return found, stored

    def wrong_texts(self, stored: dict[str, str], named: Collection[str]) -> list[str]:
        """The keys of the stored articles, not *named*, whose text the site never had."""
        site, found = self.site, []
        for key, body in stored.items():
            if key not in named:
                index = site.find(key)
                assert index is not None, key
                texts = [site.text(index, n) for n in range(site.revision(index) + 1)]
                if not any(body == text or _is_nearly_all(body, text) for text in texts):
                    found.append(key)
        return found

    def old_texts(self, stored: dict[str, str]) -> list[str]:
        """The keys of the articles of which an older text is stored than was read last."""
        keyed = ((self.site.key(index), index, n) for index, n in self.read.items())
        return [
            key for key, index, n in keyed if n and stored.get(key) == self.site.text(index, n - 1)
        ]

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self.url, self.folder)

    def close(self) -> None:
        """Let go of the archive."""
        self._reader.close()

    def lacking(self, indexes: set[int], stored: Collection[str], named: set[str]) -> list[str]:
        """The keys of the articles of *indexes* that are live, not stored and not named."""
        site = self.site
        return sorted(
            site.key(i)
            for i in indexes
            if site.plan.channel(i) is not PAID
            and site.is_listed(i)
            and site.key(i) not in stored
            and not {site.key(i), site.former_key(i)} & named
        )

    def vouched(self, found: Gaps) -> dict[str, set[int]]:
        """By what ``gaps`` vouches for: the articles that the site has listed in it."""
        site, result = self.site, {}
        for whole in found.whole_days:
            if (whole.site, whole.day) in self.misled:
                continue
            settled = datetime.combine(whole.day, time(6), WIB) + timedelta(days=1)
            until = max(settled, self.first_pages.get((whole.site, whole.day), settled)) - self.lag
            result[f"the index of {whole.day} ({whole.site})"] = {
                i
                for i in site.of_day(whole.day)
                if site.appears_at[i] <= until
                and whole.site in ("all", site.slugs[i])
                and (i in self.told or i not in site.restored_at)
            }
        for front in found.followed:
            name = f"the front of {front.section} from {stamp(front.since)} to {stamp(front.until)}"
            result[name] = {
                i
                for i in Site.front(site, front.section)
                if front.since < site.appears_at[i] <= front.until - self.lag
                and (i in self.told or i not in site.restored_at)
            }
        return result

    def owed(self, ran: Ran, stored: Collection[str]) -> tuple[int, int]:
        """Of the lists and articles that *ran* was told of: how many it left, and all."""
        lists: dict[str, str | None] = {}
        for one in ran.served:
            if one.wrong == "led to":  # by a redirect, also from its own address
                if lists.get(one.url) == "to itself":
                    lists[one.url] = None
            elif kind_of(one.url) in (INDEX, FRONT):
                lists[one.url] = one.wrong
        told = {i for one in ran.served if one.wrong is None for i in one.listed}
        if ran.spider != "indeks":  # what a back-fill has left is not theirs
            told = self._among(told, [one.url for one in ran.served])
        told -= self._among(told, list(self.claims))
        # The home page of a day has that day's articles alone, as its index has.
        today = f"date={ran.began_at.astimezone(WIB).date()}"
        failed = [
            wrong
            for url, wrong in lists.items()
            if wrong
            and wrong not in CLAIMS | PASSED
            and not (wrong == "home page" and today in url)
        ]
        left = len(self.lacking(told, stored, set())) + len(failed)
        # A back-fill owes what it was told of on other days too, gaps=1 what any run was; also
        # what a wrong answer lists is fetched.
        is_of_all = ran.spider == "indeks" or "gaps" in ran.arguments
        known = max(len(self.told), len(stored)) if is_of_all else 0
        return left, max(len(told) + len(lists), known)

    def _among(self, indexes: set[int], urls: list[str]) -> set[int]:
        """Of the articles *indexes* those that one of *urls* asks for."""
        return {i for i in indexes if any(number_of(self.site.key(i)) in url for url in urls)}


def _index_of(url: str) -> tuple[str, date]:
    """The section and the day of the index at *url*."""
    found = re.search(r"site=(\w+)&date=([\d-]+)", url)
    assert found is not None, url
    return found[1], date.fromisoformat(found[2])


def stamp(at: datetime) -> str:
    """A moment of the site's time, short."""
    return f"{at.astimezone(WIB):%d.%m. %H:%M}"
