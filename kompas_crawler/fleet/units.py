"""Units of work: a requested crawl is split into jobs, each a crawl of its own."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from kompas_crawler.archive.sql import chunks
from kompas_crawler.exitcodes import ConfigurationProblem
from kompas_crawler.site.keys import WIB
from kompas_crawler.spiders.kompas import KompasSpider

SWEEP, REVISITS, ASKED, GAPS = 4000, 3000, 2000, 1000
"""Priorities, greatest first; those of past days are negative: minus the age in days."""
ADDRESSES = 200  # maximum of addresses per job: they are passed on the command line
SECTIONS = 6  # sections per job: starting a crawl costs a second
YESTERDAY = "yesterday"  # the value of an argument: the day before the job is due, in Jakarta


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """One crawl: ``scrapy crawl SPIDER -a NAME=VALUE ...``, and how urgent it is."""

    spider: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    priority: int = ASKED

    @property
    def name(self) -> str:
        """The name shown to users, and the lock: two jobs of one name never run at once.

        >>> Unit(spider="indeks", arguments={"until": "2024-01-31", "since": "2024-01-31"}).name
        'indeks since=2024-01-31 until=2024-01-31'
        """
        return " ".join((self.spider, *(_shown(*pair) for pair in sorted(self.arguments.items()))))

    def command(self, at: datetime | None = None) -> list[str]:
        """Return the arguments of ``scrapy crawl``, for a job due *at* a time."""
        words = [self.spider]
        for name, value in self.arguments.items():
            if value == YESTERDAY:
                day = (at or datetime.now(UTC)).astimezone(WIB).date() - timedelta(days=1)
                value = day.isoformat()
            words += ["-a", f"{name}={value}"]
        return words


def _shown(name: str, value: str) -> str:
    """Format an argument; a long value is shortened, with a hash that keeps it distinct."""
    if len(value) <= 60:
        return f"{name}={value}"
    return f"{name}={value[:40]}...{hashlib.sha256(value.encode()).hexdigest()[:8]}"


def of_days(days: Iterable[date], today: date, sections: str | None) -> Iterator[Unit]:
    """A job for the index of each of *days*."""
    chosen = {"sections": sections} if sections else {}
    for day in days:
        arguments = {"since": day.isoformat(), "until": day.isoformat()} | chosen
        yield Unit(spider="indeks", arguments=arguments, priority=(day - today).days)


def of_kompas(spider: KompasSpider) -> Iterator[Unit]:
    """The jobs of a crawl by ``kompas``: one for some sections, a tag, or a batch of addresses."""
    rest = {k: v for k, v in spider.arguments.items() if k not in ("sections", "tags", "urls")}
    if spider.fills_gaps:
        yield Unit(spider="kompas", arguments=rest, priority=GAPS)
    elif spider.limit is not None:  # one job, because all sections share the limit
        yield Unit(spider="kompas", arguments=spider.arguments, priority=SWEEP)
    elif spider.tags:
        for tag in spider.tags:
            yield Unit(spider="kompas", arguments={"tags": tag} | rest)
    elif spider.urls:
        for part in chunks(spider.urls, ADDRESSES):
            yield Unit(spider="kompas", arguments={"urls": ",".join(part)} | rest)
    else:
        for part in chunks([section.slug for section in spider.sections], SECTIONS):
            arguments = {"sections": ",".join(part)} | rest
            yield Unit(spider="kompas", arguments=arguments, priority=SWEEP)


def scheduled(table: str) -> list[tuple[str, Unit]]:
    """Parse ``KOMPAS_SCHEDULE`` into cron expressions (in UTC) and units.

    Raises ``ConfigurationProblem``.
    """
    from croniter import croniter  # type: ignore[import-untyped]

    row: Any = table
    try:
        found = []
        for row in json.loads(table):
            cron, spider, arguments = row
            croniter(cron)
            values = {name: str(value) for name, value in arguments.items()}
            priority = {"kompas": SWEEP, "revisits": REVISITS}.get(spider, ASKED)
            found.append((cron, Unit(spider=spider, arguments=values, priority=priority)))
    except (AttributeError, TypeError, ValueError):
        form = "the JSON form [[cron expression, spider, {...}], ...]"
        raise ConfigurationProblem(f"KOMPAS_SCHEDULE: {row!r} is not of {form}") from None
    return found
