"""The data package: valid for other programs, and honest about what is missing."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from sqlalchemy import insert, update

from kompas_crawler.archive.crawl_models import FrontRow, IndexDayRow
from kompas_crawler.archive.frontier.admit import admit
from kompas_crawler.archive.models import RunRow
from kompas_crawler.archive.store import articles
from tests import processes, validators
from tests.archive.build import NOW, article, candidate
from tests.commands.calling import call, fill, opened

if TYPE_CHECKING:
    from pathlib import Path

JANUARY = ["--since", "2024-01-01", "--until", "2024-01-31"]


def described(path: Path) -> dict[str, Any]:
    beside = path.with_name(f"{path.name}.datapackage.json")
    found: dict[str, Any] = json.loads(beside.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def url(sqlite_url: str) -> str:
    fill_days(sqlite_url)
    return sqlite_url


def fill_days(url: str) -> None:
    """List three articles of a day, store two, and doubt another day."""
    with opened(url) as engine, engine.begin() as connection:
        admit(connection, [candidate(n) for n in (1, 2, 3)], NOW)
        day = {
            "site": "all",
            "listed": 3,
            "pages": 1,
            "read_all": True,
            "complete": True,
            "began_at": NOW,
            "swept_at": NOW,
        }
        lacking = day | {"read_all": False, "complete": False}
        days = [day | {"day": date(2024, 1, 15)}, lacking | {"day": date(2024, 1, 16)}]
        connection.execute(insert(IndexDayRow), days)
        connection.execute(
            insert(FrontRow).values(
                key="https://money.kompas.com/",
                section="money",
                since_at=datetime(2024, 1, 14, tzinfo=UTC),
                closed_at=datetime(2024, 1, 15, tzinfo=UTC),
                began_at=datetime(2024, 1, 16, tzinfo=UTC),
                pages_read=1,
            )
        )
        connection.execute(
            insert(RunRow).values(
                spider="kompas",
                arguments={},
                started_at=NOW,
                finished_at=NOW,
                version="",
                counts={},
            )
        )
    fill(url, article(1), article(2))


def test_coverage_says_what_is_missing(url: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    assert call("export", url, str(path), *JANUARY, "--tag", "banjir") == 0
    told = described(path)["coverage"]
    (doubt,) = told.pop("days_in_doubt")
    assert (doubt["day"], doubt["site"], bool(doubt["why"])) == ("2024-01-16", "all", True)
    assert told == {
        "since": "2024-01-01",
        "until": "2024-01-31",
        "sections": ["all"],
        "last_checked_at": "2024-01-20T10:00:00+07:00",
        "listed": 3,
        "stored": 2,
        "failed": 0,
        "waiting": 1,
        "gone_before_stored": 0,
        "skipped": 0,
        "gaps": [
            {
                "section": "money",
                "since": "2024-01-15T07:00:00+07:00",
                "until": "2024-01-16T07:00:00+07:00",
            }
        ],
        "unread_lists": 0,
        "days": [{"day": "2024-01-15", "listed": 3, "stored": 2, "is_proven": True}],
    }


@pytest.mark.parametrize("more", [(), ("--section", "money"), ("--since", "2024-01-15")])
def test_the_coverage_as_of_a_time_claims_nothing_that_was_read_later(
    database_url: str, tmp_path: Path, more: tuple[str, ...]
) -> None:
    fill_days(database_url)
    path = tmp_path / "a.csv"

    def told(at: datetime) -> dict[str, Any]:
        assert call("export", database_url, str(path), *more, "--as-of", at.isoformat()) == 0
        found: dict[str, Any] = described(path)["coverage"]
        return found

    assert call("export", database_url, str(path), *more) == 0
    was, later = described(path)["coverage"], NOW + timedelta(days=1)
    assert told(NOW + timedelta(hours=1)) == was
    with opened(database_url) as engine, engine.begin() as connection:
        admit(connection, [candidate(4)], later)
        articles.save(connection, [article(3), article(4)], run_id=None, now=later)
        read = {"read_all": True, "complete": True, "began_at": later, "swept_at": later}
        connection.execute(
            update(IndexDayRow).where(IndexDayRow.day > date(2024, 1, 15)).values(read)
        )
        run = {"spider": "indeks", "arguments": {}, "version": "", "counts": {}}
        connection.execute(insert(RunRow), [run | {"started_at": later, "finished_at": later}])
    assert told(NOW + timedelta(hours=1)) == was | {"days_in_doubt": []}
    assert call("export", database_url, str(path), *more) == 0  # control
    today = described(path)["coverage"]
    assert (today["listed"], today["stored"], len(today["days"])) == (4, 4, 2)
    assert today["last_checked_at"] > was["last_checked_at"]


@pytest.mark.parametrize(
    ("options", "listed", "gaps", "doubts"),
    [
        (["--section", "Money"], 3, 1, 1),
        (["--section", "tekno", "--allow-empty"], 0, 0, 1),
        (["--since", "2024-01-17", "--allow-empty"], 0, 0, 0),
        (["--until", "2024-01-15"], 3, 1, 0),
    ],
)
def test_coverage_is_of_the_days_and_sections_asked_for(
    url: str, tmp_path: Path, options: list[str], listed: int, gaps: int, doubts: int
) -> None:
    path = tmp_path / "a.csv"
    assert call("export", url, str(path), *options) == 0
    told = described(path)["coverage"]
    found = (told["listed"], len(told["gaps"]), len(told["days_in_doubt"]))
    assert found == (listed, gaps, doubts)


def test_parquet_and_excel_carry_citation_and_coverage(url: str, tmp_path: Path) -> None:
    options = ("--since", "2024-01-01", "--section", "money")
    for name in ("a.parquet", "a.xlsx"):
        assert call("export", url, str(tmp_path / name), *options) == 0
    told = described(tmp_path / "a.parquet")
    inside = pq.read_metadata(tmp_path / "a.parquet").metadata
    citation = inside[b"citation"].decode()
    assert told["citation"].startswith(f"{citation}; SHA-256 ")
    assert json.loads(inside[b"coverage"]) == told["coverage"]
    of_table = pq.read_table(tmp_path / "a.parquet").schema.metadata
    assert {name: of_table[name] for name in inside if name != b"ARROW:schema"} == of_table
    assert of_table[b"citation"] == inside[b"citation"]
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["about"]
    rows = list(sheet.iter_rows(values_only=True))
    assert {("citation", citation), ("coverage.listed", "3"), ("coverage.stored", "2")} <= set(rows)
    assert ("filters.since", "2024-01-01") in rows
    assert ("filters.section", "money") in rows


@pytest.mark.parametrize(("fields", "is_table"), [("id,summary", True), ("summary,topic", False)])
def test_rows_that_may_be_empty_are_no_table_for_validators(
    url: str, tmp_path: Path, fields: str, is_table: bool
) -> None:
    assert call("export", url, str(tmp_path / "a.csv"), "--fields", fields) == 0
    (resource,) = described(tmp_path / "a.csv")["resources"]
    assert (resource["type"] == "table") is is_table
    assert [one["name"] for one in resource["schema"]["fields"]] == fields.split(",")


_VALIDATE = """
import json, sys
from frictionless import validate
print(json.dumps({path: validate(path).valid for path in sys.argv[1:]}))
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_frictionless_accepts_every_format(url: str, tmp_path: Path) -> None:
    python = validators.program("python")
    fill(url, article(4, 1, title="NA", updated_at=NOW, pages=2, declared_words=0))
    names = ["a b.csv", "a.csv.gz", "a.json", "a.jsonl.gz", "a.parquet", "a.xlsx", "a.vert"]
    names += ["links.csv", "none.csv", "none.jsonl", "none.jsonl.gz", "none.xlsx"]
    for name in names:
        options = ["--edges"] if name.startswith("links") else []
        options += ["--tag", "tiada", "--allow-empty"] if name.startswith("none") else []
        for folder in ("whole", "damaged"):
            assert call("export", url, str(tmp_path / folder / name), *options) == 0
        path = tmp_path / "damaged" / name
        path.write_bytes(path.read_bytes() + b"\n1,2")  # control: it does look
    packages = [
        f"{each}/{name}.datapackage.json" for each in ("whole", "damaged") for name in names
    ]
    done = processes.run([str(python), "-c", _VALIDATE, *packages], cwd=tmp_path, timeout=300)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {path: path.startswith("whole/") for path in packages}
