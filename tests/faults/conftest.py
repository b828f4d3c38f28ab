"""Worlds: one on SQLite, and one on each database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kompas_crawler.sample_site.server import serve
from kompas_crawler.sample_site.site import Site
from tests.faults.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kompas_crawler.sample_site.server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Site(30, weight=2)) as server:
        yield server


@pytest.fixture
def world(server: Server, sqlite_url: str, tmp_path: Path) -> World:
    """A world on SQLite."""
    return World(server, sqlite_url, tmp_path)


@pytest.fixture
def any_world(server: Server, database_url: str, tmp_path: Path) -> World:
    """A world on each database."""
    return World(server, database_url, tmp_path)


@pytest.fixture
def postgres_world(server: Server, postgres_url: str, tmp_path: Path) -> World:
    """A world on PostgreSQL."""
    return World(server, postgres_url, tmp_path)
