"""``scrapy search WORDS``: full-text search with excerpts."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from kompas_crawler.archive.read import unmatched
from kompas_crawler.archive.read.export import Filters, conditions
from kompas_crawler.archive.read.frequency import BY, Frequency, frequencies
from kompas_crawler.archive.read.search.query import parse
from kompas_crawler.archive.read.search.search import search
from kompas_crawler.cli.article import console
from kompas_crawler.cli.reader_command import LISTED, ReaderCommand
from kompas_crawler.clock import Clock
from kompas_crawler.exitcodes import Exit, UsageProblem
from kompas_crawler.exporters import csv_file
from kompas_crawler.exporters.files import whole_file
from kompas_crawler.log.terminal import as_json, safe
from kompas_crawler.site.keys import WIB
from kompas_crawler.spiders import arguments as read

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from kompas_crawler.archive.read.search.search import Hit


NAMED = {
    "section": "only these sections: slugs or labels",
    "tag": "with one of these tags",
    "author": "by one of these authors",
}
"""The filters by name, and their help."""


class Command(ReaderCommand):
    """Prints matches, exact titles first, or counts them."""

    def syntax(self) -> str:
        return "[options] <words>"

    def short_desc(self) -> str:
        return 'Find or count articles by words: all of them, "as written", OR, open*, -without'

    def long_desc(self) -> str:
        return (
            "Find articles that contain all the words in any form: jual finds menjual. First those "
            "with the words in the title, then the newest. Quotes search for exact words in this "
            "order, OR for either word, banj* for words that begin so; a minus excludes a word. "
            "Example: scrapy search '\"banjir bandang\" demak OR kudus -jakarta' --since 2024-01-01"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--since", metavar="DAY", help="published on DAY (WIB) or later")
        parser.add_argument("--until", metavar="DAY", help="published on DAY (WIB) or earlier")
        for name, words in NAMED.items():
            parser.add_argument(f"--{name}", **LISTED, help=words)
        parser.add_argument("--limit", metavar="N", help="maximum number of results (default: 20)")
        parser.add_argument("--json", action="store_true", help="as JSON")
        counts = parser.add_argument_group(title="Counts")
        counts.add_argument(
            "--by",
            metavar="UNIT",
            help="count by day, month or section, with the share of all articles of the filters",
        )
        counts.add_argument("--csv", metavar="PATH", help="with --by: write a CSV file")
        counts.add_argument(
            "--with-duplicates", action="store_true", help="with --by: count copies too"
        )
        _take_exclusions(parser)

    def read(self, args: list[str], opts: argparse.Namespace) -> int:
        words = " ".join(args)
        try:
            parse(words)
        except ValueError as error:
            raise UsageProblem(f"{error}, such as: scrapy search banjir demak") from None
        assert self.settings is not None
        try:
            since, until = read.day("since", opts.since), read.day("until", opts.until)
            names = {name: read.names(*getattr(opts, name)) for name in NAMED}
            limit = read.number("limit", opts.limit, default=20, least=1) or 20
            clock = self.settings["KOMPAS_NOW"]
            now = Clock(clock).now() if clock else None
        except ValueError as error:
            raise UsageProblem(str(error)) from None
        if opts.by not in (None, *BY):
            raise UsageProblem(f"--by {opts.by!r} is not one of: {', '.join(BY)}")
        if opts.by is None and (opts.csv or opts.with_duplicates):
            raise UsageProblem("--csv and --with-duplicates need --by day, month or section")
        filters = Filters(
            since=since,
            until=until,
            query=words,
            with_duplicates=opts.with_duplicates,
            **names,  # type: ignore[arg-type]
        )
        hits: list[Hit] = []
        counts: list[Frequency] = []
        reader = self.open()
        try:
            with reader.snapshot() as connection:
                if opts.by:
                    counts = frequencies(connection, filters, opts.by, now)
                else:
                    hits = search(connection, words, *conditions(filters), limit=limit)
                is_found = bool(hits) or any(count.matches for count in counts)
                unknown = "" if is_found else unmatched.unknown(connection, filters)
        finally:
            reader.close()
        if opts.csv:
            print(_write_csv(counts, opts.by, Path(opts.csv)))
        elif opts.json:
            rows = [dict(zip(_columns(opts.by), count, strict=True)) for count in counts]
            print(as_json(rows if opts.by else [_as_json(hit) for hit in hits]))
        elif unknown == unmatched.EMPTY:
            print(unmatched.EMPTY)
        elif opts.by:
            _show_counts(counts, opts.by)
        else:
            asked = [f"{name} {', '.join(named)}" for name, named in names.items() if named]
            _show(hits, f"{words} ({'; '.join(asked)})" if asked else words)
        if unknown and unknown != unmatched.EMPTY:
            sys.stderr.write(f"{unknown}\n")
        return Exit.DONE


def _take_exclusions(parser: argparse.ArgumentParser) -> None:
    """Pass words with a minus to ``args``; argparse would read ``-hujan`` as an option."""
    parse = parser.parse_known_args

    def parse_words(args: Any = None, namespace: Any = None) -> Any:
        words = [arg for arg in args or () if re.match(r"-[^-=][^=]", arg)]
        options, rest = parse([arg for arg in args or () if arg not in words], namespace)
        return options, [*rest, *words]

    parser.parse_known_args = parse_words  # type: ignore[method-assign]


def _show(found: Sequence[Hit], words: str) -> None:
    screen = console()
    has_colour = screen.color_system is not None and not screen.no_color
    for hit in found:
        screen.print(Text(safe(hit.title), "bold"))
        facts = f"{hit.key}  {hit.published_at.astimezone(WIB):%Y-%m-%d %H:%M}"
        copy = f"  copy of {hit.duplicate_of}" if hit.duplicate_of else ""
        screen.print(Text(safe(f"{facts}  {hit.section or ''}{copy}"), "dim"))
        snippet = Text()
        for piece in hit.snippet:
            mark = "*" if piece.is_hit and not has_colour else ""
            snippet.append(f"{mark}{safe(piece.text)}{mark}", "bold" if piece.is_hit else "")
        if snippet:
            screen.print(Padding(snippet, (0, 0, 0, 2), expand=False))
        screen.print(Text(safe(hit.url), "dim"), soft_wrap=True)
        screen.print()
    if found:
        screen.print("to read one: scrapy show KEY")
    else:
        screen.print(Text(safe(f"no article found for: {words}")))


def _as_json(hit: Hit) -> dict[str, Any]:
    return {
        "id": hit.key,
        "url": hit.url,
        "title": hit.title,
        "section": hit.section,
        "published_at": hit.published_at.astimezone(WIB).isoformat(timespec="seconds"),
        "duplicate_of": hit.duplicate_of,
        "snippet": "".join(piece.text for piece in hit.snippet),
    }


def _columns(by: str | None) -> tuple[str, ...]:
    return (by or "", *Frequency._fields[1:])


def _write_csv(counts: Sequence[Frequency], by: str, path: Path) -> str:
    columns = _columns(by)
    with whole_file(path) as whole:
        rows = (dict(zip(columns, count, strict=True)) for count in counts)
        csv_file.write(rows, whole.file, columns)
    return f"{len(counts)} rows written to {path}"


def _show_counts(counts: Sequence[Frequency], by: str) -> None:
    table = Table(by, "articles with the words", "all articles", "share", "gaps")
    for column in table.columns[1:4]:
        column.justify = "right"
    for name, matches, articles, share, missing, has_gaps in counts:
        percent = "" if share is None else f"{share:.2%}"
        gap = f"{missing} missing" if missing else "yes" if has_gaps else ""
        table.add_row(Text(safe(name or "none")), str(matches), str(articles), percent, gap)
    console().print(table)
    if any(count.has_gaps for count in counts):
        print("the archive has gaps in these spans: counts may be too low; see scrapy gaps")
