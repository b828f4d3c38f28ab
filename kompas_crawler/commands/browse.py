"""``scrapy browse``: show the archive in a web browser."""

import argparse
import webbrowser
from contextlib import suppress

from sqlalchemy import select

from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.read.unmatched import EMPTY
from kompas_crawler.browse.asked import Asked, quoted
from kompas_crawler.cli.reader_command import FILTERS, NAMES, QUERY, ReaderCommand, filters
from kompas_crawler.project import require
from kompas_crawler.spiders import arguments as read


class Command(ReaderCommand):
    """Show the archive in a web browser.

    Serve the archive on this machine until interrupted, read-only and as it is, also during a
    crawl: search, articles, authors, tags, days and what is missing. With filters it begins with
    the articles that match.
    Example: scrapy browse --tag banjir --since 2024-01-01 --open
    """

    options = {
        **FILTERS,
        **QUERY,
        "--port P": "port to listen on (default: a free one)",
        "--open": "open the browser",
    }

    def read(self, args: list[str], opts: argparse.Namespace) -> None:
        port = read.number("port", opts.port, default=0, most=65535)
        now = self.now() if self.settings["KOMPAS_NOW"] else None
        asked = _asked(opts)
        require("browse", "browse")
        from kompas_crawler.browse.server import serve

        def ready(address: str) -> None:
            address += asked.address("articles") if asked.parameters else ""
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


def _asked(opts: argparse.Namespace) -> Asked:
    chosen = filters(opts, query=opts.query)
    found = [(name, ",".join(map(quoted, getattr(chosen, name)))) for name in NAMES]
    found += [(name, str(getattr(chosen, name) or "")) for name in ("since", "until")]
    return Asked(tuple(one for one in [*found, ("words", opts.query)] if one[1]))
