"""An archive can be made anew from what was kept, and read again at will."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from sqlalchemy import Text, cast
from warcio.checker import Checker

from kompas_crawler.archive import writer
from kompas_crawler.archive.crawl_models import FrontierRow, WarcPositionRow
from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.models import ArticleRow, RevisionRow
from kompas_crawler.archive.store.captures import stored
from kompas_crawler.exitcodes import Exit
from kompas_crawler.frontier import State
from kompas_crawler.pages.article import ArticlePage
from kompas_crawler.warc.lookup import stored_page

if TYPE_CHECKING:
    from pathlib import Path

    from tests.warc.conftest import Keeping

LATER = "2026-07-01T22:00:00+07:00"


def check(path: Path) -> bool:
    """Whether ``warcio check`` passes *path*."""
    checker = Checker(type("Options", (), {"verbose": False, "inputs": [str(path)]})())
    checker.process_all()
    return not checker.exit_value


@pytest.mark.slow
def test_a_deleted_archive_is_rebuilt_from_what_was_kept(
    any_keeping: Keeping, other_url: str
) -> None:
    crawled = any_keeping.crawl()
    assert crawled.code is Exit.DONE, crawled.end
    first = any_keeping.exported()
    any_keeping.server.requests.clear()
    rebuilt = any_keeping.reread(other_url)
    assert rebuilt.code is Exit.DONE, rebuilt.end
    assert any_keeping.exported(other_url) == first
    assert len(first) > 40
    assert not any_keeping.server.requests, "a request left"


@pytest.mark.timeout(120)
def test_the_last_pages_of_a_file_wait_for_no_others(
    kept: Keeping, other_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "GATHER_SECONDS", 3600.0)
    assert kept.reread(other_url).code is Exit.DONE


@pytest.mark.slow
def test_a_living_archive_is_rebuilt_with_its_revisions(kept: Keeping, other_url: str) -> None:
    keys = [key for (key,) in kept.rows(ArticleRow.key)]
    late = sorted(key for key in keys if key >= "20260629")
    kept.site.correct(late[-3:])
    kept.site.remove([late[-4]])
    again = kept.crawl(at=LATER)
    assert again.stored[1] == 3
    rebuilt = kept.reread(other_url, at="2026-07-02T12:00:00+07:00")
    assert rebuilt.code is Exit.DONE, rebuilt.end
    assert kept.exported(other_url) == kept.exported()
    statuses = kept.rows(ArticleRow.status, url=other_url, where=ArticleRow.key == late[-4])
    assert statuses == [("gone",)]
    row = RevisionRow
    columns = (row.number, row.kind, cast(row.record, Text), row.details_hash, row.reason)
    assert sorted(kept.rows(*columns, url=other_url)) == sorted(kept.rows(*columns))
    assert not kept.rows(WarcPositionRow.file, url=other_url)


@pytest.mark.slow
def test_the_files_pass_warcio_check_and_fastwarc_reads_them(keeping: Keeping) -> None:
    keeping.crawl()
    (path,) = keeping.files()
    assert path.suffix == ".gz"
    assert check(path)
    with path.open("rb") as file:
        kinds = [record.record_type for record in ArchiveIterator(file, verify_digests=True)]
    assert kinds[0] == WarcRecordType.warcinfo
    asked = [request for request in keeping.server.requests if request.status]
    assert kinds.count(WarcRecordType.response) == len(asked)
    assert kinds.count(WarcRecordType.request) == len(asked)


def test_every_exchange_is_kept_under_its_true_address(kept: Keeping) -> None:
    (path,) = kept.files()
    answers: dict[str, int] = {}
    with path.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response):
            assert record.http_headers is not None
            answers[record.headers["WARC-Target-URI"]] = int(record.http_headers.status_code or 0)
    assert answers["https://www.kompas.com/robots.txt"] == 200
    assert {301, 404, 200} <= set(answers.values())
    assert not [url for url in answers if "127.0.0.1" in url]


def test_rows_point_to_the_bytes_as_received(kept: Keeping) -> None:
    engine = open_engine(database_url(kept.url, kept.folder))
    with engine.connect() as connection:
        keys = [key for (key,) in kept.rows(ArticleRow.key)]
        assert all(row.capture for row in stored(connection, keys).values())
        for key in keys:
            page = stored_page(connection, key, kept.warcs)
            assert page is not None
            assert ArticlePage(page.response).to_item().id == key
    engine.dispose()


@pytest.mark.slow
def test_a_payload_that_comes_again_is_not_kept_twice(kept: Keeping) -> None:
    before = kept.exported()
    # Without its validators the site answers with the whole page.
    kept.site.validators = False  # type: ignore[attr-defined]
    again = kept.crawl(at=LATER)
    assert again.stats["warc/revisits"] > 0
    assert len(kept.files()) == 2
    assert all(check(path) for path in kept.files())
    assert len(kept.exported()) == len(before)


@pytest.mark.slow
def test_reading_again_with_the_same_program_changes_nothing(kept: Keeping) -> None:
    columns = [*ArticleRow.__table__.c], [*FrontierRow.__table__.c]
    before = [kept.rows(*some) for some in columns]
    again = kept.reread(at=LATER)
    assert again.code is Exit.DONE, again.end
    assert again.stored[:2] == (0, 0)
    assert again.stored[2] >= len(before[0])
    assert [kept.rows(*some) for some in columns] == before


@pytest.fixture
def better(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that reads two fields in another way."""
    title = ArticlePage.title.fget  # type: ignore[attr-defined]
    monkeypatch.setattr(ArticlePage, "title", property(lambda page: f"{title(page)} (baru)"))
    monkeypatch.setattr(ArticlePage, "topic", property(lambda _: "topik"))


