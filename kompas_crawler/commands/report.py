"""``scrapy report PATH.html``: write an HTML report on the archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kompas_crawler.archive.read.report import Period
from kompas_crawler.cli.reader_command import ReaderCommand
from kompas_crawler.clock import Clock
from kompas_crawler.exitcodes import ConfigurationProblem, Exit, UsageProblem
from kompas_crawler.exporters.files import whole_file
from kompas_crawler.spiders import arguments as read

if TYPE_CHECKING:
    import argparse


class Command(ReaderCommand):
    """Writes one self-contained HTML page with charts."""

    def syntax(self) -> str:
        return "[options] <path.html>"

    def short_desc(self) -> str:
        return "Write a page about the archive: articles, gaps, corrections, links"

    def long_desc(self) -> str:
        return (
            "Write one HTML page that needs no network: articles by day and section, gaps, "
            "freshness, fields, corrections, most linked articles. "
            "Example: scrapy report kompas.html --since 2024-01-01"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--since", metavar="DAY", help="published on DAY (WIB) or later")
        parser.add_argument("--until", metavar="DAY", help="published on DAY (WIB) or earlier")

    def read(self, args: list[str], opts: argparse.Namespace) -> int:
        if len(args) != 1 or Path(args[0]).suffix.lower() not in (".html", ".htm"):
            raise UsageProblem("name one .html file to write, such as: scrapy report kompas.html")
        assert self.settings is not None
        try:
            period = Period(read.day("since", opts.since), read.day("until", opts.until))
            now = Clock(self.settings["KOMPAS_NOW"]).now()
        except ValueError as error:
            raise UsageProblem(str(error)) from None
        path = Path(args[0])
        try:
            from kompas_crawler.report.page import render
        except ModuleNotFoundError as error:
            raise ConfigurationProblem(
                f"the report needs {error.name}; install it with: pip install -e '.[report]'"
            ) from None
        reader = self.open()
        try:
            with reader.snapshot() as connection:
                text = render(connection, period, now)
        finally:
            reader.close()
        with whole_file(path) as whole:
            whole.file.write(text.encode())
        if "There is no article" in text:
            print("no article to report on yet; to fill the archive: scrapy crawl kompas")
        print(f"report written to {path}")
        return Exit.DONE
