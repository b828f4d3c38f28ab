"""Migrations: what they make is what the models say, data outlives them, the index goes on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from kompas_crawler.archive import schema, search
from kompas_crawler.archive.database import database_url as read_url
from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.migrations import full_text
from kompas_crawler.archive.models import Model
from kompas_crawler.archive.sql import pairs
from kompas_crawler.exitcodes import ConfigurationProblem, Exit
from tests.commands.calling import call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

REVISIONS = [
    script.revision
    for script in reversed(
        list(ScriptDirectory.from_config(schema.alembic_config()).walk_revisions())
    )
]

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


def test_head_is_the_newest_migration() -> None:
    assert REVISIONS[-1] == schema.HEAD


def test_models_equal_migrations(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _: not full_text.is_ours(name, kind),
            },
        )
        assert compare_metadata(context, Model.metadata) == []


def test_the_comparison_notices_a_missing_column(engine: Engine) -> None:
    """The control of the test above."""
    with engine.begin() as connection:
        connection.execute(text("alter table articles drop column similarity"))
        found = compare_metadata(MigrationContext.configure(connection), Model.metadata)
    assert any(difference[0] == "add_column" for difference in found)


def test_articles_of_the_first_release_are_kept_and_found(empty: Engine) -> None:
    with empty.begin() as connection:
        migrate(connection, "0001")
        put(connection, 1, "Banjir")
        put(connection, 2, "Gempa", body="Isi Banjir.")
    schema.upgrade(empty)
    with empty.connect() as connection:
        assert schema.current(connection) == schema.HEAD
        assert titles(connection, "isi gempa") == ["Gempa"]
        rows = connection.execute(
            text("select duplicate_of, duplicate_reason, similarity from articles order by id")
        )
        assert [tuple(row) for row in rows] == [
            (None, None, None),
            ("20240115-000000001", "same text", 1.0),
        ]


@pytest.mark.parametrize("revision", REVISIONS[1:])
def test_the_index_is_kept_up_after_each_migration(empty: Engine, revision: str) -> None:
    """Alembic's batch mode would drop the triggers of SQLite without a word."""
    with empty.begin() as connection:
        migrate(connection, REVISIONS[REVISIONS.index(revision) - 1])
        put(connection, 1, "Banjir")
        put(connection, 2, "Gempa")
        migrate(connection, revision)
        put(connection, 3, "Angin")
        connection.execute(text("update articles set title = 'Hujan' where id = 1"))
        connection.execute(text("delete from articles where id = 2"))
        everything = "select count(*) from article_words where article_words match 'isi'"
        if connection.dialect.name == "postgresql":
            everything = "select count(*) from articles where all_words @@ 'isi'::tsquery"
        else:
            check = "insert into article_words (article_words, rank) values ('integrity-check', 1)"
            connection.execute(text(check))
        assert connection.scalar(text(everything)) == 2
    if revision == schema.HEAD:
        with empty.connect() as connection:
            assert [titles(connection, w) for w in ("hujan", "gempa", "angin")] == [
                ["Hujan"],
                [],
                ["Angin"],
            ]


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
def test_an_older_archive_merges_its_index_as_rarely_as_a_new_one(empty: Engine) -> None:
    former = "insert into article_words (article_words, rank) values ('automerge', 8)"
    kept = "select k, v from article_words_config where k != 'version'"
    with empty.begin() as connection:
        migrate(connection, "0004")
        connection.execute(text(former))
    schema.upgrade(empty)
    with empty.connect() as connection:
        found = pairs(connection.execute(text(kept)))
    assert found == {"automerge": 32, "crisismerge": 64}


def test_names_that_nothing_refers_to_are_dropped(empty: Engine) -> None:
    with empty.begin() as connection:
        migrate(connection, "0006")
        put(connection, 1, "Banjir")
        for table in ("people", "tags"):
            connection.execute(text(f"insert into {table} (id, name) values (1, 'a'), (2, 'b')"))
        connection.execute(text("insert into article_people values (1, 'author', 0, 2)"))
        connection.execute(text("insert into article_tags values (1, 0, 1)"))
    schema.upgrade(empty)
    with empty.connect() as connection:
        assert connection.scalars(text("select name from people")).all() == ["b"]
        assert connection.scalars(text("select name from tags")).all() == ["a"]


def test_up_and_down_and_up_again(empty: Engine) -> None:
    schema.upgrade(empty)
    with empty.begin() as connection:
        command.downgrade(schema.alembic_config(connection), "0001")
        put(connection, 1, "Banjir")
    schema.upgrade(empty)
    with empty.connect() as connection:
        assert titles(connection, "banjir") == ["Banjir"]


def test_an_index_dropped_for_a_migration_comes_back_whole(engine: Engine) -> None:
    with engine.begin() as connection:
        put(connection, 1, "Banjir")
        full_text.drop(connection)
        connection.execute(text("update articles set title = 'Hujan', body = 'Air'"))
        full_text.create(connection)
        assert (titles(connection, "hujan"), titles(connection, "banjir")) == (["Hujan"], [])


def test_a_newer_schema_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(ConfigurationProblem, match="newer release"):
        schema.upgrade(engine)
    with engine.connect() as connection, pytest.raises(ConfigurationProblem, match="newer"):
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
