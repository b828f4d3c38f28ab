"""The current time: the system clock, or a clock that tests set."""

from datetime import UTC, datetime, timedelta
from time import monotonic

from kompas_crawler.exitcodes import ConfigurationProblem
from kompas_crawler.site.keys import WIB


class Clock:
    """A clock in UTC that starts at *start* (``KOMPAS_NOW``, ISO 8601, UTC if no zone).

    Without *start* it is the system clock. Raises ``ConfigurationProblem`` for a wrong *start*.
    """

    def __init__(self, start: str | None = None) -> None:
        self._start = _moment(start.strip()) if start and start.strip() else None
        self._began = monotonic()

    def now(self) -> datetime:
        if self._start is None:
            return datetime.now(UTC)
        return self._start + timedelta(seconds=monotonic() - self._began)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ConfigurationProblem(
            f"KOMPAS_NOW is not a time: {text!r}; expected like 2024-01-31T09:00:00+07:00"
        ) from None


def wib(at: datetime) -> str:
    """A time in Western Indonesian Time, to the minute: ``2024-02-01 00:30``."""
    return f"{at.astimezone(WIB):%Y-%m-%d %H:%M}"


def duration(seconds: float) -> str:
    """A length of time in words.

    >>> duration(45), duration(2400), duration(5 * 3600), duration(19 * 86400)
    ('45 s', '40 minutes', '5 hours', '19 days')
    """
    for limit, size, unit in ((100, 1, "s"), (5400, 60, "minutes"), (172_800, 3600, "hours")):
        if seconds < limit:
            return f"{max(seconds, 0) / size:.0f} {unit}"
    return f"{seconds / 86400:.0f} days"
