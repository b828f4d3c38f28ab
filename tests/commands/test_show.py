"""``scrapy show``: an article by any of its names, safe to look at."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.console import Console

from kompas_crawler.archive.frontier.admit import admit
from kompas_crawler.archive.read.lookup import Version
from kompas_crawler.archive.store.articles import note_aliases
from kompas_crawler.cli.article import revisions_page
from tests.archive.build import NOW, article, candidate, key, url
from tests.commands.calling import call, fill, opened


def test_an_article_is_shown_with_its_links_both_ways(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(database_url, article(1, 2, 9), article(2), article(3, 1))
    assert call("show", database_url, key(1)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line == line.rstrip() for line in lines)
    said = [" ".join(line.split()) for line in lines]
    assert said[0] == "Judul 1"
    assert {"authors Sari Dewi", "editors Budi Hartono", "tags Banjir; Gempa"} <= set(said)
    assert "published 2024-01-15 09:00:00 WIB" in said
    assert {f"{key(2)} stored Judul 2", f"{key(9)} not stored Judul 9"} <= set(said)
    assert said[said.index("Linked from 1") + 1] == f"{key(3)} stored Judul 3"
    assert "h1 title" in said


@pytest.mark.parametrize(
    "name",
    [
        key(1),
        url(1),
        url(1).removeprefix("https://"),
        f"{url(1)}?page=all#page2",
        "http://amp.kompas.com/money/read/2024/01/15/000001126/lain",
        "https://health.kompas.com/read/24A15000001126/judul",  # a short address, an alias
        "https://health.kompas.com/read/24A15000001126/judul?page=all",
    ],
)
def test_any_form_of_address_finds_the_article(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    fill(sqlite_url, article(1))
    with opened(sqlite_url) as engine, engine.begin() as connection:
        alias = "https://health.kompas.com/read/24A15000001126/judul"
        note_aliases(connection, key(1), [alias], NOW)
    assert call("show", sqlite_url, name) == 0
    assert capsys.readouterr().out.startswith("Judul 1")


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        ([key(7)], 1, f"the archive does not know the article {key(7)}"),
        ([key(8)], 1, f"{key(8)} is known but not stored: pending"),
        (["banjir"], 2, "neither an article's key (20220122-093100670) nor its address"),
        ([], 2, "name one article"),
        ([key(1), "--fixture", "x"], 1, "was found; a fixture needs one"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(
    sqlite_url: str,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    line: str,
) -> None:
    fill(sqlite_url, article(1))
    with opened(sqlite_url) as engine, engine.begin() as connection:
        admit(connection, [candidate(8)], NOW)
    assert call("show", sqlite_url, *arguments) == code
    said = capsys.readouterr()
    assert line in said.err
    assert (said.err.count("\n"), said.out) == (1, "")


def test_no_escape_of_a_page_reaches_the_terminal(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = "Harga\x1b]52;c;ZXZpbA==\x07\u202e\x9b2J naik"
    hostile = article(
        1,
        2,
        title=bad,
        body=(bad,),
        tags=(bad,),
        authors=(bad,),
        section=bad,
        dateline=bad,
        found_in={"title": bad},
    )
    fill(sqlite_url, hostile, article(2, 1, title=f"{bad} lain"))
    changed = article(1, title=f"{bad} lagi", body=(f"{bad} lagi",), tags=(f"{bad} lagi",))
    fill(sqlite_url, changed)
    for arguments in ([key(1)], [key(2)], [key(1), "--revisions"]):
        assert call("show", sqlite_url, *arguments) == 0
        said = capsys.readouterr().out
        assert "Harga�]52;c;ZXZpbA==���2J" in said.replace("\n", "")
        assert not set(said) & set("\x1b\x07\u202e\x9b")


def test_revisions_show_what_changed_word_by_word(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = article(1, body=("Ada 2 korban.", "Tetap."), tags=("Banjir",))
    after = article(1, title="Judul baru", body=("Ada 3 korban.", "Tetap."), tags=("Banjir",))
    fill(database_url, before, after)
    assert call("show", database_url, key(1), "--revisions") == 0
    said = capsys.readouterr().out
    assert f"{key(1)}, revision 1 to 2" in said
    assert "Judul [-1-] {+baru+}" in said
    assert "\n  Ada [-2-] {+3+} korban.\n" in said
    assert "Tetap" not in said
    assert "Banjir" not in said


def test_a_change_of_details_is_announced_and_shown(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sqlite_url, article(1), article(1, source="Antara"))
    call("show", sqlite_url, key(1))
    assert "1 (changes: --revisions)" in capsys.readouterr().out
    call("show", sqlite_url, key(1), "--revisions")
    said = capsys.readouterr().out
    assert "revision 1, details" in said
    assert "{+Antara+}" in said


def test_revisions_are_in_colour_where_there_is_colour() -> None:
    made = article(1, title="Judul baru")
    former = Version(replace(made, title="Judul lama", revision=1), "text", "news", NOW)
    console = Console(force_terminal=True, color_system="standard", width=80)
    with console.capture() as captured:
        console.print(revisions_page(made, [former]))
    assert "\x1b[9;31mlama\x1b[0m \x1b[32mbaru\x1b[0m" in captured.get()


def test_one_text_so_far_is_said(sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    fill(sqlite_url, article(1))
    assert call("show", sqlite_url, key(1), "--revisions") == 0
    assert "has one revision so far" in capsys.readouterr().out


@pytest.mark.parametrize("columns", ["60", "80", "160"])
def test_no_line_is_wider_than_the_terminal_or_a_hundred(
    sqlite_url: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    columns: str,
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    fill(sqlite_url, article(1, 2, body=("kata " * 200,), title="Judul " * 40))
    assert call("show", sqlite_url, key(1)) == 0
    widest = max(map(len, capsys.readouterr().out.splitlines()))
    assert widest <= min(int(columns), 100)
    assert widest > min(int(columns), 100) - 10


@pytest.mark.parametrize(("columns", "is_whole"), [(None, True), ("80", False)])
def test_an_address_is_in_one_line_of_a_file_or_pipe(
    sqlite_url: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    columns: str | None,
    is_whole: bool,
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    long = f"{url(1)}-{'banjir-' * 12}jakarta"
    fill(sqlite_url, article(1, url=long))
    assert call("show", sqlite_url, key(1)) == 0
    assert (long in capsys.readouterr().out) is is_whole
