"""``scrapy status``: well, or not well and why."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import make_url, update

from kompas_crawler.archive import runs
from kompas_crawler.archive.changes import REPARSE
from kompas_crawler.archive.frontier.admit import admit
from kompas_crawler.archive.models import RevisionRow
from kompas_crawler.exitcodes import Exit
from kompas_crawler.site.keys import WIB
from tests.archive.build import NOW, article, candidate
from tests.commands.calling import call, fill, opened

if TYPE_CHECKING:
    from pathlib import Path

FIRST = datetime(2024, 1, 15, 0, 0, tzinfo=WIB)


def told(url: str, capsys: pytest.CaptureFixture[str], at: datetime) -> tuple[int, dict[str, Any]]:
    code = call("status", url, "--json", KOMPAS_NOW=at.isoformat())
    return code, json.loads(capsys.readouterr().out)


def fill_hourly(url: str, **sections: int) -> None:
    """An article an hour from FIRST, *count* of each section."""
    made = [
        article(100 * nth + hour, section=name, published_at=FIRST + timedelta(hours=hour))
        for nth, (name, count) in enumerate(sections.items(), start=1)
        for hour in range(count)
    ]
    fill(url, *made)


def add_run(url: str, code: Exit | None, *, pid: int | None = None) -> None:
    with opened(url) as engine, engine.begin() as connection:
        id_ = runs.start(connection, spider="kompas", arguments={}, now=NOW, mirror=None)
        if code is not None:
            runs.finish(connection, id_, now=NOW, code=code, reason="said", counts={})
        if pid is not None:
            connection.exec_driver_sql(f"update runs set pid = {pid}")


@pytest.mark.parametrize(
    ("hours_later", "stale", "code"),
    [(1, [], 0), (4.9, [], 0), (5.1, ["Money"], 1), (30, ["Bola", "Money"], 1)],
)
def test_a_section_is_stale_past_five_usual_gaps(
    database_url: str,
    capsys: pytest.CaptureFixture[str],
    hours_later: float,
    stale: list[str],
    code: int,
) -> None:
    """Money ends after 9 hours, Bola after 20: the hours count from the former."""
    fill_hourly(database_url, Money=10, Bola=21, Sepi=2)
    at = FIRST + timedelta(hours=9 + hours_later)
    found_code, found = told(database_url, capsys, at)
    judged = {one["section"]: one for one in found["sections"]}
    assert sorted(name for name, one in judged.items() if one["is_stale"]) == stale
    assert found_code == code
    assert judged["Money"]["usual_gap_seconds"] == 3600
    assert judged["Money"]["limit_seconds"] == 5 * 3600
    assert judged["Sepi"]["limit_seconds"] is None


@pytest.mark.parametrize("mirror", [None, "http://127.0.0.1:8010"])
def test_an_archive_of_a_mirror_is_updated_from_it(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], mirror: str | None
) -> None:
    fill_hourly(sqlite_url, Money=10)
    with opened(sqlite_url) as engine, engine.begin() as connection:
        id_ = runs.start(connection, spider="kompas", arguments={}, now=NOW, mirror=mirror)
        runs.finish(connection, id_, now=NOW, code=Exit.DONE, reason="said", counts={})
    assert call("status", sqlite_url, KOMPAS_NOW=(FIRST + timedelta(days=3)).isoformat()) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "to update: scrapy crawl kompas" in said
    assert ("-s KOMPAS_MIRROR=http://127.0.0.1:8010" in said) == bool(mirror)


def test_a_night_is_no_alarm(sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The longest gap of the window may pass once more."""
    days = [FIRST + timedelta(days=day, hours=hour) for day in range(3) for hour in range(8, 18)]
    fill(sqlite_url, *(article(n, published_at=at) for n, at in enumerate(days, start=1)))
    assert told(sqlite_url, capsys, days[-1] + timedelta(hours=14.9))[0] == 0
    assert told(sqlite_url, capsys, days[-1] + timedelta(hours=15.1))[0] == 1


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (Exit.DONE, 0),
        (Exit.STOPPED, 0),
        (Exit.INTERRUPTED, 0),
        (Exit.ERROR, 1),
        (Exit.BLOCKED, 1),
        (Exit.QUALITY, 1),
    ],
)
def test_the_last_run_counts(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], code: Exit, expected: int
) -> None:
    fill(sqlite_url)
    add_run(sqlite_url, Exit.ERROR)
    add_run(sqlite_url, code)
    found_code, found = told(sqlite_url, capsys, NOW)
    assert found_code == expected
    assert found["last_run"]["outcome"] == code.name.lower()


