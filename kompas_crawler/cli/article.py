"""Render an article and its revisions for a terminal, at most 100 columns wide."""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from io import StringIO
from itertools import pairwise
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text
from sqlalchemy import Connection

from kompas_crawler.archive.changes import REPARSE
from kompas_crawler.archive.read import lookup, similar
from kompas_crawler.archive.read.lookup import Neighbour, Version
from kompas_crawler.archive.store.reparse import differences
from kompas_crawler.cli.word_diff import Change, Piece, changed_paragraphs, marked
from kompas_crawler.items import Article, Kind, StoredArticle, of_kind
from kompas_crawler.log.terminal import safe
from kompas_crawler.site.keys import WIB

WIDTH = 100
ALIKE = 3  # maximum number of similar articles shown
LINKS_IN = 20  # maximum number of linking articles shown
_STYLES = {Change.SAME: "", Change.REMOVED: "red strike", Change.ADDED: "green"}


class _Trimmed(StringIO):
    """Standard output without blanks at the ends of lines, with which tables fill their width."""

    def write(self, text: str) -> int:
        return sys.stdout.write(re.sub(" +$", "", text, flags=re.MULTILINE))

    def flush(self) -> None:
        sys.stdout.flush()


def console() -> Console:
    made = Console(highlight=False, markup=False, emoji=False)
    if not made.is_terminal:
        made.file = _Trimmed()
    is_narrow = made.is_terminal or "COLUMNS" in os.environ
    # Lines of a file or pipe are long enough for any address; a width of 0 is an unknown one.
    made.width = min(max(made.width, 40), WIDTH) if is_narrow else 300
    return made


def article_page(connection: Connection, article: StoredArticle) -> Group:
    """The article with its fields, links and the source of each field."""
    has_former = bool(lookup.previous_versions(connection, [article])[article.id])
    parts: list[RenderableType] = [Text(safe(article.title or ""), "bold")]
    parts.append(_facts(article, has_former=has_former))
    if article.summary:
        parts += ["", Text(safe(article.summary), "italic")]
    for paragraph in article.body:
        parts += ["", Text(safe(paragraph))]
    if out := lookup.outgoing(connection, article.id):
        parts += ["", Text("Baca juga", "bold"), _neighbours(out)]
    total, pointing = lookup.incoming(connection, article.id, LINKS_IN)
    if pointing:
        parts += ["", Text(f"Linked from {total}", "bold"), _neighbours(pointing)]
        if left := total - len(pointing):
            parts.append(Text(f"  ... and {left} more", "dim"))
    if alike := similar.similar(connection, article.id, ALIKE):
        rows = [(one.key, f"{one.share:.0%} of it: {one.title}") for one in alike]
        more = Text(f"  all: scrapy similar {article.id}", "dim")
        parts += ["", Text("Similar", "bold"), indented(facts(rows)), more]
    if aliases := lookup.aliases(connection, article.id):
        parts += ["", Text("Also at", "bold"), *(Text(f"  {safe(url)}", "dim") for url in aliases)]
    if article.found_in:
        fields: dict[str, list[str]] = {}  # by source
        for name, source in sorted(article.found_in.items()):
            fields.setdefault(str(source), []).append(name)
        rows = [(source, ", ".join(names)) for source, names in fields.items()]
        parts += ["", Text("Source of each field", "bold"), facts(rows)]
    return Group(*parts)


def _facts(article: StoredArticle, *, has_former: bool) -> RenderableType:
    positions = article.positions
    authors = (f"{n} ({positions[n]})" if positions.get(n) else n for n in article.authors)
    words = f"{article.word_count}"
    if article.declared_words:
        words += f" (declared: {article.declared_words})"
    if article.is_complete is False:
        words += ", incomplete"
    rows = [
        ("id", article.id),
        ("address", article.url),
        ("published", _moment(article.published_at)),
        ("updated", _moment(article.updated_at)),
        ("section", " / ".join(filter(None, (article.section, article.subsection)))),
        ("type", article.content_type or ""),
        ("place", article.dateline or ""),
        ("authors", "; ".join(authors)),
        ("editors", "; ".join(article.editors)),
        ("source", article.source or ""),
        ("tags", "; ".join(article.tags)),
        ("topic", article.topic or ""),
        ("words", words),
        ("revision", f"{article.revision or 1}{' (changes: --revisions)' * has_former}"),
        ("status", "gone from the site" if article.status == "gone" else ""),
        ("copy of", article.duplicate_of or ""),
        ("first seen", _moment(article.first_seen_at)),
        ("fetched", _moment(article.fetched_at)),
    ]
    return facts([(name, value) for name, value in rows if value])


