"""The jobs of ``scrapy enqueue``, and an estimate of their cost."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scrapy.settings import BaseSettings
from scrapy.spiderloader import SpiderLoader
from sqlalchemy import Connection

from kompas_crawler.exitcodes import UsageProblem
from kompas_crawler.fleet import units
from kompas_crawler.fleet.units import Unit
from kompas_crawler.log.terminal import counted
from kompas_crawler.polite.pace import polite_delay
from kompas_crawler.site.keys import WIB
from kompas_crawler.spiders.arguments import refuse_future
from kompas_crawler.spiders.indeks import IndeksSpider
from kompas_crawler.spiders.kompas import KompasSpider

KINDS = ("indeks", "kompas", "sitemap", "gaps", "revisits")


def spider_of(kind: str, arguments: Mapping[str, Any], settings: BaseSettings) -> Any:
    """Build the spider, which checks its arguments. Raises ``UsageProblem``."""
    if kind not in KINDS:
        raise UsageProblem(f"unknown kind of job {kind!r}; choose from: {', '.join(KINDS)}")
    if kind == "gaps" and arguments:
        raise UsageProblem("gaps takes no argument")
    if kind == "gaps":
        kind, arguments = "kompas", {"gaps": "1"}
    return SpiderLoader.from_settings(settings).load(kind)(**arguments)


def plan(
    spider: Any, settings: BaseSettings, connection: Connection, now: datetime
) -> tuple[list[Unit], str]:
    """Split the crawl of *spider* into jobs; return them, and the cost of days in one line."""
    refuse_future(spider, now)
    if isinstance(spider, IndeksSpider):
        today = now.astimezone(WIB).date()
        days, cost = spider.plan(connection, now)
        jobs = list(units.of_days(days, today, spider.arguments.get("sections")))
        return jobs, f"{counted(len(days), 'day')} to read: {cost.line(polite_delay(settings))}"
    if isinstance(spider, KompasSpider):
        return list(units.of_kompas(spider)), ""
    priority = units.REVISITS if spider.name == "revisits" else units.ASKED
    return [Unit(spider=spider.name, priority=priority)], ""
