"""``scrapy crawl``: Scrapy's command with checked arguments and exit codes."""

import argparse
import asyncio
import logging
import os
import shlex
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from scrapy import Spider
from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.exceptions import UsageError
from scrapy.settings import Settings
from scrapy.utils.log import log_scrapy_info
from scrapy.utils.misc import load_object

from kompas_crawler.cli.reader_command import Described, refuse_options
from kompas_crawler.clock import Clock
from kompas_crawler.crawl import settings_check
from kompas_crawler.crawl.run import Run
from kompas_crawler.crawl.spider import serves_archive
from kompas_crawler.downloader.mirror import mirror_url
from kompas_crawler.exitcodes import CrawlError, Exit, UsageProblem, writing
from kompas_crawler.extensions.progress import logs_progress
from kompas_crawler.log.masking import of_settings
from kompas_crawler.log.terminal import safe
from kompas_crawler.monitoring.ping import Ping
from kompas_crawler.outcome import summary
from kompas_crawler.outcome.coverage import Coverage
from kompas_crawler.outcome.ending import Ending
from kompas_crawler.polite.notice import ways_out
from kompas_crawler.polite.user_agent import user_agent
from kompas_crawler.spiders.archive_spider import ArchiveSpider
from kompas_crawler.spiders.arguments import refuse_future

logger = logging.getLogger(__name__)

_INTERRUPTED = "interrupted; run the same command again to continue"
_CHATTY = ["alembic", "scrapy.addons", "scrapy.core.engine", "scrapy.middleware"]  # at INFO


