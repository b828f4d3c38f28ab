"""The coverage of an export: what is listed, stored and in doubt of its days and sections."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from kompas_crawler.archive.read import gaps
from kompas_crawler.archive.read.export import Filters
from kompas_crawler.items import instant
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.sections import SECTIONS, spellings

_TOTALS = {"listed": "known", "gone_before_stored": "gone"} | {
    name: name for name in ("stored", "failed", "waiting", "skipped")
}


def coverage(connection: Connection, filters: Filters, now: datetime | None) -> dict[str, Any]:
    """Return what is known of the days and sections in *filters*, whatever the other filters.

    ``now`` is as in ``gaps.find``. A day is proven when its index was read completely. Sections
    that are in no address count as all.
    """
    found = gaps.of_days(connection, filters.since, filters.until, now)
    found = found.of_sections(filters.section)
    asked = spellings(filters.section) & SECTIONS.keys()
    days: dict[date, dict[str, int]] = defaultdict(lambda: {"listed": 0, "stored": 0})
    for each in found.days:
        if each.day is not None:
            days[each.day]["listed"] += each.known
            days[each.day]["stored"] += each.stored
    sites: dict[date, set[str]] = defaultdict(set)
    for whole in found.whole_days:
        sites[whole.day].add(whole.site)
    proven = {day for day, read in sites.items() if "all" in read or (asked and asked <= read)}
    first, last = filters.since or date.min, filters.until or date.max
    spans = [
        {"section": span.section, "since": instant(span.since), "until": instant(span.until)}
        for span in found.unread_spans
        if span.until.astimezone(WIB).date() >= first and span.since.astimezone(WIB).date() <= last
    ]
    doubts = [
        {"day": unread.day.isoformat(), "site": unread.site, "why": unread.why}
        for unread in found.unread_days
    ]
    return {
        "since": filters.since and filters.since.isoformat(),
        "until": filters.until and filters.until.isoformat(),
        "sections": sorted(asked) or ["all"],
        "last_checked_at": instant(found.last_run_at),
        **{
            name: sum(getattr(each, count) for each in found.days)
            for name, count in _TOTALS.items()
        },
        "gaps": spans,
        "unread_lists": len(found.unread_lists),
        "days_in_doubt": doubts,
        "days": [
            {"day": f"{day}", **days[day], "is_proven": day in proven}
            for day in sorted(days.keys() | proven)
        ],
    }
