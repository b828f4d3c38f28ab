"""``scrapy worker``: one of several that share an archive on PostgreSQL, and its work."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from kompas_crawler.cli.reader_command import ReaderCommand
from kompas_crawler.crawl.fleet_share import lease_seconds
from kompas_crawler.exitcodes import ConfigurationProblem, UsageProblem
from kompas_crawler.fleet.queue import open_archive, open_queue
from kompas_crawler.fleet.units import scheduled
from kompas_crawler.spiders.arguments import number

if TYPE_CHECKING:
    import argparse

MOST = 64


class Command(ReaderCommand):
    """Takes jobs from the fleet's queue and runs each as a crawl, until it is stopped."""

    def short_desc(self) -> str:
        return "Work the jobs of a fleet: one of several crawlers that share a PostgreSQL archive"

    def long_desc(self) -> str:
        return (
            "Take jobs (see: scrapy enqueue) and run each as a crawl, until stopped. "
            "Start as many as you like, on any machine; together they keep the one delay. "
            "Exactly one should have --schedule. Example: scrapy worker --schedule"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--schedule", action="store_true", help="add the jobs of KOMPAS_SCHEDULE at their times"
        )
        parser.add_argument("--concurrency", metavar="N", help="jobs at once, 1 unless given")

    def read(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            raise UsageProblem(f"what is {args[0]!r}? 'scrapy worker' takes options only")
        assert self.settings is not None
        try:
            concurrency = number("concurrency", opts.concurrency, default=1, least=1)
        except ValueError as error:
            raise UsageProblem(str(error)) from None
        assert concurrency is not None
        if concurrency > MOST:
            raise UsageProblem(f"concurrency={concurrency}: more than {MOST} jobs at once")
        lease = lease_seconds(self.settings)
        url, engine = open_archive(self.settings)
        try:
            try:
                schedule = scheduled(self.settings["KOMPAS_SCHEDULE"]) if opts.schedule else []
            except ValueError as error:
                raise ConfigurationProblem(str(error)) from None
            from kompas_crawler.fleet.worker import Worker, report

            _hush()
            options = [word for pair in opts.set for word in ("-s", pair)]
            if opts.loglevel:
                options += ["-L", opts.loglevel]

            async def work() -> None:
                report(
                    f"ready, {concurrency} job{'s' * (concurrency > 1)} at once; stop with Ctrl-C"
                )
                await Worker(
                    open_queue(url),
                    engine,
                    lease=lease,
                    concurrency=concurrency,
                    options=options,
                    schedule=schedule,
                ).run()

            asyncio.run(work())
        finally:
            engine.dispose()
        return 0


def _hush() -> None:
    """Keep what the queue's library logs to what a person can use: it tells of jobs with traces."""
    for name in ("procrastinate", "psycopg.pool"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
