"""``scrapy backup``: whole while the archive changes, verified, and no file is lost."""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from sqlalchemy.engine import URL

from kompas_crawler.archive import runs, transfer
from kompas_crawler.archive.database import database_url as read_url
from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.read import doctor
from kompas_crawler.archive.read.export import Filters, Reader
from kompas_crawler.archive.transfer import move
from kompas_crawler.exitcodes import CrawlError, DiskFull, Exit
from tests.archive.build import NOW, article, key
from tests.commands.calling import call, fill, opened

OLD = Path(__file__).parent.parent / "archive" / "archive-0005.db.gz"

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection


def keys(path: Path) -> list[str | None]:
    reader = Reader(f"sqlite:///{path.as_posix()}", Path.cwd())
    try:
        return [one.id for one in reader.articles(Filters())]
    finally:
        reader.close()


def test_a_backup_is_one_file_that_is_an_archive(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(database_url, article(1), article(2, body=("Lain.",)))
    folder = tmp_path / "disk"
    assert call("backup", database_url, str(folder / "kompas.db")) == Exit.DONE
    said = capsys.readouterr().out
    assert said.startswith(f"backup of 2 articles written to {folder}/kompas.db (")
    assert said.endswith("its check passed\n")
    assert [path.name for path in folder.iterdir()] == ["kompas.db"]
    assert keys(folder / "kompas.db") == [key(1), key(2)]


def test_an_earlier_backup_is_replaced_when_the_new_one_is_whole(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "backup.db"
    fill(sqlite_url, article(1))
    assert call("backup", sqlite_url, str(path)) == Exit.DONE
    fill(sqlite_url, article(2, body=("Lain.",)))
    with monkeypatch.context() as broken:
        broken.setattr(doctor, "damage", lambda _url: "row 1 missing")
        assert call("backup", sqlite_url, str(path)) == Exit.DATABASE
    assert keys(path) == [key(1)]
    assert not list(tmp_path.glob(".*.part*"))
    assert call("backup", sqlite_url, str(path)) == Exit.DONE
    assert keys(path) == [key(1), key(2)]


@pytest.mark.parametrize(
    "tables",
    [("articles",), ("article_people", "frontier", "tags"), None],
    ids=["a table", "small tables", "the end"],
)
def test_a_damaged_archive_is_named_and_not_its_copy(
    sqlite_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    tables: tuple[str, ...] | None,
) -> None:
    fill(sqlite_url, article(1))
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("select name, rootpage from sqlite_master").fetchall()
        (size,) = connection.execute("pragma page_size").fetchone()
    with path.open("r+b") as file:
        for name, page in rows:
            if name in (tables or ()):
                file.seek((page - 1) * size + 8)
                file.write(b"\x7f\xf0" * 8)  # offsets of cells beyond the page
        if tables is None:
            file.truncate(100)
    folder = tmp_path / "disk"
    assert call("backup", sqlite_url, str(folder / "kompas.db")) == Exit.DATABASE
    assert "backup: the archive is damaged (" in capsys.readouterr().err
    assert not folder.exists()


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("kompas.db", "is the archive itself"),
        ("notes.txt", "is not an earlier backup and stays"),
        (".", "is a folder; name a file in it"),
    ],
)
def test_what_is_no_place_for_a_backup(
    name: str, line: str, sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert call("backup", sqlite_url, str(tmp_path / name)) == Exit.USAGE
    assert line in capsys.readouterr().err
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_database_of_another_kind_stays(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, article(1))
    diary = tmp_path / "diary.db"
    with closing(sqlite3.connect(diary)) as connection:
        connection.execute("create table diary (day text)")
    assert call("backup", sqlite_url, str(diary)) == Exit.USAGE
    with closing(sqlite3.connect(diary)) as connection:
        assert not connection.execute("select * from diary").fetchall()


def test_the_log_of_a_replaced_backup_goes_with_it(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, article(1))
    path = tmp_path / "backup.db"
    assert call("backup", sqlite_url, str(path)) == Exit.DONE
    former = f"sqlite:///{path.as_posix()}"
    fill(former, article(2))
    (tmp_path / "backup.db-wal").write_bytes(b"what a killed crawl has left" * 200)
    assert call("backup", sqlite_url, str(path)) == Exit.DONE
    assert not (tmp_path / "backup.db-wal").exists()
    assert keys(path) == [key(1)]


@pytest.mark.parametrize("name", ["a?b.db", "a%20b.db", "a#b.db"])
def test_any_name_of_a_file_will_do(database_url: str, tmp_path: Path, name: str) -> None:
    fill(database_url, article(1))
    path = tmp_path / name
    assert call("backup", database_url, str(path)) == Exit.DONE
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("select count(*) from articles").fetchone() == (1,)


def test_an_archive_in_a_folder_that_is_readable_only_is_backed_up(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_url, article(1))
    asked: list[str] = []
    connect = sqlite3.connect

    def noted(name: str, **how: Any) -> Any:
        asked.append(str(name))
        return connect(name, **how)

    monkeypatch.setattr("sqlite3.connect", noted)
    monkeypatch.setattr("os.access", lambda *_: False)
    assert call("backup", sqlite_url, str(tmp_path / "backup.db")) == Exit.DONE
    assert any("immutable=1" in name for name in asked)
    assert keys(tmp_path / "backup.db") == [key(1)]


@pytest.mark.parametrize(("free", "is_checked"), [(100, False), (1 << 40, True)])
def test_a_full_disk_is_told_without_reading_the_archive(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, *, is_checked: bool
) -> None:
    """With room for a whole copy, a damaged archive can be what fills the disk: it is checked."""
    fill(sqlite_url, article(1))
    checked: list[str] = []

    def full(_url: object, path: Path, _note: object) -> None:
        raise DiskFull(f"no space at {path}")

    monkeypatch.setattr("kompas_crawler.commands.backup.copy_into", full)
    monkeypatch.setattr(doctor, "free_bytes", lambda _path: free)
    monkeypatch.setattr(doctor, "damage", lambda url: checked.append(str(url)))
    assert call("backup", sqlite_url, str(tmp_path / "backup.db")) == Exit.DISK_FULL
    assert bool(checked) == is_checked


@pytest.mark.parametrize("at", ["copy", "check"])
def test_a_backup_that_fails_leaves_no_file(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """Not even the log of an unfinished copy, which SQLite keeps when the disk is full."""
    fill(database_url, article(1))

    def fail(*given: Any) -> str:
        path = next(one for one in given if isinstance(one, Path | URL))
        path = path if isinstance(path, Path) else Path(str(path.database))
        for end in ("-journal", "-wal", "-shm"):
            Path(f"{path}{end}").write_bytes(b"rest")
        raise DiskFull("no space")

    if at == "check":
        monkeypatch.setattr("kompas_crawler.commands.backup._verify", fail)
    else:
        monkeypatch.setattr("kompas_crawler.commands.backup.copy_into", lambda _url, *n: fail(*n))
        monkeypatch.setattr(transfer, "move", lambda _source, url: fail(url))
        monkeypatch.setattr(doctor, "damage", lambda _url: None)
    folder = tmp_path / "disk"
    folder.mkdir()
    assert call("backup", database_url, str(folder / "backup.db")) == Exit.DISK_FULL
    assert not list(folder.iterdir())


def test_the_check_of_a_copy_shows_a_bar(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_url, article(1))
    shown: list[tuple[str, int | None]] = []

    @contextmanager
    def bar(what: str, total: int | None) -> Iterator[None]:
        shown.append((what, total))
        yield

    monkeypatch.setattr("kompas_crawler.archive.read.doctor.bar", bar)
    assert call("backup", sqlite_url, str(tmp_path / "backup.db")) == Exit.DONE
    assert shown == [("checking", None)]


def test_an_archive_of_an_older_release_is_backed_up_before_its_upgrade(tmp_path: Path) -> None:
    old, path = tmp_path / "old.db", tmp_path / "backup.db"
    old.write_bytes(gzip.decompress(OLD.read_bytes()))
    assert call("backup", f"sqlite:///{old.as_posix()}", str(path)) == Exit.DONE
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("select version_num from alembic_version").fetchone() == ("0005",)


def test_without_an_archive_there_is_nothing_to_back_up(
    empty_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("backup", empty_url, str(tmp_path / "backup.db")) == Exit.CONFIGURATION
    said = capsys.readouterr().err
    assert "no archive" in said
    assert len(said.splitlines()) == 1
    assert not list(tmp_path.iterdir())


class Storing:
    """Stores an article after each step of copying the archive."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._number = 2

    def __call__(self, _what: str, _total: int, steps: Iterable[int]) -> None:
        for _ in steps:
            pass
        fill(self._url, article(self._number, body=(f"Teks {self._number}.",)))
        self._number += 1


def _new(tmp_path: Path) -> Path:
    return tmp_path / "backup.db"


@pytest.mark.postgres
def test_a_backup_of_postgresql_is_of_one_moment(postgres_url: str, tmp_path: Path) -> None:
    fill(postgres_url, article(1))
    reader = Reader(postgres_url, Path.cwd())
    with reader.snapshot() as source:
        _copy_while_storing(source, postgres_url, tmp_path)
    reader.close()
    assert keys(_new(tmp_path)) == [key(1)]


@pytest.mark.postgres
def test_control_without_one_snapshot_the_copy_differs(postgres_url: str, tmp_path: Path) -> None:
    fill(postgres_url, article(1))
    engine = open_engine(read_url(postgres_url, Path.cwd()))
    try:
        with engine.connect() as source, pytest.raises(CrawlError, match="not equal in"):
            _copy_while_storing(source, postgres_url, tmp_path)
    finally:
        engine.dispose()


def _copy_while_storing(source: Connection, url: str, tmp_path: Path) -> None:
    target = read_url(f"sqlite:///{_new(tmp_path).as_posix()}", Path.cwd())
    with patch("kompas_crawler.log.bar.run", Storing(url)):  # called after each step
        move(source, target)


def test_a_backup_of_another_archive_stays(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Such as that of years, when KOMPAS_DATABASE_URL still names the demo's archive."""
    path, other = tmp_path / "backup.db", f"sqlite:///{(tmp_path / 'other.db').as_posix()}"
    for url, began in ((database_url, NOW), (other, NOW + timedelta(seconds=1))):
        fill(url, article(1))
        with opened(url) as engine, engine.begin() as connection:
            runs.start(connection, spider="kompas", arguments={}, now=began, mirror=None)
    assert call("backup", database_url, str(path)) == Exit.DONE
    before = path.read_bytes()
    capsys.readouterr()
    assert call("backup", other, str(path)) == Exit.USAGE
    said = f"{path} is a backup of another archive and stays; name another file"
    assert capsys.readouterr().err == f"scrapy backup: {said}\n"
    assert path.read_bytes() == before
    with opened(database_url) as engine, engine.begin() as connection:
        runs.start(connection, spider="kompas", arguments={}, now=NOW, mirror=None)
    assert call("backup", database_url, str(path)) == Exit.DONE  # a later one of the same
