"""``scrapy search``: what is shown, and that nothing of a page steers the terminal."""

from __future__ import annotations

import json

import pytest

from kompas_crawler.archive.read.search import postgresql
from kompas_crawler.exitcodes import Exit
from tests.archive.build import article, key
from tests.commands.calling import call, fill, opened


def test_hits_are_shown_best_first_with_their_snippets(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(
        database_url,
        article(1, title="Lain", body=("Warga Demak menunggu banjir surut.",)),
        article(2, title="Banjir di Demak", body=("Air naik.",)),
    )
    assert call("search", database_url, "banjir", "demak") == Exit.DONE
    said = capsys.readouterr().out
    assert said.index("Banjir di Demak") < said.index("Lain")
    assert "Warga *Demak* menunggu *banjir* surut" in said
    assert key(2) in said


@pytest.mark.parametrize("words", [["banjir", "-hujan"], ["-hujan", "banjir"], ["banjir -hujan"]])
def test_a_word_after_a_minus_is_no_option(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    fill(sqlite_url, article(1, title="Banjir"), article(2, title="Banjir dan Hujan"))
    assert call("search", sqlite_url, *words, "--json") == Exit.DONE
    assert [hit["title"] for hit in json.loads(capsys.readouterr().out)] == ["Banjir"]


def test_json_has_the_whole_hit(sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    fill(sqlite_url, article(1), article(2))
    options = ["--json", "--limit", "1", "--since", "2024-01-15", "--section", "money"]
    assert call("search", sqlite_url, "judul 1", *options) == Exit.DONE
    (hit,) = json.loads(capsys.readouterr().out)
    assert hit.pop("score") > 0
    assert hit == {
        "id": key(1),
        "url": article(1).url,
        "title": "Judul 1",
        "section": "Money",
        "published_at": "2024-01-15T09:00:00+07:00",
        "snippet": "Paragraf satu dari 1. Paragraf dua.",
    }


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ("monet", "no article has the section 'monet'; near: 'Money' (1)\n"),
        ("money,monet", "near: 'Money' (1)\n"),
        ("MONEY", ""),
    ],
)
def test_a_section_that_is_none_is_told(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], section: str, says: str
) -> None:
    fill(sqlite_url, article(1))
    assert call("search", sqlite_url, "tsunami", "--section", section) == Exit.DONE
    told = capsys.readouterr().err
    assert told.endswith(says)
    assert bool(told) is bool(says)


def test_an_escape_sequence_in_a_title_never_reaches_the_terminal(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "Banjir \x1b]52;c;cm0gLXJm\x07\x9b2J\u202e [red]baku[/red]"
    fill(sqlite_url, article(1, title=evil, section=evil, body=(evil,)))
    assert call("search", sqlite_url, "baku") == Exit.DONE
    said = capsys.readouterr().out
    assert not set("\x1b\x07\x9b\u202e") & set(said)
    assert "[red]baku[/red]" in said


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "name at least one word to look for"),
        (["!!"], "name at least one word to look for"),
        (["banjir", "--limit", "0"], "limit='0' is not a whole number from 1 up"),
        (["banjir", "--since", "kemarin"], "since='kemarin' is not a day"),
        (["banjir", "--sinse", "2024"], "unknown option --sinse"),
    ],
)
def test_bad_arguments_end_with_one_line(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    fill(sqlite_url, article(1))
    assert call("search", sqlite_url, *arguments) == Exit.USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"scrapy search: {line}")
    assert said.err.count("\n") == 1


def test_nothing_found_and_an_empty_archive_are_told_apart(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(sqlite_url):
        assert call("search", sqlite_url, "banjir") == Exit.DONE
    assert capsys.readouterr().out == "the archive is empty; to fill it: scrapy crawl kompas\n"
    fill(sqlite_url, article(1))
    assert call("search", sqlite_url, "banjir") == Exit.DONE
    assert capsys.readouterr().out == "no article found for: banjir\n"


def test_a_missing_archive_says_how_to_make_one(
    empty_sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("search", empty_sqlite_url, "banjir") == Exit.CONFIGURATION
    assert "fill one with: scrapy crawl kompas" in capsys.readouterr().err


def test_json_steers_no_terminal_and_reads_back_the_same(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "Banjir \x9b2J\u202e\U000e0041 Café"
    fill(sqlite_url, article(1, title=evil))
    assert call("search", sqlite_url, "banjir", "--json") == Exit.DONE
    said = capsys.readouterr().out
    assert not set("\x9b\u202e\U000e0041") & set(said)
    assert json.loads(said)[0]["title"] == evil


def test_how_far_back_a_phrase_was_looked_for_is_said(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, most in (("RANKED", 1), ("LOOKED", 2)):
        monkeypatch.setattr(postgresql, name, most)
    fill(postgres_url, *(article(n, title="x", body=("Hujan deras.",)) for n in (1, 2, 3)))
    assert call("search", postgres_url, '"hujan deras"') == Exit.DONE
    assert capsys.readouterr().err == (
        "the words are very common: only articles since 2024-01-15 were searched; "
        "to continue: --until 2024-01-15\n"
    )


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["*"], "name at least one word to look for, such as: scrapy search banjir demak"),
        (["banjir", "--since", "2024"], "since='2024' is not a day; write it as YYYY-MM-DD"),
        (["banjir", "--limit", "0"], "limit='0' is not a whole number from 1 up"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_one_line(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    assert call("search", sqlite_url, *arguments) == Exit.USAGE
    assert capsys.readouterr().err == f"scrapy search: {line}\n"
