"""R32, R33: a database that answers with a fault of its own, and an SQLite file gone or damaged."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from kompas_crawler.archive import database, writer
from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.database import DatabaseLost, database_url, explained, open_engine
from kompas_crawler.archive.store.pages import PageStore
from kompas_crawler.archive.writer import Writer
from kompas_crawler.clock import Clock
from kompas_crawler.exitcodes import (
    ConfigurationProblem,
    CrawlError,
    DatabaseUnavailable,
    DiskFull,
    Exit,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from tests.crawling import Crawled
    from tests.faults.world import World

POSTGRES = "postgresql+psycopg://tim:geheim@example.test/kompas"


def _answered(state: str, said: str = "something broke") -> CrawlError | None:
    """What becomes of an error that PostgreSQL answers with."""
    errors = pytest.importorskip("psycopg.errors")
    kind = errors.lookup(state) if state else errors.OperationalError
    error = DBAPIError.instance("insert", None, kind(said), errors.Error)
    assert isinstance(error, DBAPIError)
    return explained(error, database_url(POSTGRES, Path.cwd()))


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        *((state, DatabaseUnavailable) for state in ("08006", "25006", "25P03", "40001", "40P01")),
        *((state, DatabaseUnavailable) for state in ("53200", "53300", "57P01", "57P02", "57P03")),
        *((state, DatabaseUnavailable) for state in ("58030", "58P01", "XX000", "XX001", "XX002")),
        ("53100", DiskFull),
        ("42501", ConfigurationProblem),
        *((state, type(None)) for state in ("21000", "22001", "22021", "23505", "42601", "54000")),
        *((state, type(None)) for state in ("25P02", "P0001", "0A000")),
    ],
)
def test_what_postgresql_answers_is_read_by_its_sqlstate(state: str, kind: type[object]) -> None:
    known = _answered(state)
    assert type(known) is kind
    assert "geheim" not in str(known)


def test_a_value_that_reads_like_a_full_disk_is_an_error_of_that_value() -> None:
    assert _answered("22P02", 'invalid input: "no space left"') is None
    assert type(_answered("", "no space left")) is DiskFull


@pytest.mark.parametrize("state", ["25006", "XX001"])
def test_control_by_the_drivers_exception_the_database_has_no_fault(
    state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_OF_THE_SERVER", ())
    assert _answered(state) is None


def _execute(world: World, statements: str) -> None:
    engine = create_engine(world.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements.strip().split(";\n\n"):
            connection.execute(text(statement))
    engine.dispose()


DAMAGE = """
create function broken() returns trigger language plpgsql as $$
begin raise exception 'invalid page in block 7' using errcode = 'XX001'; end $$;

create trigger broken before insert on articles for each row execute function broken()
"""
MENDED = "drop trigger broken on articles"
READ_ONLY = """
do $$ begin
execute format('alter database %I set default_transaction_read_only = on', current_database());
end $$;

select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
"""
WRITABLE = """
set default_transaction_read_only = off;

do $$ begin
execute format('alter database %I reset default_transaction_read_only', current_database());
end $$
"""


def _at_article(world: World, number: int, act: Callable[[], object]) -> None:
    """Do *act* when the article *number* is asked for, before it is answered."""
    asked: list[str] = []

    def on_request(url: str) -> None:
        asked.extend([url] if "/read/" in url else [])
        if len(asked) == number:
            world.faults.on_request = lambda _: None
            act()

    world.faults.on_request = on_request


def _struck(world: World, statements: str) -> Crawled:
    """A crawl in whose middle *statements* are executed."""
    _at_article(world, 8, lambda: _execute(world, statements))
    return world.crawl()


def _touched(world: World) -> list[Any]:
    """The frontier's rows that were tried in vain."""
    return world.rows(
        FrontierRow.key, FrontierRow.state, FrontierRow.reason, where=FrontierRow.attempts > 0
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("strike", "mend", "said"),
    [(DAMAGE, MENDED, "invalid page"), (READ_ONLY, WRITABLE, "read-only transaction")],
)
def test_a_fault_of_postgresql_ends_with_6_and_leaves_the_rows(
    postgres_world: World,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    strike: str,
    mend: str,
    said: str,
) -> None:
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0.5)
    crawled = _struck(postgres_world, strike)
    assert crawled.code is Exit.DATABASE, crawled.end
    assert said in crawled.end
    assert "Traceback" not in caplog.text
    assert _touched(postgres_world) == []
    _execute(postgres_world, mend)
    assert postgres_world.crawl().code is Exit.DONE
    assert postgres_world.stored() == postgres_world.site.keys_within(2)


