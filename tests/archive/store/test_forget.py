"""Nothing stays of what was replaced: names and tags (on both databases), bytes (SQLite)."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, event, select

from kompas_crawler.archive import database
from kompas_crawler.archive.database import database_url as read_url
from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.models import PersonRow, TagRow
from kompas_crawler.archive.store import articles, child_rows
from tests.archive.build import NOW, article

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import URL

    from kompas_crawler.items import FetchedArticle


def save(connection: Connection, *made: FetchedArticle) -> None:
    articles.save(connection, made, run_id=None, now=NOW)


def store(engine: Engine, *made: FetchedArticle) -> None:
    with engine.begin() as connection:
        save(connection, *made)


def names(engine: Engine) -> tuple[list[str], list[str]]:
    """All people and all tags."""
    with engine.connect() as connection:
        people = connection.scalars(select(PersonRow.name)).all()
        tags = connection.scalars(select(TagRow.name)).all()
    return sorted(people), sorted(tags)


def test_a_correction_leaves_no_former_names_behind(engine: Engine) -> None:
    store(engine, article(1, authors=("Nama Salah",), tags=("Tag Salah", "Banjir")))
    store(engine, article(2, editors=("Editor Lain",), tags=("Gempa",)))
    store(engine, article(1, authors=("Sari Dewi",), tags=("Banjir",)))
    assert names(engine) == (["Budi Hartono", "Editor Lain", "Sari Dewi"], ["Banjir", "Gempa"])


def test_control_without_the_dropping_they_stay(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_rows, "drop_unused", lambda connection, named: None)
    store(engine, article(1, authors=("Nama Salah",), tags=("Tag Salah",)))
    store(engine, article(1, tags=("Banjir",)))
    assert "Nama Salah" in names(engine)[0]
    assert "Tag Salah" in names(engine)[1]


def test_a_page_parsed_again_leaves_none_either(engine: Engine) -> None:
    store(engine, article(1, authors=("Nama Salah",)))
    with engine.begin() as connection:
        articles.refresh(connection, article(1), run_id=None, now=NOW)
    assert names(engine)[0] == ["Budi Hartono", "Sari Dewi"]


def test_a_name_that_moves_to_another_article_of_the_group_stays(engine: Engine) -> None:
    store(engine, article(1, authors=("Ani",), tags=("Satu",)), article(2, tags=("Dua",)))
    store(
        engine,
        article(1, authors=("Eko",), tags=("Dua",)),
        article(2, authors=("Ani",), tags=("Satu", "Tiga")),
        article(3, authors=("Sari Dewi",), tags=("Dua",)),
    )
    assert names(engine) == (["Ani", "Budi Hartono", "Eko", "Sari Dewi"], ["Dua", "Satu", "Tiga"])


def test_several_replacements_in_one_transaction(engine: Engine) -> None:
    with engine.begin() as connection:
        for author in ("Ani", "Eko", "Ani", "Sari Dewi"):
            save(connection, article(1, authors=(author,), body=(f"Oleh {author}.",)))
    assert names(engine)[0] == (["Budi Hartono", "Sari Dewi"])


def statements(engine: Engine, *made: FetchedArticle) -> list[str]:
    """The statements on people that storing *made* takes."""
    found: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if " people" in statement:
            found.append(statement.split(maxsplit=1)[0].lower())

    event.listen(engine, "before_cursor_execute", note)
    try:
        store(engine, *made)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return found


def test_new_articles_and_corrections_cost_few_statements(engine: Engine) -> None:
    store(engine, article(1), article(2))
    assert statements(engine, article(3), article(4)) == ["select"]
    assert statements(engine, article(1, body=("Isi lain.",))) == ["select", "select"]
    assert statements(engine, article(1, authors=("Ani",), body=("Isi.",))) == [
        *("select", "select", "insert", "select"),  # the first one for the former record
        *("select", "delete"),  # the name that is gone
    ]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.postgres
def test_a_name_that_another_crawl_takes_up_stays(engine: Engine) -> None:
    store(engine, article(1, authors=("Ani",)))
    with engine.begin() as other:
        save(other, article(2, authors=("Ani",)))  # not committed yet
        store(engine, article(1, summary="Lain"))
    assert names(engine)[0] == ["Ani", "Budi Hartono", "Sari Dewi"]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.postgres
def test_a_name_that_is_being_dropped_is_made_anew(engine: Engine) -> None:
    store(engine, article(1, authors=("Ani",)))
    with engine.begin() as first:
        save(first, article(1, summary="Lain"))
        other = threading.Thread(target=store, args=[engine, article(2, authors=("Ani",))])
        other.start()
        other.join(0.3)  # it waits for the name
        assert other.is_alive()
    other.join(10)
    assert names(engine)[0] == ["Ani", "Budi Hartono", "Sari Dewi"]


class OldBuild(sqlite3.Connection):
    """A connection of an SQLite that was built without ``secure_delete``."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.execute("pragma secure_delete = off")


def deletes_securely(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql("pragma secure_delete").scalar())


def test_what_a_writer_removes_leaves_no_bytes_whatever_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_old_build(url: URL, **options: Any) -> Engine:
        options["connect_args"] = options["connect_args"] | {"factory": OldBuild}
        return create_engine(url, **options)

    monkeypatch.setattr(database, "create_engine", of_old_build)
    url = read_url(f"sqlite:///{(tmp_path / 'kompas.db').as_posix()}", tmp_path)
    writing, reading = open_engine(url), open_engine(url, read_only=True)
    assert deletes_securely(writing)
    assert not deletes_securely(reading)  # the control
    writing.dispose()
    reading.dispose()
