"""The pace: when the next request may be sent, over all hosts."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import inf
from time import monotonic

from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings

MAX_DELAY = 60.0  # maximum delay in seconds after refusals


def polite_delay(settings: BaseSettings) -> float:
    """``DOWNLOAD_DELAY``, but under a mirror 0 unless a spider, a command or ``-s`` set it."""
    is_set = (settings.getpriority("DOWNLOAD_DELAY") or 0) > SETTINGS_PRIORITIES["project"]
    if settings.get("KOMPAS_MIRROR") and not is_set:
        return 0.0
    return settings.getfloat("DOWNLOAD_DELAY")


class Pace:
    """The delay between requests: refusals lengthen it, good pages reduce it.

    ``base`` is the configured delay, ``delay`` the current one, both in seconds; ``now`` reads
    a monotonic clock.

    >>> pace = Pace(1.0, now=lambda: 100.0)
    >>> pace.leave()
    >>> pace.slow_down(), pace.wait()
    (2.0, 2.0)
    >>> pace.hold(30), pace.wait()
    (None, 30.0)
    """

    def __init__(self, delay: float, now: Callable[[], float] = monotonic) -> None:
        self.base = self.delay = delay
        self.now = now
        self._left_at = self._next_at = -inf

    def wait(self) -> float:
        return max(0.0, self._next_at - self.now())

    async def turn(self) -> float:
        """Like ``wait``, but may query the database (see ``FleetPace``)."""
        return self.wait()

    def leave(self) -> None:
        self._left_at = self.now()
        self._next_at = self._left_at + self.delay

    def hold(self, seconds: float) -> None:
        self._next_at = max(self._next_at, self.now() + seconds)

    def slow_down(self, left_at: float | None = None) -> float:
        """Double the delay, hold for it and return it; *left_at*: when the request was sent."""
        self.delay = max(self.base, min(2 * self.delay, MAX_DELAY))
        self.hold(self.delay)
        return self.delay

    def ease(self) -> None:
        """Reduce the delay towards ``base``: from 60 s to 1 s in 19 steps."""
        self.delay = max(self.base, 0.8 * self.delay)

    def keep_at_least(self, delay: float) -> None:
        self.base = max(self.base, delay)
        self.delay = max(self.delay, self.base)
        self._next_at = max(self._next_at, self._left_at + self.delay)


def retry_after(value: bytes | None, date: bytes | None = None) -> float | None:
    """Parse a Retry-After header as seconds from now; ``None`` if it is invalid.

    It contains seconds or a date. A date is compared with the response's *date* if it has one,
    because the local clock may be wrong.

    >>> retry_after(b"120"), retry_after(b"soon"), retry_after(None)
    (120.0, None, None)
    >>> retry_after(b"Wed, 31 Jan 2024 09:00:30 GMT", date=b"Wed, 31 Jan 2024 09:00:00 GMT")
    30.0
    """
    text = (value or b"").decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    if (moment := http_date(text)) is None:
        return None
    sent_at = http_date((date or b"").decode("latin-1")) or datetime.now(UTC)
    return max(0.0, (moment - sent_at).total_seconds())


def http_date(text: str) -> datetime | None:
    """The time of a Date header; ``None`` if it is invalid."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
