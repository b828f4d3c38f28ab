"""``scrapy gaps``: what is missing, by day and section, and each article by name."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kompas_crawler.archive import gaps
from kompas_crawler.archive.database import explaining
from kompas_crawler.exitcodes import UsageProblem
from kompas_crawler.reader_command import ReaderCommand
from kompas_crawler.spiders import arguments as read
from kompas_crawler.terminal import as_json, safe

if TYPE_CHECKING:
    import argparse

SHOWN = 50
"""Rows of a table at most; ``--json`` has them all."""


class Command(ReaderCommand):
    """Compares what was listed with what is stored; exit 1 when something is missing."""

    def short_desc(self) -> str:
        return "Name what is missing: by day, by section, each article (exit 1 if any)"

    def long_desc(self) -> str:
        return (
            "Compare what listings named with what is stored. "
            "Example: scrapy gaps --since 2024-01-01; then fill: scrapy crawl kompas -a gaps=1"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--since", metavar="DAY", help="published on DAY or later")
        parser.add_argument("--until", metavar="DAY", help="published on DAY or before")
        parser.add_argument("--json", action="store_true", help="all of it, for a program")

    def read(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            raise UsageProblem(f"what is {args[0]!r}? 'scrapy gaps' takes options only")
        try:
            since, until = read.day("since", opts.since), read.day("until", opts.until)
        except ValueError as error:
            raise UsageProblem(str(error)) from None
        reader = self.open()
        try:
            with explaining(reader.url), reader.engine.connect() as connection:
                found = gaps.find(connection, since=since, until=until)
        finally:
            reader.close()
        if opts.json:
            print(as_json(_as_json(found)))
        else:
            _show(found)
        return 0 if found.is_empty else 1


def _as_json(found: gaps.Gaps) -> dict[str, Any]:
    return asdict(found) | {"is_empty": found.is_empty}


def _show(found: gaps.Gaps) -> None:
    # A line of a file or pipe is as long as it needs to be: an address is not cut.
    console = Console() if sys.stdout.isatty() else Console(width=300)
    uneven = [day for day in found.days if day.failed or day.waiting]
    if uneven:
        table = Table("day", "section", box=None, header_style="bold")
        for name in ("listed", "stored", "failed", "waiting", "gone", "skipped"):
            table.add_column(name, justify="right")
        for day in uneven[:SHOWN]:
            counts = (day.known, day.stored, day.failed, day.waiting, day.gone, day.skipped)
            table.add_row(str(day.day or "-"), escape(safe(day.section or "-")), *map(str, counts))
        console.print(table)
        _more(console, len(uneven))
    if found.missing:
        table = Table("missing", "state", "why", box=None, header_style="bold")
        table.add_column("address", overflow="fold")
        for one in found.missing[:SHOWN]:
            table.add_row(
                one.key, one.state, escape(safe(one.reason or "-")), escape(safe(one.url))
            )
        console.print(table)
        _more(console, len(found.missing))
    for unread in found.unread_days[:SHOWN]:
        console.print(
            f"index of {unread.day} ({unread.site}) was not read to its end: {unread.pages} pages"
        )
    stored = sum(day.stored for day in found.days)
    listed = sum(day.known for day in found.days)
    if not found.days and not found.unread_days:
        console.print(
            "nothing was listed of these days yet; list and fill them: scrapy crawl kompas"
        )
    elif found.is_empty:
        console.print(f"no gaps: {stored} of {listed} articles stored, the rest gone or skipped")
    else:
        console.print(
            f"{len(found.missing)} of {listed} listed articles are missing; "
            "fill them: scrapy crawl kompas -a gaps=1"
        )
    if found.only_linked:
        console.print(
            f"{found.only_linked} more are known through links alone, beyond the depth crawled"
        )


def _more(console: Console, count: int) -> None:
    if count > SHOWN:
        console.print(f"... and {count - SHOWN} more; --json has them all")
