"""Throttle: one delay over all hosts, Retry-After, and backing off after refusals."""

import asyncio
import logging
from collections.abc import Mapping
from http import HTTPStatus
from sys import maxsize
from typing import Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached

from kompas_crawler.crawl.run import Run
from kompas_crawler.pages import recognition
from kompas_crawler.pages.recognition import Kind
from kompas_crawler.polite.pace import Pace, polite_delay, retry_after
from kompas_crawler.polite.user_agent import ROBOTS_TOKEN

logger = logging.getLogger(__name__)

SLOT = "kompas"  # the download slot of all requests; Scrapy's own slots are per host
BLOCKED = "blocked"  # the reason of closing the spider when the site refuses the crawler
REFUSED = "is_refused"  # the meta key of a request whose response has a status that means a refusal
BLOCKED_AFTER = 5  # refusals in a row after which the run ends
MAX_HOLD = 3600.0  # maximum of Retry-After in seconds; a longer one ends the run
_CLOSING_CHECK = 0.5  # seconds between two checks whether the run ends


class NotSent(IgnoreRequest):
    """The run ended before the request was sent."""


class PolitenessMiddleware:
    """Send one request at a time, with one delay over all hosts.

    A host in the spider's ``delays`` has a slot and a delay of its own.
    - The delay is ``DOWNLOAD_DELAY`` or a longer Crawl-delay (``signals.robots_parsed``).
    - A Retry-After of 429 and 503 holds all requests until that time.
    - 429, 503 and refusals (401, 403, 202, bot challenges) double the delay; good pages
      (:meth:`proved`) ease it back.
    - After :data:`BLOCKED_AFTER` refusals in a row, one 403 of a host in ``delays``, or a
      Retry-After longer than :data:`MAX_HOLD`, the spider is closed for the reason ``blocked``.
    When the spider closes, waiting requests end with :exc:`NotSent`. Retries wait as well.
    Stats: ``politeness/held`` and ``politeness/held_seconds``, ``politeness/slowed``,
    ``politeness/refused``, ``politeness/not_sent``.
    """

    def __init__(self, crawler: Crawler, pace: Pace, delays: Mapping[str, float]) -> None:
        self.crawler = crawler
        # As in ``polite_delay``, there is none under a mirror unless set.
        is_hasty = crawler.settings.get("KOMPAS_MIRROR") and not polite_delay(crawler.settings)
        own = {host: Pace(0.0 if is_hasty else delay) for host, delay in delays.items()}
        self.paces = {SLOT: pace} | own
        self.is_blocked = False
        self._turns = {slot: asyncio.Lock() for slot in self.paces}
        self._refusals = 0  # in a row
        self._refused_at = 0.0
        self._closing: asyncio.Future[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        run = crawler.get_extension(Run)
        pace = run.pace if run else Pace(polite_delay(crawler.settings))
        middleware = cls(crawler, pace, getattr(crawler.spider, "delays", {}))
        crawler.signals.connect(middleware.spider_opened, signals.spider_opened)
        crawler.signals.connect(middleware.robots_parsed, signals.robots_parsed)
        return middleware

    def spider_opened(self) -> None:
        """Disable the delay and concurrency limit of Scrapy's slot."""
        slots = self.crawler.engine.downloader.per_slot_settings
        for slot in self.paces:
            slots[slot] = {"concurrency": maxsize, "delay": 0, "jitter": 0}

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Obey a Crawl-delay; the longest one counts for all hosts of a slot."""
        delay = min(robotparser.crawl_delay(ROBOTS_TOKEN) or 0.0, MAX_HOLD)
        pace = self.paces[self._slot(request)]
        if delay > pace.base:
            logger.warning("%s sets a Crawl-delay of %g s", request.url, delay)
            pace.keep_at_least(delay)

    def _slot(self, request: Request) -> str:
        host = urlparse_cached(request).hostname or ""
        return host if host in self.paces else SLOT

    async def process_request(self, request: Request) -> None:
        request.meta["download_slot"] = slot = self._slot(request)
        pace = self.paces[slot]
        async with self._turns[slot]:
            while not self._is_closing() and (wait := await pace.turn()):
                await asyncio.sleep(min(wait, _CLOSING_CHECK))
            if self._is_closing():
                self.crawler.stats.inc_value("politeness/not_sent")
                raise NotSent(f"the run ends: {request.url} was not sent")
            pace.leave()
        request.meta["left_at"] = pace.now()

    def process_response(self, request: Request, response: Response) -> Response:
        """Adjust the delay to the status and Retry-After of *response*."""
        slot = self._slot(request)
        is_robots = bool(request.meta.get("dont_obey_robotstxt"))
        verdict = recognition.by_status(response.status, response.headers)
        is_refusal = not is_robots and verdict is not None and verdict.kind is Kind.REFUSED
        if is_refusal or response.status in (429, 503):
            request.meta[REFUSED] = is_refusal
            is_new = self._slow(request, response, slot)
            if is_refusal and (is_new or response.status != 429):
                is_last = response.status == HTTPStatus.FORBIDDEN and slot != SLOT
                self._count_refusal(f"the last with {response.status}", slot, is_last=is_last)
        elif response.status < 500 and not is_robots and "row" not in request.cb_kwargs:
            self.proved(slot)  # a plain spider does not call it
        return response

    def proved(self, slot: str = SLOT) -> None:
        """Ease the delay after a good page."""
        self._refusals = 0
        self.paces[slot].ease()

    def refused(self, line: str, slot: str = SLOT) -> None:
        """Slow down after a refusal with status 200: a bot challenge or a login page."""
        self.crawler.stats.inc_value("politeness/slowed")
        logger.warning("%s; delay %g s", line, self.paces[slot].slow_down())
        self._count_refusal(line, slot)

    def _slow(self, request: Request, response: Response, slot: str) -> bool:
        """Lengthen the delay or hold; return whether *request* was sent after the last refusal."""
        pace, stats = self.paces[slot], self.crawler.stats
        # Requests in flight at the last refusal were sent at the old pace.
        is_new = bool(request.meta.get("left_at", 0.0) >= self._refused_at)
        if is_new:
            self._refused_at = pace.now()
        seconds = None
        if response.status in (429, 503):
            seconds = retry_after(response.headers.get("Retry-After"), response.headers.get("Date"))
        if seconds and seconds > MAX_HOLD:
            self._block(f"{response.url}: Retry-After of {seconds:g} s", slot)
        elif seconds:
            pace.hold(seconds)
            if is_new:
                stats.inc_value("politeness/held")
                stats.inc_value("politeness/held_seconds", round(seconds))
                line = "%s: status %d, all requests wait %g s"
                logger.warning(line, response.url, response.status, seconds)
        elif is_new:  # also for a Retry-After of 0
            stats.inc_value("politeness/slowed")
            delay = pace.slow_down(request.meta.get("left_at"))
            logger.warning("%s: status %d, delay %g s", response.url, response.status, delay)
        return is_new

    def _count_refusal(self, last: str, slot: str, *, is_last: bool = False) -> None:
        self.crawler.stats.inc_value("politeness/refused")
        if slot != SLOT:
            self.crawler.stats.set_value("politeness/refused_by", slot)
        self._refusals += 1
        if self._refusals >= BLOCKED_AFTER or is_last:
            self._block(f"{self._refusals} refusals in a row, {last}", slot)

    def _block(self, reason: str, slot: str) -> None:
        if self.is_blocked:
            return
        self.is_blocked = True
        logger.error("%s refuses the crawler (%s)", "The site" if slot == SLOT else slot, reason)
        # Not awaited: closing waits for the response being processed here.
        closing = self.crawler.engine.close_spider_async(reason=BLOCKED)
        self._closing = asyncio.ensure_future(closing)

    def _is_closing(self) -> bool:
        engine = self.crawler.engine
        # Scrapy has no signal for the start of closing.
        return self.is_blocked or engine._slot is None or engine._slot.closing is not None
