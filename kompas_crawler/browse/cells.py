"""Datasette plugin: rendering of our columns, and our search, in Datasette's tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from datasette import hookimpl  # type: ignore[import-untyped]
from datasette.filters import FilterArguments  # type: ignore[import-untyped]
from datasette.utils.asgi import BadRequest  # type: ignore[import-untyped]
from markupsafe import Markup, escape
from sqlalchemy import JSON

from kompas_crawler.archive.full_text import IDS
from kompas_crawler.archive.models import Model
from kompas_crawler.archive.read.search.query import SQLITE, parse, written
from kompas_crawler.log.terminal import safe
from kompas_crawler.site.keys import WIB

_SWITCHES = frozenset({"is_complete", "read_all", "complete"})
_JSON = frozenset(
    column.name
    for table in Model.metadata.tables.values()
    for column in table.columns
    if isinstance(column.type, JSON)
)
_KEYS = frozenset({"key", "target_key", "duplicate_of", "article_key"})


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(row: Any, value: Any, column: str) -> Any:
    """Render times in WIB, texts in paragraphs, keys and titles as links, all escaped."""
    if value is None or isinstance(value, bytes):
        return None
    if column in _SWITCHES and value in (0, 1):
        return "yes" if value else "no"
    if not isinstance(value, str):
        return None
    if column.endswith("_at"):
        return _moment(value)
    if column in _KEYS:
        return _link(value, value)
    if column == "title" and "key" in row.keys():  # noqa: SIM118 - a row of SQLite has values
        return _link(row["key"], value)
    if column == "body":
        return _paragraphs(value)
    if column in ("title", "former_title", "summary", "name", "section"):
        return escape(safe(value))
    if column in _JSON:
        return _pretty(value)
    return None


def _moment(value: str) -> str | None:
    try:
        at = datetime.fromisoformat(value).replace(tzinfo=UTC).astimezone(WIB)
    except (ValueError, OverflowError):
        return None
    return f"{at:%Y-%m-%d %H:%M}"


def _link(key: str, text: str) -> Markup:
    return Markup('<a href="/article/{}">{}</a>').format(quote(key), safe(text))


def _paragraphs(body: str) -> Markup:
    parts = [Markup("<p>{}</p>").format(safe(part)) for part in body.split("\n\n")]
    return Markup('<div class="text">{}</div>').format(Markup("").join(parts))


def _pretty(value: str) -> Markup | None:
    try:
        found = json.loads(value)
        if isinstance(found, dict):
            found = [f"{name}: {part}" for name, part in found.items()]
        return Markup("<br>").join(escape(safe(str(part))) for part in found)
    except (ValueError, TypeError, RecursionError):  # no JSON, a number, or nested too deep
        return None


@hookimpl(trylast=True)  # type: ignore[untyped-decorator]
def filters_from_request(request: Any, table: str) -> FilterArguments | None:
    """Search articles as ``scrapy search`` does; Datasette does not know the index."""
    if table != "articles":
        return None
    text, known = request.args.get("_search"), {"supports_search": True}
    if not text:
        return FilterArguments([], extra_context=known)
    try:
        query = written(parse(text), SQLITE)
    except ValueError as error:
        raise BadRequest(str(error)) from None
    found = f"select rowid % {IDS} from article_words where article_words match :search"
    return FilterArguments(
        [f"id in ({found})"],
        {"search": query},
        [f'search matches "{text}"'],
        known | {"search": text},
    )
