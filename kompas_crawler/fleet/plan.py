"""What ``scrapy enqueue`` is asked for: the jobs, and what they will cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scrapy.spiderloader import SpiderLoader

from kompas_crawler.archive.read.status import due
from kompas_crawler.exitcodes import UsageProblem
from kompas_crawler.fleet import units
from kompas_crawler.fleet.units import Unit
from kompas_crawler.polite.pace import polite_delay
from kompas_crawler.site.keys import WIB
from kompas_crawler.spiders.estimate import Estimate
from kompas_crawler.spiders.indeks import IndeksSpider
from kompas_crawler.spiders.kompas import KompasSpider

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from scrapy.settings import BaseSettings
    from sqlalchemy import Connection

KINDS = ("indeks", "kompas", "sitemap", "gaps", "revisits")


@dataclass(frozen=True, slots=True)
class Plan:
    """The jobs of a request, and one line on what they will cost."""

    units: list[Unit]
    line: str


def spider_of(kind: str, arguments: Mapping[str, Any], settings: BaseSettings) -> Any:
    """The spider that is asked for, which checks its arguments. Raises ``UsageProblem``."""
    if kind not in KINDS:
        raise UsageProblem(f"no jobs of the kind {kind!r}; there are: {', '.join(KINDS)}")
    known = dict(arguments)
    if kind == "gaps":
        if known:
            raise UsageProblem("gaps takes no argument")
        kind, known = "kompas", {"gaps": "1"}
    try:
        return SpiderLoader.from_settings(settings).load(kind)(**known)
    except ValueError as error:
        raise UsageProblem(str(error)) from None


def plan(spider: Any, settings: BaseSettings, connection: Connection, now: datetime) -> Plan:
    """The jobs into which the crawl of *spider* is split, and the estimate."""
    delay = polite_delay(settings)
    if isinstance(spider, IndeksSpider):
        today = now.astimezone(WIB).date()
        days, cost = spider.plan(connection, now)
        jobs = list(units.of_days(days, today, spider.arguments.get("sections")))
        return Plan(jobs, f"{len(days)} days to read: {cost.line(delay)}")
    if isinstance(spider, KompasSpider):
        jobs = list(units.of_kompas(spider))
        if spider.urls:
            cost = Estimate(articles=len(spider.urls), listings=0)
            return Plan(jobs, f"{len(spider.urls)} addresses: {cost.line(delay)}")
        if spider.tags:
            return Plan(jobs, f"{len(jobs)} tags; each says how long it is when it is begun")
        if spider.fills_gaps:
            return Plan(jobs, "what 'scrapy gaps' names")
        return Plan(jobs, f"{len(spider.sections)} sections: what is new in them, and its links")
    if spider.name == "revisits":
        count = due(connection, now)
        line = f"{count:,} pages are due: {Estimate(articles=count, listings=0).line(delay)}"
        return Plan([Unit(spider="revisits", priority=units.REVISITS)], line)
    return Plan([Unit(spider=spider.name)], "the sitemaps, and the articles they name")
