"""Migrations: what they make is what the models say, data outlives them, the index goes on."""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from kompas_crawler.archive import full_text, schema
from kompas_crawler.archive.database import database_url as read_url
from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.models import Model
from kompas_crawler.archive.read import gaps
from kompas_crawler.archive.read.search import search
from kompas_crawler.archive.store import articles as store
from kompas_crawler.exitcodes import ConfigurationProblem, Exit
from kompas_crawler.site.keys import WIB
from tests.archive import first_release
from tests.archive.build import NOW, article, is_of_models, key, miscounted
from tests.commands.calling import call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

# SQLAlchemy cannot read such an index from SQLite; the names of all indexes are compared.
pytestmark = pytest.mark.filterwarnings("ignore:.*expression-based index")

REVISIONS = [
    script.revision
    for script in reversed(
        list(ScriptDirectory.from_config(schema.alembic_config()).walk_revisions())
    )
]

OLD = Path(__file__).with_name("archive-0005.db.gz")
OLD_ARTICLES = text("select key, title, body, stored_at from articles order by key")

# As SQL, for models know the newest tables alone.
INSERT = text(
    "insert into articles (id, key, url, title, body, published_at, word_count, duplicate_of,"
    " revision, status, first_seen_at, fetched_at, stored_at, content_hash, text_hash,"
    " extractor_version, found_in)"
    " values (:id, :key, 'https://money.kompas.com/read/2024/01/15/1/a', :title, :body, :at, 2,"
    " :original, 1, 'live', :at, :at, :at, 'c', 't', '1', '{}')"
)


@pytest.fixture
def empty(empty_url: str) -> Iterator[Engine]:
    """A database without tables."""
    engine = open_engine(read_url(empty_url, Path.cwd()))
    yield engine
    engine.dispose()


def migrate(connection: Connection, revision: str) -> None:
    first_release.create(connection)
    command.upgrade(schema.alembic_config(connection), revision)


def put(
    connection: Connection, id_: int, title: str, body: str = "", original: str | None = None
) -> None:
    values = {
        "id": id_,
        "key": f"20240115-{id_:09d}",
        "title": title,
        "body": body or f"Isi {title}.",
    }
    connection.execute(INSERT, values | {"at": "2024-01-15 02:00:00.000000", "original": original})


def titles(connection: Connection, words: str) -> list[str]:
    return [hit.title for hit in search.search(connection, words)]


def differences(connection: Connection) -> list[object]:
    """What the tables and the models do not have in common."""
    options = {"compare_type": True, "include_name": is_of_models}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, Model.metadata))


def test_head_is_the_newest_migration() -> None:
    assert REVISIONS[-1] == schema.HEAD


def test_an_upgraded_archive_has_the_tables_of_the_models(empty: Engine) -> None:
    with empty.begin() as connection:
        migrate(connection, "head")
        assert differences(connection) == []


@pytest.mark.parametrize(
    ("database_url", "empty_url"), [("sqlite", "sqlite"), ("postgres", "postgres")], indirect=True
)
def test_a_new_archive_has_what_an_upgraded_one_has(engine: Engine, empty: Engine) -> None:
    with empty.begin() as connection:
        migrate(connection, "head")
    with engine.connect() as new, empty.connect() as upgraded:
        assert schema.current(new) == schema.HEAD
        made = _undeclared(new)
        assert made == _undeclared(upgraded)
    assert {"frontier_update", "articles_wib", "article_words"} <= {name for name, _ in made}


def _undeclared(connection: Connection) -> set[tuple[str, str]]:
    """The triggers, views and indexes by name, and the SQL of those that no model declares."""
    if connection.dialect.name == "sqlite":
        query = "select name, case type when 'index' then '' else sql end from sqlite_master"
        query += " where type != 'table' or name like 'article_words%'"
    else:
        query = (
            "select tgname::text, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal"
            " union all select viewname::text, definition from pg_views"
            " where schemaname = current_schema()"
            " union all select indexname::text, '' from pg_indexes"
            " where schemaname = current_schema()"
            " union all select table_name::text, '' from information_schema.tables"
            " where table_schema = current_schema()"
        )
    return {(name, sql) for name, sql in connection.execute(text(query))}


def test_the_comparison_notices_a_missing_column(engine: Engine) -> None:
    """The control of the test above."""
    with engine.begin() as connection:
        connection.execute(text("alter table articles drop column similarity"))
        found = compare_metadata(MigrationContext.configure(connection), Model.metadata)
    assert any(difference[0] == "add_column" for difference in found)


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Engine]:
    """An archive made by commit ea68269 from its sample site, and a name without an article."""
    path = tmp_path / "kompas.db"
    path.write_bytes(gzip.decompress(OLD.read_bytes()))
    engine = open_engine(read_url(f"sqlite:///{path.as_posix()}", tmp_path))
    yield engine
    engine.dispose()


def test_an_archive_made_by_the_code_before_is_upgraded(old: Engine) -> None:
    with old.connect() as connection:
        assert schema.current(connection) == "0005"
        articles = connection.execute(OLD_ARTICLES).all()
        people = connection.scalar(text("select count(*) from people"))
    schema.upgrade(old)
    with old.connect() as connection:
        assert connection.execute(OLD_ARTICLES).all() == articles
        assert titles(connection, "panel surya") == [articles[1].title]
        assert connection.scalar(text("select count(*) from people")) == people - 1
        assert differences(connection) == []
        read = gaps.find(connection)
    assert len(articles) == 3
    assert (read.missing, read.whole_days, read.unread_days) == ([], [], [])


