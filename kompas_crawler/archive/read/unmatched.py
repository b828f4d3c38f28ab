"""Why filters match no article, with the names that are near."""

from collections import Counter
from dataclasses import asdict, replace
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, select

from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.read.export import NAMES, Filters, count
from kompas_crawler.archive.read.results import EVERY, facets
from kompas_crawler.log.terminal import safe

EMPTY = "the archive is empty; to fill it: scrapy crawl kompas"
NONE = "no article found for: {}; tags are asked for by --tag"
_FEW = 60  # names that are listed if none is near


def why(connection: Connection, filters: Filters) -> str:
    """Return in one line why *filters* match no article."""
    if message := unknown(connection, filters):
        return message
    if copies := count(connection, replace(filters, with_duplicates=True)):
        return f"only copies of older articles match ({copies}); add --with-duplicates"
    asked = {n: v for n, v in asdict(filters).items() if v and n != "with_duplicates"}
    alone = [f"--{n.replace('_', '-')} {_count(connection, **{n: v})}" for n, v in asked.items()]
    return f"no article matches; each filter alone: {', '.join(alone)}"


def unknown(connection: Connection, filters: Filters) -> str:
    """Return ``EMPTY``, or a message for the first name that no article has, or ""."""
    if connection.scalar(select(ArticleRow.id).limit(1)) is None:
        return EMPTY
    for option in NAMES:
        for name in getattr(filters, option):
            if not _count(connection, **{option: (name,), "as_of": filters.as_of}):
                near = _near(connection, option, name)
                return f"no article has the {option.replace('_', ' ')} {safe(name)!r}{near}"
    return ""


def _near(connection: Connection, option: str, name: str) -> str:
    counts: Counter[str] = Counter()
    names: dict[str, str] = {}
    for one, number in facets(connection, None, (option,), EVERY)[option]:  # most frequent first
        counts[one.lower()] += number
        names.setdefault(one.lower(), one)
    # Whole names, and their words; a word stands for the most frequent name that has it.
    by_word = {word: n for n in reversed(names) for word in n.replace(",", " ").split()}
    by_word |= {n: n for n in names}
    # Comparing with names of a very different length takes long and finds nothing.
    close = [word for word in by_word if abs(len(word) - len(name)) <= 3]
    alike = [by_word[word] for word in get_close_matches(name.lower(), close, cutoff=0.7)]
    near = list(dict.fromkeys([*alike, *(n for n in names if name.lower() in n)]))[:3]
    shown = near or (sorted(names) if len(names) <= _FEW else [])
    named = ", ".join(f"{safe(names[one])!r} ({counts[one]})" for one in shown)
    return f"; {'near' if near else 'there are'}: {named}" if named else ""


def _count(connection: Connection, **filters: Any) -> int:
    return count(connection, Filters(with_duplicates=True, **filters))
