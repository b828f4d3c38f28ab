"""A sample site served to a crawl, and an archive of the test's own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from tests.crawling import Crawled, crawl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kompas_crawler.sample.site.server import Server


class Crawl(Protocol):
    def __call__(
        self, spider: str = "kompas", *, settings: dict[str, Any] | None = None, **arguments: str
    ) -> Crawled: ...


@pytest.fixture
def server() -> Iterator[Server]:
    """A sample site of 60 light articles."""
    with serve(Site(60)) as server:
        yield server


@pytest.fixture
def run(server: Server, sqlite_url: str, tmp_path: Path) -> Crawl:
    """Crawl the sample site into the test's archive."""
    made = partial(crawl, mirror=server.url, database_url=sqlite_url, folder=tmp_path)

    def run_(spider: str = "kompas", **known: Any) -> Crawled:
        return made(spider, **known)

    return run_
