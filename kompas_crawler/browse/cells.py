"""Datasette plugin: times in WIB and links to our pages in Datasette's tables."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from datasette import hookimpl  # type: ignore[import-untyped]
from markupsafe import Markup

from kompas_crawler.site.keys import WIB

_KEYS = frozenset({"key", "target_key", "duplicate_of", "article_key"})


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(row: Any, value: Any, column: str) -> Any:
    """Render a time, a key or the title of an article; Datasette renders the others as text."""
    if not isinstance(value, str):
        return None
    if column.endswith("_at"):
        return _moment(value)
    if column in _KEYS:
        return _link(value, value)
    if column == "title" and "key" in row.keys():  # noqa: SIM118 - a row of SQLite has values
        return _link(row["key"], value)
    return None


def _moment(value: str) -> str | None:
    try:
        at = datetime.fromisoformat(value).replace(tzinfo=UTC).astimezone(WIB)
    except (ValueError, OverflowError):
        return None
    return f"{at:%Y-%m-%d %H:%M}"


def _link(key: str, text: str) -> Markup:
    return Markup('<a href="/article/{}">{}</a>').format(quote(key), text)
