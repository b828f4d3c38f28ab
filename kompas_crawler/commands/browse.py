"""``scrapy browse``: show the archive in a web browser."""

import argparse
import webbrowser
from contextlib import suppress
from typing import Any

from kompas_crawler.archive.read import unmatched
from kompas_crawler.archive.read.export import NAMES
from kompas_crawler.browse.asked import Asked, quoted
from kompas_crawler.cli.reader_command import TOPIC, ReaderCommand, filters
from kompas_crawler.project import require
from kompas_crawler.spiders import arguments as read


class Command(ReaderCommand):
    """Show the archive in a web browser.

    Serve the archive on this machine until interrupted, read-only and as it is, also during a
    crawl: search, articles, authors, tags, days and what is missing. With filters it begins with
    the articles that match.
    Example: scrapy browse --tag banjir --since 2024-01-01 --open
    """

    options = TOPIC | {
        "--port P": "port to listen on (default: a free one)",
        "--open": "open the browser",
    }

    def read(self, args: list[str], opts: argparse.Namespace) -> None:
        port = read.number("port", opts.port, default=0, most=65535)
        now = self.now() if self.settings["KOMPAS_NOW"] else None
        chosen = filters(opts, query=opts.query)
        found: Any = {name: ",".join(map(quoted, getattr(chosen, name))) for name in NAMES}
        found |= {"words": chosen.query, "since": chosen.since, "until": chosen.until}
        asked = Asked(tuple((name, str(value)) for name, value in found.items() if value))
        require("browse", "browse")
        from kompas_crawler.browse.server import serve

        def ready(address: str) -> None:
            address += asked.address("articles") if asked.parameters else ""
            print(f"the archive at {address} (stop with Ctrl-C)", flush=True)
            if opts.open:
                webbrowser.open(address)

        with self.open() as reader, suppress(KeyboardInterrupt):
            with reader.snapshot() as connection:
                unknown = unmatched.unknown(connection, chosen)
            if unknown:
                print(unknown)
            if unknown != unmatched.EMPTY:
                serve(reader, port, now, ready)
