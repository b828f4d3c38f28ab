"""Parts of other packages that these do not promise to keep: each is where we think it is."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from operator import attrgetter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "kompas_crawler"

PARTS = {
    # name as it is spelled in our code: (module, what of it, the one file that may lean on it)
    "_slot": ("scrapy.core.engine", "ExecutionEngine", "middlewares/throttle.py"),
    "per_slot_settings": ("scrapy.core.downloader", "Downloader", "middlewares/throttle.py"),
    "scraper": ("scrapy.core.engine", "ExecutionEngine", "middlewares/frontier.py"),
    "is_idle": ("scrapy.core.scraper", "Slot", "middlewares/frontier.py"),
    "active": ("scrapy.core.downloader", "Downloader", "middlewares/frontier.py"),
    "needs_backout": (
        "scrapy.core.engine",
        "ExecutionEngine",
        "middlewares/reparse.py, and spiders/warc.py,",
    ),
    "_max_size": (
        "scrapy.downloadermiddlewares.httpcompression",
        "HttpCompressionMiddleware",
        "middlewares/compression.py",
    ),
    "_warn_unknown_encoding": (
        "scrapy.downloadermiddlewares.httpcompression",
        "HttpCompressionMiddleware._warn_unknown_encoding",
        "middlewares/compression.py",
    ),
    "brotli": ("scrapy.utils._compression", "brotli", "middlewares/compression.py"),
    "zstd": ("scrapy.utils._compression", "zstd", "middlewares/compression.py"),
    "_split_encodings": (
        "scrapy.downloadermiddlewares.httpcompression",
        "HttpCompressionMiddleware._split_encodings",
        "middlewares/compression.py, and warc/response.py,",
    ),
    "_create_crawler": (
        "scrapy.commands",
        "BaseRunSpiderCommand._create_crawler",
        "commands/crawl.py",
    ),
    "_set_url": ("scrapy.http", "Response._set_url", "downloader/handler.py"),
    "dnscache": ("scrapy.resolver", "dnscache.get", "downloader/handler.py"),
    "_LenientHTTPClientParser": (
        "scrapy.core.downloader.handlers.http11",
        "_LenientHTTP11ClientProtocol",
        "downloader/handler.py",
    ),
    "finish_exporting": ("scrapy.extensions.feedexport", "FeedSlot", "exporters/feeds.py"),
    "itemcount": ("scrapy.extensions.feedexport", "FeedSlot", "exporters/feeds.py"),
    "headers_buff": ("warcio.statusandheaders", "StatusAndHeaders", "warc/records.py"),
    "compute_headers_buffer": (
        "warcio.statusandheaders",
        "StatusAndHeaders.compute_headers_buffer",
        "warc/records.py",
    ),
    "parse_stream": ("dotenv.parser", "parse_stream", "project.py"),
    "_all_file_connections": ("datasette.database", "Database", "browse/server.py"),
    "rich": ("datasette.handle_exception", "rich", "browse/server.py"),
    "_opt_close": ("xlsxwriter.worksheet", "Worksheet._opt_close", "exporters/excel_file.py"),
    "QueueWorker": ("procrastinate.worker", "Worker", "fleet/worker.py"),
    "worker_id": ("procrastinate.worker", "Worker", "fleet/worker.py"),
    "SchemaManager": ("procrastinate.schema", "SchemaManager.get_schema", "fleet/queue.py"),
}
_RENAMED = {"brotli", "zstd", "dnscache", "SchemaManager", "QueueWorker"}
"""Names that stand for the part itself, not for an attribute spelled in its source."""


@pytest.mark.parametrize("name", PARTS)
def test_it_is_still_there(name: str) -> None:
    module, part, file = PARTS[name]
    try:
        found = attrgetter(part)(import_module(module))
    except (ImportError, AttributeError) as error:
        pytest.fail(f"{module}: {part} is gone ({error}); {file} leans on it")
    if name not in _RENAMED and inspect.isclass(found):
        kin = (c for c in found.__mro__ if c is not object)
        sources = "".join(inspect.getsource(c) for c in kin if c.__module__ != "builtins")
        assert re.search(rf"\b{name}\b", sources), (
            f"{module}.{part} has no {name} any more; {file} leans on it"
        )


@pytest.mark.parametrize("name", [n for n in PARTS if n[0] == "_" and " " not in PARTS[n][2]])
def test_one_file_leans_on_it(name: str) -> None:
    pattern = re.compile(rf"(?<!self)(?<!super\(\))\.{name}\b(?! *[:=] )")
    own = PARTS[name][2]
    others = [
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if path != ROOT / own and pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert others == [], f"{name} of {PARTS[name][0]} belongs into {own} alone"
