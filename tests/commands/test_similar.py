"""``scrapy similar``: copies and similar articles, told apart, with both shares."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.store import similarities
from kompas_crawler.archive.store.similarities import MOST
from tests.archive.build import article, key, url
from tests.commands.calling import call, fill, opened

if TYPE_CHECKING:
    from kompas_crawler.items import FetchedArticle

TEXT = [" ".join(f"kata{number}" for number in range(n, n + 40)) for n in range(0, 400, 40)]
BODIES = {
    1: TEXT[:5],
    2: TEXT[:5],
    3: TEXT[3:],
    4: TEXT[1:3],
    5: ["Isi yang lain sama sekali hari ini."],
}


def filled() -> list[FetchedArticle]:
    return [article(n, body=tuple(body)) for n, body in BODIES.items()]


def test_copies_and_similar_articles_are_listed(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(database_url, *filled())
    assert call("similar", database_url, url(1)) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [" ".join(line) for line in lines[1:]] == [
        f"{key(2)} same text 100% 100% Judul 2",
        f"{key(4)} part of it 39% 100% Judul 4",
        f"{key(3)} similar 39% 28% Judul 3",
    ]


def test_keys_are_whole_on_a_narrow_terminal(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    fill(sqlite_url, *filled())
    assert call("similar", sqlite_url, url(1)) == 0
    said = capsys.readouterr().out
    assert all(key(n) in said for n in (2, 3, 4))
    assert "…" not in said


def test_all_copies_are_listed_and_what_is_left_out_is_said(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    same = [article(n, body=tuple(TEXT[:5])) for n in range(1, MOST + 6)]
    others = [article(n, body=(f"Isi yang lain {n}",)) for n in range(100, 101 + MOST)]
    fill(sqlite_url, *same, *others)
    assert call("similar", sqlite_url, key(1)) == 0
    said = capsys.readouterr().out
    assert said.count("same text") == MOST + 4
    assert "nearest" not in said
    with opened(sqlite_url) as engine, engine.begin() as connection:
        ids = list(connection.scalars(select(ArticleRow.id).order_by(ArticleRow.key)))
        pairs = [(ids[0], other, 0.5, 0.5) for other in ids[-MOST:]]
        similarities.replace(connection, [], pairs)
    assert call("similar", sqlite_url, key(1)) == 0
    said = capsys.readouterr().out
    assert said.count("similar  ") == MOST
    assert said.endswith(f"of the similar articles only the nearest {MOST} are kept\n")


def test_a_part_names_its_whole_and_no_other_copy_of_it(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(database_url, *filled(), article(6, body=tuple(TEXT[3:5])))
    assert call("similar", database_url, key(4), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [(one["id"], one["relation"], one["share"]) for one in found] == [
        (key(1), "part of it", 1.0)
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        ([key(7)], 1, f"the archive does not know the article {key(7)}"),
        ([], 2, "name one article"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(
    sqlite_url: str,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    line: str,
) -> None:
    fill(sqlite_url, *filled())
    assert call("similar", sqlite_url, *arguments) == code
    said = capsys.readouterr()
    assert line in said.err
    assert (said.err.count("\n"), said.out) == (1, "")


def test_an_article_like_no_other_says_so(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sqlite_url, *filled())
    assert call("similar", sqlite_url, key(5)) == 0
    assert capsys.readouterr().out == f"no stored article shares a passage with {key(5)}\n"


def test_show_has_the_nearest(sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    fill(sqlite_url, *filled())
    assert call("show", sqlite_url, key(3)) == 0
    said = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert said[said.index("Similar") + 1 :][:3] == [
        f"{key(1)} 28% of it: Judul 1",
        f"{key(2)} 28% of it: Judul 2",
        f"all: scrapy similar {key(3)}",
    ]