def facts(rows: Iterable[tuple[str, str | Text]], width: int | None = 40) -> Table:
    """A table of names, of at most *width* letters a line, and values."""
    names = Column(style="dim", max_width=width, no_wrap=width is None)
    table = Table.grid(names, Column(overflow="fold"), padding=(0, 2))
    for name, value in rows:
        table.add_row(Text(safe(name)), value if isinstance(value, Text) else Text(safe(value)))
    return table


def columns(*names: str, numbers: Sequence[str] = (), texts: Sequence[str] = ()) -> Table:
    """A table whose *names* keep their width; *numbers* and *texts* are folded if need be."""
    whole = (Column(name, no_wrap=True) for name in names)
    right = (Column(name, justify="right", overflow="fold") for name in numbers)
    folded = (Column(name, overflow="fold") for name in texts)
    return Table(*whole, *right, *folded, box=None, header_style="bold")


def indented(content: RenderableType) -> Padding:
    return Padding(content, (0, 0, 0, 2))


def _neighbours(found: Sequence[Neighbour]) -> RenderableType:
    keys, states = Column(no_wrap=True), Column(no_wrap=True)
    table = Table.grid(keys, states, Column(overflow="fold"), padding=(0, 2))
    for one in found:
        state = Text("stored", "green") if one.published_at else Text("not stored", "yellow")
        table.add_row(Text(safe(one.key)), state, Text(safe(one.title or "-")))
    return indented(table)


def _moment(at: datetime | None, unknown: str = "") -> str:
    return f"{at.astimezone(WIB):%Y-%m-%d %H:%M:%S} WIB" if at else unknown


def revisions_page(article: StoredArticle, former: Sequence[Version]) -> Group:
    parts: list[RenderableType] = [Text(safe(article.title or ""), "bold")]
    versions = [*(version.article for version in former), article]
    dates = [_moment(one.fetched_at, "at an unknown time") for one in versions]
    if not former:
        parts.append(f"{article.id} has one revision so far, fetched {dates[0]}")
    for old, new, (was_at, at) in zip(former, versions[1:], pairwise(dates), strict=True):
        was, number = old.article, new.revision
        what = f"{number}, details" if was.revision == number else f"{was.revision} to {number}"
        why = " (read again by a newer version)" if old.reason == REPARSE else ""
        parts += [
            "",
            Text(f"{article.id}, revision {what}{why}", "bold"),
            Text(f"fetched {was_at}, then {at}", "dim"),
        ]
        for name, pieces in changes(was, new):
            parts += [Text(name, "dim"), indented(DiffLine(pieces))]
    return Group(*parts)


def changes(old: Article, new: Article) -> Iterator[tuple[str, tuple[Piece, ...]]]:
    """Yield the changed paragraphs with the names of their fields."""
    for name in differences(old, new):
        if name != "word_count":
            before, after = (_shown(name, getattr(one, name)) for one in (old, new))
            for pieces in changed_paragraphs(before, after):
                yield name, pieces


def _shown(name: str, value: Any) -> tuple[str, ...]:
    if name == "body":
        return tuple(value)
    if name == "positions":
        return tuple(f"{person}: {position}" for person, position in value.items())
    if name in of_kind(Kind.NAMES):
        return ("; ".join(value),)
    if name in of_kind(Kind.PARTS):
        return tuple(" | ".join(filter(None, part.exported().values())) for part in value)
    return (_moment(value) if isinstance(value, datetime) else str(value or ""),)


class DiffLine:
    """Changed words in colour, or as ``[-old-] {+new+}`` without colour."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces

    def __rich_console__(self, console: Console, _options: object) -> Iterable[RenderableType]:
        if console.color_system is None or console.no_color:
            yield Text(safe(marked(self._pieces)))
        else:
            words = (Text(safe(piece.text), _STYLES[piece.change]) for piece in self._pieces)
            yield Text(" ").join(words)
