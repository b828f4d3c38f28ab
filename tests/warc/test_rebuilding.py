"""An archive can be made anew from what was kept, and read again at will."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from warcio.checker import Checker

from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.models import ArticleRow, FrontierRow, RevisionRow, WarcPositionRow
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


@pytest.mark.slow
def test_a_living_archive_is_rebuilt_with_its_revisions(keeping: Keeping, other_url: str) -> None:
    keeping.crawl()
    keys = [key for (key,) in keeping.rows(ArticleRow.key)]
    late = sorted(key for key in keys if key >= "20260629")
    keeping.site.correct(late[-3:])
    keeping.site.remove([late[-4]])
    again = keeping.crawl(at=LATER)
    assert again.stored[1] == 3
    rebuilt = keeping.reread(other_url, at="2026-07-02T12:00:00+07:00")
    assert rebuilt.code is Exit.DONE, rebuilt.end
    assert keeping.exported(other_url) == keeping.exported()
    statuses = keeping.rows(ArticleRow.status, url=other_url, where=ArticleRow.key == late[-4])
    assert statuses == [("gone",)]
    columns = (RevisionRow.number, RevisionRow.title, RevisionRow.body, RevisionRow.reason)
    assert sorted(keeping.rows(*columns, url=other_url)) == sorted(keeping.rows(*columns))
    assert not keeping.rows(WarcPositionRow.file, url=other_url)


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


def test_every_exchange_is_kept_under_its_true_address(keeping: Keeping) -> None:
    keeping.crawl()
    (path,) = keeping.files()
    answers: dict[str, int] = {}
    with path.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response):
            assert record.http_headers is not None
            answers[record.headers["WARC-Target-URI"]] = int(record.http_headers.status_code or 0)
    assert answers["https://www.kompas.com/robots.txt"] == 200
    assert {301, 404, 200} <= set(answers.values())
    assert not [url for url in answers if "127.0.0.1" in url]


def test_rows_point_to_the_bytes_as_received(keeping: Keeping) -> None:
    keeping.crawl()
    engine = open_engine(database_url(keeping.url, keeping.folder))
    with engine.connect() as connection:
        keys = [key for (key,) in keeping.rows(ArticleRow.key)]
        assert all(row.capture for row in stored(connection, keys).values())
        for key in keys:
            page = stored_page(connection, key, keeping.warcs)
            assert page is not None
            assert ArticlePage(page.response).to_item().id == key
    engine.dispose()


def test_a_payload_that_comes_again_is_not_kept_twice(keeping: Keeping) -> None:
    keeping.crawl()
    before = keeping.exported()
    # Without its validators the site answers with the whole page.
    keeping.site.validators = False  # type: ignore[attr-defined]
    again = keeping.crawl(at=LATER)
    assert again.stats["warc/revisits"] > 0
    assert len(keeping.files()) == 2
    assert all(check(path) for path in keeping.files())
    assert len(keeping.exported()) == len(before)


@pytest.mark.slow
def test_reading_again_with_the_same_program_changes_nothing(keeping: Keeping) -> None:
    keeping.crawl()
    columns = [*ArticleRow.__table__.c], [*FrontierRow.__table__.c]
    before = [keeping.rows(*some) for some in columns]
    again = keeping.reread(at=LATER)
    assert again.code is Exit.DONE, again.end
    assert again.stored[:2] == (0, 0)
    assert again.stored[2] >= len(before[0])
    assert [keeping.rows(*some) for some in columns] == before


@pytest.fixture
def better(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that reads two fields in another way."""
    title = ArticlePage.title.fget  # type: ignore[attr-defined]
    monkeypatch.setattr(ArticlePage, "title", property(lambda page: f"{title(page)} (baru)"))
    monkeypatch.setattr(ArticlePage, "topic", property(lambda _: "topik"))


@pytest.mark.usefixtures("better")
def test_control_a_parser_that_reads_otherwise_is_another(keeping: Keeping) -> None:
    keeping.crawl()
    assert all(title.endswith("(baru)") for (title,) in keeping.rows(ArticleRow.title))


@pytest.mark.slow
def test_a_better_parser_changes_rows_as_a_reparse(
    keeping: Keeping, request: pytest.FixtureRequest
) -> None:
    keeping.crawl()
    keeping.crawl(at=LATER)
    count = len(keeping.rows(ArticleRow.id))
    states = keeping.rows(FrontierRow.key, FrontierRow.state, FrontierRow.visited_at)
    request.getfixturevalue("better")
    again = keeping.reread(at="2026-07-03T00:00:00+07:00")
    assert again.code is Exit.DONE, again.end
    assert all(title.endswith("(baru)") for (title,) in keeping.rows(ArticleRow.title))
    assert set(keeping.rows(RevisionRow.reason)) == {("reparse",)}
    assert len(keeping.rows(RevisionRow.id)) == count
    assert keeping.rows(FrontierRow.key, FrontierRow.state, FrontierRow.visited_at) == states
    third = keeping.reread(at="2026-07-04T00:00:00+07:00")
    assert third.stored[1] == 0
    assert len(keeping.rows(RevisionRow.id)) == count


@pytest.mark.slow
def test_a_dry_run_says_what_would_change_and_changes_nothing(
    keeping: Keeping, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    keeping.crawl()
    before = keeping.rows(*ArticleRow.__table__.c)
    request.getfixturevalue("better")
    dry = keeping.reread(dry_run="1")
    assert dry.code is Exit.DONE, dry.end
    assert keeping.rows(*ArticleRow.__table__.c) == before
    lines = capsys.readouterr().out.splitlines()
    assert f"{len(before)} read differently" in lines[0]
    titles = lines.index(f"title: {len(before)}")
    assert all("(baru)" in line for line in lines[titles + 1 : titles + 4])
    assert f"topic: {len(before)}" in lines
    assert "(baru)" not in lines[titles + 4]


@pytest.mark.slow
def test_what_was_forgotten_is_not_read_again(keeping: Keeping) -> None:
    from kompas_crawler.archive.store.forget import forget, trace
    from kompas_crawler.clock import Clock

    keeping.crawl()
    key = max(key for (key,) in keeping.rows(ArticleRow.key))
    engine = open_engine(database_url(keeping.url, keeping.folder))
    with engine.connect() as connection:
        found = trace(connection, key)
    forget(engine, found, Clock().now())
    engine.dispose()
    keeping.reread(at=LATER)
    assert (key,) not in keeping.rows(ArticleRow.key)
    assert keeping.rows(FrontierRow.state, where=FrontierRow.key == key) == [(State.FORGOTTEN,)]


def test_control_a_broken_digest_does_not_pass(keeping: Keeping) -> None:
    keeping.crawl(limit="3")
    (path,) = keeping.files()
    broken = keeping.folder / "broken.warc"
    data = bytearray(gzip.decompress(path.read_bytes()))
    place = data.index(b"\r\n\r\n", data.index(b"HTTP/1.1 200")) + 10  # in a payload
    data[place] ^= 1
    broken.write_bytes(data)
    assert not check(broken)
