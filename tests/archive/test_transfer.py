"""Moving an archive to another database: whole, resumable, and an archive only when verified."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from kompas_crawler.archive import schema, transfer
from kompas_crawler.archive.crawl_models import FrontierRow, RobotsRow
from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.models import ArticleRow, LinkRow, TagRow
from kompas_crawler.archive.read.export import Filters, Reader
from kompas_crawler.archive.read.search.search import search
from kompas_crawler.archive.transfer import TABLES, move
from kompas_crawler.exitcodes import ConfigurationProblem, CrawlError, DatabaseUnavailable, Exit
from tests.archive.build import NOW, article
from tests.commands.calling import call, fill, opened

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

ARTICLES = [article(n, n + 1, tags=("Banjir", f"Tag {n}")) for n in range(1, 6)]
POSTGRES = [pytest.mark.postgres, pytest.mark.slow]
WAYS = [
    ("sqlite_url", "empty_sqlite"),
    pytest.param(("sqlite_url", "empty_postgres_url"), marks=POSTGRES),
    pytest.param(("postgres_url", "empty_sqlite"), marks=POSTGRES),
]


@pytest.fixture(params=WAYS, ids=lambda way: f"{way[0]} to {way[1]}")
def way(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, URL]:
    """The URLs of a filled archive and of a database without a table."""
    first, second = request.param
    source = request.getfixturevalue(first)
    fill(source, *ARTICLES, article(1, title="Judul baru"))
    with opened(source) as engine, engine.begin() as connection:
        connection.execute(
            insert(RobotsRow).values(host="a.example", fetched_at=NOW, body=b"\x00\xff")
        )
    if second == "empty_sqlite":
        return source, read(f"sqlite:///{tmp_path.as_posix()}/new.db")
    return source, read(request.getfixturevalue(second))


def read(url: str) -> URL:
    return database_url(url, Path.cwd())


def plain(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def moved(source: str, url: URL) -> dict[str, int]:
    reader = Reader(source, Path.cwd())
    try:
        with reader.snapshot() as connection:
            return move(connection, url)
    finally:
        reader.close()


def begun(source: str, url: URL, steps: int) -> None:
    """A copy that is interrupted after *steps* steps."""
    with opened(source) as here:
        there = open_engine(url)
        transfer._prepare(there)
        with here.connect() as connection:
            list(islice(transfer._copy(connection, there), steps))
        there.dispose()


def contents(url: str) -> tuple[object, ...]:
    """What people read in the archive."""
    reader = Reader(url, Path.cwd())
    try:
        with reader.snapshot() as connection:
            hits = [hit.key for hit in search(connection, "paragraf", limit=9)]
            rows = [connection.execute(select(table)).all() for table in TABLES]
        return sorted(hits), list(reader.articles(Filters())), list(map(len, rows))
    finally:
        reader.close()


def test_a_moved_archive_has_all_and_grows_on(way: tuple[str, URL]) -> None:
    source, url = way
    rows = moved(source, url)
    assert rows["articles"] == len(ARTICLES)
    assert rows["revisions"] == 1
    assert contents(plain(url)) == contents(source)
    fill(plain(url), article(9))  # its keys follow the copied ones
    assert len(contents(plain(url))[1]) == len(ARTICLES) + 1  # type: ignore[arg-type]


@pytest.mark.postgres
def test_keys_of_links_that_only_sqlite_keeps_whole_are_cut(
    sqlite_url: str, empty_postgres_url: str
) -> None:
    fill(sqlite_url, *ARTICLES)
    with opened(sqlite_url) as engine, engine.begin() as connection:
        connection.execute(update(LinkRow).values(target_key="x" * 300))
    assert moved(sqlite_url, read(empty_postgres_url))["links"] == len(ARTICLES)


@pytest.mark.postgres
def test_control_without_its_sequences_an_archive_on_postgresql_cannot_grow(
    sqlite_url: str, empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_url, *ARTICLES)
    for table in TABLES:
        monkeypatch.setattr(table, "_autoincrement_column", None, raising=False)
        monkeypatch.setitem(table.__dict__, "autoincrement_column", None)
    moved(sqlite_url, read(empty_postgres_url))
    monkeypatch.undo()
    with pytest.raises(IntegrityError):
        fill(empty_postgres_url, article(9, tags=("Baru",)))


def test_an_interrupted_copy_is_no_archive_and_is_continued(
    way: tuple[str, URL], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, url = way
    monkeypatch.setattr(transfer, "BATCH", 2)
    begun(source, url, 6)
    with pytest.raises(ConfigurationProblem, match="unfinished copy"):
        Reader(plain(url), Path.cwd())
    with pytest.raises(ConfigurationProblem, match="unfinished copy"), opened(plain(url)):
        pass
    moved(source, url)
    assert contents(plain(url)) == contents(source)


def test_a_copy_continues_without_the_rows_it_has(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_url, *ARTICLES)
    url = read(f"sqlite:///{tmp_path.as_posix()}/new.db")
    monkeypatch.setattr(transfer, "BATCH", 2)
    begun(sqlite_url, url, 10_000)
    monkeypatch.setattr(transfer, "_insert", lambda *_: pytest.fail("copied twice"))
    moved(sqlite_url, url)


def test_rows_that_changed_meanwhile_are_copied_again(way: tuple[str, URL]) -> None:
    source, url = way
    begun(source, url, 10_000)
    with opened(source) as engine, engine.begin() as connection:
        connection.execute(update(ArticleRow).values(topic="Topik"))
        connection.execute(text("delete from article_tags where tag_id = 2"))
        connection.execute(text("delete from tags where id = 2"))
    moved(source, url)
    assert contents(plain(url)) == contents(source)


def _lossy(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = transfer._insert

    def lossy(target, table, rows):  # type: ignore[no-untyped-def]
        if table.name == "tags":
            rows = [row | {"name": row["name"].lower()} for row in rows]
        whole(target, table, rows)

    monkeypatch.setattr(transfer, "_insert", lossy)


def test_a_copy_that_differs_stays_unfinished(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_url, *ARTICLES)
    url = read(f"sqlite:///{tmp_path.as_posix()}/new.db")
    _lossy(monkeypatch)
    with pytest.raises(CrawlError, match="not equal in tags; delete it"):
        moved(sqlite_url, url)
    with pytest.raises(ConfigurationProblem, match="unfinished copy"):
        Reader(plain(url), Path.cwd())


def test_control_without_digests_the_difference_is_not_noticed(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def blind(_connection, made):  # type: ignore[no-untyped-def]
        made.update(dict.fromkeys((table.name for table in TABLES), (0, "")))
        yield 0

    fill(sqlite_url, *ARTICLES)
    url = read(f"sqlite:///{tmp_path.as_posix()}/new.db")
    _lossy(monkeypatch)
    monkeypatch.setattr(transfer, "_digests", blind)
    moved(sqlite_url, url)
    with opened(plain(url)) as engine, engine.connect() as connection:
        assert "banjir" in connection.scalars(select(TagRow.name)).all()


@pytest.mark.postgres
def test_a_row_that_the_target_refuses_is_named(
    sqlite_url: str, empty_postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sqlite_url, article(1, 2, title="a\x00b"))
    assert call("copy-archive", sqlite_url, empty_postgres_url) == Exit.ERROR
    said = capsys.readouterr().err
    assert "the target refuses a row of articles at or after 1: " in said
    assert len(said.splitlines()) == 1


def test_the_command_says_what_it_copied(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sqlite_url, *ARTICLES)
    new = f"sqlite:///{tmp_path.as_posix()}/new.db"
    assert call("copy-archive", sqlite_url, new) == Exit.DONE
    said = capsys.readouterr()
    assert "copied 5 articles, " in said.out
    assert said.out.splitlines()[1:] == [
        "counts and SHA-256 digests of all tables are equal",
        f"to use the copy, set KOMPAS_DATABASE_URL to {new}",
    ]
    assert not said.err


@pytest.mark.parametrize(
    ("new", "code", "line"),
    [
        ("{old}", Exit.USAGE, "this is the archive itself"),
        ("mysql://a/b", Exit.USAGE, "the new database names 'mysql'"),
        ("nonsense", Exit.USAGE, "the new database is not a database URL"),
        ("sqlite:///{tmp}/a?b/new.db", Exit.USAGE, "with ? in a path as %3F"),
        ("sqlite:///{tmp}/other.db", Exit.CONFIGURATION, "contains an archive already"),
    ],
)
def test_what_cannot_be_a_target(
    new: str,
    code: Exit,
    line: str,
    sqlite_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fill(sqlite_url, article(1))
    fill(f"sqlite:///{tmp_path.as_posix()}/other.db", article(2))
    url = new.format(old=sqlite_url, tmp=tmp_path.as_posix())
    assert call("copy-archive", sqlite_url, url) == code
    assert line in capsys.readouterr().err


def test_no_crawl_may_run_meanwhile(sqlite_url: str, tmp_path: Path) -> None:
    from kompas_crawler.archive.lock import ArchiveLock

    new = f"sqlite:///{tmp_path.as_posix()}/new.db"
    with opened(sqlite_url) as engine:
        lock = ArchiveLock(engine)
        lock.acquire()
        assert call("copy-archive", sqlite_url, new) == Exit.RUNNING
        lock.release()
    assert call("copy-archive", sqlite_url, new) == Exit.DONE


def test_a_folder_named_full_is_no_full_disk(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="copying the archive failed"):
        transfer.copy_into(read(sqlite_url), tmp_path / "full" / "copy.db")


def test_the_frontier_moves_too(sqlite_url: str, tmp_path: Path) -> None:
    with opened(sqlite_url) as engine, engine.begin() as connection:
        from kompas_crawler.archive.frontier.admit import admit
        from tests.archive.build import candidate

        admit(connection, [candidate(1), candidate(2)], now=NOW)
    url = read(f"sqlite:///{tmp_path.as_posix()}/new.db")
    moved(sqlite_url, url)
    with opened(plain(url)) as engine, engine.connect() as connection:
        assert connection.scalar(select(func.count(FrontierRow.id))) == 2
        assert schema.current(connection) == schema.HEAD
