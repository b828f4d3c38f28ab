"""R22: a kill during an append leaves files that are read, and rows that point to what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from kompas_crawler.archive import writer
from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.store import articles, captures
from kompas_crawler.exitcodes import Exit
from kompas_crawler.warc import lookup
from kompas_crawler.warc import writer as folder_module
from kompas_crawler.warc.scan import end_of_whole_records
from tests.warc import failing_writes
from tests.warc.test_folder import FullFile
from tests.warc.test_rebuilding import check

if TYPE_CHECKING:
    from typing import Any

    from tests.conftest import ScrapyCli
    from tests.warc.conftest import Keeping


def env(keeping: Keeping, **more: str) -> dict[str, str]:
    return {
        "KOMPAS_MIRROR": keeping.server.url,
        "KOMPAS_DATABASE_URL": keeping.url,
        "KOMPAS_HEALTH_FILE": str(keeping.folder / "health.json"),
        "KOMPAS_WARC_DIR": str(keeping.warcs),
        **more,
    }


def pointing_nowhere(keeping: Keeping) -> tuple[int, int]:
    """How many articles there are, and how many of them have no page in the files."""
    engine = open_engine(database_url(keeping.url, keeping.folder))
    with engine.connect() as connection:
        keys = connection.scalars(select(ArticleRow.key)).all()
        lost = [
            key
            for key in keys
            if captures.of_articles(connection, [key]).get(key) is None
            or lookup.stored_page(connection, key, keeping.warcs) is None
        ]
    engine.dispose()
    return len(keys), len(lost)


def test_a_kill_during_an_append_leaves_no_row_without_its_record(
    any_keeping: Keeping, scrapy_cli: ScrapyCli
) -> None:
    options = ("-s", f"EXTENSIONS={failing_writes.extensions('KilledWarc')}")
    killed = scrapy_cli("crawl", "kompas", *options, env=env(any_keeping))
    assert killed.returncode == -9, killed.stderr
    (left,) = any_keeping.files()
    assert left.name.endswith(".open")
    assert end_of_whole_records(left) < left.stat().st_size, "the append was not cut off"
    assert check(left), "a reader stumbles over what was cut off"
    stored, lost = pointing_nowhere(any_keeping)
    assert stored
    assert not lost
    finished = scrapy_cli("crawl", "kompas", env=env(any_keeping))
    assert finished.returncode == 0, finished.stderr
    assert [path.suffix for path in any_keeping.files()] == [".gz", ".gz"]
    assert all(check(path) for path in any_keeping.files())
    stored, lost = pointing_nowhere(any_keeping)
    assert stored > 40
    assert not lost


def test_control_records_that_are_written_late_are_lost(
    keeping: Keeping, scrapy_cli: ScrapyCli
) -> None:
    options = ("-s", f"EXTENSIONS={failing_writes.extensions('UnsyncedWarc')}")
    killed = scrapy_cli("crawl", "kompas", *options, env=env(keeping))
    assert killed.returncode == -9, killed.stderr
    stored, lost = pointing_nowhere(keeping)
    assert stored
    assert lost == stored


def test_the_record_is_on_the_disk_before_its_row_commits(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was synced holds every record that a committed row points to."""
    synced: dict[str, int] = {}
    folder_sync = folder_module.WarcFolder.sync

    def sync(folder: folder_module.WarcFolder) -> None:
        folder_sync(folder)
        synced[folder._filename] = folder._synced

    ends: list[bool] = []
    save = articles.save

    def saved(connection: Any, found: Any, **known: Any) -> Any:
        for article in found:
            capture = article.visit.capture
            ends.append(capture.offset < synced.get(capture.file, 0))
        return save(connection, found, **known)

    monkeypatch.setattr(folder_module.WarcFolder, "sync", sync)
    monkeypatch.setattr(articles, "save", saved)
    assert keeping.crawl().code is Exit.DONE
    assert len(ends) > 40
    assert all(ends)


@pytest.mark.slow
def test_a_full_disk_ends_with_3_and_leaves_both_whole(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = folder_module.WarcFolder._begin_file

    def begin_small(folder: folder_module.WarcFolder) -> None:
        begin(folder)
        assert folder._file is not None
        folder._file = FullFile(folder._file, room=380_000)  # type: ignore[assignment]

    monkeypatch.setattr(folder_module.WarcFolder, "_begin_file", begin_small)
    monkeypatch.setattr(writer, "GATHER_PAGES", 2)  # some commit before the disk is full
    full = keeping.crawl()
    assert full.code is Exit.DISK_FULL, full.end
    assert "warc" in full.end
    monkeypatch.undo()
    assert all(check(path) for path in keeping.files())
    stored, lost = pointing_nowhere(keeping)
    assert 0 < stored < 50
    assert not lost
    assert keeping.crawl().code is Exit.DONE
    assert pointing_nowhere(keeping)[0] > 40
