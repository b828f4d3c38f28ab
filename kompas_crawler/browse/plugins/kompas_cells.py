"""Datasette plugin: rendering of our columns, and a content security policy."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import datasette  # type: ignore[import-untyped]
from datasette import hookimpl
from datasette.filters import FilterArguments  # type: ignore[import-untyped]
from datasette.utils.asgi import BadRequest  # type: ignore[import-untyped]
from markupsafe import Markup, escape
from sqlalchemy import JSON

from kompas_crawler.archive.full_text import IDS
from kompas_crawler.archive.models import Model
from kompas_crawler.archive.read.search.query import SQLITE, parse, written
from kompas_crawler.log.terminal import safe
from kompas_crawler.site.keys import WIB

_TEMPLATES = Path(datasette.__file__).parent / "templates"


def _own_scripts() -> Iterator[str]:
    """Hashes of the inline scripts in Datasette's pages, for the policy."""
    for name in ("_close_open_menus.html", "_codemirror_foot.html", "table.html"):
        page = (_TEMPLATES / name).read_text(encoding="utf-8")
        for script in re.findall(r"<script>(.*?)</script>", page, re.DOTALL):
            for is_allowed in ("true", "false"):
                text = script.replace("{{ datasette_allow_facet }}", is_allowed)
                digest = base64.b64encode(hashlib.sha256(text.encode()).digest())
                yield f"'sha256-{digest.decode()}'"


# No external resources, and no scripts from texts.
_POLICY = (
    f"default-src 'none'; script-src 'self' {' '.join(sorted(set(_own_scripts())))}; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
_SWITCHES = frozenset({"is_complete", "read_all", "complete"})
_JSON = frozenset(
    column.name
    for table in Model.metadata.tables.values()
    for column in table.columns
    if isinstance(column.type, JSON)
)
_KEYS = frozenset({"key", "target_key", "duplicate_of", "article_key"})


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(value: Any, column: str) -> Any:
    """Render times in WIB, texts in paragraphs and keys as links, all escaped."""
    if value is None or isinstance(value, bytes):
        return None
    if column in _SWITCHES and value in (0, 1):
        return "yes" if value else "no"
    if not isinstance(value, str):
        return None
    if column.endswith("_at"):
        return _moment(value)
    if column in _KEYS:
        return _link(value)
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


def _link(key: str) -> Markup:
    query = urlencode({"key": key})
    return Markup('<a href="/kompas/articles?{}">{}</a>').format(query, safe(key))


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


@hookimpl  # type: ignore[untyped-decorator]
def asgi_wrapper() -> Callable[[Any], Any]:
    """Reject other host names, and send the policy."""

    def wrap(app: Any) -> Any:
        async def guarded(scope: dict[str, Any], receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return

            async def send_with_headers(message: dict[str, Any]) -> None:
                if message["type"] == "http.response.start":
                    message = {**message, "headers": [*message.get("headers", ()), *_HEADERS]}
                await send(message)

            host = dict(scope["headers"]).get(b"host", b"").rpartition(b":")[0]
            if host not in (b"127.0.0.1", b"localhost"):  # DNS rebinding
                plain = [(b"content-type", b"text/plain")]
                await send({"type": "http.response.start", "status": 421, "headers": plain})
                await send({"type": "http.response.body", "body": b"Only 127.0.0.1 is served.\n"})
                return
            await app(scope, receive, send_with_headers)

        return guarded

    return wrap
