"""The monitors, each on evidence that it passes and evidence that it fails on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from kompas_crawler.archive import runs, schema
from kompas_crawler.archive.database import database_url as parsed
from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.models import RunRow
from kompas_crawler.archive.read.freshness import Freshness
from kompas_crawler.monitoring import checks

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 6, 30, tzinfo=UTC)
CODE = "downloader/response_status_count/"
FEWEST = {"authors": 10, "tags": 10, "summary": 10}  # of 20 articles
LISTS = {"listings/read": 10, "listings/new_links": 20, "listings/known_links": 130}


def section(name: str, *, age: float, limit: float | None = 10) -> Freshness:
    return Freshness(
        section=name,
        articles=9,
        newest_at=NOW,
        age=timedelta(hours=age),
        usual_gap=None,
        limit=None if limit is None else timedelta(hours=limit),
    )


def evidence(**given: Any) -> checks.Evidence:
    plain: dict[str, Any] = {
        "is_good": True,
        "end": "done",
        "stats": {"pages/done": 100, "pages/failed": 2},
        "figures": LISTS | {"articles/new": 20, f"{CODE}200": 400, f"{CODE}404": 50},
        "before": [LISTS] * 7,
        "coverage": {
            "money": {"articles": 20, "section": 20, "authors": 19, "tags": 20, "summary": 20}
        },
        "sections": [section("money", age=1), section("tekno", age=1)],
    }
    return checks.Evidence(**plain | given)


@pytest.mark.parametrize("name", checks.CHECKS)
def test_a_plain_run_passes(name: str) -> None:
    assert checks.CHECKS[name](evidence()) == ""
    nothing = evidence(stats={}, figures={}, before=[], coverage={}, sections=[])
    assert checks.CHECKS[name](nothing) == ""


@pytest.mark.parametrize(
    ("name", "given", "line"),
    [
        ("outcome", {"is_good": False, "end": "refused"}, "refused"),
        ("items", {"figures": {"listings/new_links": 20}}, "20 new links, and no article"),
        (
            "failures",
            {"stats": {"pages/done": 90, "pages/failed": 10}},
            "10 of 100 pages failed",
        ),
        (
            "HTTP codes",
            {"figures": {f"{CODE}200": 180, f"{CODE}403": 6, f"{CODE}503": 14}},
            "6 times 403, 14 times 503 of 200 responses",
        ),
        (
            "HTTP codes",
            {"figures": {f"{CODE}200": 190, f"{CODE}503": 10}},
            "10 times 503 of 200 responses",
        ),
        (
            "fields",
            {"coverage": {"money": {"articles": 40, "section": 40, "authors": 3, "summary": 40}}},
            "authors in money: 3 of 40; tags in money: 0 of 40",
        ),
        (
            "drift",
            {"figures": LISTS | {"listings/new_links": 0, "listings/known_links": 70}},
            "7.0 links a list, usually 15.0",
        ),
        (
            "staleness",
            {"sections": [section("money", age=11), section("tekno", age=1)]},
            "1 of 2 sections are stale: money ...",
        ),
    ],
)
def test_a_run_that_is_not_well_fails(name: str, given: dict[str, Any], line: str) -> None:
    assert checks.CHECKS[name](evidence(**given)) == line


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("failures", {"stats": {"pages/done": 5, "pages/failed": 5}}),
        ("HTTP codes", {"figures": {f"{CODE}200": 3, f"{CODE}503": 9}}),
        ("HTTP codes", {"figures": {f"{CODE}200": 9000, f"{CODE}503": 90}}),
        ("fields", {"coverage": {"money": {"articles": 19}}}),
        ("drift", {"figures": {"listings/read": 4}}),
        ("drift", {"figures": LISTS | {"listings/known_links": 0}, "before": [LISTS] * 2}),
        (
            "staleness",
            {"sections": [section("a", age=99), section("b", age=1), section("c", age=1)]},
        ),
        ("staleness", {"sections": [section("a", age=99, limit=None)]}),
    ],
)
def test_too_few_pages_prove_nothing(name: str, given: dict[str, Any]) -> None:
    assert checks.CHECKS[name](evidence(**given)) == ""


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("items", {"figures": {"listings/new_links": 19}}),
        ("failures", {"stats": {"pages/done": 95, "pages/failed": 5}}),
        ("HTTP codes", {"figures": {f"{CODE}200": 490, f"{CODE}503": 10}}),
        ("fields", {"coverage": {"money": {"articles": 20, "section": 18} | FEWEST}}),
        ("drift", {"figures": LISTS | {"listings/new_links": 0, "listings/known_links": 75}}),
    ],
)
def test_a_run_at_a_limit_passes(name: str, given: dict[str, Any]) -> None:
    assert checks.CHECKS[name](evidence(**given)) == ""


def test_a_run_is_compared_with_good_runs_that_were_asked_for_the_same(tmp_path: Path) -> None:
    engine = open_engine(parsed(f"sqlite:///{(tmp_path / 'kompas.db').as_posix()}", tmp_path))
    schema.upgrade(engine)
    told: list[tuple[str, dict[str, Any], int | None, int]] = [
        ("kompas", {}, 0, 1),
        ("kompas", {}, 0, 2),
        ("kompas", {"sections": "money"}, 0, 3),
        ("kompas", {}, 10, 4),
        ("indeks", {}, 0, 5),
        ("kompas", {}, 0, 6),
        ("kompas", {}, None, 7),
    ]
    with engine.begin() as connection:
        connection.execute(
            insert(RunRow),
            [
                {
                    "spider": spider,
                    "arguments": arguments,
                    "started_at": NOW,
                    "version": "0",
                    "exit_code": code,
                    "counts": {"figures": {"listings/read": number}},
                }
                for spider, arguments, code, number in told
            ],
        )
        found = runs.last_figures(connection, len(told), 2)
    engine.dispose()
    assert found == [{"listings/read": 6}, {"listings/read": 2}]
