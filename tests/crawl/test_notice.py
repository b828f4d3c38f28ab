"""The site's notice is shown once an archive, before any page is asked for, and noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive import runs
from kompas_crawler.archive.models import RunRow
from kompas_crawler.polite import notice
from tests.faults.conftest import any_world as any_world
from tests.faults.conftest import server as server
from tests.faults.conftest import world as world
from tests.faults.world import EVENING, later
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.world import World

HEADLINE = "The site's notice, at the top of its robots.txt:"
ASK = "| To ask for permission: https://inside.kompas.com/about-us#meet"


def noted(world: World) -> list[str | None]:
    return [counts.get("notice_shown_at") for (counts,) in world.rows(RunRow.counts)]


@pytest.mark.slow
def test_it_is_shown_once_an_archive_and_noted(
    any_world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world = any_world
    world.crawl(limit="1", settings={"LOG_LEVEL": "ERROR"})  # as with --quiet
    said = capsys.readouterr().err
    assert said.count(HEADLINE) == 1
    assert said.splitlines()[2] == ASK
    assert f"Terms of use: {notice.TERMS}" in said
    assert said.splitlines()[-1].endswith("in twenty requests: scrapy probe")
    world.crawl(at=later(EVENING, days=2))
    assert capsys.readouterr().err == ""
    first, second = noted(world)
    assert first is not None
    assert first.startswith("2026-06-30T16:00:")
    assert second is None


@pytest.mark.slow
def test_control_without_the_note_each_run_shows_it(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "note_notice", lambda connection, run_id, now: True)
    for _ in range(2):
        world.crawl(limit="1")
        assert HEADLINE in capsys.readouterr().err


def test_no_page_is_asked_for_before_it_is_shown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    shown: Callable[[bytes], list[str]] = notice.shown

    def note(body: bytes) -> list[str]:
        asked.append([request.path for request in world.server.requests])
        return shown(body)

    monkeypatch.setattr(notice, "shown", note)
    world.crawl(limit="1")
    (before,) = asked
    assert before
    assert set(before) == {"/robots.txt"}


@pytest.mark.slow
def test_a_run_that_dies_has_noted_it(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The note is of its own, not of the end of the run."""
    monkeypatch.setattr(runs, "finish", lambda *known, **more: None)
    world.crawl(limit="1")
    monkeypatch.undo()
    assert HEADLINE in capsys.readouterr().err
    world.crawl(limit="1")
    assert capsys.readouterr().err == ""


def test_a_missing_robots_txt_is_not_taken_for_the_notice(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for article in (0, 1):
        host = world.site.article(article).url.split("/")[2]
        world.strike(f"https://{host}/robots.txt", Fault(status=404))
    world.crawl(urls=world.site.article(0).url, depth="0")
    assert capsys.readouterr().err == ""
    world.faults.clear()
    world.crawl(limit="1", at=later(EVENING, days=2))
    assert ASK in capsys.readouterr().err
