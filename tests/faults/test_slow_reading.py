"""R36: a page that takes too long to read fails, and the crawl goes on."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.pages import recognition
from kompas_crawler.spiders import deadline
from tests import processes
from tests.faults.hostile import KEY, URL, page
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from scrapy.http import Response

    from tests.faults.world import World

GOOD = URL.replace("100000001", "100000002")


@pytest.fixture
def slow(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world in which one page takes a second of CPU to read, and a tenth is allowed."""
    read = recognition.article

    def slowly(response: Response, asked: str | None = None) -> recognition.Verdict:
        end = time.process_time() + (1.0 if asked == KEY else 0.0)
        while time.process_time() < end:
            pass
        return read(response, asked)

    monkeypatch.setattr(recognition, "article", slowly)
    monkeypatch.setattr(deadline, "READ_SECONDS", 0.1)
    world.strike(URL, Fault(status=200, body=page()))
    world.strike(GOOD, Fault(status=200, body=page(canonical=GOOD)))
    return world


def test_a_page_that_takes_too_long_fails_and_the_crawl_goes_on(slow: World) -> None:
    slow.crawl(urls=f"{URL},{GOOD}")
    assert slow.stored() == {"20260630-100000002"}
    row = slow.row(KEY)
    assert row.state == "failed"
    assert row.next_at is not None
    assert "longer than" in row.reason


@pytest.mark.slow
def test_control_without_the_deadline_it_is_read(
    slow: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline, "READ_SECONDS", 100.0)
    slow.crawl(urls=f"{URL},{GOOD}")
    assert KEY in slow.stored()


ENDS = """
import kompas_crawler.spiders.deadline as module
module.READ_SECONDS = 0.001
with module.deadline:
    pass
garbage = [[number] for number in range(300_000)]  # freed at the end, which takes some ticks
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such timer")
def test_a_tick_at_the_end_of_a_process_does_not_kill_it() -> None:
    ended = processes.run([sys.executable, "-c", ENDS], cwd=Path.cwd(), timeout=60)
    assert ended.returncode == 0
