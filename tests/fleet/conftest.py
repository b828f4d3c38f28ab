"""A fleet on a small sample site and a new archive on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from tests.faults.test_database_away import own  # noqa: F401 - a fixture
from tests.fleet.world import SECTIONS, Fleet
from tests.sample.site.catalogue import keys_within

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kompas_crawler.sample.site.server import Server


@pytest.fixture(scope="session")
def site() -> Site:
    return Site(120)


@pytest.fixture(scope="session")
def reached(site: Site) -> frozenset[str]:
    """The keys that the sweep of the tests stores."""
    return keys_within(site, 2, sections=SECTIONS.split(","))


@pytest.fixture
def server(site: Site) -> Iterator[Server]:
    with serve(site) as server:
        yield server


@pytest.fixture
def fleet(server: Server, postgres_url: str, tmp_path: Path) -> Iterator[Fleet]:
    fleet = Fleet(server, postgres_url, tmp_path)
    yield fleet
    fleet.close()
