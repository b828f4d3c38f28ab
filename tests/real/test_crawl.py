"""The real pages under their true addresses, crawled: the same rows on both databases."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.exitcodes import Exit
from kompas_crawler.site.urls import article_key, canonical
from tests.commands.calling import call
from tests.crawling import crawl
from tests.real.conftest import read_page, saved

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def pages() -> dict[str, bytes]:
    """The article pages of the template since 2017, by canonical address."""
    found = {}
    for path in saved("articles/202*"):
        body = read_page(path)
        match = re.search(rb'rel="canonical" href="([^"]+)"', body)
        assert match
        found[canonical(match[1].decode())] = body
    return found


@pytest.fixture(scope="module")
def mirror() -> Iterator[str]:
    """A server of the pages, in the form a mirror has."""
    by_path = {f"/{url.removeprefix('https://')}": body for url, body in pages().items()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = by_path.get(self.path.partition("?")[0])
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "text/html; charset=UTF-8")
            self.end_headers()
            self.wfile.write(body or b"not here")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_real_pages_give_the_same_rows_on_both_databases(
    mirror: str, sqlite_url: str, postgres_url: str, tmp_path: Path
) -> None:
    urls = tmp_path / "urls.txt"
    urls.write_text("# the real pages\n\n" + "\n".join(pages()))
    exported = []
    for name, url in (("sqlite", sqlite_url), ("postgres", postgres_url)):
        crawled = crawl(
            "kompas",
            mirror=mirror,
            database_url=url,
            folder=tmp_path,
            settings={"KOMPAS_NOW": "2026-01-01T00:00:00+07:00"},
            urls=str(urls),
        )
        assert crawled.code is Exit.DONE, crawled.end
        path = tmp_path / f"{name}.json"
        assert call("export", url, str(path), "--with-duplicates") == 0
        rows = json.loads(path.read_text())
        for row in rows:  # the only field that tells the moment of the crawl
            row["first_seen_at"] = row["fetched_at"] = None
        exported.append(rows)
    assert exported[0] == exported[1]
    assert {row["id"] for row in exported[0]} == {str(article_key(url)) for url in pages()}
    assert len(exported[0]) == 41
