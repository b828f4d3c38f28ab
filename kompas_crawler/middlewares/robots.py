"""Obey robots.txt per host, and refuse requests while its rules are unknown (RFC 9309)."""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import NamedTuple, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser, RobotParser
from scrapy.utils.httpobj import urlparse_cached

from kompas_crawler.clock import Clock
from kompas_crawler.crawl.run import Run
from kompas_crawler.middlewares.failures import is_silence
from kompas_crawler.middlewares.throttle import NotSent
from kompas_crawler.pages import recognition
from kompas_crawler.pages.recognition import Kind
from kompas_crawler.polite.robots_file import MemoryStore, is_markup, readable
from kompas_crawler.polite.user_agent import ROBOTS_TOKEN

logger = logging.getLogger(__name__)

LIFETIME = timedelta(hours=24)  # maximum age of a copy: RFC 9309, 2.4
REFRESH = timedelta(hours=23)  # age of a copy to fetch it again: an hour early, in case that fails
RETRY = timedelta(minutes=10)  # how long a host counts as unreachable before the next attempt


class RobotsForbidden(IgnoreRequest):
    """The host's robots.txt forbids the address."""


class RobotsUnreachable(IgnoreRequest):
    """The host's robots.txt is unavailable; ``is_silent``: the host did not answer at all."""

    def __init__(self, line: str, *, is_silent: bool = False) -> None:
        super().__init__(line)
        self.is_silent = is_silent


class _Answer(NamedTuple):
    """The rules of an origin, valid until ``expires_at``; ``None`` if unreachable."""

    rules: RobotParser | None
    expires_at: datetime
    is_silent: bool = False