@pytest.mark.parametrize("revision", REVISIONS)
def test_what_is_stored_before_a_migration_is_found_after_all(empty: Engine, revision: str) -> None:
    with empty.begin() as connection:
        migrate(connection, revision)
        put(connection, 1, "Banjir")
        put(connection, 2, "Gempa")
        connection.execute(text("update articles set title = 'Hujan' where id = 1"))
        connection.execute(text("delete from articles where id = 2"))
        if revision != "0005":
            full_text.index_all(connection)
    schema.upgrade(empty)
    with empty.connect() as connection:
        assert [titles(connection, w) for w in ("hujan", "gempa")] == [["Hujan"], []]


def test_a_migration_indexes_all_that_is_stored(empty: Engine) -> None:
    with empty.begin() as connection:
        migrate(connection, "0005")
        for id_ in range(1, 30):
            put(connection, id_, f"Judul {id_}")
    schema.upgrade(empty)
    with empty.connect() as connection:
        found = search.search(connection, "judul", limit=50)
    assert len(found) == 29


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_segments_of_the_index_are_merged_rarely(engine: Engine) -> None:
    with engine.connect() as connection:
        found = connection.execute(
            text("select k, v from article_words_config where k != 'version'")
        )
        assert dict(found.all()) == {"automerge": 32, "crisismerge": 64}


def test_stored_articles_are_compared_anew(empty: Engine) -> None:
    words = [f"kata{number}" for number in range(200)]
    with empty.begin() as connection:
        migrate(connection, "0005")
        for id_, (first, last) in enumerate([(0, 120), (20, 80), (80, 200)], 1):
            put(connection, id_, f"Judul {id_}", " ".join(words[first:last]))
        connection.execute(text("update articles set text_hash = key"))
        connection.execute(text("insert into signatures values (1, 1)"))
    schema.upgrade(empty)
    with empty.connect() as connection:
        marked = text("select id, duplicate_reason from articles where duplicate_of is not null")
        assert connection.execute(marked).all() == [(2, "part of it")]
        alike = text("select article_id, other_id from similarities order by 1")
        assert connection.execute(alike).all() == [(1, 3), (3, 1)]
        count = text("select count(*) from signatures where band = 1")
        assert connection.scalar(count) == 0


def test_the_check_of_counts_notices_wrong_ones(engine: Engine) -> None:
    """The control of the check at the end of each test."""
    with engine.connect() as connection:
        connection.execute(
            text(
                "insert into frontier_counts"
                " values ('', '', 'x', 'done', false, false, false, false, 1)"
            )
        )
        assert miscounted(connection) == 1


def test_the_views_are_in_jakarta_time(engine: Engine) -> None:
    late = datetime(2024, 1, 16, 0, 30, tzinfo=WIB)  # 15 January in UTC
    with engine.begin() as connection:
        store.save(connection, [article(1, published_at=late)], run_id=None, now=NOW)
        seen = connection.execute(text("select key, day, published_wib from articles_wib")).one()
        assert [str(value) for value in seen] == [key(1), "2024-01-16", "2024-01-16 00:30:00"]
        names = text("select key, role, position, name from article_people_names order by role")
        assert connection.execute(names).all() == [
            (key(1), "author", 0, "Sari Dewi"),
            (key(1), "editor", 0, "Budi Hartono"),
        ]
        counts = connection.execute(text("select * from daily_counts")).mappings().one()
        assert {name: str(value) for name, value in counts.items()} == {
            "day": "2024-01-16",
            "section": "Money",
            "articles": "1",
            "copies": "0",
            "words": "6",
        }


def test_names_that_nothing_refers_to_are_dropped(empty: Engine) -> None:
    with empty.begin() as connection:
        migrate(connection, "0005")
        put(connection, 1, "Banjir")
        for table in ("people", "tags"):
            connection.execute(text(f"insert into {table} (id, name) values (1, 'a'), (2, 'b')"))
        connection.execute(text("insert into article_people values (1, 'author', 0, 2)"))
        connection.execute(text("insert into article_tags values (1, 0, 1)"))
    schema.upgrade(empty)
    with empty.connect() as connection:
        assert connection.scalars(text("select name from people")).all() == ["b"]
        assert connection.scalars(text("select name from tags")).all() == ["a"]


def test_a_newer_schema_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(ConfigurationProblem, match="newer release"):
        schema.upgrade(engine)
    with engine.connect() as connection, pytest.raises(ConfigurationProblem, match="newer"):
        schema.check(connection)


@pytest.mark.postgres
def test_a_search_path_without_a_schema_is_named(empty_postgres_url: str) -> None:
    engine = open_engine(read_url(f"{empty_postgres_url}&options=-csearch_path%3Dnone", Path.cwd()))
    with pytest.raises(ConfigurationProblem, match="search_path"):
        schema.upgrade(engine)
    with engine.connect() as connection, pytest.raises(ConfigurationProblem, match="search_path"):
        schema.current(connection)
    engine.dispose()


@pytest.mark.parametrize("version", ["0001", "0004"])
def test_an_archive_older_than_the_first_release_is_refused(engine: Engine, version: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = :v"), {"v": version})
    with pytest.raises(ConfigurationProblem, match="upgrade it first") as refused:
        schema.upgrade(engine)
    assert refused.value.code is Exit.CONFIGURATION
    with engine.connect() as connection, pytest.raises(ConfigurationProblem, match="older than"):
        schema.check(connection)


def test_commands_refuse_a_newer_schema_with_exit_4(
    engine: Engine, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    assert call("search", database_url, "banjir") == Exit.CONFIGURATION
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("scrapy search: the archive is of a newer release")
