"""Units of work: how a crawl somebody asks for is split into jobs, each a crawl of its own."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from kompas_crawler.site.keys import WIB

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from kompas_crawler.spiders.kompas import KompasSpider

SWEEP, REVISITS, ASKED, GAPS = 4000, 3000, 2000, 1000
"""Priorities, greatest first. Days of the past come after: minus how many days back they lie."""
ADDRESSES = 200
"""Addresses of one job at most, for they stand in a command line."""
SECTIONS = 6
"""Sections of one job. The rows they lead to are shared anyway; starting a crawl costs a second."""
YESTERDAY = "yesterday"
"""What a schedule may say for a day; it means the one before the job is begun, in Jakarta."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """One crawl: ``scrapy crawl SPIDER -a NAME=VALUE ...``, and how urgent it is."""

    spider: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    priority: int = ASKED

    @property
    def name(self) -> str:
        """What people see, and what is never at work twice at once.

        >>> Unit(spider="indeks", arguments={"until": "2024-01-31", "since": "2024-01-31"}).name
        'indeks since=2024-01-31 until=2024-01-31'
        """
        return " ".join((self.spider, *(_shown(*pair) for pair in sorted(self.arguments.items()))))

    def command(self, at: datetime | None = None) -> list[str]:
        """What follows ``scrapy crawl``, for a job begun at a moment."""
        words = [self.spider]
        for name, value in self.arguments.items():
            if value == YESTERDAY:
                day = (at or datetime.now(UTC)).astimezone(WIB).date() - timedelta(days=1)
                value = day.isoformat()
            words += ["-a", f"{name}={value}"]
        return words


def _shown(name: str, value: str) -> str:
    """An argument, shortened where it is long; two long ones stay different."""
    if len(value) <= 60:
        return f"{name}={value}"
    return f"{name}={value[:40]}...{hashlib.sha256(value.encode()).hexdigest()[:8]}"


def of_days(days: Iterable[date], today: date, sections: str | None) -> Iterator[Unit]:
    """A job for the index of each of *days*."""
    for day in days:
        arguments = {"since": day.isoformat(), "until": day.isoformat()}
        if sections:
            arguments["sections"] = sections
        yield Unit(spider="indeks", arguments=arguments, priority=(day - today).days)


def of_kompas(spider: KompasSpider) -> Iterator[Unit]:
    """The jobs of a crawl by ``kompas``: one for some sections, a tag, or a batch of addresses."""
    rest = {k: v for k, v in spider.arguments.items() if k not in ("sections", "tags", "urls")}
    if spider.fills_gaps:
        yield Unit(spider="kompas", arguments=rest, priority=GAPS)
    elif spider.limit is not None:  # a limit is one for all
        yield Unit(spider="kompas", arguments=spider.arguments, priority=SWEEP)
    elif spider.tags:
        for tag in spider.tags:
            yield Unit(spider="kompas", arguments={"tags": tag} | rest)
    elif spider.urls:
        for start in range(0, len(spider.urls), ADDRESSES):
            part = ",".join(spider.urls[start : start + ADDRESSES])
            yield Unit(spider="kompas", arguments={"urls": part} | rest)
    else:
        slugs = [section.slug for section in spider.sections]
        for start in range(0, len(slugs), SECTIONS):
            arguments = {"sections": ",".join(slugs[start : start + SECTIONS])} | rest
            yield Unit(spider="kompas", arguments=arguments, priority=SWEEP)


def scheduled(table: Any) -> list[tuple[str, Unit]]:
    """The units of ``KOMPAS_SCHEDULE``, each with its cron expression (in UTC).

    Raises ``ValueError`` with one line where the table is not one.
    """
    from croniter import croniter  # type: ignore[import-untyped]

    if isinstance(table, str):
        try:
            table = json.loads(table)
        except ValueError:
            raise ValueError("KOMPAS_SCHEDULE is no JSON: [[cron, spider, {...}], ...]") from None
    found = []
    for row in table if isinstance(table, list | tuple) else [table]:
        try:
            cron, spider, arguments = row
            if not croniter.is_valid(cron):
                raise ValueError
            unit = Unit(
                spider=str(spider),
                arguments={str(k): str(v) for k, v in dict(arguments).items()},
                priority=_urgency(str(spider)),
            )
        except (TypeError, ValueError):
            raise ValueError(
                f"KOMPAS_SCHEDULE: {row!r} is no (cron expression, spider, arguments)"
            ) from None
        found.append((cron, unit))
    return found


def _urgency(spider: str) -> int:
    return {"kompas": SWEEP, "revisits": REVISITS}.get(spider, ASKED)