class RobotsMiddleware:
    """Refuse requests that robots.txt forbids, or whose host's robots.txt is unavailable.

    The file is fetched once per host; all requests of the host wait for it. 4xx except 429
    means no rules. 5xx, 429 and network errors raise :exc:`RobotsUnreachable` unless
    :attr:`store` has a copy younger than a day. HTML with status 200 is parsed as a robots.txt
    (RFC 9309, 2.3.1.1 and 2.2), but does not replace a stored copy.
    Scrapy's own middleware passes the requests that wait for a file, and all requests if the
    file fails. Requests with the meta key ``dont_obey_robotstxt`` pass. Sends
    ``signals.robots_parsed``.
    Stats: ``robots/fetched``, ``robots/absent``, ``robots/refused``, ``robots/markup``,
    ``robots/kept`` and ``robots/hosts_unreachable`` count files; ``robots/forbidden`` and
    ``robots/unreachable`` count refused requests.
    """

    def __init__(self, crawler: Crawler, store: MemoryStore) -> None:
        self.crawler = crawler
        self.clock = Clock(crawler.settings.get("KOMPAS_NOW"))
        self.store = store
        self._asked: dict[str, asyncio.Future[_Answer]] = {}
        self._is_silent = False  # whether a host did not answer

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        run = crawler.get_extension(Run)
        return cls(crawler, run.robots if run else MemoryStore())

    async def process_request(self, request: Request) -> None:
        """Let *request* pass or raise :exc:`RobotsForbidden` or :exc:`RobotsUnreachable`."""
        if request.meta.get("dont_obey_robotstxt") or request.url.startswith("file:"):
            return
        parts = urlparse_cached(request)
        origin = f"{parts.scheme}://{parts.netloc}"
        answer = await self._answer(origin)
        if answer.rules is None:
            self._count("unreachable")
            line = f"{origin}/robots.txt is unavailable"
            raise RobotsUnreachable(line, is_silent=answer.is_silent)
        if not answer.rules.allowed(request.url, ROBOTS_TOKEN):
            self._count("forbidden")
            logger.info("robots.txt forbids %s", request.url)
            raise RobotsForbidden(f"robots.txt forbids {request.url}")

    async def described(self, origin: str) -> str:
        """Return a line with the rules of *origin* for this crawler."""
        answer, copy = await self._answer(origin), self.store.get(origin)
        if answer.rules is None:
            return f"{origin}/robots.txt is unavailable; no request is sent"
        rules = readable(copy[1]).decode().splitlines() if copy else []
        return f"{origin}/robots.txt: {'; '.join(rules) or 'no rules'}"

    async def _answer(self, origin: str) -> _Answer:
        answer = self._asked.get(origin)
        if answer is None or (answer.done() and answer.result().expires_at <= self.clock.now()):
            # Assigned before the first await, so that concurrent requests share it.
            answer = self._asked[origin] = asyncio.ensure_future(self._ask(origin))
        return await answer

    async def _ask(self, origin: str) -> _Answer:
        if (answer := await self._stored(origin, REFRESH)) is not None:
            return answer
        async with self.store.asking(origin):  # another crawl may have fetched it by now
            return await self._stored(origin, REFRESH) or await self._new(origin)

    async def _stored(self, origin: str, lifetime: timedelta) -> _Answer | None:
        """Return the rules of a stored copy that is younger than *lifetime*, if any."""
        copy = self.store.get(origin)
        if copy is None or not timedelta(0) <= self.clock.now() - copy[0] < lifetime:
            return None  # also when the clock was set back
        return _Answer(await self._parsed(origin, copy[1]), copy[0] + lifetime)

    async def _new(self, origin: str) -> _Answer:
        try:
            body = await self._fetch(origin)
        except RobotsUnreachable as error:
            if kept := await self._stored(origin, LIFETIME):
                self._count("kept")
                return kept._replace(expires_at=min(self.clock.now() + RETRY, kept.expires_at))
            self._count("hosts_unreachable")
            # Without a network each host would get a line.
            is_first = not self._is_silent or self.crawler.stats.get_value("pages/hosts_answered")
            self._is_silent = self._is_silent or error.is_silent
            level = logging.WARNING if is_first else logging.DEBUG
            logger.log(level, "%s; requests to this host wait", error)
            return _Answer(None, self.clock.now() + RETRY, is_silent=error.is_silent)
        fetched_at = self.clock.now()
        if is_markup(body) or not body.strip():
            self._count("markup")
            what = "no robots.txt" if body.strip() else "missing or empty"
            logger.warning("%s/robots.txt is %s", origin, what)
            if kept := await self._stored(origin, LIFETIME):
                return kept
        else:
            self.store.save(origin, fetched_at, body)
        return _Answer(await self._parsed(origin, body), fetched_at + REFRESH)

    async def _fetch(self, origin: str) -> bytes:
        """Return the file of *origin*, empty if there is none."""
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
            line = f"{request.url} is unavailable: {str(error) or type(error).__name__}"
            raise RobotsUnreachable(line, is_silent=is_silence(error)) from error
        if (verdict := recognition.by_robots(response)) is None:
            self._count("fetched")
            return response.body
        if 400 <= response.status < 500 and response.status != 429:
            self._count("absent")
            return b""
        if verdict.kind is Kind.REFUSED:
            self._count("refused")
            if not origin.endswith("kompas.com"):  # a web archive
                self.crawler.stats.set_value("politeness/refused_by", origin.partition("//")[2])
        raise RobotsUnreachable(f"{request.url} is unavailable: {verdict.reason}")

    async def _parsed(self, origin: str, body: bytes) -> RobotParser:
        run = self.crawler.get_extension(Run)
        if run is not None and body and origin.endswith(".kompas.com"):
            await run.show_notice(body)
        rules = ProtegoRobotParser(readable(body), self.crawler.spider)
        await self.crawler.signals.send_catch_log_async(
            signals.robots_parsed, robotparser=rules, request=Request(f"{origin}/robots.txt")
        )
        return rules

    def _count(self, outcome: str) -> None:
        self.crawler.stats.inc_value(f"robots/{outcome}")
