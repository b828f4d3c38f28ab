"""Each check of a step fails if the archive differs from the site."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.sample.demo import contents, crawls
from kompas_crawler.sample.demo.programs import Done, Programs, Unexpected
from kompas_crawler.sample.demo.stage import expect
from tests.sample.demo.conftest import InProcess
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from kompas_crawler.sample.demo.stage import Stage


def spoil(folder: Path, statement: str) -> None:
    """Change the archive behind the program's back."""
    with closing(sqlite3.connect(folder / "demo.db")) as connection, connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        (
            "delete from articles where id = 1",
            r"\w+: articles, with author.*: .* found, .* expected",
        ),
        ("update articles set section = 'Cuaca' where section = 'Bola'", "sections: .*Bola.*Cuaca"),
        ("delete from article_tags where article_id = 1", r"\w+: articles, with author"),
        ("delete from links where article_id = 1", r"\w+: articles, with author"),
        (
            "update frontier set state = 'gone' where state = 'failed'",
            "articles gone: 0 found, 5 exp",
        ),
        (
            "update frontier set state = 'done' where state = 'skipped'",
            "other addresses of .*: 0 fo",
        ),
        ("update articles set duplicate_of = null", "copies: 0 found, 3 expected"),
    ],
)
def test_what_was_stored(stage: Stage, statement: str, line: str) -> None:
    spoil(stage.folder, statement)
    with pytest.raises(Unexpected, match=line):
        contents.stored(stage)


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("update articles set title = 'Judul'", "title"),
        ("update articles set summary = null", "summary"),
        ("update articles set section = 'Cuaca'", "section"),
        ("update articles set dateline = 'BONN'", "dateline"),
        ("update articles set source = 'Antara lain'", "source"),
        ("update articles set published_at = '2026-06-30 00:00:00'", "published_at"),
        ("update articles set body = body || ' Lagi.'", "paragraphs"),
        ("update article_people set position = 9 - position", "authors"),
        ("update people set name = 'Redaksi ' || id", "authors"),
        ("update tags set name = name || ' baru'", "tags"),
        ("update links set title = 'Baca juga'", "related"),
    ],
)
def test_every_field_of_an_article(stage: Stage, statement: str, name: str) -> None:
    spoil(stage.folder, statement)
    with pytest.raises(Unexpected, match=f"^{name} of 2026"):
        contents.one_article(stage)


class Spoiling(InProcess):
    """Commands after each of which something is changed behind their back."""

    def __init__(self, folder: Path, change: Callable[[Path], None], after: str = "") -> None:
        super().__init__(folder)
        self._change, self._after = change, after

    def one(self, words: Sequence[str], settings: dict[str, str]) -> Done:
        done = super().one(words, settings)
        if self._after in " ".join(words):
            self._change(self.folder)
        return done


class Idle(Programs):
    """Runs nothing, and says that all ended with *code*."""

    def __init__(self, code: int = 0) -> None:
        self._code = code

    def run(self, *commands: Sequence[str], settings: Mapping[str, str]) -> list[Done]:
        return [Done(self._code, "", "")] * len(commands)


def spoiling(statement: str, after: str = "crawl") -> Callable[[Stage], None]:
    """Make commands that are followed by *statement*."""

    def change(stage: Stage) -> None:
        stage.programs = Spoiling(stage.folder, lambda folder: spoil(folder, statement), after)

    return change


def idle(code: int) -> Callable[[Stage], None]:
    """Make commands that do nothing but end with *code*."""

    def change(stage: Stage) -> None:
        stage.programs = Idle(code)

    return change


def cut_short(folder: Path) -> None:
    path = folder / "demo.jsonl"
    if path.exists():
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def turn_round(folder: Path) -> None:
    path = folder / "demo.jsonl"
    if path.exists():
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[::-1]))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (cut_short, r"articles in .*demo\.jsonl: 87 found, 88 expected \(missing: 20260630-"),
        (turn_round, r"order of the rows in .*demo\.jsonl"),
    ],
)
def test_the_rows_of_an_export(stage: Stage, change: Callable[[Path], None], line: str) -> None:
    stage.programs = Spoiling(stage.folder, change)
    with pytest.raises(Unexpected, match=line):
        contents.exports(stage)


