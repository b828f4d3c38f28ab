"""Obey robots.txt, host by host, and refuse where its rules are not known (RFC 9309)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from scrapy import Request, signals
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser
from scrapy.utils.httpobj import urlparse_cached

from kompas_crawler.clock import Clock
from kompas_crawler.crawl.run import Run
from kompas_crawler.middlewares.failures import is_silence
from kompas_crawler.middlewares.throttle import NotSent
from kompas_crawler.pages import recognition
from kompas_crawler.polite.robots_file import MemoryStore, is_markup, readable
from kompas_crawler.polite.user_agent import ROBOTS_TOKEN

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.robotstxt import RobotParser

    from kompas_crawler.polite.robots_file import RobotsStore

logger = logging.getLogger(__name__)

LIFETIME = timedelta(hours=24)
"""How old a copy may be and still be obeyed: RFC 9309, 2.4."""
REFRESH = timedelta(hours=23)
"""When a copy is fetched again; the hour left is for a host that fails just then."""
RETRY = timedelta(minutes=10)
"""How long a host counts as unreachable before it is asked again."""


class RobotsForbidden(IgnoreRequest):
    """The host's robots.txt forbids the address."""


class RobotsUnreachable(IgnoreRequest):
    """The host's robots.txt cannot be had now: its addresses wait.

    ``is_silent`` tells that the host did not answer at all.
    """

    is_passing = True

    def __init__(self, line: str, *, is_silent: bool = False) -> None:
        super().__init__(line)
        self.is_silent = is_silent


@dataclass(frozen=True, slots=True)
class _Answer:
    """What is known of one origin until ``expires_at``; no ``rules`` = unreachable."""

    rules: RobotParser | None
    expires_at: datetime
    is_silent: bool = False


