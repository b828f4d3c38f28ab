"""What time it is: the machine's, or that of a test, which goes on from a moment it was given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import monotonic


class Clock:
    """A clock in UTC that starts at *start* (``KOMPAS_NOW``, ISO 8601) and goes on ticking.

    Without *start* it is the machine's own. A start without a zone is in UTC.
    Raises ``ValueError`` with one clear line when *start* is no moment.
    """

    def __init__(self, start: str | None = None) -> None:
        self._start = _moment(start.strip()) if start and start.strip() else None
        self._began = monotonic()

    def now(self) -> datetime:
        """Return the moment, aware."""
        if self._start is None:
            return datetime.now(UTC)
        return self._start + timedelta(seconds=monotonic() - self._began)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f"KOMPAS_NOW is no moment: {text!r}; expected like 2024-01-31T09:00:00+07:00"
        ) from None


def duration(seconds: float) -> str:
    """A length of time as one says it.

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