def test_the_exit_code_of_an_export(stage: Stage) -> None:
    stage.programs = Idle(3)
    with pytest.raises(Unexpected, match=r"export to .*demo\.csv: 3 found, 0 expected"):
        contents.exports(stage)


AGAIN = "update frontier set state = 'pending' where kind = 'article' and id in (select min(id) "
AGAIN += "from frontier where kind = 'article' and state = 'failed')"


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda stage: spoil(stage.folder, AGAIN), "articles requested again: 1 found, 0 expected"),
        (idle(10), "exit code of the crawl: 10 found, 0 expected"),
        (spoiling("delete from articles where id = 1"), r"articles stored: .* \(missing: 2026"),
    ],
)
def test_that_nothing_is_asked_for_again(
    stage: Stage, change: Callable[[Stage], None], line: str
) -> None:
    change(stage)
    with pytest.raises(Unexpected, match=line):
        crawls.again(stage)


def refuse_a_corrected_one(stage: Stage) -> None:
    (key, *_) = crawls.to_correct(stage.site, stage.keys)
    stage.server.faults[stage.site.article(key).url] = Fault(status=404)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (idle(0), "revisited articles: 0 found, [0-9]+ expected"),
        (idle(1), "exit code of the crawl: 1 found, 0 expected"),
        (
            refuse_a_corrected_one,
            r"with a second revision: 2 found, 3 expected \(missing: 2026",
        ),
        (spoiling("update articles set revision = 2"), r"second revision: .* \(unexpected: 2026"),
        (spoiling("update articles set body = 'Lain.'"), "corrected text of 20260630-"),
        (spoiling("delete from revisions"), "previous texts of 20260630-"),
        (
            spoiling("update revisions set record = json_set(record, '$.body', 'Lain.')"),
            "previous texts of 20260630-",
        ),
    ],
)
def test_a_correction(stage: Stage, change: Callable[[Stage], None], line: str) -> None:
    change(stage)
    with pytest.raises(Unexpected, match=line):
        crawls.corrected(stage)


FIRST_DONE = "select min(key) from frontier where state = 'done' and kind = 'article'"
LAST_FAILED = "select max(key) from frontier where state = 'failed' and claim is null"


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (idle(1), "exit code of the crawl: 1 found, 0 expected"),
        (idle(0), "exit code of 'scrapy gaps': 0 found, 1 expected"),
        (
            spoiling(f"delete from frontier where key = ({LAST_FAILED})"),
            r"articles in 'scrapy gaps': 1 found, 2 expected \(missing: 20260701-",
        ),
        (
            spoiling(f"delete from articles where key = ({FIRST_DONE})"),
            r"articles in 'scrapy gaps': 3 found, 2 expected \(unexpected: 2026",
        ),
        (
            spoiling("update frontier set state = 'failed' where kind = 'listing'", "gaps=1"),
            "exit code of 'scrapy gaps': 1 found, 0 expected",
        ),
        (
            spoiling("delete from articles where id = 1", "gaps=1"),
            "exit code of 'scrapy gaps': 1 found, 0 expected",
        ),
    ],
)
def test_a_gap(stage: Stage, change: Callable[[Stage], None], line: str) -> None:
    change(stage)
    with pytest.raises(Unexpected, match=line):
        crawls.missing(stage)


@pytest.mark.parametrize(
    ("found", "wanted", "line"),
    [
        (273, 274, "articles: 273 found, 274 expected"),
        ({1, 2}, {2}, "articles: 2 found, 1 expected (unexpected: 1)"),
        (set(), set("abcde"), "articles: 0 found, 5 expected (missing: a, b, c)"),
    ],
)
def test_the_line_says_what_is_wrong(found: object, wanted: object, line: str) -> None:
    with pytest.raises(Unexpected) as raised:
        expect("articles", found, wanted)
    assert str(raised.value) == line
