"""``scrapy export PATH``: the archive as a file to hand on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kompas_crawler.archive.reader import Filters
from kompas_crawler.exitcodes import Exit, UsageProblem
from kompas_crawler.exporters import files
from kompas_crawler.exporters.record import FIELDS, record
from kompas_crawler.reader_command import ReaderCommand
from kompas_crawler.spiders import arguments as read

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator


class Command(ReaderCommand):
    """Writes the articles that match to a CSV, JSON or JSONL file, ordered by id."""

    def syntax(self) -> str:
        return "[options] <path>"

    def short_desc(self) -> str:
        return "Write the archive to a .csv, .json or .jsonl file (+ .gz)"

    def long_desc(self) -> str:
        return (
            "Write the articles that match to PATH, by its suffix. "
            "Example: scrapy export banjir.csv --tag banjir --since 2024-01-01"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--since", metavar="DAY", help="published on DAY (WIB) or later")
        parser.add_argument("--until", metavar="DAY", help="published on DAY (WIB) or before")
        parser.add_argument("--section", help="of this section alone")
        parser.add_argument("--tag", help="with this tag")
        parser.add_argument(
            "--with-duplicates", action="store_true", help="also texts stored under another key"
        )

    def read(self, args: list[str], opts: argparse.Namespace) -> int:
        if len(args) != 1:
            raise UsageProblem("name one file to write, such as: scrapy export kompas.csv")
        try:
            filters = Filters(
                since=read.day("since", opts.since),
                until=read.day("until", opts.until),
                section=opts.section,
                tag=opts.tag,
                with_duplicates=opts.with_duplicates,
            )
        except ValueError as error:
            raise UsageProblem(str(error)) from None
        target = files.target(args[0])
        reader = self.open()
        count = 0

        def rows() -> Iterator[dict[str, Any]]:
            nonlocal count
            for article in reader.articles(filters):
                count += 1
                yield record(article)

        try:
            with files.whole_file(target.path, is_gzip=target.is_gzip) as file:
                target.write(rows(), file, FIELDS)
            left_out = reader.duplicates_left_out(filters)
        finally:
            reader.close()
        print(f"{count} articles written to {target.path}; {left_out} duplicates left out")
        return Exit.DONE
