"""Opening an archive: of another owner, in a folder that cannot be written."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from kompas_crawler.archive import database, stored_articles
from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.exitcodes import (
    ConfigurationProblem,
    CrawlError,
    DatabaseUnavailable,
    DiskFull,
)
from tests.archive.build import article, key
from tests.commands.calling import fill

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="permissions of another kind"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]


def _title(url: str) -> str | None:
    engine = open_engine(database_url(url, Path.cwd()), must_exist=True, read_only=True)
    try:
        with engine.connect() as connection:
            found = stored_articles.by_key(connection, key(1))
    finally:
        engine.dispose()
    return found.title if found else None


def _as_nobody(url: str, folder: Path) -> tuple[str | None, str]:
    """Read the archive in a child without rights in *folder*; its title, or the error's name."""
    closed = [parent for parent in folder.parents if parent.stat().st_mode & 0o055 != 0o055]
    modes = {parent: parent.stat().st_mode for parent in (folder, *closed)}
    folder.chmod(0o555)
    here, there = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            if os.geteuid() == 0:
                for parent in closed:
                    parent.chmod(modes[parent] | 0o055)
                os.setgid(65534)
                os.setuid(65534)
            said = f"{_title(url)}|"
        except OperationalError as error:
            said = f"|{type(error).__name__}"
        finally:
            os.write(there, said.encode())
            os._exit(0)
    os.waitpid(pid, 0)
    os.close(there)
    for parent, mode in modes.items():
        parent.chmod(mode)
    title, _, fault = os.read(here, 1000).decode().partition("|")
    os.close(here)
    return title or None, fault


def test_an_archive_in_a_folder_that_is_readable_only_is_read(
    sqlite_url: str, tmp_path: Path
) -> None:
    fill(sqlite_url, article(1))
    assert _as_nobody(sqlite_url, tmp_path) == ("Judul 1", "")


def test_control_without_immutable_it_is_not(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_url, article(1))
    monkeypatch.setattr(database, "immutable", lambda url, _: url)
    assert _as_nobody(sqlite_url, tmp_path) == (None, "OperationalError")


def test_a_log_that_is_not_merged_is_read_too(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_url, article(1))
    engine = open_engine(database_url(sqlite_url, Path.cwd()))
    with engine.connect() as connection:
        fill(sqlite_url, article(1, title="Judul baru"))
        monkeypatch.setattr(os, "access", lambda *_: False)
        assert _title(sqlite_url) == "Judul baru"
        del connection
    engine.dispose()


def test_a_file_that_cannot_be_written_is_named_with_the_way_to_mend_it(sqlite_url: str) -> None:
    url = database_url(sqlite_url, Path.cwd())
    engine = open_engine(url, read_only=True)
    with engine.connect() as connection, pytest.raises(OperationalError) as raised:
        connection.exec_driver_sql("delete from runs")
    engine.dispose()
    problem = database.explained(raised.value, url, in_use=True)
    assert isinstance(problem, ConfigurationProblem)
    assert "is not writable; correct its permissions" in str(problem)


@pytest.mark.parametrize(
    ("text", "driver"),
    [
        ("sqlite+aiosqlite:////data/a.db", "sqlite"),
        ("postgres://ani@host/kompas", "postgresql+psycopg"),
        ("postgresql+psycopg2://ani@host/kompas?sslmode=require", "postgresql+psycopg"),
    ],
)
def test_an_address_for_another_driver_is_read(text: str, driver: str) -> None:
    assert database_url(text, Path.cwd()).drivername == driver


def test_a_question_mark_does_not_cut_a_path_short(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationProblem, match="as %3F"):
        database_url(f"sqlite:///{tmp_path}/a?b/kompas.db", Path.cwd())
    found = database_url(f"sqlite:///{tmp_path}/a%3Fb/kompas.db", Path.cwd())
    assert found.database == f"{tmp_path}/a?b/kompas.db"


def test_an_option_that_the_driver_lacks_is_named() -> None:
    pytest.importorskip("psycopg")
    url = database_url("postgresql://ani:rahasia8@127.0.0.1:1/kompas?kunci=1", Path.cwd())
    with (
        pytest.raises(ConfigurationProblem) as caught,
        database.opened(url) as engine,
        database.explaining(url),
    ):
        engine.connect()
    expected = '/kompas: invalid connection option "kunci"; correct the address of the database'
    assert str(caught.value).endswith(expected)
    assert "rahasia8" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_IOERR_SHMSIZE, DiskFull),  # no room for the index of the log
        (sqlite3.SQLITE_IOERR_READ, DatabaseUnavailable),
    ],
)
def test_a_disk_without_room_for_the_logs_index_is_full(code: int, kind: type[CrawlError]) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    url = database_url("sqlite:////data/a.db", Path.cwd())
    assert type(database.explained(OperationalError(None, None, error), url)) is kind
