"""An empty archive on each database, and things to put in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive.database import database_url as read_url
from kompas_crawler.archive.database import open_engine
from tests.archive.build import miscounted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An archive with its tables, on SQLite and on PostgreSQL; its counts are right at the end."""
    engine = open_engine(read_url(database_url, Path.cwd()))
    yield engine
    with engine.connect() as connection:
        assert miscounted(connection) == 0
    engine.dispose()
