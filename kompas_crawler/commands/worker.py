"""``scrapy worker``: run the jobs of a fleet that shares a PostgreSQL archive."""

import argparse
import asyncio
import logging

from kompas_crawler.cli.reader_command import ReaderCommand
from kompas_crawler.crawl.fleet_share import lease_seconds
from kompas_crawler.fleet.queue import archive, open_queue
from kompas_crawler.fleet.units import scheduled
from kompas_crawler.log.terminal import counted
from kompas_crawler.spiders.arguments import number


class Command(ReaderCommand):
    """Run the jobs of a fleet: crawlers that share a PostgreSQL archive.

    Run each queued job (see: scrapy enqueue) as a crawl, until stopped. Start any number on any
    machine; they share one download delay. Exactly one should have --schedule.
    Example: scrapy worker --schedule
    """

    options = {
        "--schedule": "add the jobs of KOMPAS_SCHEDULE at their times",
        "--concurrency N": "number of jobs at once (default: 1)",
    }

    def read(self, args: list[str], opts: argparse.Namespace) -> None:
        concurrency = number("concurrency", opts.concurrency, default=1, least=1, most=64)
        lease = lease_seconds(self.settings["KOMPAS_LEASE"])
        with archive(self.settings) as (url, engine):
            schedule = scheduled(self.settings["KOMPAS_SCHEDULE"]) if opts.schedule else []
            from kompas_crawler.fleet.worker import Worker, report

            for name in ("procrastinate", "psycopg.pool"):  # they log jobs with tracebacks
                logging.getLogger(name).setLevel(logging.CRITICAL)
            options = [word for pair in opts.set for word in ("-s", pair)]
            if opts.loglevel:
                options += ["-L", opts.loglevel]
            worker = Worker(
                open_queue(url),
                engine,
                lease=lease,
                concurrency=concurrency,
                options=options,
                schedule=schedule,
            )
            report(f"ready, {counted(concurrency, 'job')} at once; stop with Ctrl-C")
            asyncio.run(worker.run())
