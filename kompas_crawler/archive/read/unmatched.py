"""Why filters match no article, with the names that are near."""

from __future__ import annotations

from dataclasses import fields, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from kompas_crawler.archive.models import ArticleRow, PersonRow, TagRow
from kompas_crawler.archive.read.export import Filters, count
from kompas_crawler.log.terminal import safe

if TYPE_CHECKING:
    from sqlalchemy import Connection

EMPTY = "the archive is empty; to fill it: scrapy crawl kompas"
_NAMES: dict[str, Any] = {
    "tag": TagRow.name,
    "author": PersonRow.name,
    "section": ArticleRow.section,
    "content_type": ArticleRow.content_type,
}
_FEW = 60
"""Names that are listed if none is near."""


def why(connection: Connection, filters: Filters) -> str:
    """Return in one line why *filters* match no article."""
    if message := unknown(connection, filters):
        return message
    if copies := count(connection, replace(filters, with_duplicates=True)):
        return f"the {copies} articles that match repeat older ones; add --with-duplicates"
    asked = [field.name for field in fields(Filters) if getattr(filters, field.name)]
    alone = [
        f"--{_dashed(name)} {_count(connection, **{name: getattr(filters, name)})}"
        for name in asked
        if name != "with_duplicates"
    ]
    return f"no article matches; each filter alone: {', '.join(alone)}"


def unknown(connection: Connection, filters: Filters) -> str:
    """Return ``EMPTY``, or a message for the first name that no article has, or ""."""
    if not _count(connection):
        return EMPTY
    for option in _NAMES:
        for name in getattr(filters, option):
            if not _count(connection, **{option: (name,)}):
                near = _near(connection, option, name)
                return f"no article has the {_dashed(option)} {safe(name)!r}{near}"
    return ""


def _near(connection: Connection, option: str, name: str) -> str:
    found = filter(None, connection.scalars(select(_NAMES[option]).distinct()))
    # Names of a very different length are not near, and comparing takes long.
    names = {one.lower(): one for one in found}
    close = [one for one in names if abs(len(one) - len(name)) <= 3]
    near = get_close_matches(name.lower(), close, 3)
    near += [one for one in names if name.lower() in one and one not in near][: 3 - len(near)]
    label = "near" if near else "there are"
    shown = near or (sorted(names) if len(names) <= _FEW else [])
    counted = ((names[one], _count(connection, **{option: (names[one],)})) for one in shown)
    told = ", ".join(f"{safe(one)!r} ({articles})" for one, articles in counted if articles)
    return f"; {label}: {told}" if told else ""


def _count(connection: Connection, **filters: Any) -> int:
    return count(connection, Filters(with_duplicates=True, **filters))


def _dashed(option: str) -> str:
    return option.replace("_", "-")