@pytest.mark.skipif(os.name != "posix", reason="processes cannot be asked")
@pytest.mark.parametrize(
    ("pid", "code"), [(os.getpid(), 0), (2**22 + 1, 1)], ids=["at work", "died"]
)
def test_a_run_without_an_end_is_running_or_died(
    sqlite_url: str, capsys: pytest.CaptureFixture[str], pid: int, code: int
) -> None:
    fill(sqlite_url)
    add_run(sqlite_url, None, pid=pid)
    assert call("status", sqlite_url) == code
    said = capsys.readouterr().out
    assert ("running" in said, "did not end" in said) == (code == 0, code == 1)


def test_what_waits_is_counted(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    fill(database_url, article(1))
    with opened(database_url) as engine, engine.begin() as connection:
        admit(connection, [candidate(n) for n in range(1, 6)], NOW)
        connection.exec_driver_sql("update frontier set state = 'done' where id <= 2")
        connection.exec_driver_sql("update frontier set state = 'failed' where id = 3")
        connection.exec_driver_sql("update frontier set state = 'gone' where id = 5")
        connection.exec_driver_sql(
            "update frontier set next_at = discovered_at where id in (1, 3, 5)"
        )
    _, found = told(database_url, capsys, NOW)
    assert found["articles"] == 1
    assert found["due"] == 3  # as many as a crawl takes
    assert {name: n for name, n in found["states"].items() if n} == {
        "done": 2,
        "failed": 1,
        "gone": 1,
        "pending": 1,
    }


def test_an_empty_archive_says_how_to_fill_it(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sqlite_url)
    assert call("status", sqlite_url) == 0
    assert "the archive is empty; to fill it: scrapy crawl kompas" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["export", "show", "status", "forget"])
def test_a_missing_archive_says_how_to_make_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    url = f"sqlite:///{(tmp_path / 'none.db').as_posix()}"
    arguments = {"status": []}.get(name, [str(tmp_path / "a.csv")])
    if name in ("show", "forget"):
        arguments = ["20240115-000001126"]
    assert call(name, url, *arguments) == 4
    said = capsys.readouterr()
    assert said.err.endswith("yet; fill one with: scrapy crawl kompas\n")
    assert said.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_missing_database_says_how_to_make_it(
    postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = make_url(postgres_url)
    url = made.set(database="none").render_as_string(hide_password=False)
    assert call("status", url) == 6
    assert capsys.readouterr().err == (
        "scrapy status: there is no database at postgresql+psycopg://postgres@/none yet; "
        "create it with: createdb none\n"
    )


def test_a_hostile_section_is_only_shown(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill_hourly(sqlite_url, **{"Mo\x1b]52;c;x\x07ney": 10})
    call("status", sqlite_url)
    assert not set(capsys.readouterr().out) & set("\x1b\x07")


def test_changes_of_text_and_of_details_are_counted(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(database_url, article(1), article(1, title="Baru"), article(1, title="Baru", source="A"))
    fill(database_url, article(1, title="Baru", source="B"))
    _, found = told(database_url, capsys, NOW)
    assert found["changes_of_a_week"] == {"text": 1, "details": 2}
    call("status", database_url, KOMPAS_NOW=NOW.isoformat())
    assert "1 of text and 2 of details in the week" in capsys.readouterr().out
    with opened(database_url) as engine, engine.begin() as connection:
        reread = {"reason": REPARSE, "replaced_at": NOW + timedelta(days=30)}
        is_of_details = RevisionRow.kind == "details"
        connection.execute(update(RevisionRow).where(is_of_details).values(reread))
    _, found = told(database_url, capsys, NOW)
    assert found["changes_of_a_week"] == {"text": 1, "details": 0}  # no change of the site


@pytest.mark.parametrize(("columns", "is_wide"), [("40", False), ("0", False), ("80", True)])
def test_a_narrow_terminal_keeps_sections_and_ages_whole(
    columns: str,
    is_wide: bool,
    sqlite_url: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", columns)  # 0 is that of a terminal of unknown width
    fill_hourly(sqlite_url, Megapolitan=10)
    at = (FIRST + timedelta(hours=9, minutes=75)).isoformat()
    assert call("status", sqlite_url, KOMPAS_NOW=at) == Exit.DONE
    said = capsys.readouterr().out
    (row,) = [line for line in said.splitlines() if "Megapolitan" in line]
    assert row.split()[:4] == ["Megapolitan", "ok", "75", "minutes"]
    assert ("2024-01-15 09:00" in row) is is_wide
    assert "…" not in said