class RobotsMiddleware:
    """Refuse what robots.txt forbids, and all of a host whose robots.txt cannot be had.

    A file is fetched once for each host, through our download slot; all requests
    of the host wait for that one answer. 4xx but 429 means there are no rules. 5xx,
    429 and network errors raise :exc:`RobotsUnreachable` unless a copy no older
    than a day is in :attr:`store`. A page of HTML with status 200 is read like
    any file, as RFC 9309 2.3.1.1 and 2.2 ask: lines that are rules are obeyed,
    all others skipped; but it does not replace a copy that had rules.

    Scrapy's own middleware lets requests through that wait together for one
    file, and everything when the file fails: hence this one. Requests with the
    meta key ``dont_obey_robotstxt`` pass. Sends ``signals.robots_parsed``.

    Stats: ``robots/fetched``, ``robots/absent``, ``robots/markup``, ``robots/kept`` and
    ``robots/hosts_unreachable`` count files; ``robots/forbidden`` and
    ``robots/unreachable`` count refused requests.
    """

    def __init__(self, crawler: Crawler, store: RobotsStore) -> None:
        self.crawler = crawler
        self.clock = Clock(crawler.settings.get("KOMPAS_NOW"))
        self.store = store
        self._asked: dict[str, asyncio.Future[_Answer]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the middleware, with the copies that the run has."""
        run = crawler.get_extension(Run)
        return cls(crawler, run.robots if run else MemoryStore())

    async def process_request(self, request: Request) -> None:
        """Let *request* pass or raise :exc:`RobotsForbidden` or :exc:`RobotsUnreachable`."""
        if request.meta.get("dont_obey_robotstxt"):
            return
        parts = urlparse_cached(request)
        origin = f"{parts.scheme}://{parts.netloc}"
        answer = await self._answer(origin)
        if answer.rules is None:
            self._count("unreachable")
            line = f"{origin}/robots.txt cannot be had now"
            raise RobotsUnreachable(line, is_silent=answer.is_silent)
        if not answer.rules.allowed(request.url, ROBOTS_TOKEN):
            self._count("forbidden")
            logger.info("robots.txt forbids %s", request.url)
            raise RobotsForbidden(f"robots.txt forbids {request.url}")

    async def _answer(self, origin: str) -> _Answer:
        answer = self._asked.get(origin)
        if answer is None or (answer.done() and answer.result().expires_at <= self.clock.now()):
            # Stored before anything is awaited: whoever comes next waits for this one.
            answer = self._asked[origin] = asyncio.ensure_future(self._ask(origin))
        return await answer

    async def _ask(self, origin: str) -> _Answer:
        if (answer := await self._kept(origin)) is not None:
            return answer
        async with self.store.asking(origin):  # another crawl may have fetched it by now
            return await self._kept(origin) or await self._new(origin)

    def _copy(self, origin: str) -> tuple[tuple[datetime, bytes] | None, timedelta]:
        """The copy in the store, and its age."""
        kept = self.store.load(origin)
        age = self.clock.now() - kept[0] if kept else LIFETIME
        return (kept, age) if age >= timedelta(0) else (None, LIFETIME)  # the clock was set back

    async def _kept(self, origin: str) -> _Answer | None:
        """What a copy says that is young enough."""
        kept, age = self._copy(origin)
        if kept is None or age >= REFRESH:
            return None
        return _Answer(await self._parsed(origin, kept[1]), kept[0] + REFRESH)

    async def _new(self, origin: str) -> _Answer:
        now = self.clock.now()
        kept, age = self._copy(origin)
        try:
            body = await self._fetch(origin)
        except RobotsUnreachable as error:
            if kept and age < LIFETIME:
                self._count("kept")
                expires_at = min(now + RETRY, kept[0] + LIFETIME)
                return _Answer(await self._parsed(origin, kept[1]), expires_at)
            self._count("hosts_unreachable")
            logger.warning("%s; its addresses wait", error)
            return _Answer(None, self.clock.now() + RETRY, is_silent=error.is_silent)
        fetched_at = self.clock.now()
        if is_markup(body) or not body.strip():
            self._count("markup")
            what = "empty" if not body.strip() else "a page of HTML, not a robots.txt"
            logger.warning("%s/robots.txt is %s", origin, what)
            if kept and age < LIFETIME:
                return _Answer(await self._parsed(origin, kept[1]), kept[0] + LIFETIME)
        else:
            self.store.save(origin, fetched_at, body)
        return _Answer(await self._parsed(origin, body), fetched_at + REFRESH)

    async def _fetch(self, origin: str) -> bytes:
        """Return the file of *origin*, empty when there is none."""
        request = Request(
            f"{origin}/robots.txt",
            callback=NO_CALLBACK,
            dont_filter=True,
            # RFC 9309, 2.3.1.2: five redirects are followed, to other hosts too.
            meta={"dont_obey_robotstxt": True, "allow_offsite": True, "redirect_ttl": 5},
        )
        try:
            response = await self.crawler.engine.download_async(request)
        except NotSent:  # the run ends; nothing is known of the host
            raise
        except Exception as error:
            # Whatever it was, the rules are not known.
            reason = str(error) or type(error).__name__
            line = f"{request.url} cannot be had: {reason}"
            raise RobotsUnreachable(line, is_silent=is_silence(error)) from error
        verdict = recognition.by_robots(response)
        if verdict is None:
            self._count("fetched")
            return response.body
        if 400 <= response.status < 500 and response.status != 429:
            self._count("absent")
            return b""
        raise RobotsUnreachable(f"{request.url} cannot be had: {verdict.reason}")

    async def _parsed(self, origin: str, body: bytes) -> RobotParser:
        rules = ProtegoRobotParser(readable(body), self.crawler.spider)
        await self.crawler.signals.send_catch_log_async(
            signals.robots_parsed, robotparser=rules, request=Request(f"{origin}/robots.txt")
        )
        return rules

    def _count(self, outcome: str) -> None:
        self.crawler.stats.inc_value(f"robots/{outcome}")
