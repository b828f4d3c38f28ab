"""``scrapy export --as-of`` and ``--revisions``: the archive as it stood, and every version."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from kompas_crawler.archive.read import as_of
from kompas_crawler.archive.store import articles, states
from kompas_crawler.exporters.job import VERSION_FIELDS
from kompas_crawler.exporters.record import FIELDS
from kompas_crawler.site.keys import WIB
from tests.archive.build import NOW, article, key
from tests.commands.calling import call, opened

if TYPE_CHECKING:
    from pathlib import Path

    from kompas_crawler.items import StoredArticle

DAY = timedelta(days=1)


def save(url: str, days: int, *made: StoredArticle, gone: tuple[int, ...] = ()) -> None:
    """Store *made* a number of days after ``NOW``, and mark those that are *gone*."""
    at = NOW + days * DAY
    with opened(url) as engine, engine.begin() as connection:
        fetched = [replace(one, fetched_at=at) for one in made]
        articles.save(connection, fetched, run_id=None, now=at)
        states.mark_gone(connection, [key(n) for n in gone], at)


STEPS: list[dict[str, Any]] = [
    {"made": (article(1, 2), article(2, body=("Teks dua.",), section="Tekno"))},
    {"made": (article(1, 2, title="Lain", tags=("Api",)), article(3, body=("Teks tiga.",)))},
    {"made": (article(2, body=("Teks dua.",), section="News", authors=("Rini",)),), "gone": (3,)},
    # a copy of number 1 with an older key makes number 1 a copy
    {"made": (article(0, 2, title="Lain", tags=("Api",), body=article(1).body),)},
]
FILTERS: list[list[str]] = [
    [],
    ["--with-duplicates"],
    ["--metadata-only"],
    ["--tag", "gempa"],
    ["--section", "tekno"],
    ["--author", "sari dewi"],
    ["--since", "2024-01-15", "--until", "2024-01-15", "--content-type", "Standard"],
    *(["--query", words] for words in ("lain OR tiga", '"teks dua" -tiga')),
    ["--query", "judul", "--section", "tekno", "--with-duplicates"],
]


def rows(url: str, path: Path, *options: str) -> list[dict[str, Any]]:
    assert call("export", url, str(path), *options, "--allow-empty") == 0
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    for row in found:
        row["fetched_at"] = None
    return found


@pytest.mark.slow
def test_an_export_as_of_a_day_equals_the_export_of_that_day(
    database_url: str, tmp_path: Path
) -> None:
    was = []
    for days, step in enumerate(STEPS):
        save(database_url, days, *step["made"], gone=step.get("gone", ()))
        was.append([rows(database_url, tmp_path / "a.json", *options) for options in FILTERS])
    assert len({json.dumps(day) for day in was}) == len(STEPS)
    for days, expected in enumerate(was):
        at = (NOW + days * DAY + DAY / 2).isoformat()
        for options, before in zip(FILTERS, expected, strict=True):
            assert rows(database_url, tmp_path / "b.json", *options, "--as-of", at) == before


def test_stored_since_names_articles_that_went_and_came_back(
    database_url: str, tmp_path: Path
) -> None:
    def changed(days: int) -> list[tuple[str, str]]:
        since = (NOW + days * DAY).isoformat()
        found = rows(database_url, tmp_path / "a.json", "--stored-since", since)
        return [(row["id"], row["status"]) for row in found]

    both = (article(1, 2), article(2, body=("Teks dua.",)))
    save(database_url, 0, *both)
    save(database_url, 1, both[0], gone=(2,))
    assert changed(1) == [(key(2), "gone")]
    save(database_url, 2, *both)
    assert changed(2) == [(key(2), "live")]


def test_a_copy_whose_original_is_mended_has_not_changed(database_url: str, tmp_path: Path) -> None:
    words = [" ".join(f"kata{n}" for n in range(begin, begin + 30)) for begin in range(0, 150, 30)]
    save(database_url, 0, article(1, body=tuple(words)), article(2, body=tuple(words)))
    save(database_url, 1, article(1, body=(*words, "Diralat hari ini.")))
    later = ("--stored-since", (NOW + DAY).isoformat(), "--with-duplicates")
    assert [row["id"] for row in rows(database_url, tmp_path / "a.json", *later)] == [key(1)]
    (copy,) = rows(database_url, tmp_path / "a.json", "--with-duplicates")[1:]
    assert copy["duplicate_of"] == key(1)  # no longer the same text, but near


def test_control_without_what_changed_it_is_the_archive_of_today(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for days, step in enumerate(STEPS):
        save(sqlite_url, days, *step["made"], gone=step.get("gone", ()))
    at = (NOW + DAY / 2).isoformat()
    before = rows(sqlite_url, tmp_path / "a.json", "--as-of", at)
    monkeypatch.setattr(as_of, "changed_since", lambda _: [])
    assert rows(sqlite_url, tmp_path / "a.json", "--as-of", at) != before


def test_the_data_package_says_as_of_when(sqlite_url: str, tmp_path: Path) -> None:
    save(sqlite_url, 0, article(1))
    save(sqlite_url, 1, article(1, title="Lain"), article(2))
    at = "2024-01-20T12:00"
    path = tmp_path / "a.csv"
    assert call("export", sqlite_url, str(path), "--as-of", at) == 0
    told = json.loads((tmp_path / "a.csv.datapackage.json").read_text())
    assert told["filters"]["as_of"] == "2024-01-20T12:00:00+07:00"
    assert ", as of 2024-01-20T12:00:00+07:00; archived with" in told["citation"]
    assert told["articles"] == 1
    assert call("export", sqlite_url, str(path), "--as-of", "2024-01-19T00:00") == 1


@pytest.mark.slow
def test_revisions_have_every_version_with_its_times(database_url: str, tmp_path: Path) -> None:
    save(database_url, 0, article(1), article(2, body=("Teks dua.",)))
    save(database_url, 1, article(1, authors=("Rini",)))
    save(database_url, 2, article(1, authors=("Rini",), title="Lain"))
    for name in ("a.csv", "a.parquet", "a.xlsx", "a.vert"):
        assert call("export", database_url, str(tmp_path / name), "--revisions") == 0
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert list(found[0]) == [*FIELDS, *VERSION_FIELDS]
    names = ("id", "revision", "title", "authors", "fetched_at", "replaced_at", "change")
    assert [tuple(row[name] for name in names) for row in found] == [
        (key(1), "1", "Judul 1", "Sari Dewi", at(0), at(1), "details"),
        (key(1), "1", "Judul 1", "Rini", at(1), at(2), "text"),
        (key(1), "2", "Lain", "Rini", at(2), "", ""),
        (key(2), "1", "Judul 2", "Sari Dewi", at(0), "", ""),
    ]
    replaced = pq.read_table(tmp_path / "a.parquet")["replaced_at"].to_pylist()
    assert replaced == [NOW + DAY, NOW + 2 * DAY, None, None]
    told = json.loads((tmp_path / "a.csv.datapackage.json").read_text())
    assert told["versions"] == 4
    types = {column["name"]: column["type"] for column in told["resources"][0]["schema"]["fields"]}
    assert (types["replaced_at"], types["change"]) == ("datetime", "string")


def at(days: int) -> str:
    """The exported time of a number of days after ``NOW``."""
    moment: datetime = NOW + days * DAY
    return moment.astimezone(WIB).isoformat()


@pytest.mark.parametrize(
    "options",
    [
        ["--as-of", "2024-01-20T12:00", "--revisions"],
        ["--as-of", "2024-01-20T12:00", "--stored-since", "2024-01-20T12:00"],
        ["--as-of", "2024-01-20T12:00", "--split", "month"],
        ["--as-of", "2024-01-20T12:00", "--edges"],
        ["--revisions", "--edges"],
        ["--revisions", "--metadata-only"],
    ],
)
def test_what_does_not_go_together_is_refused(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    assert call("export", sqlite_url, str(tmp_path / "a.csv"), *options) == 2
    said = capsys.readouterr().err
    assert "cannot be combined; choose one" in said
    assert said.count("\n") == 1


def test_a_month_without_captures_keeps_its_former_file(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(sqlite_url, 0, article(1))
    former = tmp_path / "a-2024-01.wacz"
    former.write_text("before")
    assert call("export", sqlite_url, str(tmp_path / "a.wacz"), "--split", "month") == 1
    assert former.read_text() == "before"
    assert capsys.readouterr().err.count("\n") == 1


def test_a_name_that_the_system_refuses_is_one_line(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(sqlite_url, 0, article(1))
    assert call("export", sqlite_url, str(tmp_path / f"{'x' * 300}.csv")) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("File name too long")
