"""How often words are used: articles that match, and all articles, by day, month or section."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func

from kompas_crawler.archive.frontier.fronts import days_of
from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.read import gaps
from kompas_crawler.archive.read.export import DAY, MONTH, Filters, matching
from kompas_crawler.site.sections import SECTIONS, spellings

_SPANS: dict[str, Any] = {"day": DAY, "month": MONTH, "section": ArticleRow.section}
BY = tuple(_SPANS)
_ALL = "all"


class Frequency(NamedTuple):
    """Counts of a day, a month or a section, which is empty for articles without one.

    ``missing`` known articles are not stored; with ``has_gaps`` there may be unknown ones too.
    ``share`` is ``None`` without articles.
    """

    span: str
    matches: int
    articles: int
    share: float | None
    missing: int
    has_gaps: bool


def frequencies(
    connection: Connection, filters: Filters, by: str, now: datetime | None = None
) -> Iterator[Frequency]:
    """Count the articles that match *filters*, and those that match them without the query.

    Spans whose articles are all missing are included; *now* is as in ``gaps.find``.
    """
    span = func.coalesce(_SPANS[by], "") if by == "section" else _SPANS[by]

    def count(wanted: Filters) -> dict[str, int]:
        columns, rows = (span, func.count()), matching(connection, wanted)
        rows = rows.with_only_columns(*columns, maintain_column_froms=True)
        return dict(connection.execute(rows.group_by(span)).all())

    matches, articles = count(filters), count(replace(filters, query=None))
    gaps_of: Counter[str] = Counter()
    for day, section, number in _gaps(connection, filters, now):
        span_of = {"section": section, "day": f"{day:%Y%m%d}", "month": f"{day:%Y%m}"}
        gaps_of[span_of[by]] += number
    lacking = {SECTIONS[one].label for one in SECTIONS.keys() - spellings(articles) if gaps_of[one]}
    for name in sorted({*articles, *(lacking if by == "section" else gaps_of)}):
        labels = spellings([name]) if by == "section" else {name}
        shown = name if by == "section" else "-".join(re.findall("^....|..", name))
        matched, every = matches.get(name, 0), articles.get(name, 0)
        share = round(matched / every, 6) if every else None
        missing = sum(gaps_of[label] for label in labels)
        has_gaps = not gaps_of.keys().isdisjoint({*labels, _ALL})
        yield Frequency(shown, matched, every, share, missing, has_gaps)


def _gaps(
    connection: Connection, filters: Filters, now: datetime | None
) -> Iterator[tuple[date, str, int]]:
    """Yield days with gaps, the section or ``_ALL``, and the number of known missing articles."""
    found = gaps.of_days(connection, filters, now)
    for each in found.days:
        if (number := each.failed + each.waiting) and each.day:
            yield each.day, each.section or "", number
    for unread in found.unread_days:
        yield unread.day, unread.site, 0
    for front in found.unread_spans:
        for day in days_of(front.since, front.until):
            if (filters.since or day) <= day <= (filters.until or day):
                yield day, front.section, 0
