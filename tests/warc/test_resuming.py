"""A reading that was cut off goes on where it stopped, by file and offset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive.crawl_models import WarcPositionRow
from kompas_crawler.archive.models import ArticleRow, RunRow
from kompas_crawler.archive.store import captures
from kompas_crawler.exitcodes import DiskFull, Exit
from kompas_crawler.spiders import warc
from kompas_crawler.warc import ranges
from kompas_crawler.warc.response import is_of_kompas
from kompas_crawler.warc.scan import scan
from tests.warc import failing_writes

if TYPE_CHECKING:
    from tests.conftest import ScrapyCli
    from tests.warc.conftest import Keeping

CUT_OFF = {"CLOSESPIDER_ITEMCOUNT": 23}


def records(keeping: Keeping) -> int:
    """How many records were kept."""
    return sum(1 for _ in scan(keeping.files()[0], is_of_kompas))


@pytest.mark.slow
def test_a_reading_that_was_stopped_goes_on_where_it_was(
    kept: Keeping, other_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "PAGES", 5)
    stopped = kept.reread(other_url, settings=CUT_OFF)
    assert stopped.code is Exit.STOPPED, stopped.end
    ((_, offset),) = kept.rows(WarcPositionRow.file, WarcPositionRow.offset, url=other_url)
    assert 0 < offset < kept.files()[0].stat().st_size
    before = len(kept.rows(ArticleRow.id, url=other_url))
    assert 0 < before < 40
    again = kept.reread(other_url)
    assert again.code is Exit.DONE, again.end
    assert again.stored[0] == len(kept.exported()) - before
    assert again.stats["warc/records"] < records(kept), "all is read once more"
    assert kept.exported(other_url) == kept.exported()
    assert not kept.rows(WarcPositionRow.file, url=other_url)


@pytest.mark.slow
def test_control_without_its_position_it_begins_anew(
    kept: Keeping, other_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "PAGES", 5)
    monkeypatch.setattr(captures, "note_position", lambda *_, **__: None)
    kept.reread(other_url, settings=CUT_OFF)
    again = kept.reread(other_url)
    assert again.stats["warc/records"] == records(kept)


def test_an_archive_that_cannot_be_had_any_more_ends_a_reading(
    kept: Keeping, other_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "PAGES", 5)
    monkeypatch.setattr(warc, "NOTE_SECONDS", 0)
    calls = iter(range(5))

    def full(*_: object, **__: object) -> None:
        if next(calls) == 3:
            raise DiskFull("no room left for the archive")

    monkeypatch.setattr(captures, "note_position", full)
    ended = kept.reread(other_url)
    assert ended.code is Exit.DISK_FULL, ended.end
    monkeypatch.undo()
    assert kept.reread(other_url).code is Exit.DONE
    assert kept.exported(other_url) == kept.exported()


@pytest.mark.slow
def test_a_reading_that_was_killed_goes_on_where_it_was(
    kept: Keeping, other_url: str, scrapy_cli: ScrapyCli
) -> None:
    env = {
        "KOMPAS_DATABASE_URL": other_url,
        "KOMPAS_HEALTH_FILE": str(kept.folder / "health.json"),
        "KOMPAS_WARC_DIR": str(kept.warcs),
        "KOMPAS_MIRROR": kept.server.url,
    }
    command = ("crawl", "warc", "-a", f"files={kept.files()[0]}")
    options = ("-s", f"EXTENSIONS={failing_writes.extensions('KilledReader')}")
    killed = scrapy_cli(*command, *options, env=env)
    assert killed.returncode == -9, killed.stderr
    ((_, offset),) = kept.rows(WarcPositionRow.file, WarcPositionRow.offset, url=other_url)
    assert offset > 0
    finished = scrapy_cli(*command, env=env)
    assert finished.returncode == 0, finished.stderr
    assert kept.exported(other_url) == kept.exported()
    counts = [row for (row,) in kept.rows(RunRow.counts, url=other_url)]
    assert counts[1]["figures"]["warc/records"] < records(kept)
