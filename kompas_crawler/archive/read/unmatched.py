"""Why filters match no article, with the names that are near."""

from dataclasses import fields, replace
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, select

from kompas_crawler.archive.models import ArticleRow, PersonRow, TagRow
from kompas_crawler.archive.read.export import Filters, count
from kompas_crawler.log.terminal import safe

EMPTY = "the archive is empty; to fill it: scrapy crawl kompas"
_NAMES: dict[str, Any] = {
    "tag": TagRow.name,
    "author": PersonRow.name,
    "section": ArticleRow.section,
    "content_type": ArticleRow.content_type,
}
_FEW = 60  # names that are listed if none is near


def why(connection: Connection, filters: Filters) -> str:
    """Return in one line why *filters* match no article."""
    if message := unknown(connection, filters):
        return message
    if copies := count(connection, replace(filters, with_duplicates=True)):
        return f"only copies of older articles match ({copies}); add --with-duplicates"
    values = ((field.name, getattr(filters, field.name)) for field in fields(filters))
    asked = {name: value for name, value in values if value and name != "with_duplicates"}
    alone = [f"--{n.replace('_', '-')} {_count(connection, **{n: v})}" for n, v in asked.items()]
    return f"no article matches; each filter alone: {', '.join(alone)}"


def unknown(connection: Connection, filters: Filters) -> str:
    """Return ``EMPTY``, or a message for the first name that no article has, or ""."""
    if connection.scalar(select(ArticleRow.id).limit(1)) is None:
        return EMPTY
    for option in _NAMES:
        for name in getattr(filters, option):
            if not _count(connection, **{option: (name,), "as_of": filters.as_of}):
                near = _near(connection, option, name)
                return f"no article has the {option.replace('_', ' ')} {safe(name)!r}{near}"
    return ""


def _near(connection: Connection, option: str, name: str) -> str:
    found = connection.scalars(select(_NAMES[option]).distinct().order_by(_NAMES[option]))
    names = {one.lower(): one for one in found if one}
    # Comparing with names of a very different length takes long and finds nothing.
    close = [n for n in names if abs(len(n) - len(name)) <= 3]
    alike = get_close_matches(name.lower(), close, cutoff=0.7)
    near = list(dict.fromkeys([*alike, *(n for n in names if name.lower() in n)]))[:3]
    shown = near or (sorted(names) if len(names) <= _FEW else [])
    counts = {names[n]: _count(connection, **{option: (names[n],)}) for n in shown}
    named = ", ".join(f"{safe(one)!r} ({count})" for one, count in counts.items() if count)
    return f"; {'near' if near else 'there are'}: {named}" if named else ""


def _count(connection: Connection, **filters: Any) -> int:
    return count(connection, Filters(with_duplicates=True, **filters))