@pytest.mark.slow
def test_control_taken_for_a_bug_the_rows_fail(
    postgres_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_OF_THE_SERVER", ())
    crawled = _struck(postgres_world, DAMAGE)
    assert crawled.code is Exit.ERROR, crawled.end
    assert _touched(postgres_world) != []


def _through_a_writer(
    url: str, work: Callable[[Connection], Any], met: list[CrawlError] | None = None
) -> Any:
    """What *work* returns or raises through a writer of the archive at *url*."""
    engine = open_engine(database_url(url, Path.cwd()))

    async def main() -> Any:
        one = Writer(engine, PageStore(Clock("")), (met if met is not None else []).append)
        try:
            return await one.call(work)
        finally:
            one.close()

    try:
        with engine.begin() as connection:
            connection.execute(text("create table if not exists notes (note text)"))
        return asyncio.run(main())
    finally:
        engine.dispose()


def _read_only_at_first(postgres_url: str) -> Callable[[Connection], int]:
    """Work whose session became read-only, as those of a server that is no longer the primary."""
    sessions: list[int] = []

    def work(connection: Connection) -> int:
        sessions.append(connection.execute(text("select pg_backend_pid()")).scalar_one())
        if len(set(sessions)) == 1:
            connection.execute(text("set transaction read only"))
        connection.execute(text("insert into notes values ('x')"))
        return len(set(sessions))

    return work


def test_a_read_only_session_is_left_for_a_new_one(postgres_url: str) -> None:
    assert _through_a_writer(postgres_url, _read_only_at_first(postgres_url)) == 2


def test_control_a_session_that_is_kept_stays_read_only(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_OF_THE_SERVER", ())
    with pytest.raises(DBAPIError, match="read-only"):
        _through_a_writer(postgres_url, _read_only_at_first(postgres_url))


# R33: the file of an SQLite archive


def _path(world: World) -> Path:
    return Path(world.url.removeprefix("sqlite:///"))


def _aside(path: Path) -> Path:
    return path.with_name("aside.db")


def _removed(path: Path) -> None:
    path.rename(_aside(path))  # as a deletion, but the test can look into it afterwards


def _replaced(path: Path) -> None:
    copy = path.with_name("copy.db")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("vacuum into ?", [str(copy)])
    for end in ("-wal", "-shm"):  # a log that is of the former file would damage this one
        path.with_name(f"{path.name}{end}").rename(f"{_aside(path)}{end}")
    _removed(path)
    os.replace(copy, path)  # noqa: PTH105


@pytest.mark.slow
@pytest.mark.parametrize("strike", [_removed, _replaced])
def test_a_file_gone_in_mid_crawl_ends_it_at_once_with_6(
    world: World, caplog: pytest.LogCaptureFixture, strike: Callable[[Path], None]
) -> None:
    struck_at: list[float] = []

    def act() -> None:
        struck_at.append(time.monotonic())
        strike(_path(world))

    _at_article(world, 8, act)
    crawled = world.crawl()
    assert time.monotonic() - struck_at[0] < writer.RETRY_SECONDS / 2
    assert crawled.code is Exit.DATABASE, crawled.end
    assert "was deleted or replaced while it was in use; restore it" in crawled.end
    assert "Traceback" not in caplog.text
    assert "never retrieved" not in caplog.text
    if strike is _removed:
        assert not _path(world).exists()  # no empty one in its place
        os.replace(_aside(_path(world)), _path(world))  # noqa: PTH105
    again = world.crawl()
    assert again.code is Exit.DONE, again.end
    assert world.stored() == world.site.keys_within(2)


@pytest.mark.slow
def test_control_unwatched_the_crawl_fills_a_file_that_nobody_finds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_identity", lambda path: (1, 1))
    _at_article(world, 8, lambda: _replaced(_path(world)))
    crawled = world.crawl()
    assert crawled.code is Exit.DONE
    assert len(world.stored()) < sum(crawled.stored)


def test_a_file_gone_after_the_last_page_is_noticed_at_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    close = Writer.close

    def late(self: Writer) -> None:
        _removed(_path(world))
        close(self)

    monkeypatch.setattr(Writer, "close", late)
    crawled = world.crawl(limit="1")
    assert crawled.code is Exit.DATABASE, crawled.end
    assert "Traceback" not in caplog.text
    assert "never retrieved" not in caplog.text


def _gone_before_the_commit(url: str) -> Callable[[Connection], str]:
    def work(connection: Connection) -> str:
        connection.execute(text("insert into notes values ('x')"))
        _removed(Path(url.removeprefix("sqlite:///")))
        return "stored"

    return work


def test_what_was_committed_to_an_unlinked_file_is_not_reported_as_stored(sqlite_url: str) -> None:
    met: list[CrawlError] = []
    with pytest.raises(DatabaseLost, match="deleted or replaced"):
        _through_a_writer(sqlite_url, _gone_before_the_commit(sqlite_url), met)
    assert [type(error) for error in met] == [DatabaseLost]


def test_control_without_a_look_after_the_commit_it_is(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "check_file", lambda engine: None)
    assert _through_a_writer(sqlite_url, _gone_before_the_commit(sqlite_url)) == "stored"


def _damaged(path: Path, *, page: int = 0) -> None:
    """Overwrite every page from *page* on, as a failing disk does, while nothing is in the log."""
    log = path.with_name(f"{path.name}-wal")
    with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as connection:
        size = connection.execute("pragma page_size").fetchone()[0]
        while not connection.in_transaction:
            connection.execute("pragma wal_checkpoint(truncate)")
            connection.execute("begin immediate")
            if log.exists() and log.stat().st_size:  # a writer came between
                connection.execute("rollback")
        with path.open("r+b") as file:
            file.seek(page * size)
            file.write(b"\x5a" * (path.stat().st_size - page * size))


def _met(sqlite_url: str, page: int) -> DBAPIError:
    """What the driver says of an archive that is damaged from *page* on."""
    _through_a_writer(sqlite_url, lambda c: c.execute(text("insert into notes values ('x')")))
    _damaged(Path(sqlite_url.removeprefix("sqlite:///")), page=page)
    engine = open_engine(database_url(sqlite_url, Path.cwd()))
    with pytest.raises(DBAPIError) as met, engine.connect() as connection:
        connection.execute(text("select * from notes"))
    engine.dispose()
    return met.value


@pytest.mark.parametrize(
    ("page", "in_use", "kind", "said"),
    [
        (1, True, DatabaseLost, "malformed"),
        (1, False, DatabaseLost, "malformed"),
        (0, True, DatabaseLost, "not a database"),
        (0, False, ConfigurationProblem, "not a usable SQLite database"),
    ],
)
def test_a_damaged_page_is_no_matter_of_configuration(
    sqlite_url: str, page: int, in_use: bool, kind: type[CrawlError], said: str
) -> None:
    url = database_url(sqlite_url, Path.cwd())
    known = explained(_met(sqlite_url, page), url, in_use=in_use)
    assert type(known) is kind
    assert said in str(known)
    assert ("scrapy doctor" in str(known)) is (kind is DatabaseLost)


def test_control_with_its_code_unread_damage_is_taken_for_a_bug(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_lost", lambda *_, in_use: None)
    assert explained(_met(sqlite_url, 1), database_url(sqlite_url, Path.cwd())) is None


@pytest.mark.slow
def test_a_page_damaged_in_mid_crawl_ends_it_at_once_with_6(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.crawl(limit="5")
    whole = shutil.copy(_path(world), _aside(_path(world)))
    _at_article(world, 3, lambda: _damaged(_path(world), page=1))
    crawled = world.crawl()
    assert crawled.code is Exit.DATABASE, crawled.end
    assert "is damaged" in crawled.end
    assert "check it with: scrapy doctor" in crawled.end
    assert "Traceback" not in caplog.text
    os.replace(whole, _path(world))  # noqa: PTH105
    assert world.crawl().code is Exit.DONE
    assert world.stored() == world.site.keys_within(2)


def test_malformed_json_is_no_damage(sqlite_url: str) -> None:
    url = database_url(sqlite_url, Path.cwd())
    engine = open_engine(url)
    with pytest.raises(DBAPIError, match="malformed JSON") as met, engine.connect() as connection:
        connection.execute(text("select json('{')"))
    engine.dispose()
    assert not isinstance(explained(met.value, url), DatabaseLost)
