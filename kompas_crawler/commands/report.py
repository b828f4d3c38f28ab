"""``scrapy report PATH.html``: write an HTML report on the archive."""

import argparse
from pathlib import Path

from kompas_crawler.archive.read.report import Period
from kompas_crawler.cli.reader_command import ReaderCommand
from kompas_crawler.exitcodes import Exit, UsageProblem, as_problem
from kompas_crawler.exporters.files import whole_file
from kompas_crawler.project import needing
from kompas_crawler.spiders import arguments as read


class Command(ReaderCommand):
    """Write a page about the archive: articles, gaps, corrections, links.

    Write one HTML page that needs no network: articles by day and section, gaps, freshness,
    fields, corrections, most linked articles. Example: scrapy report kompas.html --since 2024-01-01
    """

    usage = "[options] <path.html>"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--since", metavar="DAY", help="published on DAY (WIB) or later")
        parser.add_argument("--until", metavar="DAY", help="published on DAY (WIB) or earlier")

    def read(self, args: list[str], opts: argparse.Namespace) -> int:
        if len(args) != 1 or Path(args[0]).suffix.lower() not in (".html", ".htm"):
            raise UsageProblem("name one .html file to write, such as: scrapy report kompas.html")
        with as_problem(UsageProblem):
            period = Period(read.day("since", opts.since), read.day("until", opts.until))
        path = Path(args[0])
        with needing("report", "the report"):
            from kompas_crawler.report.page import render
        with self.reading() as connection:
            text = render(connection, period, self.now())
        with whole_file(path) as whole:
            whole.file.write(text.encode())
        if "There is no article" in text:
            print("no article to report on yet; to fill the archive: scrapy crawl kompas")
        print(f"report written to {path}")
        return Exit.DONE
