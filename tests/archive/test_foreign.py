"""The database of another program is refused, and stays as it was."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from kompas_crawler.archive import schema
from kompas_crawler.exitcodes import ConfigurationProblem, Exit
from tests.archive.build import article
from tests.commands.calling import call, fill

if TYPE_CHECKING:
    from pathlib import Path

OF_OTHERS = [
    ("create table diary (day text)", "diary"),
    ("create table alembic_version (version_num text)", "alembic_version"),
    ("create table articles (id integer)", "articles"),
]


@pytest.fixture(params=OF_OTHERS, ids=[table for _, table in OF_OTHERS])
def diary(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """An SQLite file of another program, and the name of its table."""
    statement, table = request.param
    path = tmp_path / "diary.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
    return path, table


@pytest.mark.parametrize(
    "command", [("status",), ("search", "banjir"), ("forget", "20240115-09000001"), ("doctor",)]
)
def test_commands_refuse_it_in_one_line(
    diary: tuple[Path, str], command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    path, table = diary
    before = path.read_bytes()
    name, *arguments = command
    assert call(name, f"sqlite:///{path.as_posix()}", *arguments) == Exit.CONFIGURATION
    said = capsys.readouterr()
    assert f"is of another program, with a table '{table}'" in " ".join(
        (said.out + said.err).split()
    )
    assert len(said.err.splitlines()) == (name != "doctor")
    assert path.read_bytes() == before


def test_no_archive_is_made_or_copied_into_it(diary: tuple[Path, str], sqlite_url: str) -> None:
    path, _ = diary
    before = path.read_bytes()
    url = f"sqlite:///{path.as_posix()}"
    with pytest.raises(ConfigurationProblem, match="another program"):
        fill(url)
    fill(sqlite_url, article(1))
    assert call("copy-archive", sqlite_url, url) == Exit.CONFIGURATION
    assert path.read_bytes() == before


@pytest.mark.postgres
def test_in_postgresql_an_archive_may_stand_beside_other_tables(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("create table diary (day text)"))
    schema.upgrade(engine)
    with engine.begin() as connection:
        assert schema.current(connection) == schema.HEAD
        connection.execute(text("drop table diary"))
    engine.dispose()