class Command(Described, ScrapyCrawl):
    """Crawl Kompas.com into the archive: kompas, or another spider by name.

    Crawl into the archive. After an interruption, run the same command again to continue.
    Example: scrapy crawl kompas -a sections=money,global -O data/today.csv
    """

    settings: Settings
    crawler_process: AsyncCrawlerProcess

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        try:
            super().process_options(args, opts)  # writes the PID file
            if path := self.settings["LOG_FILE"]:
                Path(path).open("ab").close()
        except OSError as error:
            raise UsageError(f"cannot write {error.filename}: {error.strerror}") from None
        # Logged once the arguments are checked: a wrong one ends with one line.
        logging.getLogger("scrapy.utils.log").disabled = True
        if opts.quiet:
            self.settings.set("LOG_LEVEL", "ERROR", priority="cmdline")
        level, known = self.settings["LOG_LEVEL"], logging.getLevelNamesMapping()
        if isinstance(level, str) and level not in known:
            raise UsageError(f"no log level {level!r}; there are: {', '.join(known)}")
        if loop := self.settings["ASYNCIO_EVENT_LOOP"]:
            # Scrapy makes a default loop first and leaves it open: its end may print a traceback.
            asyncio.set_event_loop(load_object(loop)())

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        # From here on a signal is an interruption, until Scrapy installs its handlers.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._interrupted)
        super().add_options(parser)
        parser.add_argument("-q", "--quiet", action="store_true", help="print only errors")

    def _interrupted(self, _number: int, _frame: object) -> NoReturn:
        # An exception could be lost in a callback, whose errors Python prints; nothing is open.
        self.say(_INTERRUPTED)
        sys.stderr.flush()
        os._exit(Exit.INTERRUPTED)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if self.settings["LOG_LEVEL"] != "DEBUG":
            for name in _CHATTY:
                logging.getLogger(name).setLevel(logging.WARNING)
            logging.getLogger("scrapy.crawler").addFilter(  # of INFO only that of the shutdown
                lambda one: one.levelno > logging.INFO or "shutting down" in str(one.msg)
            )
        ping = Ping("")
        try:
            ping = Ping("" if self._is_plain(args) else str(self.settings["KOMPAS_PING_URL"]))
            ping.start()
            self.exitcode = self._crawl(args, opts.spargs)
        except CrawlError as error:
            self.say(str(error))
            self.exitcode = error.code
        ping.end(self.exitcode)

    def _is_plain(self, args: list[str]) -> bool:
        """Whether *args* name a spider that does not serve the archive."""
        loader = self.crawler_process.spider_loader
        is_known = bool(args) and args[0] in loader.list()
        return is_known and not issubclass(loader.load(args[0]), ArchiveSpider)

    def say(self, line: str) -> None:
        super().say(self._masked(line))

    def _masked(self, line: str) -> str:
        return safe(of_settings(self.settings)(line) if self.settings else line)

    def _crawl(self, args: list[str], spargs: Mapping[str, Any]) -> Exit:
        self._check(args, spargs)
        logging.getLogger("scrapy.utils.log").disabled = False
        log_scrapy_info(self.settings)
        crawler = self._create_crawler(args[0])
        task: asyncio.Task[None] = self.crawler_process.crawl(crawler, **spargs)
        self.crawler_process.start()
        has_ended = task.done() and not task.cancelled()  # it has not after a second signal
        return self._outcome(crawler, task.exception() if has_ended else None)

    def _check(self, args: list[str], spargs: Mapping[str, Any]) -> None:
        if not args:
            raise UsageProblem("name a spider, such as: scrapy crawl kompas")
        refuse_options(args)
        if len(args) > 1:
            raise UsageProblem(f"one spider at a time; unexpected argument: {' '.join(args[1:])}")
        loader = self.crawler_process.spider_loader
        if args[0] not in loader.list():
            raise UsageProblem(f"no spider {args[0]!r}; there are: {', '.join(loader.list())}")
        spider_class: type[Spider] = loader.load(args[0])
        if not self._is_plain(args):
            try:
                spider = spider_class(**spargs)
            except ValueError as error:  # may be of a user's own spider
                raise error if isinstance(error, CrawlError) else UsageProblem(error) from None
            refuse_future(spider, Clock(self.settings["KOMPAS_NOW"]).now())
        settings_check.refuse_kinds(self.settings)
        user_agent(self.settings["KOMPAS_CONTACT"])
        mirror_url(self.settings["KOMPAS_MIRROR"])
        for feed, options in self.settings.getdict("FEEDS").items():
            _check_feed(str(feed), options)

    def _outcome(self, crawler: Crawler, error: BaseException | None) -> Exit:
        if isinstance(error, CrawlError):
            raise error
        if error is not None:
            logger.debug("The crawl ended by an error", exc_info=error)
            self.say(f"unexpected error: {type(error).__name__}: {error}")
            return Exit.ERROR
        if not serves_archive(crawler):
            return Exit.DONE
        if (ending := crawler.get_extension(Ending)) is None:
            self.say("cannot tell how the crawl ended: EXTENSIONS lacks Ending")
            return Exit.ERROR
        if ending.exit_code is None:
            # After a second signal Scrapy does not wait for the end of the crawl.
            self.say(_INTERRUPTED)
            return Exit.INTERRUPTED
        self._report(crawler, ending)
        return ending.exit_code

    def _report(self, crawler: Crawler, ending: Ending) -> None:
        """Print a table of results and the last line; for a quiet log, that of a failure alone."""
        stats = crawler.stats.get_stats()
        for name in sorted(stats):
            logger.debug("%s: %s", name, stats[name])
        is_shown = logs_progress(crawler.settings)
        if ending.exit_code is Exit.DONE and getattr(crawler.spider, "is_dry_run", False):
            if is_shown:
                self.say("dry run: no article was fetched or stored")
            return
        if is_shown and ending.exit_code is not Exit.UNREACHABLE:
            coverage = crawler.get_extension(Coverage)
            counted = (coverage.outcomes, coverage.fields) if coverage else ({}, {})
            lines = summary.table(stats, *counted)
            if ending.exit_code in (Exit.STOPPED, Exit.INTERRUPTED):
                lines.append(f"  resume with  {shlex.join(['scrapy', 'crawl', *sys.argv[1:]])}")
            for line in lines:
                if crawler.settings["LOG_FILE"]:
                    logger.info(line)
                else:
                    sys.stderr.write(f"{self._masked(line)}\n")
        run = crawler.get_extension(Run)
        is_archive = getattr(crawler.spider, "reads_captures", False)
        if ending.exit_code is Exit.BLOCKED and run is not None and not is_archive:
            for line in ways_out(body for _, body in run.robots.values()):
                self.say(line)
        if is_shown or ending.exit_code is not Exit.DONE:
            self.say(summary.line(ending, stats))


def _check_feed(uri: str, options: Mapping[str, Any]) -> None:
    if "://" in uri or uri == "stdout:" or "%(" in uri:
        return
    path = Path(uri)
    with writing(path):
        if not path.parent.is_dir():
            raise UsageProblem(f"cannot write {uri}: the folder {path.parent} does not exist")
        size = path.stat().st_size if path.exists() else None
        if options.get("format") == "json" and not options.get("overwrite") and size:
            advice = "overwrite it with -O, or use a .jsonl file"
            raise UsageProblem(f"{uri} exists, and a JSON list cannot be appended to: {advice}")
        path.open("ab").close()
        if size is None:
            path.unlink()
