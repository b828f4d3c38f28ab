"""Parse the dates and times of Kompas."""

import re
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from kompas_crawler.site.keys import WIB
from kompas_crawler.site.words import WORDS

MONTHS = WORDS["months"]
ZONES = {z: timezone(timedelta(hours=h), z) for h, z in enumerate(("WIB", "WITA", "WIT"), 7)}
"""Indonesia's zones: UTC+7, +8 and +9, without daylight saving."""

_MONTH_NUMBERS = {name: nth for nth, names in enumerate(MONTHS, start=1) for name in names}
_YEARS = range(1995, 2101)  # Kompas went online in 1995; older dates are unset clocks


class VisibleTime(NamedTuple):
    """A visible time, and whether it is that of an update ("Diperbarui")."""

    at: datetime
    is_update: bool


_VISIBLE = re.compile(
    r"(?P<update>\b(?:diperba(?:ha)?rui|di-?update|updated?)\b(?:\s+(?:pada|tanggal)\b)?[\s:,]*"
    r"(?:[A-Za-z']{4,6}[\s,]\s*)?)?(?P<day>\b[0-9]{1,2})"
    r"(?:[/-](?P<month>[0-9]{1,2})[/-]|\s+(?P<name>[A-Za-z]{3,9})\.?\s+)(?P<year>[0-9]{4})"
    r"[\s,|•·(–—-]{0,4}(?:(?:pukul|jam)\s+)?(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})(?:[:.][0-9]{2})?"
    r"(?:\s*(?P<zone>WIB|WITA|WIT)\b)?",
    re.IGNORECASE,
)


def visible_times(text: str) -> tuple[VisibleTime, ...]:
    """The times in a clean *text*, in order; without a zone they are WIB.

    >>> visible_times("Kompas.com - 22/01/2022, 09:31 WIB")[0].at.isoformat()
    '2022-01-22T09:31:00+07:00'
    >>> visible_times("Selasa, 16 Februari 2016 | 14:38 WITA")[0].at.isoformat()
    '2016-02-16T13:38:00+07:00'
    >>> [time.is_update for time in visible_times("Kompas.com, Diperbarui 18/04/2026, 10:03 WIB")]
    [True]
    """
    times = []
    for match in _VISIBLE.finditer(text):
        year, day, hour, minute = map(int, match.group("year", "day", "hour", "minute"))
        month = match["month"] or _MONTH_NUMBERS.get(match["name"].lower(), 0)
        zone = ZONES[(match["zone"] or "WIB").upper()]
        with suppress(ValueError):  # such as 31/02/2022
            at = datetime(year, int(month), day, hour, minute, tzinfo=zone)
            if year in _YEARS:
                times.append(VisibleTime(at.astimezone(WIB), match["update"] is not None))
    return tuple(times)


def parse_wib(text: str | None) -> datetime | None:
    """Parse ``YYYY-MM-DD HH:MM:SS`` as WIB, or an ISO time with a zone; else ``None``.

    >>> parse_wib("2021-02-23 07:01:00").isoformat()
    '2021-02-23T07:01:00+07:00'
    >>> parse_wib("2021-02-23T00:01:00+00:00").isoformat()
    '2021-02-23T07:01:00+07:00'
    >>> parse_wib("0000-00-00 00:00:00") is None
    True
    """
    text = (text or "").strip()
    if len(text) < len("2021-02-23 07:01"):
        return None  # the number in the URL is more precise than a day
    with suppress(ValueError, OverflowError):
        at = datetime.fromisoformat(text)
        if at.tzinfo is None and "T" in text:
            return None  # of an unknown zone
        at = at.replace(tzinfo=WIB) if at.tzinfo is None else at.astimezone(WIB)
        return at if at.year in _YEARS else None
    return None
