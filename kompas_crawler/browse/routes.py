"""Datasette plugin: our pages, and what every answer of the server has."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote, unquote

from datasette import hookimpl  # type: ignore[import-untyped]
from datasette.utils.asgi import AsgiStream, Response  # type: ignore[import-untyped]
from markupsafe import Markup
from sqlalchemy import Connection

from kompas_crawler.archive.read.export import articles
from kompas_crawler.archive.read.lookup import NotStored
from kompas_crawler.archive.sql import chunks
from kompas_crawler.browse import pages
from kompas_crawler.browse.asked import Asked
from kompas_crawler.browse.pages import Page, Request
from kompas_crawler.clock import wib
from kompas_crawler.exitcodes import CrawlError, UsageProblem
from kompas_crawler.exporters import csv_file
from kompas_crawler.exporters.record import FIELDS, record
from kompas_crawler.items import instant
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.sections import SECTIONS
from kompas_crawler.site.text import clean

View = Callable[[Any, Any], Awaitable[Any]]
_POLICY = (
    "default-src 'none'; style-src 'self'{}; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_KEYS = frozenset({"key", "target_key", "duplicate_of", "article_key"})
_HEADERS = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]


@hookimpl  # type: ignore[untyped-decorator]
def register_routes() -> list[tuple[str, View]]:
    """Our pages; Datasette's tables stay below ``/kompas``."""
    return [
        (r"/$", _page(pages.landing)),
        (r"/articles$", _page(pages.articles)),
        (r"/articles\.(?P<kind>csv|json)$", _explained(_file)),
        (r"/(?P<kind>author|tag)/(?P<name>.+)$", _page(pages.named)),
        (r"/day/(?P<name>[^/]+)$", _page(pages.day)),
        (r"/article/(?P<name>[^/]+)$", _page(pages.article)),
        (r"/kompas/articles/(?P<name>[0-9]{1,9})$", _page(pages.row)),
    ]


def _page(read: Callable[[Connection, Request], Page]) -> View:
    async def view(request: Any, datasette: Any) -> Any:
        known = {name: clean(unquote(value)) for name, value in request.url_vars.items()}
        page_number = request.args.get("page")
        wanted = Request(Asked.of(request.args), page_number, datasette.archive_now, **known)
        page: Page = await _read(datasette, lambda connection: read(connection, wanted))
        if page.location:
            return Response.redirect(page.location)
        shown = {"asked": wanted.asked, **page.shown}
        return Response.html(await datasette.render_template(page.template, shown, request))

    return _explained(view)


async def _read(datasette: Any, read: Callable[[Connection], Any]) -> Any:

    def within() -> Any:
        with datasette.archive.snapshot() as connection:
            return read(connection)

    return await asyncio.to_thread(within)


def _explained(view: View) -> View:
    async def explained(request: Any, datasette: Any) -> Any:
        try:
            return await view(request, datasette)
        except CrawlError as error:
            codes = {NotStored: 404, UsageProblem: 400}
            shown = {"error": str(error), "asked": Asked.of(request.args)}
            html = await datasette.render_template("error.html", shown, request)
            return Response.html(html, codes.get(type(error), 503))

    return explained


async def _file(request: Any, datasette: Any) -> Any:
    asked, is_csv = Asked.of(request.args), request.url_vars["kind"] == "csv"
    csv_parts, json_parts = (csv_file.line(FIELDS).decode(), "", ""), ("[\n", ",\n", "\n]\n")
    head, between, end = csv_parts if is_csv else json_parts
    ids = await _read(datasette, asked.ids)

    def rows(part: list[int], connection: Connection) -> str:
        found = map(record, articles(connection, part))
        if is_csv:
            return "".join(csv_file.line(row.values()).decode() for row in found)
        return between.join(json.dumps(row, ensure_ascii=False) for row in found)

    async def stream(file: Any) -> None:
        await file.write(head)
        for number, part in enumerate(chunks(ids)):
            await file.write(between * bool(number) + await _read(datasette, partial(rows, part)))
        await file.write(end)

    name, kind = ("kompas.csv", "text/csv") if is_csv else ("kompas.json", "application/json")
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return AsgiStream(stream, headers=headers, content_type=f"{kind}; charset=utf-8")


@hookimpl  # type: ignore[untyped-decorator]
def prepare_jinja2_environment(env: Any, datasette: Any) -> None:
    """Times in WIB, paths of names, the form of a page without a list; labels for Datasette's."""
    plain, sql = env.preprocess, '<textarea aria-label="SQL"'
    env.preprocess = lambda *of: (
        plain(*of).replace("<html>", '<html lang="en">').replace("<textarea", sql)
    )
    env.filters["moment"], env.filters["part"] = _moment, partial(quote, safe="")
    env.tests["web"] = lambda url: str(url).startswith(("http://", "https://"))
    env.globals |= {"asked": Asked(), "sections": [one.label for one in SECTIONS.values()]}
    env.globals["has_tables"] = lambda: bool(datasette.databases.keys() - {"_internal"})


def _moment(at: datetime | None) -> Markup:
    if at is None:
        return Markup("at an unknown time")
    shown = f"{at.astimezone(WIB):%d %b %Y, %H:%M}"
    return Markup('<time datetime="{}">{}</time>').format(instant(at), shown)


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(row: Any, value: Any, column: str) -> Any:
    """Render a time, a key or the title of an article; Datasette renders the others as text."""
    if not isinstance(value, str):
        return None
    if column.endswith("_at"):
        with suppress(ValueError, OverflowError):
            return wib(datetime.fromisoformat(value).replace(tzinfo=UTC))
    elif column in _KEYS or (column == "title" and "key" in row.keys()):  # noqa: SIM118 - of SQLite
        key = value if column in _KEYS else row["key"]
        return Markup('<a href="/article/{}">{}</a>').format(quote(key), value)
    return None


@hookimpl  # type: ignore[untyped-decorator]
def asgi_wrapper() -> Callable[[Any], Any]:
    """Reject other host names, and send a policy: no scripts, nothing from elsewhere."""

    def wrap(app: Any) -> Any:
        async def guarded(scope: dict[str, Any], receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            is_table = scope["path"].startswith("/kompas")  # Datasette has style attributes
            policy = _POLICY.format(" 'unsafe-inline'" * is_table).encode()
            headers = [(b"content-security-policy", policy), *_HEADERS]

            async def send_with_headers(message: dict[str, Any]) -> None:
                if message["type"] == "http.response.start":
                    message = {**message, "headers": [*message.get("headers", ()), *headers]}
                await send(message)

            host = dict(scope["headers"]).get(b"host", b"").partition(b":")[0]
            if host not in (b"127.0.0.1", b"localhost"):  # DNS rebinding
                plain = [(b"content-type", b"text/plain")]
                await send({"type": "http.response.start", "status": 421, "headers": plain})
                await send({"type": "http.response.body", "body": b"Only 127.0.0.1 is served.\n"})
                return
            await app(scope, receive, send_with_headers)

        return guarded

    return wrap
