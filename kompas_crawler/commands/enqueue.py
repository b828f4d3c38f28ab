"""``scrapy enqueue``: split a crawl into jobs for the workers of a fleet."""

import argparse

from scrapy.utils.conf import arglist_to_dict

from kompas_crawler.archive.database import explaining
from kompas_crawler.cli.reader_command import ReaderCommand
from kompas_crawler.exitcodes import UsageProblem
from kompas_crawler.fleet.plan import KINDS, plan, spider_of
from kompas_crawler.fleet.queue import archive, enqueue, open_queue
from kompas_crawler.log.terminal import counted
from kompas_crawler.spiders.arguments import switch


class Command(ReaderCommand):
    """Split a crawl into jobs for the workers of a fleet (see: scrapy worker).

    Split a crawl into jobs for 'scrapy worker': a day of the index, sections, a tag, a batch of
    addresses. Jobs that are already queued are not added again.
    Example: scrapy enqueue indeks -a since=2024-01-01 -a until=2024-12-31
    """

    usage = f"[options] {'|'.join(KINDS)}"

    options = {
        "-a NAME=VALUE": "spider argument, as for 'scrapy crawl'",
        "--dry-run": "only print how many jobs it would add",
    }

    def read(self, args: list[str], opts: argparse.Namespace) -> None:
        kind = self.take_one(args, f"one of: {', '.join(KINDS)}")
        try:
            arguments = arglist_to_dict(opts.a)
        except ValueError:
            raise UsageProblem("arguments have the form -a NAME=VALUE") from None
        is_dry = opts.dry_run or switch("dry_run", arguments.pop("dry_run", None))
        spider = spider_of(kind, arguments, self.settings)
        now = self.now()
        with archive(self.settings) as (url, engine), explaining(url):
            with engine.connect() as connection:
                jobs, line = plan(spider, self.settings, connection, now)
            if line:
                print(line)
            if is_dry:
                print(f"{counted(len(jobs), 'job')}; none was enqueued")
                return
            added = enqueue(open_queue(url), engine, jobs)
            known = len(jobs) - added
            rest = f"; {known} already queued or running" if known else ""
            print(f"{counted(added, 'job')} enqueued{rest}; to run them: scrapy worker")
