"""``scrapy browse``: show the archive in a web browser."""

import argparse
import webbrowser
from contextlib import suppress

from sqlalchemy import select

from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.read.unmatched import EMPTY
from kompas_crawler.cli.reader_command import ReaderCommand
from kompas_crawler.project import require
from kompas_crawler.spiders import arguments as read


class Command(ReaderCommand):
    """Show the archive in a web browser.

    Serve the archive on this machine until interrupted, read-only and as it is, also during a
    crawl: search, articles, authors, tags, days and what is missing.
    Example: scrapy browse --port 8001 --open
    """

    options = {"--port P": "port to listen on (default: a free one)", "--open": "open the browser"}

    def read(self, args: list[str], opts: argparse.Namespace) -> None:
        port = read.number("port", opts.port, default=0, most=65535)
        now = self.now() if self.settings["KOMPAS_NOW"] else None
        require("browse", "browse")
        from kompas_crawler.browse.server import serve

        def ready(address: str) -> None:
            print(f"the archive at {address} (stop with Ctrl-C)", flush=True)
            if opts.open:
                webbrowser.open(address)

        with self.open() as reader, suppress(KeyboardInterrupt):
            with reader.snapshot() as connection:
                is_empty = connection.scalar(select(ArticleRow.id).limit(1)) is None
            if is_empty:
                print(EMPTY)
            else:
                serve(reader, port, now, ready)
