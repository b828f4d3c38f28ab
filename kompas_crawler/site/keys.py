"""The key of an article: the day of publication and the number in its URL."""

import re
from contextlib import suppress
from datetime import date, datetime, time, timedelta, timezone
from typing import NamedTuple, Self

WIB = timezone(timedelta(hours=7), "WIB")  # Western Indonesian Time of Kompas; no daylight saving
KEY = re.compile(r"[0-9]{8}-[0-9]{6,12}")


class ArticleKey(NamedTuple):
    """Identifies an article at all its URLs: date and number.

    >>> ArticleKey.parse("20220122-093100670")
    ArticleKey(day=datetime.date(2022, 1, 22), number='093100670')
    """

    day: date
    number: str

    def __str__(self) -> str:
        return f"{self.day.isoformat().replace('-', '')}-{self.number}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a key; raise ``ValueError`` if it is invalid."""
        if not KEY.fullmatch(text):
            raise ValueError(f"not an article key: {text!r} (expected like 20220122-093100670)")
        day, number = text.split("-")
        return cls(date.fromisoformat(day), number)

    @property
    def published_at(self) -> datetime | None:
        """The publication time at the start of the number, or ``None``.

        >>> ArticleKey.parse("20220122-093100670").published_at.isoformat()
        '2022-01-22T09:31:00+07:00'
        """
        hour, minute, second = (int(self.number[i : i + 2]) for i in (0, 2, 4))
        with suppress(ValueError):
            return datetime.combine(self.day, time(hour, minute, second, tzinfo=WIB))
        return None
