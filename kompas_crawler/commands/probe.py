"""``scrapy probe``: ask the site for twenty pages, and say what the crawler can read."""

import argparse
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.text import Text
from scrapy import signals
from scrapy.crawler import Crawler

from kompas_crawler.cli.article import console
from kompas_crawler.cli.reader_command import ReaderCommand
from kompas_crawler.clock import Clock
from kompas_crawler.downloader.mirror import mirror_url
from kompas_crawler.exitcodes import Exit, UsageProblem
from kompas_crawler.log.terminal import safe
from kompas_crawler.polite.user_agent import user_agent
from kompas_crawler.probe.findings import Finding
from kompas_crawler.probe.spider import ProbeSpider
from kompas_crawler.probe.verdict import shown, verdict
from kompas_crawler.project import require


class Command(ReaderCommand):
    """Ask the site for twenty pages and say what the crawler can read of it.

    Ask for robots.txt of five hosts, section fronts, index days, a tag, sitemaps and articles, at
    the polite pace. Exit 0: ready, 10: readable with losses, 9: refused, 8: unreachable. Nothing
    is stored. Example: scrapy probe --save probe.warc.gz
    """

    requires_crawler_process = True
    usage = "[--save FILE.warc.gz | --from FILE.warc.gz]"

    options = {
        "--save FILE": "save what is received in this new WARC file, for a bug report",
        "--from FILE": "judge the answers in a file of --save, without a network",
    }

    def read(self, args: list[str], opts: argparse.Namespace) -> int:
        self.take_none(args)
        source = getattr(opts, "from")
        if opts.save and source:
            raise UsageProblem("--save and --from: choose one")
        if opts.save and not opts.save.endswith(".warc.gz"):
            raise UsageProblem(f"--save {opts.save}: name a file that ends in .warc.gz")
        name = user_agent(self.settings["KOMPAS_CONTACT"])
        line = f"asking {mirror_url(self.settings['KOMPAS_MIRROR']) or 'Kompas.com'} as {name}"
        settings, clock = self.settings.copy(), Clock(self.settings["KOMPAS_NOW"])
        now, answers, saver = clock.now(), None, None
        if opts.save or source:
            require("a WARC file", "warc")
            from kompas_crawler.probe import saved
        if source:
            now, answers = saved.read(Path(source))
            line = f"judging {source} of {now:%Y-%m-%d %H:%M} UTC, without a network"
            saved.without_network(settings)
        crawler = Crawler(ProbeSpider, settings)
        if opts.save:
            saver = saved.Saver(Path(opts.save), clock)
            crawler.signals.connect(saver.response_downloaded, signals.response_downloaded)
        console().print(Text(safe(line)), soft_wrap=True)
        found = self._crawl(crawler, now=now, saved=answers)
        if saver is not None:
            saver.close()
        if crawler.stats.get_value("finish_reason") == "shutdown":
            self.say("interrupted")
            return Exit.INTERRUPTED
        code, lines = verdict(found)
        for line in lines:
            console().print(Text(safe(line)), soft_wrap=True)
        return code

    def _crawl(self, crawler: Crawler, **arguments: Any) -> list[Finding]:
        """Run the spider with *arguments*; print its findings as they come, and return them."""
        assert self.crawler_process is not None
        found: list[Finding] = []
        known: set[str] = set()

        def show(finding: Finding) -> None:
            found.append(finding)
            with suppress(SystemExit):  # by rich, when the reader of a pipe has left
                console().print(shown(finding, known, console().width), soft_wrap=True)

        task: Any = self.crawler_process.crawl(crawler, show=show, **arguments)
        self.crawler_process.start()
        task.result()
        return found
