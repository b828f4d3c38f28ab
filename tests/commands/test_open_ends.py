"""A day far before or after all articles is an open end, in every command that takes days."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.exitcodes import Exit
from kompas_crawler.log.terminal import counted
from kompas_crawler.spiders import arguments
from kompas_crawler.spiders.indeks import IndeksSpider
from tests.archive.build import NOW, article
from tests.commands.calling import call, fill, opened

if TYPE_CHECKING:
    from pathlib import Path

ENDS = ("--since", "0001-01-01", "--until", "9999-12-31")
COMMANDS = {
    "export": ("{}/a.csv",),
    "search": ("banjir",),
    "gaps": (),
    "report": ("{}/a.html",),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_days_beyond_all_articles_are_an_open_end(
    name: str, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(database_url, article(1, body=("Banjir.",)), article(2, body=("Banjir.",)))
    arguments = [text.format(tmp_path) for text in COMMANDS[name]]
    code = call(name, database_url, *arguments)
    said = capsys.readouterr()

    assert call(name, database_url, *arguments, *ENDS) == code
    assert capsys.readouterr() == said


@pytest.mark.parametrize("name", ["export", "search"])
def test_control_the_last_day_of_the_calendar_overflows(
    name: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arguments, "LATEST", date.max)
    fill(database_url, article(1))
    with pytest.raises(OverflowError):
        call(name, database_url, *(text.format(tmp_path) for text in COMMANDS[name]), *ENDS)


@pytest.mark.parametrize(
    ("option", "moment", "count"),
    [
        ("--stored-since", "0001-01-01", 1),
        ("--stored-since", "0001-01-01T00:00+14:00", 1),
        ("--since", "9999-12-31", 0),
        ("--until", "0001-01-01", 0),
    ],
)
def test_one_end_alone(
    option: str,
    moment: str,
    count: int,
    database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fill(database_url, article(1))
    options = (option, moment, "--allow-empty")
    assert call("export", database_url, f"{tmp_path}/a.csv", *options) == Exit.DONE
    assert capsys.readouterr().out.startswith(counted(count, "article"))


def test_a_time_to_come_is_refused(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sqlite_url, article(1))
    options = ("--stored-since", "9999-12-31T23:59-12:00", "--allow-empty")
    assert call("export", sqlite_url, f"{tmp_path}/a.csv", *options) == Exit.USAGE
    assert "is in the future; name a time" in capsys.readouterr().err


def test_a_back_fill_begins_with_the_first_day_known(database_url: str) -> None:
    spider = IndeksSpider(since="0001-01-01", until="9999-12-31")
    with opened(database_url) as engine, engine.connect() as connection:
        days, _ = spider.plan(connection, NOW)
    assert (days[-1], days[0]) == (date(2008, 1, 1), NOW.date())
