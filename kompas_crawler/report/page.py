"""Render the report as one self-contained HTML page without scripts."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from sqlalchemy import Connection

from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.read import gaps, report, results
from kompas_crawler.archive.read.export import NAMES, Filters, matching
from kompas_crawler.archive.read.gaps import Gaps
from kompas_crawler.archive.read.report import Totals
from kompas_crawler.log.terminal import safe
from kompas_crawler.report import charts
from kompas_crawler.report.charts import Day
from kompas_crawler.site.keys import WIB

CORRECTIONS = 15  # maximum number of corrections listed, latest first
LINKED = 12  # most linked articles
RANKED = 15  # tags and authors in their charts


def render(
    connection: Connection, filters: Filters, now: datetime, gaps_at: datetime | None = None
) -> str | None:
    """The report on the articles of *filters* at the time *now*; ``None`` if there is none."""
    query = matching(connection, filters)
    chosen = () if query.whereclause is None else (query.whereclause,)
    totals = report.totals(connection, chosen)
    if chosen and not totals.articles:
        return None
    by_day = report.corrections(connection, chosen)
    ids = query.with_only_columns(ArticleRow.id) if chosen else None
    most = results.facets(connection, ids, ("tag", "author"), RANKED)
    names = {name.replace("_", " "): ", ".join(getattr(filters, name)) for name in NAMES}
    names["words"] = filters.query or ""
    asked = {name: found for name, found in names.items() if found}
    span = (max(totals.by_day) - min(totals.by_day)).days + 1 if totals.by_day else 0
    text = _template().render(
        now=now,
        asked=asked,
        is_topic=bool(asked.keys() - {"section"}),
        totals=totals,
        first=min(totals.by_day, default=None),
        last=max(totals.by_day, default=None),
        unit=charts.unit(span),
        articles=charts.articles_by_day(totals.by_day) if totals.by_day else None,
        coverage=charts.coverage(totals.coverage) if totals.coverage else None,
        tags=charts.ranking("tags", most["tag"]),
        authors=charts.ranking("authors", most["author"]),
        gaps=_gaps(connection, filters, totals, gaps_at),
        corrections=charts.corrections(by_day) if by_day else None,
        corrected=sum(kinds["text"] for kinds in by_day.values()),
        detailed=sum(kinds["details"] for kinds in by_day.values()),
        latest=report.latest_corrections(connection, chosen, CORRECTIONS),
        linked=report.most_linked(connection, chosen, LINKED),
    )
    return text.encode("utf-8", "replace").decode()


def _template() -> Template:
    made = Environment(
        loader=PackageLoader("kompas_crawler.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"number": _number, "plain": safe}
    made.filters["minute"] = lambda at: f"{at.astimezone(WIB):%d %b %Y, %H:%M}"
    made.tests["web"] = lambda url: url.startswith(("https://", "http://"))
    return made.get_template("template.html")


def _gaps(
    connection: Connection, filters: Filters, totals: Totals, at: datetime | None
) -> dict[str, Any]:
    found = gaps.of_days(connection, filters, at)
    proven = found.proven_days(filters.section)
    days = dict.fromkeys(proven, Day.WHOLE) | _days(found, proven)
    for unread in found.unread_days:
        if days.get(unread.day) is not Day.NOTHING:
            days[unread.day] = Day.MISSING
    last = max([*days, *totals.by_day], default=None)
    return {
        "listed": sum(day.known for day in found.days),
        "missing": found.missing_count,
        "unread": len(found.unread_lists) + len(found.unread_days) + len(found.unread_spans),
        "calendar": charts.gaps_calendar(days, last) if last else None,
    }


def _days(found: Gaps, proven: Collection[date]) -> dict[date, Day]:
    stored, missing = found.by_day("stored"), found.by_day("failed", "waiting")
    whole = {day: Day.WHOLE if day in proven else Day.LISTED for day in stored}
    return whole | {d: Day.MISSING if stored[d] else Day.NOTHING for d in stored if missing[d]}


def _number(value: int) -> str:
    r"""A formatted count.

    >>> _number(236460), _number(61_230_000)
    ('236,460', '61.2\xa0M')
    """
    return f"{value:,}" if value < 10_000_000 else f"{value / 1e6:,.1f}\xa0M"
