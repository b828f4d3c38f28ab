"""``scrapy search WORDS``: full-text search with excerpts."""

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.text import Text

from kompas_crawler.archive.read import unmatched
from kompas_crawler.archive.read.export import Filters, conditions
from kompas_crawler.archive.read.frequency import BY, Frequency, frequencies
from kompas_crawler.archive.read.search.query import parse
from kompas_crawler.archive.read.search.search import Hit, search
from kompas_crawler.cli.article import columns, console, indented
from kompas_crawler.cli.reader_command import FILTERS, ReaderCommand, filters
from kompas_crawler.clock import wib
from kompas_crawler.exitcodes import UsageProblem
from kompas_crawler.exporters import csv_file
from kompas_crawler.exporters.files import NothingMatched, whole_file
from kompas_crawler.log.terminal import as_json, counted, safe
from kompas_crawler.spiders import arguments as read


class Command(ReaderCommand):
    """Find or count articles by words: all of them, "as written", OR, open*, -without.

    Find articles that contain all the words in any form: jual finds menjual. First come those with
    the words in the title, then the newest. Quotes search for exact words in this order, OR for
    one of two words, banj* for words that begin so; a minus excludes a word.
    Example: scrapy search '"banjir bandang" demak OR kudus -jakarta' --since 2024-01-01
    """

    usage = "[options] <words>"

    options = FILTERS | {
        "--limit N": "maximum number of results (default: 20)",
        "--json": "as JSON",
        "--by UNIT": "count by day, month or section, with the share of the filters' articles",
        "--csv PATH": "with --by: write a CSV file",
        "--with-duplicates": "with --by: count copies too",
    }

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        _take_exclusions(parser)

    def read(self, args: list[str], opts: argparse.Namespace) -> None:
        words = " ".join(args)
        try:
            parse(words)
        except ValueError as error:
            raise UsageProblem(f"{error}, such as: scrapy search banjir demak") from None
        limit = read.number("limit", opts.limit, default=20, least=1)
        chosen = filters(opts)
        if opts.by or opts.csv or opts.with_duplicates:
            self._count(replace(chosen, query=words), opts)
            return
        with self.reading() as connection:
            found = search(connection, words, *conditions(chosen), limit=limit)
            unknown = unmatched.unknown(connection, chosen)
        if opts.json:
            print(as_json([_as_json(hit) for hit in found]))
        elif found:
            _show(found)
        else:
            print(unknown if unknown == unmatched.EMPTY else safe(unmatched.NONE.format(words)))
        if unknown not in ("", unmatched.EMPTY):
            sys.stderr.write(f"{unknown}\n")

    def _count(self, chosen: Filters, opts: argparse.Namespace) -> None:
        if opts.by not in BY:
            raise UsageProblem(f"name what to count by: --by {', --by '.join(BY)}")
        if opts.limit:
            raise UsageProblem("--by counts all that matches; leave out --limit")
        if opts.csv and opts.json:
            raise UsageProblem("--csv and --json cannot be combined; choose one")
        if opts.csv and not opts.csv.lower().endswith(".csv"):
            raise UsageProblem(f"--csv writes a .csv file, not {opts.csv!r}")
        chosen = replace(chosen, with_duplicates=opts.with_duplicates)
        now = self.now() if self.settings["KOMPAS_NOW"] else None
        with self.reading() as connection:
            counts = list(frequencies(connection, chosen, opts.by, now))
            unknown = unmatched.unknown(connection, chosen)
            if opts.csv and not counts:
                raise NothingMatched(unmatched.why(connection, chosen), Path(opts.csv))
        names = (opts.by, *Frequency._fields[1:])
        rows = [dict(zip(names, count, strict=True)) for count in counts]
        if opts.csv:
            path = Path(opts.csv)
            with whole_file(path) as whole:
                csv_file.write(rows, whole.file, names)
            print(f"{counted(len(rows), 'row')} written to {path}")
        elif opts.json:
            print(as_json(rows))
        elif counts:
            _show_counts(counts, opts.by)
        if not any(count.matches for count in counts):
            unknown = unknown or safe(unmatched.NONE.format(chosen.query))
        if unknown:
            sys.stderr.write(f"{unknown}\n")


def _take_exclusions(parser: argparse.ArgumentParser) -> None:
    """Pass words with a minus to ``args``; argparse would read ``-hujan`` as an option."""
    parse = parser.parse_known_args

    def parse_words(args: Any = None, namespace: Any = None) -> Any:
        words = [arg for arg in args or () if re.match(r"-[^-=][^=]", arg)]
        options, rest = parse([arg for arg in args or () if arg not in words], namespace)
        return options, [*rest, *words]

    parser.parse_known_args = parse_words  # type: ignore[method-assign]


def _show(found: Sequence[Hit]) -> None:
    screen = console()
    has_colour = screen.color_system is not None and not screen.no_color
    for hit in found:
        screen.print(Text(safe(hit.title), "bold"))
        facts = f"{hit.key}  {wib(hit.published_at)}"
        copy = f"  copy of {hit.duplicate_of}" if hit.duplicate_of else ""
        screen.print(Text(safe(f"{facts}  {hit.section or ''}{copy}"), "dim"))
        snippet = Text()
        for piece in hit.snippet:
            mark = "*" if piece.is_hit and not has_colour else ""
            snippet.append(f"{mark}{safe(piece.text)}{mark}", "bold" if piece.is_hit else "")
        if snippet:
            screen.print(indented(snippet))
        screen.print(Text(safe(hit.url), "dim"), soft_wrap=True)
        screen.print()
    screen.print("to read one: scrapy show KEY")


def _as_json(hit: Hit) -> dict[str, Any]:
    fields = hit._asdict() | {"snippet": "".join(piece.text for piece in hit.snippet)}
    return {"id": fields.pop("key"), **fields}


def _show_counts(counts: Sequence[Frequency], by: str) -> None:
    names = ("articles with the words", "all articles", "share")
    table = columns(by, numbers=names, texts=["gaps"])
    for span, matches, articles, share, missing, has_gaps in counts:
        percent = "" if share is None else f"{share:.2%}"
        gap = f"{missing} missing" if missing else "yes" if has_gaps else ""
        table.add_row(Text(safe(span or "none")), str(matches), str(articles), percent, gap)
    console().print(table)
    if any(count.has_gaps for count in counts):
        print("spans with gaps lack articles; to list them: scrapy gaps")
