"""``scrapy browse``: show a copy of the archive in a web browser."""

from __future__ import annotations

import signal
import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.read.snapshot import copy_into
from kompas_crawler.cli.reader_command import ReaderCommand
from kompas_crawler.exitcodes import ConfigurationProblem, Exit, UsageProblem, as_problem
from kompas_crawler.project import needing
from kompas_crawler.spiders import arguments as read

if TYPE_CHECKING:
    import argparse


class Command(ReaderCommand):
    """Show a copy of the archive in a web browser (SQLite).

    Copy the archive and serve the copy on this machine until interrupted: search, facets,
    queries. Example: scrapy browse --port 8001
    """

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--port", metavar="P", help="port to listen on (default: a free one)")
        parser.add_argument("--open", action="store_true", help="open the browser")

    def read(self, args: list[str], opts: argparse.Namespace) -> int:
        self.take_none(args)
        with as_problem(UsageProblem):
            port = read.number("port", opts.port, default=0, most=65535) or 0
        reader = self.open()
        try:
            if reader.url.get_backend_name() != "sqlite":
                raise ConfigurationProblem(
                    "browse needs an SQLite archive and this one is on PostgreSQL; "
                    "use a PostgreSQL client, or export it: scrapy export data/kompas.csv"
                )
            with reader.snapshot() as connection:
                if connection.scalar(select(ArticleRow.id).limit(1)) is None:
                    print("the archive is empty; to fill it: scrapy crawl kompas")
                    return Exit.DONE
        finally:
            reader.close()
        with needing("browse", "browse"):
            from kompas_crawler.browse.server import serve

        def ready(address: str) -> None:
            print(f"a copy of the archive at {address} (stop with Ctrl-C)", flush=True)
            if opts.open:
                webbrowser.open(address)

        signal.signal(signal.SIGTERM, signal.default_int_handler)  # deletes the copy
        with tempfile.TemporaryDirectory(prefix="kompas-browse-") as folder:
            snapshot = Path(folder) / "kompas.db"
            try:
                copy_into(reader.url, snapshot)
                serve(snapshot, port, ready)
            except KeyboardInterrupt:
                pass
        return Exit.DONE
