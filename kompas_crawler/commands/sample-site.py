"""``scrapy sample-site``: serve a generated news site to test the crawler."""

# Scrapy names a command after its file, including the hyphen.
# ruff: noqa: N999

from __future__ import annotations

import asyncio
import os
import signal
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

from kompas_crawler.cli.reader_command import ReaderCommand
from kompas_crawler.exitcodes import CrawlError, Exit, UsageProblem
from kompas_crawler.project import require
from kompas_crawler.sample.site.server import Server
from kompas_crawler.sample.site.site import Site
from kompas_crawler.sample.site.web_archives import WebArchives

if TYPE_CHECKING:
    import argparse

_RANGES = {"articles": (1, 10**7), "port": (0, 65535), "weight": (1, 10_000), "seed": (0, 2**31)}


class Command(ReaderCommand):
    """Serve a generated news site to test the crawler.

    Serve a generated news site on the loopback interface until interrupted.
    Example: scrapy sample-site --articles 5000 --port 8010, and in another terminal
    KOMPAS_MIRROR=http://127.0.0.1:8010 scrapy crawl kompas
    """

    usage = "[--articles N] [--port P] [--weight KB] [--seed S] [--web-archives GLOB]"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        group = parser.add_argument_group(title="Sample site")
        for name, metavar, default, said in (
            ("articles", "N", "200", "number of articles (default: 200)"),
            ("port", "P", "8010", "port, 0 = a free one (default: 8010)"),
            ("weight", "KB", "120", "kilobytes of a page (default: 120)"),
            ("seed", "S", "0", "seed of the random content (default: 0)"),
        ):
            group.add_argument(f"--{name}", metavar=metavar, default=default, help=said)
        said = "WARC files that it serves as Common Crawl and the Wayback Machine"
        group.add_argument("--web-archives", metavar="GLOB", help=said)

    def read(self, args: list[str], opts: argparse.Namespace) -> int:
        self.take_none(args)
        numbers = {name: _number(name, getattr(opts, name)) for name in _RANGES}
        site = Site(numbers["articles"], numbers["seed"], weight=numbers["weight"])
        archives = None
        if opts.web_archives:
            require("scrapy sample-site --web-archives", "warcio", "warc")
            archives = WebArchives([Path(name) for name in sorted(glob(opts.web_archives))])  # noqa: PTH207
        try:
            asyncio.run(_serve(Server(site, numbers["port"], archives)))
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else str(error)
            raise CrawlError(f"cannot listen on port {numbers['port']}: {why}") from None
        return Exit.DONE


def _number(name: str, text: str) -> int:
    low, high = _RANGES[name]
    if not (text.isascii() and text.isdigit()) or not low <= int(text) <= high:
        raise UsageProblem(f"--{name} must be a number from {low} to {high}, not {text!r}")
    return int(text)


async def _serve(server: Server) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await server.open()
    print(f"sample site: {server.site.count} articles at {server.url}", flush=True)
    await stop.wait()
    await server.close()
