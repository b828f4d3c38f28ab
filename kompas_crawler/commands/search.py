"""``scrapy search WORDS``: full-text search with excerpts."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.text import Text

from kompas_crawler.archive.read import unmatched
from kompas_crawler.archive.read.export import Filters
from kompas_crawler.archive.read.search.query import parse
from kompas_crawler.archive.read.search.search import search
from kompas_crawler.cli.article import console
from kompas_crawler.cli.reader_command import LISTED, ReaderCommand
from kompas_crawler.exitcodes import Exit, UsageProblem
from kompas_crawler.log.terminal import as_json, safe
from kompas_crawler.site.keys import WIB
from kompas_crawler.spiders import arguments as read

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from kompas_crawler.archive.read.search.search import Hit


class Command(ReaderCommand):
    """Prints the best matches, exact titles first."""

    def syntax(self) -> str:
        return "[options] <words>"

    def short_desc(self) -> str:
        return 'Find articles by words: all of them, "a phrase", -without'

    def long_desc(self) -> str:
        return (
            "Find articles that contain all the words, the best first. Quotes search a phrase, "
            "a minus excludes a word. "
            "Example: scrapy search '\"banjir bandang\" demak -jakarta' --since 2024-01-01"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--since", metavar="DAY", help="published on DAY (WIB) or later")
        parser.add_argument("--until", metavar="DAY", help="published on DAY (WIB) or earlier")
        parser.add_argument("--section", **LISTED, help="only these sections: slugs or labels")
        parser.add_argument("--limit", metavar="N", help="maximum number of results (default: 20)")
        parser.add_argument("--json", action="store_true", help="as JSON")
        _take_exclusions(parser)

    def read(self, args: list[str], opts: argparse.Namespace) -> int:
        words = " ".join(args)
        try:
            parse(words)
        except ValueError as error:
            raise UsageProblem(f"{error}, such as: scrapy search banjir demak") from None
        try:
            days = {name: read.day(name, getattr(opts, name)) for name in ("since", "until")}
            sections = read.names(*opts.section)
            limit = read.number("limit", opts.limit, default=20, least=1) or 20
        except ValueError as error:
            raise UsageProblem(str(error)) from None
        reader = self.open()
        try:
            with reader.snapshot() as connection:
                found = search(connection, words, **days, section=sections, limit=limit)
                named = Filters(section=sections)
                unknown = "" if found else unmatched.unknown(connection, named)
        finally:
            reader.close()
        if opts.json:
            print(as_json([_as_json(hit) for hit in found]))
        elif unknown == unmatched.EMPTY:
            print(unmatched.EMPTY)
        else:
            _show(found, f"{words} (section {', '.join(sections)})" if sections else words)
        if unknown and unknown != unmatched.EMPTY:
            sys.stderr.write(f"{unknown}\n")
        if found.looked_back_to:
            day = f"{found.looked_back_to.astimezone(WIB):%Y-%m-%d}"
            sys.stderr.write(
                f"the words are very common: only articles since {day} were searched; "
                f"to continue: --until {day}\n"
            )
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
        screen.print(Text(safe(f"{facts}  {hit.section or ''}"), "dim"))
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
        "score": round(hit.score, 4),
        "snippet": "".join(piece.text for piece in hit.snippet),
    }
