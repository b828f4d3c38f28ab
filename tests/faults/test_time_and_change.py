"""R18 to R21: articles that change their place, clocks that step, older databases, backups."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from kompas_crawler.archive import schema
from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.frontier.admit import article_candidate
from kompas_crawler.archive.lock import ArchiveLock
from kompas_crawler.archive.models import AliasRow, ArticleRow, RevisionRow, RunRow
from kompas_crawler.archive.transfer import copy_into
from kompas_crawler.exitcodes import AlreadyRunning, Exit
from tests.archive import first_release
from tests.faults.hostile import KEY, URL, page
from tests.faults.world import World
from tests.sample.site.catalogue import live_keys
from tests.sample.site.faults import Fault

LATER = "2026-07-08T00:00:00+07:00"


def _visited_twice(world: World, second: bytes | Fault) -> None:
    """Store the article, then look at it again when it is due."""
    after = second if isinstance(second, Fault) else Fault(status=200, body=second)
    world.strike(URL, Fault(status=200, body=page(), then=[after]))
    world.crawl(urls=URL)
    world.crawl(at=LATER, pages="1", sections="money")


def test_an_edited_and_retitled_article_is_a_revision(world: World) -> None:
    _visited_twice(world, page(title="Judul baru", body="<p>Satu dua tiga empat enam.</p>"))
    ((title, revision),) = world.rows(
        ArticleRow.title, ArticleRow.revision, where=ArticleRow.key == KEY
    )
    assert (title, revision) == ("Judul baru", 2)
    ((former, body),) = world.rows(
        RevisionRow.record["title"].as_string(), RevisionRow.record["body"].as_string()
    )
    assert (former, body) == ("Judul", "Satu dua tiga empat lima.")


def test_a_new_slug_and_a_new_host_are_aliases_of_one_article(world: World) -> None:
    moved = "https://money.kompas.com/read/2026/06/30/100000001/slug-baru"
    _visited_twice(world, page(canonical=moved))
    ((url,),) = world.rows(ArticleRow.url, where=ArticleRow.key == KEY)
    assert url == moved
    assert (URL,) in world.rows(AliasRow.url, where=AliasRow.article_key == KEY)


def test_a_redirect_to_another_host_stores_the_article_once(world: World) -> None:
    moved = "https://money.kompas.com/read/2026/06/30/100000001/slug-baru"
    world.strike(URL, Fault(status=301, headers={"Location": moved}))
    world.strike(moved, Fault(status=200, body=page(canonical=moved)))
    assert world.crawl(urls=URL).code is Exit.DONE
    assert world.stored() == {KEY}


def test_a_deleted_article_is_gone_and_keeps_its_text(world: World) -> None:
    _visited_twice(world, Fault(status=410))
    ((status, body),) = world.rows(ArticleRow.status, ArticleRow.body, where=ArticleRow.key == KEY)
    assert (status, body) == ("gone", "Satu dua tiga empat lima.")


# R19.


@pytest.mark.slow
def test_a_clock_that_was_set_back_stops_nothing(world: World) -> None:
    world.crawl()
    world.site.publish(5)
    again = world.crawl(at="2026-06-28T12:00:00+07:00")
    assert again.code is Exit.DONE, again.end
    forth = world.crawl(at="2026-08-01T12:00:00+07:00")
    assert forth.code is Exit.DONE, forth.end
    # The index of the weeks between names some that no front and no link leads to.
    assert world.site.keys_within(2) <= world.stored() <= live_keys(world.site)
    for at in world.rows(ArticleRow.published_at):
        assert at[0].tzinfo is not None


# R20.


@pytest.mark.slow
def test_an_archive_of_the_first_release_is_migrated_with_its_data_and_crawled_on(
    world: World,
) -> None:
    engine = open_engine(database_url(world.url, world.folder))
    Path(str(engine.url.database)).unlink()  # of this release
    with engine.begin() as connection:
        first_release.create(connection)
        connection.exec_driver_sql(
            "insert into runs (id, spider, arguments, started_at, version, mirror, counts) "
            "values (1, 'kompas', '{}', '2026-06-01 00:00:00', '0.0.1', 'http://127.0.0.1:1', '{}')"
        )
        connection.exec_driver_sql(
            "insert into frontier (key, kind, url, scope, depth, priority, state, attempts, "
            "barren, unchanged, discovered_at) values (?, 'article', ?, 'kompas', 0, 20, "
            "'pending', 0, 0, 0, '2026-06-01 00:00:00')",
            (KEY, URL),
        )
    engine.dispose()
    assert article_candidate(URL, scope="kompas", depth=0).key == KEY
    world.strike(URL, Fault(status=200, body=page()))
    crawled = world.crawl()
    assert crawled.code is Exit.DONE, crawled.end
    assert world.stored() == world.site.keys_within(2) | {KEY}
    assert len(world.rows(RunRow.id)) == 2


@pytest.mark.slow
def test_an_archive_in_use_by_the_release_before_is_not_upgraded(world: World) -> None:
    engine = open_engine(database_url(world.url, world.folder))
    Path(str(engine.url.database)).unlink()
    with engine.begin() as connection:
        first_release.create(connection)
        before = schema.current(connection)
    lock = ArchiveLock(engine)
    lock.acquire()
    with pytest.raises(AlreadyRunning):
        world.crawl()
    with engine.connect() as connection:
        assert schema.current(connection) == before
    lock.release()
    assert world.crawl().code is Exit.DONE
    with engine.connect() as connection:
        assert schema.current(connection) == schema.HEAD != before
    engine.dispose()


# R21.


@pytest.mark.slow
def test_a_backup_taken_during_a_crawl_is_whole_and_resumable(world: World) -> None:
    backup = world.folder / "backup.db"
    taken: list[int] = []

    def back_up() -> None:
        deadline = time.monotonic() + 30
        while len(world.server.requests) < 40 and time.monotonic() < deadline:
            time.sleep(0.005)
        copy_into(make_url(world.url), backup)
        taken.append(len(world.server.requests))

    thread = threading.Thread(target=back_up)
    thread.start()
    world.crawl(settings={"DOWNLOAD_DELAY": 0.01})
    thread.join(60)
    asked = len(world.server.requests)
    assert taken
    assert taken[0] < asked, "the crawl was over before the backup"
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    restored = World(world.server, f"sqlite:///{backup.as_posix()}", world.folder)
    assert restored.stored() < world.stored()
    assert restored.crawl().code is Exit.DONE
    assert restored.stored() == world.site.keys_within(2)


def test_control_a_copy_of_the_file_alone_misses_what_the_log_holds(world: World) -> None:
    path, copy = Path(world.url.removeprefix("sqlite:///")), world.folder / "copy.db"
    world.crawl(limit="1")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table later (x)")
        connection.commit()
        copy.write_bytes(path.read_bytes())
    with closing(sqlite3.connect(copy)) as connection:
        tables = connection.execute("select name from sqlite_master").fetchall()
    assert ("later",) not in tables
