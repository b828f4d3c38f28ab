"""Worlds: one on SQLite, and one on each database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kompas_crawler.exitcodes import Exit
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from tests import archives
from tests.faults.healing import served
from tests.faults.hostile import LOGIN
from tests.faults.world import World
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kompas_crawler.sample.site.server import Server


def site() -> Site:
    return Site(30)


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(site()) as server:
        yield server


@pytest.fixture
def world(server: Server, sqlite_url: str, tmp_path: Path) -> World:
    """A world on SQLite."""
    return World(server, sqlite_url, tmp_path)


@pytest.fixture(scope="session")
def _swept(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("swept")
    with serve(site()) as server:
        world = World(server, archives.put(folder / "kompas.db"), folder)
        assert world.crawl().code is Exit.DONE
    return world.url


@pytest.fixture
def swept(world: World, _swept: str) -> World:
    """A world on SQLite after its first sweep."""
    archives.copy(_swept, world.url)
    return world


@pytest.fixture
def any_world(server: Server, database_url: str, tmp_path: Path) -> World:
    """A world on each database."""
    return World(server, database_url, tmp_path)


@pytest.fixture
def postgres_world(server: Server, postgres_url: str, tmp_path: Path) -> World:
    """A world on PostgreSQL."""
    return World(server, postgres_url, tmp_path)


@pytest.fixture
def alike(tmp_path: Path) -> Iterator[World]:
    """A site of articles of one page each, of which none redirects."""
    with served(tmp_path, Site(60)) as world:
        world.strike(LOGIN, Fault(200, body=b"<title>Masuk</title>"))
        yield world
