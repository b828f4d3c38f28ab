"""How a crawl ended: the code and the line for each way to end."""

from __future__ import annotations

from typing import Any

import pytest

from kompas_crawler.archive.frontier.take import Owed
from kompas_crawler.exitcodes import AlreadyRunning, CrawlError, Exit
from kompas_crawler.outcome.verdict import verdict


@pytest.mark.parametrize(
    ("reason", "stats", "fatal", "code", "words"),
    [
        ("finished", {}, None, Exit.DONE, "done"),
        ("finished", {"pages/done": 96, "pages/failed": 4}, None, Exit.DONE, "done"),
        ("finished", {"pages/done": 5, "pages/failed": 1}, None, Exit.QUALITY, "1 of 6"),
        (
            "finished",
            {"pages/done": 5, "pages/failed": 1, "listings/not_due": 40},
            None,
            Exit.DONE,
            "done",
        ),
        ("finished", {"pages/done": 90, "pages/failed": 10}, None, Exit.QUALITY, "10 of 100"),
        ("finished", {"listings/read": 3}, None, Exit.QUALITY, "contained an article link"),
        ("finished", {"pages/failed": 3}, None, Exit.UNREACHABLE, "no page was fetched"),
        ("finished", {"pages/error": 1, "pages/done": 9}, None, Exit.ERROR, "unexpected error"),
        ("finished", {"spider_exceptions/count": 2}, None, Exit.ERROR, "2 pages"),
        (
            "unreachable",
            {"pages/unreachable_host": "h"},
            None,
            Exit.UNREACHABLE,
            "neither h nor any other",
        ),
        ("blocked", {}, None, Exit.BLOCKED, "ask Kompas for permission"),
        (
            "finished",
            {"pages/failed": 1, "politeness/refused": 1, "pages/hosts_answered": 1},
            None,
            Exit.BLOCKED,
            "ask Kompas for permission",
        ),
        (
            "finished",
            {"pages/failed": 30, "robots/refused": 5},
            None,
            Exit.BLOCKED,
            "ask Kompas for permission",
        ),
        (
            "finished",
            {"pages/failed": 1, "politeness/refused": 1, "politeness/refused_by": "h"},
            None,
            Exit.BLOCKED,
            "h refuses the crawler",
        ),
        (
            "finished",
            {"pages/failed": 1, "politeness/refused": 1, "pages/done": 9},
            None,
            Exit.QUALITY,
            "1 of 10 pages failed",
        ),
        ("finished", {"listings/latest_failed": 1}, None, Exit.UNREACHABLE, "no page was fetched"),
        ("closespider_timeout", {}, None, Exit.STOPPED, "its time limit"),
        ("memusage_exceeded", {}, None, Exit.STOPPED, "its memory limit"),
        ("shutdown", {}, None, Exit.INTERRUPTED, "run the same command again"),
        ("archive", {}, AlreadyRunning("held"), Exit.RUNNING, "held"),
        ("something else", {}, None, Exit.ERROR, "something else"),
    ],
)
def test_verdict(
    reason: str, stats: dict[str, Any], fatal: CrawlError | None, code: Exit, words: str
) -> None:
    found, line = verdict(reason, stats, fatal)
    assert found is code
    assert words in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("failed", "known", "code"),
    [(0, 0, Exit.DONE), (2, 60, Exit.DONE), (3, 60, Exit.QUALITY), (1, 20, Exit.QUALITY)],
)
def test_a_run_is_good_with_less_than_five_percent_of_what_is_owed(
    failed: int, known: int, code: Exit
) -> None:
    assert verdict("finished", {}, None, owed=Owed(failed, known))[0] is code
