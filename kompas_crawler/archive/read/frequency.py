"""How often words are used: articles that match, and all articles, by day, month or section."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, literal_column

from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.read import gaps
from kompas_crawler.archive.read.export import Filters, matching
from kompas_crawler.archive.sql import pairs
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.sections import SECTIONS, spellings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection

# Days are publication days in WIB, taken from the keys.
_NAMES: dict[str, Any] = {
    "day": literal_column("substr(articles.key, 1, 8)"),
    "month": literal_column("substr(articles.key, 1, 6)"),
    "section": ArticleRow.section,
}
BY = tuple(_NAMES)
_ANY = "all"


class Frequency(NamedTuple):
    """Counts of one day, month or section, ``None`` if an article has no section.

    ``missing`` known articles are not stored; with ``has_gaps`` there may be unknown ones too.
    ``share`` is ``None`` without articles.
    """

    name: str | None
    matches: int
    articles: int
    share: float | None
    missing: int
    has_gaps: bool


def frequencies(
    connection: Connection, filters: Filters, by: str, now: datetime | None = None
) -> list[Frequency]:
    """Count the articles that match *filters*, and those that match them without the query.

    Also lists days and months without articles that have gaps; *now* is as in ``gaps.find``.
    """
    name = _NAMES[by]

    def count(wanted: Filters) -> dict[str | None, int]:
        counted = matching(connection, wanted).with_only_columns(
            name, func.count(), maintain_column_froms=True
        )
        return pairs(connection.execute(counted.group_by(name)))

    matches, articles = count(filters), count(replace(filters, query=None))
    missing: Counter[str] = Counter()
    doubted: set[str] = set()
    for day, section, number in _gaps(connection, filters, now):
        span = section if by == "section" else f"{day:%Y%m%d}"[: 8 if by == "day" else 6]
        missing[span] += number
        doubted.add(span)
    names: set[str | None] = {*articles, *(doubted if by != "section" else ())}
    found = []
    for one in sorted(names, key=lambda name: name or ""):
        keys = {one or ""}
        if by == "section":
            keys = spellings(keys) & SECTIONS.keys()
        every = articles.get(one, 0)
        found.append(
            Frequency(
                name=one if by == "section" else "-".join(filter(None, _parts(one or ""))),
                matches=matches.get(one, 0),
                articles=every,
                share=matches.get(one, 0) / every if every else None,
                missing=sum(missing[key] for key in keys),
                has_gaps=bool(doubted & {*keys, _ANY}),
            )
        )
    return found


def _parts(day: str) -> tuple[str, str, str]:
    return day[:4], day[4:6], day[6:]


def _gaps(
    connection: Connection, filters: Filters, now: datetime | None
) -> Iterator[tuple[date, str, int]]:
    """Yield days with gaps, the section or ``_ANY``, and the number of known missing articles."""
    found = gaps.of_days(connection, filters.since, filters.until, now)
    asked = spellings(filters.section) & SECTIONS.keys()
    for each in found.days:
        number = each.failed + each.waiting
        if number and each.day and not (asked and each.section not in asked):
            yield each.day, each.section or _ANY, number
    for unread in found.unread_days:
        if not asked or unread.site in {_ANY, *asked}:
            yield unread.day, unread.site, 0
    for span in found.unread_spans:
        first = max(span.since.astimezone(WIB).date(), filters.since or date.min)
        last = min(span.until.astimezone(WIB).date(), filters.until or date.max)
        if not asked or span.section in asked:
            for after in range((last - first).days + 1):
                yield first + timedelta(after), span.section, 0
