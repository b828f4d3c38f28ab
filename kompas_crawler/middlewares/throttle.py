"""Go gently: one delay over all hosts, and waiting when a site asks for it."""

from __future__ import annotations

import asyncio
import logging
from sys import maxsize
from typing import TYPE_CHECKING, Self

from scrapy import signals
from scrapy.exceptions import IgnoreRequest

from kompas_crawler.crawl.run import Run
from kompas_crawler.pages import recognition
from kompas_crawler.pages.recognition import Kind
from kompas_crawler.polite.pace import Pace, polite_delay, retry_after
from kompas_crawler.polite.user_agent import ROBOTS_TOKEN

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.robotstxt import RobotParser

logger = logging.getLogger(__name__)

SLOT = "kompas"
"""The one download slot of all requests; Scrapy's own are one a host."""
BLOCKED = "blocked"
"""Why the spider closed, when the site refuses us."""
REFUSED = "is_refused"
"""The meta key of a request whose answer was known for a refusal by its status."""
BLOCKED_AFTER = 5
"""How many refusals in a row, with no success between, mean that the site refuses us."""
MAX_HOLD = 3600.0
"""The longest wait, in seconds, that a run sits out; for a longer one it ends."""
_CLOSING_CHECK = 0.5  # seconds between two looks at whether the run ends


class NotSent(IgnoreRequest):
    """The run ends before the request's turn came: it was not sent, and nothing failed."""

    is_passing = True


class PolitenessMiddleware:
    """Let one request leave at a time, as far apart as asked for, whatever its host.

    - The delay is ``DOWNLOAD_DELAY`` or a longer Crawl-delay (``signals.robots_parsed``).
    - A Retry-After of 429 and 503 holds all requests until the moment it names.
    - 429, 503 and refusals (401, 403, 202, bot challenges) double the delay; pages that prove
      what they are (:meth:`proved`) ease it back.
    - After :data:`BLOCKED_AFTER` refusals in a row, or when asked to wait longer than
      :data:`MAX_HOLD`, the spider is closed for the reason ``blocked``.

    When the spider closes, requests whose turn has not come end with :exc:`NotSent`.
    Scrapy's retry middleware sits above this one: what it sends again waits as well.

    Stats: ``politeness/held`` and ``politeness/held_seconds``, ``politeness/slowed``,
    ``politeness/refused``, ``politeness/not_sent``.
    """

    def __init__(self, crawler: Crawler, pace: Pace) -> None:
        self.crawler = crawler
        self.pace = pace
        self.is_blocked = False
        self._turn = asyncio.Lock()
        self._refusals = 0  # in a row
        self._refused_at = 0.0
        self._closing: asyncio.Future[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build the middleware, at the pace of the run, and listen for Crawl-delays."""
        run = crawler.get_extension(Run)
        middleware = cls(crawler, run.pace if run else Pace(polite_delay(crawler.settings)))
        crawler.signals.connect(middleware.spider_opened, signals.spider_opened)
        crawler.signals.connect(middleware.robots_parsed, signals.robots_parsed)
        return middleware

    def spider_opened(self) -> None:
        """Leave the waiting to this middleware: who comes to the slot goes at once."""
        slots = self.crawler.engine.downloader.per_slot_settings
        slots[SLOT] = {"concurrency": maxsize, "delay": 0, "jitter": 0}

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Obey a Crawl-delay; one over all hosts, it is the longest of theirs."""
        delay = min(robotparser.crawl_delay(ROBOTS_TOKEN) or 0.0, MAX_HOLD)
        if delay > self.pace.base:
            logger.warning("%s asks for %g s between requests", request.url, delay)
            self.pace.keep_at_least(delay)

    async def process_request(self, request: Request) -> None:
        """Return when *request* may leave."""
        request.meta["download_slot"] = SLOT
        async with self._turn:
            while not self._is_closing() and (wait := await self.pace.turn()):
                await asyncio.sleep(min(wait, _CLOSING_CHECK))
            if self._is_closing():
                self.crawler.stats.inc_value("politeness/not_sent")
                raise NotSent(f"the run ends: {request.url} was not sent")
            self.pace.leave()
        request.meta["left_at"] = self.pace.now()

    def process_response(self, request: Request, response: Response) -> Response:
        """Learn from *response* how fast the site wants us to go."""
        is_robots = bool(request.meta.get("dont_obey_robotstxt"))
        verdict = recognition.by_status(response.status, response.headers)
        is_refusal = not is_robots and verdict is not None and verdict.kind is Kind.REFUSED
        if is_refusal:
            request.meta[REFUSED] = True
        if is_refusal or response.status in (429, 503):
            is_new = self._slow(request, response)
            if is_refusal and (is_new or response.status != 429):
                self._count_refusal(f"the last with {response.status}")
        elif response.status < 500 and not is_robots and "row" not in request.cb_kwargs:
            self.proved()  # of a spider that judges no page
        return response

    def proved(self) -> None:
        """A page was what it was asked for: go back towards the delay that was asked for."""
        self._refusals = 0
        self.pace.ease()

    def refused(self, line: str) -> None:
        """A page with status 200 was a refusal: a bot challenge or a login page."""
        self.crawler.stats.inc_value("politeness/slowed")
        logger.warning("%s; delay %g s", line, self.pace.slow_down())
        self._count_refusal(line)

    def _slow(self, request: Request, response: Response) -> bool:
        """Lengthen the delay; whether *request* left after the last refusal came."""
        # What was under way when the last refusal came is no answer to how we go now.
        is_new = bool(request.meta.get("left_at", 0.0) >= self._refused_at)
        if is_new:
            self._refused_at = self.pace.now()
        seconds = None
        if response.status in (429, 503):
            seconds = retry_after(response.headers.get("Retry-After"), response.headers.get("Date"))
        if seconds:
            self._hold(response, seconds, is_new=is_new)
        elif is_new:  # also when asked to wait for no time at all
            self.crawler.stats.inc_value("politeness/slowed")
            delay = self.pace.slow_down(request.meta.get("left_at"))
            logger.warning("%s: status %d, delay %g s", response.url, response.status, delay)
        return is_new

    def _count_refusal(self, last: str) -> None:
        self.crawler.stats.inc_value("politeness/refused")
        self._refusals += 1
        if self._refusals >= BLOCKED_AFTER:
            self._block(f"{self._refusals} refusals in a row, {last}")

    def _hold(self, response: Response, seconds: float, *, is_new: bool) -> None:
        if seconds > MAX_HOLD:
            self._block(f"{response.url}: asked to wait for {seconds:g} s")
            return
        if is_new:
            self.crawler.stats.inc_value("politeness/held")
            self.crawler.stats.inc_value("politeness/held_seconds", round(seconds))
            logger.warning(
                "%s: status %d, nothing is sent for %g s", response.url, response.status, seconds
            )
        self.pace.hold(seconds)

    def _block(self, reason: str) -> None:
        if self.is_blocked:
            return
        self.is_blocked = True
        logger.error("The site refuses us (%s): ask it for permission before you go on", reason)
        # Not awaited: closing waits for the response that is in our hands.
        self._closing = asyncio.ensure_future(
            self.crawler.engine.close_spider_async(reason=BLOCKED)
        )

    def _is_closing(self) -> bool:
        engine = self.crawler.engine
        # Scrapy has no signal for the begin of closing; its slot knows.
        return self.is_blocked or engine._slot is None or engine._slot.closing is not None