@pytest.mark.slow
@pytest.mark.usefixtures("better")
def test_control_a_parser_that_reads_otherwise_is_another(keeping: Keeping) -> None:
    keeping.crawl()
    assert all(title.endswith("(baru)") for (title,) in keeping.rows(ArticleRow.title))


@pytest.mark.slow
def test_a_better_parser_changes_rows_as_a_reparse(
    kept: Keeping, request: pytest.FixtureRequest
) -> None:
    kept.crawl(at=LATER)
    count = len(kept.rows(ArticleRow.id))
    states = kept.rows(FrontierRow.key, FrontierRow.state, FrontierRow.visited_at)
    request.getfixturevalue("better")
    again = kept.reread(at="2026-07-03T00:00:00+07:00")
    assert again.code is Exit.DONE, again.end
    assert all(title.endswith("(baru)") for (title,) in kept.rows(ArticleRow.title))
    assert set(kept.rows(RevisionRow.reason)) == {("reparse",)}
    assert len(kept.rows(RevisionRow.id)) == count
    assert kept.rows(FrontierRow.key, FrontierRow.state, FrontierRow.visited_at) == states
    third = kept.reread(at="2026-07-04T00:00:00+07:00")
    assert third.stored[1] == 0
    assert len(kept.rows(RevisionRow.id)) == count


@pytest.mark.slow
def test_a_dry_run_says_what_would_change_and_changes_nothing(
    kept: Keeping, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    before = kept.rows(*ArticleRow.__table__.c)
    request.getfixturevalue("better")
    dry = kept.reread(dry_run="1")
    assert dry.code is Exit.DONE, dry.end
    assert kept.rows(*ArticleRow.__table__.c) == before
    lines = capsys.readouterr().out.splitlines()
    assert f"{len(before)} read differently" in lines[0]
    assert {f"title: {len(before)}", f"topic: {len(before)}"} <= {*lines}


@pytest.mark.slow
def test_what_was_forgotten_is_not_read_again(kept: Keeping) -> None:
    from kompas_crawler.archive.store.forget import forget, trace
    from kompas_crawler.clock import Clock

    key = max(key for (key,) in kept.rows(ArticleRow.key))
    engine = open_engine(database_url(kept.url, kept.folder))
    with engine.connect() as connection:
        found = trace(connection, key)
    forget(engine, found, Clock().now())
    engine.dispose()
    kept.reread(at=LATER)
    assert (key,) not in kept.rows(ArticleRow.key)
    assert kept.rows(FrontierRow.state, where=FrontierRow.key == key) == [(State.FORGOTTEN,)]


def test_control_a_broken_digest_does_not_pass(keeping: Keeping) -> None:
    keeping.crawl(limit="3")
    (path,) = keeping.files()
    broken = keeping.folder / "broken.warc"
    data = bytearray(gzip.decompress(path.read_bytes()))
    place = data.index(b"\r\n\r\n", data.index(b"HTTP/1.1 200")) + 10  # in a payload
    data[place] ^= 1
    broken.write_bytes(data)
    assert not check(broken)
