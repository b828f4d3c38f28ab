"""The current time: the system clock, or a clock that tests set."""

from datetime import UTC, datetime, timedelta
from time import monotonic

from kompas_crawler.exitcodes import ConfigurationProblem


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


def duration(seconds: float) -> str:
    """A length of time in words.

    >>> duration(40), duration(2400), duration(5 * 3600), duration(19 * 86400)
    ('1 minute', '40 minutes', '5 hours', '19 days')
    """
    hours = seconds / 3600
    if hours >= 48:
        return f"{hours / 24:.0f} days"
    if hours >= 1.5:
        return f"{hours:.0f} hours"
    minutes = max(round(hours * 60), 1)
    return f"{minutes} minute{'s' if minutes > 1 else ''}"


def span_in_words(span: timedelta) -> str:
    """A length of time in a few letters.

    >>> span_in_words(timedelta(seconds=45)), span_in_words(timedelta(minutes=95))
    ('45 s', '95 min')
    >>> span_in_words(timedelta(days=3))
    '3.0 days'
    """
    seconds = max(span.total_seconds(), 0)
    for size, unit, most in ((1, "s", 120), (60, "min", 120), (3600, "h", 48)):
        if seconds < most * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86400:.1f} days"
