"""``scrapy report PATH.html``: write an HTML report on the archive."""

import argparse
import sys
from pathlib import Path

from kompas_crawler.archive.read import unmatched
from kompas_crawler.cli.reader_command import TOPIC, ReaderCommand, filters
from kompas_crawler.exitcodes import UsageProblem
from kompas_crawler.exporters.files import NothingMatched, write_text
from kompas_crawler.project import require


class Command(ReaderCommand):
    """Write a page about the archive: articles, gaps, corrections, links.

    Write one HTML page that needs no network: articles by day and section, tags, authors, gaps,
    fields, corrections, most linked articles; each chart can be saved as SVG.
    Example: scrapy report data/banjir.html --tag banjir --since 2024-01-01
    """

    usage = "[options] <path.html>"

    options = TOPIC

    def read(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1 or Path(args[0]).suffix.lower() not in (".html", ".htm"):
            raise UsageProblem("name one .html file to write, such as: scrapy report kompas.html")
        path, chosen = Path(args[0]), filters(opts, query=opts.query, with_duplicates=True)
        require("the report", "report")
        from kompas_crawler.report.page import render

        gaps_at = self.now() if self.settings["KOMPAS_NOW"] else None
        with self.reading() as connection:
            if (text := render(connection, chosen, self.now(), gaps_at)) is None:
                raise NothingMatched(unmatched.why(connection, chosen), path)
            unknown = unmatched.unknown(connection, chosen)
        write_text(path, text)
        if unknown:
            sys.stderr.write(f"{unknown}\n")
        print(f"report written to {path}")
