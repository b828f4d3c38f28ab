"""``scrapy search``: what is shown, and that nothing of a page steers the terminal."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from kompas_crawler.archive.crawl_models import IndexDayRow
from kompas_crawler.archive.frontier.admit import admit, article_candidate
from kompas_crawler.exitcodes import Exit
from tests.archive.build import NOW, article, candidate, key
from tests.commands.calling import call, fill, opened

if TYPE_CHECKING:
    from pathlib import Path


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
    assert hit == {
        "id": key(1),
        "url": article(1).url,
        "title": "Judul 1",
        "section": "Money",
        "published_at": "2024-01-15T09:00:00+07:00",
        "duplicate_of": None,
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
def test_an_unknown_section_is_named(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], section: str, says: str
) -> None:
    fill(sqlite_url, article(1))
    for words in ("tsunami", "paragraf", "paragraf --by month"):
        assert call("search", sqlite_url, *words.split(), "--section", section) == Exit.DONE
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
        (["banjir", "OR"], "OR needs a word on both sides"),
        (["banjir", "--by", "year"], "name what to count by: --by day, --by month, --by section"),
        (["banjir", "--csv", "a.csv"], "name what to count by: --by day"),
        (["banjir", "--by", "day", "--csv", "a.csv", "--json"], "--csv and --json cannot"),
        (["banjir", "--limit", ""], "--limit has no value"),
        (["banjir", "--by", "day", "--csv", "kompas.db"], "--csv writes a .csv file, not"),
        (
            ["banjir", "--by", "day", "--limit", "5"],
            "--by counts all that matches; leave out --limit",
        ),
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


def test_nothing_found_and_an_empty_archive_are_distinguished(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(sqlite_url):
        assert call("search", sqlite_url, "banjir") == Exit.DONE
    assert capsys.readouterr().out == "the archive is empty; to fill it: scrapy crawl kompas\n"
    fill(sqlite_url, article(1))
    assert call("search", sqlite_url, "banjir") == Exit.DONE
    assert capsys.readouterr().out == "no article found for: banjir; tags are asked for by --tag\n"


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


COPIED = tuple(f"Kalimat {n} tentang jembatan yang panjang sekali." for n in range(9))


def test_a_copy_is_marked(sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    fill(sqlite_url, *(article(n, title="Jembatan", body=COPIED) for n in (1, 2)))
    assert call("search", sqlite_url, "jembatan") == Exit.DONE
    assert capsys.readouterr().out.count(f"copy of {key(1)}") == 1
    assert call("search", sqlite_url, "jembatan", "--json") == Exit.DONE
    hits = json.loads(capsys.readouterr().out)
    assert [hit["duplicate_of"] for hit in hits] == [None, key(1)]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--tag", "Rob,lain"], [1, 2]),
        (["--tag", "rob", "--tag", "lain"], [1, 2]),
        (["--author", "SARI"], [2]),
        (["--author", "Noe\u0308l, Sari"], [2, 3]),
        (["--section", "cekfakta", "--section", "bola"], [1]),
        (["--section", "Cek Fakta,MONEY", "--tag", "lain"], [2]),
    ],
)
def test_options_that_name_things_repeat_and_take_commas(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], options: list[str], found: list[int]
) -> None:
    fill(
        sqlite_url,
        article(1, tags=("Rob",), section="Cek Fakta"),
        article(2, tags=("Lain",), authors=("Sari",)),
        article(3, authors=("No\u00ebl",)),
    )
    assert call("search", sqlite_url, "paragraf", "--json", *options) == Exit.DONE
    hits = json.loads(capsys.readouterr().out)
    assert [hit["id"] for hit in hits] == [key(n) for n in found]


def counted(url: str, capsys: pytest.CaptureFixture[str], *options: str) -> list[list[object]]:
    """The rows that ``scrapy search banjir`` counts."""
    assert call("search", url, "banjir", "--json", *options) == Exit.DONE
    return [list(row.values()) for row in json.loads(capsys.readouterr().out)]


def test_counts_and_shares_by_day_month_and_section(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = [
        article(1, title="Banjir"),
        article(2),
        article(3, title="Jembatan", body=("Banjir.", *COPIED)),
        article(4, title="Jembatan", body=("Banjir.", *COPIED)),
        article(5, title="Lain", section="Bola"),
        article(6, title="Kebanjiran", section=None),
    ]
    fill(database_url, *made)
    share = pytest.approx(0.6)
    assert counted(database_url, capsys, "--by", "day") == [["2024-01-15", 3, 5, share, 0, False]]
    assert counted(database_url, capsys, "--by", "month") == [["2024-01", 3, 5, share, 0, False]]
    by_section = counted(database_url, capsys, "--by", "section", "--with-duplicates")
    assert by_section == [
        ["", 1, 1, 1.0, 0, False],
        ["Bola", 0, 1, 0.0, 0, False],
        ["Money", 3, 4, 0.75, 0, False],
    ]
    assert call("search", database_url, "banjir", "--by", "section", "--section", "bola") == 0
    assert " 0.00%\n" in capsys.readouterr().out
    path = tmp_path / "new" / "counts.csv"
    assert call("search", database_url, "banjir", "--by", "day", "--csv", str(path)) == Exit.DONE
    assert capsys.readouterr().out == f"1 row written to {path}\n"
    assert path.read_text("utf-8").splitlines() == [
        "day,matches,articles,share,missing,has_gaps",
        "2024-01-15,3,5,0.6,0,false",
    ]


def test_counts_keep_their_days_on_a_narrow_terminal(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    fill(sqlite_url, article(1, title="Banjir"))
    assert call("search", sqlite_url, "banjir", "--by", "day") == Exit.DONE
    said = capsys.readouterr().out
    assert "2024-01-15" in said
    assert "…" not in said


def test_counts_of_nothing_leave_the_file(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(database_url, article(1, title="Banjir", tags=("Gempa",)))
    path = tmp_path / "counts.csv"
    path.write_text("former", "utf-8")
    by_day = ("banjir", "--by", "day", "--csv", str(path))
    assert call("search", database_url, *by_day, "--tag", "gempaa") == Exit.ERROR
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        f"scrapy search: no article has the tag 'gempaa'; near: 'Gempa' (1); {path} is as it was\n"
    )
    assert path.read_text("utf-8") == "former"


def test_spans_with_gaps_are_marked(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    fill(database_url, article(1, title="Banjir"))
    other = "https://bola.kompas.com/read/2024/02/03/000002126/artikel-2"
    links = [candidate(1), article_candidate(other, scope="kompas", depth=0)]
    with opened(database_url) as engine, engine.begin() as connection:
        admit(connection, links, NOW)
        day = {"site": "money", "day": date(2024, 3, 4), "listed": 0, "pages": 0, "began_at": NOW}
        connection.execute(
            insert(IndexDayRow).values(**day, read_all=False, complete=False, swept_at=NOW)
        )
    assert counted(database_url, capsys, "--by", "month") == [
        ["2024-01", 1, 1, 1.0, 0, False],
        ["2024-02", 0, 0, None, 1, True],
        ["2024-03", 0, 0, None, 0, True],
    ]
    assert counted(database_url, capsys, "--by", "month", "--until", "2024-01-31") == [
        ["2024-01", 1, 1, 1.0, 0, False]
    ]
    assert counted(database_url, capsys, "--by", "section") == [
        ["Bola", 0, 0, None, 1, True],
        ["Money", 1, 1, 1.0, 0, True],
    ]
    money = ("--by", "section", "--section", "money")
    assert counted(database_url, capsys, *money) == [["Money", 1, 1, 1.0, 0, True]]
    assert call("search", database_url, "banjir", "--by", "day") == Exit.DONE
    said = capsys.readouterr().out
    assert "1 missing" in said
    assert "spans with gaps lack articles" in said


GROUPED = (
    "leave out brackets and |; OR is for the words on its two sides, "
    "such as: scrapy search banjir demak"
)


def test_brackets_that_group_nothing_are_part_of_a_title(sqlite_url: str) -> None:
    fill(sqlite_url, article(1, title="Banjir (Rob) di Demak"))
    assert call("search", sqlite_url, "banjir (rob) demak") == Exit.DONE


def test_counts_of_no_match_lead_to_the_tags(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sqlite_url, article(1, title="Banjir"))
    line = "no article found for: gempaa; tags are asked for by --tag\n"
    assert call("search", sqlite_url, "gempaa", "--by", "month") == Exit.DONE
    assert capsys.readouterr().err == line
    assert call("search", sqlite_url, "banjir", "--by", "month") == Exit.DONE
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["*"], "name at least one word to look for, such as: scrapy search banjir demak"),
        (["banjir", "--since", "2024"], "since='2024' is not a day; write it as YYYY-MM-DD"),
        (["banjir", "--limit", "0"], "limit='0' is not a whole number from 1 up"),
        (["(banjir bandang) OR gempa"], GROUPED),
        (['gempa OR ("banjir bandang")'], GROUPED),
        (["demak -(banjir bandang)"], GROUPED),
        (["banjir | gempa"], GROUPED),
        (["banjir|gempa"], GROUPED),
    ],
)
def test_what_cannot_be_meant_is_refused_with_one_line(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    assert call("search", sqlite_url, *arguments) == Exit.USAGE
    assert capsys.readouterr().err == f"scrapy search: {line}\n"
