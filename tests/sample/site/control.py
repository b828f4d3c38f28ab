"""A sample site that other processes control by requests below ``/-/``.

``python -m tests.sample.site.control ARTICLES WEIGHT`` serves one until it is terminated.


=====================================  ==========================================
``GET /-/catalogue[?full=1]``          the articles; with their texts
``GET /-/keys?depth=N[&pages=N]``      the keys a crawl of that depth reaches
``GET /-/log``, ``DELETE /-/log``      the requests so far; clear them
``POST /-/publish?n=N``                publish N articles
``POST /-/correct?keys=K,K``           change their text
``POST /-/remove?keys=K,K``            remove them: 404
``POST /-/fault``, ``DELETE /-/fault`` add a fault (JSON with its ``url``); remove all
=====================================  ==========================================
"""

from __future__ import annotations

import json
import sys
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from kompas_crawler.sample.site.server import Asked, Server, response_head, running
from kompas_crawler.sample.site.site import Site
from tests.sample.site.catalogue import keys_within, redirects, related_keys
from tests.sample.site.faults import Fault
from tests.sample.site.weight import HeavyReplies

if TYPE_CHECKING:
    import asyncio


class ControlledServer(Server):
    """The server of a sample site, which answers requests below ``/-/`` too."""

    async def _respond(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        if not asked.target.startswith("/-/"):
            return await super()._respond(asked, writer)
        status, body = control(self, asked.method, asked.target, asked.body)
        headers = {"Content-Type": "application/json"}
        writer.write(response_head(status, headers, len(body)) + body)
        await writer.drain()
        return True


def control(server: Server, method: str, target: str, body: bytes) -> tuple[int, bytes]:
    """Status and JSON body of the response to a request below ``/-/``."""
    parts = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    try:
        status, said = 200, _done(server, f"{method} {parts.path}", query, body)
    except (KeyError, ValueError, TypeError) as error:
        status, said = 400, {"error": f"{type(error).__name__}: {error}"}
    if said is None:
        status, said = 404, {"error": f"unknown: {method} {parts.path}"}
    return status, json.dumps(said, ensure_ascii=False).encode()


def _done(server: Server, asked: str, query: dict[str, str], body: bytes) -> Any:
    site = server.site
    keys = [key for key in query.get("keys", "").split(",") if key]
    match asked:
        case "GET /-/catalogue":
            return catalogue(site, is_full=query.get("full") == "1")
        case "GET /-/keys":
            return sorted(
                keys_within(site, int(query["depth"]), pages=int(query.get("pages", "50")))
            )
        case "GET /-/log":
            return [request._asdict() for request in server.requests]
        case "DELETE /-/log":
            server.requests.clear()
            return {}
        case "POST /-/publish":
            return {"keys": site.publish(int(query["n"]))}
        case "POST /-/correct" | "POST /-/remove":
            (site.correct if asked.endswith("correct") else site.remove)(keys)
            return {"keys": keys}
        case "POST /-/fault":
            said = json.loads(body)
            url = said.pop("url")
            server.faults[url] = Fault(**said | {"body": said.get("body", "").encode()})
            return {"url": url}
        case "DELETE /-/fault":
            server.faults.clear()
            return {}
        case _:
            return None


def catalogue(site: Site, *, is_full: bool) -> dict[str, Any]:
    """The site's articles as JSON, with texts if *is_full*."""
    rows = []
    for index in range(site.count):
        row: dict[str, Any] = {
            "key": site.key(index),
            "url": site.url(index),
            "section": site.plan.channel(index).slug,
            "pages": site.plan.page_count(index),
            "hops": site.plan.hops(index),
            "removed": site.is_removed(index),
        }
        if is_full:
            article = site.article(index)
            row |= {
                "title": article.title,
                "paragraphs": article.paragraphs,
                "authors": article.authors,
                "editors": article.editors,
                "tags": article.tags,
                "related": related_keys(article),
                "duplicate_of": article.duplicate_of,
                "published_at": article.published_at.isoformat(),
            }
        rows.append(row)
    return {
        "articles": rows,
        "missing": sorted(site.missing),
        "redirects": redirects(site),
        "days": [day.isoformat() for day in site.days],
    }


def main(articles: int, weight: int) -> None:
    """Serve a site of *articles* articles on a free port, and print its address."""
    controlled = ControlledServer(Site(articles))
    controlled._replies = HeavyReplies(controlled.site, weight)
    with running(controlled) as server:
        print(server.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
