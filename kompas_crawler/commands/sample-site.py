"""``scrapy sample-site``: serve a generated news site to test the crawler."""

# Scrapy names a command after its file, including the hyphen.
# ruff: noqa: N999

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.commands import ScrapyCommand

from kompas_crawler.exitcodes import CrawlError
from kompas_crawler.project import require
from kompas_crawler.sample.site.server import Server
from kompas_crawler.sample.site.site import Site
from kompas_crawler.sample.site.web_archives import WebArchives

if TYPE_CHECKING:
    import argparse

_RANGES = {"articles": (1, 10**7), "port": (0, 65535), "weight": (1, 10_000), "seed": (0, 2**31)}


class Command(ScrapyCommand):
    """Serves generated articles for ``KOMPAS_MIRROR`` until interrupted."""

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        return "[--articles N] [--port P] [--weight KB] [--seed S] [--web-archives GLOB]"

    def short_desc(self) -> str:
        return "Serve a generated news site to test the crawler"

    def long_desc(self) -> str:
        return (
            "Serve a generated news site on the loopback interface until interrupted. "
            "Example: scrapy sample-site --articles 5000 --port 8010, and in another terminal "
            "KOMPAS_MIRROR=http://127.0.0.1:8010 scrapy crawl kompas"
        )

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

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        try:
            if args:
                raise ValueError(f"unknown argument {args[0]!r}; see --help")
            numbers = {name: _number(name, getattr(opts, name)) for name in _RANGES}
        except ValueError as error:
            self._end(2, str(error))
            return
        site = Site(numbers["articles"], numbers["seed"], weight=numbers["weight"])
        archives = None
        try:
            if opts.web_archives:
                require("scrapy sample-site --web-archives", "warcio", "warc")
                archives = WebArchives(sorted(Path().glob(opts.web_archives)))
            asyncio.run(_serve(Server(site, numbers["port"], archives)))
        except CrawlError as error:
            self._end(error.code, str(error))
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else str(error)
            self._end(1, f"cannot listen on port {numbers['port']}: {why}")

    def _end(self, code: int, line: str) -> None:
        sys.stderr.write(f"scrapy sample-site: {line}\n")
        self.exitcode = code


def _number(name: str, text: str) -> int:
    low, high = _RANGES[name]
    if not (text.isascii() and text.isdigit()) or not low <= int(text) <= high:
        raise ValueError(f"--{name} must be a number from {low} to {high}, not {text!r}")
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
