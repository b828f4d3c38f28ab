"""Filling an archive from public web archives: the sample site's own, in their two forms."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from scrapy.http import Response

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.models import ArticleRow, RevisionRow
from kompas_crawler.archive.store import forget
from kompas_crawler.archive.store.pages import PageStore
from kompas_crawler.archive.store.reparse import CaptureStore
from kompas_crawler.exitcodes import Exit
from kompas_crawler.frontier import State
from kompas_crawler.pages.cdx import NotAsListed
from kompas_crawler.sample.site.web_archives import HOSTS, WebArchives
from kompas_crawler.site.keys import ArticleKey
from kompas_crawler.site.urls import section_of
from kompas_crawler.warc import response as public
from kompas_crawler.warc.scan import digest_of
from tests import archives
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from tests.warc.conftest import Keeping
from tests.warc.conftest import http_response
from tests.warc.public_archives import (
    DATA,
    NOW,
    REPLAY,
    SPIDERS,
    WALL,
    Captures,
    compared,
    fill,
    requests,
    texts,
)


@pytest.mark.slow
@pytest.mark.parametrize("spider", SPIDERS)
def test_filled_from_web_archives_it_equals_the_archive_filled_from_the_site(
    archived: Keeping, other_url: str, spider: str
) -> None:
    done = fill(archived, spider, url=other_url)

    assert done.code is Exit.DONE
    assert len(texts(archived)) > 40
    assert texts(archived, other_url) == texts(archived)
    assert {request.host for request in archived.server.requests} <= HOSTS
    file, offset, digest, at = archived.rows(
        ArticleRow.warc_file,
        ArticleRow.warc_offset,
        ArticleRow.warc_digest,
        ArticleRow.fetched_at,
        url=other_url,
    )[0]
    start = DATA if spider == "commoncrawl" else REPLAY
    assert file.startswith(start)
    assert digest.startswith("sha1:")
    assert (offset > 0) is (spider == "commoncrawl")
    assert at < datetime.fromisoformat(NOW)


def test_filled_on_postgresql_it_is_the_same(archived: Keeping, postgres_url: str) -> None:
    for spider in SPIDERS:
        assert fill(archived, spider, url=postgres_url, limit="9").code is Exit.DONE
    fill(archived, "wayback", url=postgres_url)
    assert texts(archived, postgres_url) == texts(archived)
    assert not compared(postgres_url).not_held


@pytest.mark.slow
@pytest.mark.parametrize("spider", SPIDERS)
def test_a_second_run_fetches_nothing_and_a_dry_run_only_the_index(
    archived: Keeping, other_url: str, spider: str, capsys: pytest.CaptureFixture[str]
) -> None:
    count = len(texts(archived))
    dry = fill(archived, spider, url=other_url, dry_run="1")
    said = capsys.readouterr().out
    assert dry.code is Exit.DONE
    assert f"of {count} articles; to fetch: about {count} articles, " in said
    assert "/robots.txt: User-agent: *; Disallow: /save/" in said
    assert not [url for url in requests(archived) if DATA in url[:30] and "warc" in url]
    assert not [url for url in requests(archived) if REPLAY in url]
    fill(archived, spider, url=other_url, dry_run="1", limit="7")
    assert "to fetch: about 7 articles, 7 requests, " in capsys.readouterr().out
    since = len(requests(archived))
    fill(archived, spider, url=other_url)
    index = [url for url in requests(archived)[since:] if "index.c" in url or "/cdx/" in url]
    assert len(index) <= 1, "what the dry run has read is read again"
    since = len(requests(archived))
    done = fill(archived, spider, url=other_url)
    assert done.stored == (0, 0, 0)
    assert len(requests(archived)) - since <= 1


@pytest.mark.parametrize("spider", SPIDERS)
def test_a_list_of_another_archive_is_filled_and_compared(
    archived: Keeping, other_url: str, tmp_path: Path, spider: str
) -> None:
    """Also after an earlier run has read all that the index lists."""
    rows = texts(archived)[3:9]
    fill(archived, spider, url=other_url, dry_run="1")
    theirs = tmp_path / "theirs.jsonl"
    theirs.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = archived.crawl(spider, list=str(theirs), url=other_url, at=NOW)
    assert done.code is Exit.DONE
    assert texts(archived, other_url) == rows
    assert done.stats["list/same"] == len(rows)


@pytest.mark.parametrize("spider", SPIDERS)
def test_one_address_with_its_section_is_enough(
    keeping: Keeping, captures: Captures, spider: str
) -> None:
    """Older articles are captured under www without a section too. Control: another section."""
    key, url = captures.article(pages=1)
    bare = f"https://www.kompas.com/read/{url.partition('/read/')[2]}"
    captures.add(bare, "2026-07-01T01:00:00Z", body=captures.body(url))
    captures.add(url, "2026-07-02T01:00:00Z")
    keeping.server.archives = captures.served()
    section = section_of(url)
    assert section not in (None, "money")
    fill(keeping, spider, sections="money")
    assert not keeping.rows(ArticleRow.key)
    fill(keeping, spider, sections=section)
    assert keeping.rows(ArticleRow.key) == [(key,)]


@pytest.mark.parametrize("spider", SPIDERS)
def test_a_limit_and_sections_and_days_are_kept(
    archived: Keeping, other_url: str, spider: str
) -> None:
    assert fill(archived, spider, url=other_url, limit="3").stored == (3, 0, 0)
    fill(archived, spider, url=other_url, sections="money")
    money = [row["id"] for row in texts(archived) if "//money." in row["url"]]
    stored = [row["id"] for row in texts(archived, other_url)]
    assert set(money) <= set(stored)
    assert len(stored) <= len(money) + 3
    done = archived.crawl(spider, since="2026-07-01", url=other_url, at=NOW)
    assert done.stored == (0, 0, 0)


def test_a_whole_capture_is_preferred_to_a_newer_first_page(
    keeping: Keeping, captures: Captures
) -> None:
    key, url = captures.article(pages=3)
    captures.add(f"{url}?page=all", "2026-07-01T01:00:00Z")
    captures.add(url.replace("https", "http"), "2026-07-02T01:00:00Z")
    captures.add(f"{url}?page=2", "2026-07-02T01:00:00Z")
    captures.add(f"{url}?source=navbar", "2026-07-03T01:00:00Z", body=b"gone", status=404)
    keeping.server.archives = captures.served()

    done = fill(keeping, "commoncrawl")

    assert done.stored == (1, 0, 0)
    columns = (ArticleRow.key, ArticleRow.is_complete, ArticleRow.fetched_at)
    at = datetime.fromisoformat("2026-07-01T01:00:00+00:00")
    assert keeping.rows(*columns) == [(key, True, at)]
    assert len(requests(keeping, "data")) == 1


@pytest.mark.parametrize("spider", SPIDERS)
def test_the_captures_of_its_pages_are_joined(
    keeping: Keeping, captures: Captures, spider: str
) -> None:
    key, url = captures.article(pages=3)
    for page in ("", "?page=2", "?page=3"):
        captures.add(f"{url}{page}".replace("https", "http"), "2026-07-02T01:00:00Z")
    captures.add(f"{url}?page=2", "2026-06-30T01:00:00Z", body=b"of another time")
    keeping.server.archives = captures.served()

    fill(keeping, spider)

    [row] = texts(keeping)
    whole = captures.site.article(captures.site.find(ArticleKey.parse(key)) or 0)
    assert (row["id"], row["is_complete"]) == (key, True)
    assert row["body"].count("\n\n") + 1 == len(whole.paragraphs)


def test_pages_of_different_texts_are_not_joined(keeping: Keeping, captures: Captures) -> None:
    """The nearest capture is of an edited text. Control: a farther one of the text is joined."""
    key, url = captures.article(pages=3)
    for page in ("", "?page=3"):
        captures.add(f"{url}{page}", "2026-07-02T01:00:00Z")
    edited = re.sub(rb"(total_words\D+)[0-9]+", rb"\g<1>99", captures.body(f"{url}?page=2"))
    captures.add(f"{url}?page=2", "2026-07-02T01:00:01Z", body=edited)
    keeping.server.archives = captures.served()
    fill(keeping, "wayback")
    [row] = texts(keeping)
    assert (row["id"], row["is_complete"]) == (key, False)
    captures.add(f"{url}?page=2", "2026-07-01T01:00:00Z")
    keeping.server.archives = captures.served()
    fill(keeping, "wayback", at="2026-07-07T00:00:00+07:00")
    [row] = texts(keeping)
    whole = captures.site.article(captures.site.find(ArticleKey.parse(key)) or 0)
    assert row["is_complete"]
    assert row["body"].count("\n\n") + 1 == len(whole.paragraphs)


def test_a_capture_of_another_form_of_the_address_is_read(
    keeping: Keeping, captures: Captures
) -> None:
    urls = [captures.site.url(index) for index in range(captures.site.count)]
    url = next(url for url in urls if "www.kompas.com/" in url)
    amp = url.replace("https://www.", "http://amp.")
    captures.add(f"{amp}?utm_source=whatsapp", "2026-07-02T01:00:00Z")
    keeping.server.archives = captures.served()

    fill(keeping, "commoncrawl")

    assert keeping.rows(ArticleRow.url) == [(url,)]


def test_an_incomplete_text_is_stored_and_completed_by_a_later_capture_or_another_archive(
    keeping: Keeping, captures: Captures
) -> None:
    key, url = captures.article(pages=3)
    captures.add(url, "2026-07-02T01:00:00Z")
    keeping.server.archives = captures.served()
    fill(keeping, "commoncrawl")

    def state() -> tuple[bool, str]:
        """Whether the text is complete, and the state of the article's own row."""
        [(is_complete,)] = keeping.rows(ArticleRow.is_complete)
        [(found,)] = keeping.rows(FrontierRow.state, where=FrontierRow.key == key)
        return is_complete, found

    assert state() == (False, State.PENDING)
    assert fill(keeping, "commoncrawl").stored == (0, 0, 0), "the same capture is fetched again"

    captures.add(f"{url}?page=all", "2026-07-01T01:00:00Z")  # an older one
    keeping.server.archives = captures.served()
    fill(keeping, "wayback", at="2026-07-08T00:00:00+07:00")

    assert state() == (True, State.DONE)


@pytest.mark.parametrize("versions", ["", "1"])
def test_versions_are_stored_in_order_of_time(
    keeping: Keeping, captures: Captures, versions: str
) -> None:
    key, url = captures.article(pages=1)
    for day in (2, 1, 3):
        captures.add(f"{url}?page=all", f"2026-07-0{day}T01:00:00Z")
        captures.site.correct([key])
    keeping.server.archives = captures.served()

    fill(keeping, "wayback", versions=versions)

    days = [at.day for (at,) in keeping.rows(RevisionRow.fetched_at)]
    assert days == ([1, 2] if versions else [])
    assert [at.day for (at,) in keeping.rows(ArticleRow.fetched_at)] == [3]


@pytest.mark.slow
def test_an_older_capture_never_replaces_the_text_of_the_site(
    keeping: Keeping, captures: Captures, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping.crawl()
    before = texts(keeping)
    key = before[0]["id"]
    captures.site.correct([key])
    captures.add(f"{before[0]['url']}?page=all", "2026-06-29T01:00:00Z")
    keeping.server.archives = captures.served()

    fill(keeping, "wayback", versions="1")

    assert texts(keeping) == before
    assert keeping.rows(RevisionRow.reason) == [("earlier",)]


@pytest.mark.slow
def test_control_stored_as_if_fetched_now_it_replaces_the_text(
    keeping: Keeping, captures: Captures, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping.crawl()
    before = texts(keeping)
    captures.site.correct([before[0]["id"]])
    captures.add(f"{before[0]['url']}?page=all", "2026-06-29T01:00:00Z")
    keeping.server.archives = captures.served()
    monkeypatch.setattr(CaptureStore, "_save", PageStore._save)

    fill(keeping, "wayback", versions="1")

    assert texts(keeping) != before


def lying(archives: WebArchives, key: str) -> None:
    """Let the index lie about the digest of the newest capture of *key*."""
    path = f"/{key[:4]}/{key[4:6]}/{key[6:8]}/{key[9:]}"
    entry = max((e for e in archives.entries if path in e.original), key=lambda e: e.timestamp)
    archives.entries[archives.entries.index(entry)] = replace(entry, digest="A" * 32)


@pytest.mark.parametrize("spider", SPIDERS)
def test_a_lying_digest_is_not_stored_and_another_capture_is(
    keeping: Keeping, captures: Captures, spider: str
) -> None:
    key, url = captures.article(pages=1)
    captures.add(f"{url}?page=all", "2026-07-02T01:00:00Z")
    captures.site.correct([key])
    captures.add(f"{url}?page=all", "2026-07-03T01:00:00Z")
    archives = captures.served()
    lying(archives, key)
    keeping.server.archives = archives

    done = fill(keeping, spider)

    assert done.stats["captures/refuted"] == 1
    assert [at.day for (at,) in keeping.rows(ArticleRow.fetched_at)] == [2]
    reasons = keeping.rows(FrontierRow.reason, where=FrontierRow.state == State.SKIPPED)
    assert [reason for (reason,) in reasons if "its digest is" in reason]


@pytest.mark.slow
@pytest.mark.parametrize("busy", [b"<html>busy</html>", b"", WALL], ids=["page", "empty", "wall"])
def test_another_page_in_place_of_the_captures_settles_nothing(
    archived: Keeping, other_url: str, busy: bytes
) -> None:
    """A wall is a refusal as well. The next day asks again."""
    archived.server.faults[REPLAY] = Fault(status=200, body=busy)
    first = fill(archived, "wayback", url=other_url)
    assert first.code is (Exit.BLOCKED if busy == WALL else Exit.QUALITY)
    assert (first.stats["captures/refuted"] < 10) is (busy == WALL)
    archived.server.faults.clear()

    fill(archived, "wayback", url=other_url, at="2026-07-06T01:00:00+07:00")
    assert texts(archived, other_url) == texts(archived)


def test_a_capture_that_is_another_page_twice_is_settled(
    keeping: Keeping, captures: Captures
) -> None:
    _, url = captures.article(pages=1)
    captures.add(f"{url}?page=all", "2026-07-03T01:00:00Z")
    keeping.server.archives = captures.served()
    keeping.server.faults[REPLAY] = Fault(status=404)
    for day, asked in (("06", 2), ("08", 2), ("10", 1)):
        since = len(requests(keeping))
        fill(keeping, "wayback", at=f"2026-07-{day}T00:00:00+07:00")
        assert len(requests(keeping)) - since == asked


def test_an_index_that_lies_throughout_ends_with_10(archived: Keeping, other_url: str) -> None:
    archives = archived.server.archives
    assert archives is not None
    archives.entries = [replace(entry, digest="A" * 32) for entry in archives.entries]

    done = fill(archived, "wayback", url=other_url)

    assert done.code is Exit.QUALITY
    assert done.end.endswith("captures are not what the index of the archive lists")


def test_control_without_the_check_the_wrong_page_is_stored(
    keeping: Keeping, captures: Captures, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, url = captures.article(pages=1)
    captures.add(f"{url}?page=all", "2026-07-03T01:00:00Z")
    archives = captures.served()
    lying(archives, key)
    keeping.server.archives = archives
    monkeypatch.setattr(public, "_check", lambda *_: None)

    assert fill(keeping, "commoncrawl").stored == (1, 0, 0)


@pytest.mark.parametrize(
    ("fault", "spider", "url"),
    [
        (Fault(clip=1000), "commoncrawl", DATA + "tmp"),
        (Fault(cut_after=1000), "commoncrawl", DATA + "tmp"),
        (Fault(cut_after=1000), "wayback", REPLAY),
        (Fault(status=500), "wayback", REPLAY),
        (Fault(status=503), "commoncrawl", DATA + "tmp"),
    ],
)
def test_what_is_cut_short_waits_and_is_fetched_again(
    keeping: Keeping, captures: Captures, fault: Fault, spider: str, url: str
) -> None:
    key, address = captures.article(pages=1)
    captures.add(f"{address}?page=all", "2026-07-03T01:00:00Z")
    keeping.server.archives = captures.served()
    keeping.server.faults[url] = fault

    first = fill(keeping, spider)
    assert first.stored == (0, 0, 0)
    assert first.stats["pages/failed"] == 1
    del keeping.server.faults[url]

    later = fill(keeping, spider, at="2026-07-05T01:00:00+07:00")
    assert later.stored == (1, 0, 0)
    assert keeping.rows(ArticleRow.key) == [(key,)]


def test_a_later_page_that_fails_leaves_the_article_waiting(
    keeping: Keeping, captures: Captures
) -> None:
    _, url = captures.article(pages=3)
    for page in ("", "?page=2", "?page=3"):
        captures.add(f"{url}{page}", "2026-07-02T01:00:00Z")
    keeping.server.archives = captures.served()
    keeping.server.faults[f"{REPLAY}20260702010000id_/{url}?page=3"] = Fault(status=500)

    assert fill(keeping, "wayback").stored == (0, 0, 0)
    keeping.server.faults.clear()
    fill(keeping, "wayback", at="2026-07-05T01:00:00+07:00")
    assert [row["is_complete"] for row in texts(keeping)] == [True]


def test_another_page_in_place_of_a_later_one_leaves_the_article_waiting_once(
    keeping: Keeping, captures: Captures
) -> None:
    key, url = captures.article(pages=3)
    for page in ("", "?page=2", "?page=3"):
        captures.add(f"{url}{page}", "2026-07-02T01:00:00Z")
    keeping.server.archives = captures.served()
    keeping.server.faults[f"{REPLAY}20260702010000id_/{url}?page=3"] = Fault(status=200)

    assert fill(keeping, "wayback").stored == (0, 0, 0)
    later = fill(keeping, "wayback", at="2026-07-05T01:00:00+07:00")
    assert later.stored == (1, 0, 0)
    assert [(row["id"], row["is_complete"]) for row in texts(keeping)] == [(key, False)]


def test_the_exchange_is_kept_and_the_article_names_the_public_archive(
    archived: Keeping, other_url: str, tmp_path: Path
) -> None:
    settings = {"KOMPAS_WARC_DIR": str(tmp_path / "received")}
    fill(archived, "commoncrawl", url=other_url, limit="2", settings=settings)

    files = {file for (file,) in archived.rows(ArticleRow.warc_file, url=other_url)}
    assert all(file.startswith(DATA) for file in files)
    assert list((tmp_path / "received").glob("*.warc.gz"))


def test_a_capture_without_a_text_is_replaced_by_another(
    keeping: Keeping, captures: Captures
) -> None:
    _, url = captures.article(pages=1)
    captures.add(f"{url}?page=all", "2026-07-02T01:00:00Z")
    head = f'<link rel="canonical" href="{url}"><h1 class="read__title">Judul</h1>'
    captures.add(f"{url}?page=all", "2026-07-03T01:00:00Z", body=f"<html>{head}</html>".encode())
    keeping.server.archives = captures.served()

    fill(keeping, "commoncrawl")

    assert [at.day for (at,) in keeping.rows(ArticleRow.fetched_at)] == [2]


ARC = b"http://www.kompas.com/read/2012/03/22/13371571/a 192.0.2.1 20120325101010 text/html %d\n"


def of_member(record: bytes, digest: str) -> public.CapturedPage:
    member = gzip.compress(record)
    where = f"{DATA}crawl-data/CC-MAIN-2012/1.arc.gz#0-{len(member) - 1}"
    return public.captured(Response(DATA, status=206, body=member), where, digest)


def test_a_record_of_the_arc_files_before_2013_is_read() -> None:
    body = b"<html>banjir</html>"
    http = http_response(body, b"Content-Type: text/html")
    page = of_member(ARC % len(http) + http + b"\n", digest_of(body))
    assert page.response.url == "http://www.kompas.com/read/2012/03/22/13371571/a"
    assert (page.at, page.response.body) == (datetime(2012, 3, 25, 10, 10, 10, tzinfo=UTC), body)
    with pytest.raises(NotAsListed, match="its digest is"):
        of_member(ARC % len(http) + http + b"\n", "A" * 32)


@pytest.mark.parametrize("record", [b"", b"a b c d e", ARC % 0, b"HTTP/1.1 200 OK\r\n\r\nbanjir"])
def test_what_is_no_record_is_no_capture(record: bytes) -> None:
    with pytest.raises(NotAsListed, match="no captured page in the record"):
        of_member(record, digest_of(b""))


@pytest.mark.parametrize("spider", SPIDERS)
def test_of_equal_copies_the_one_that_is_there_is_read_as_a_version(
    keeping: Keeping, captures: Captures, spider: str
) -> None:
    """A capture that is missing, and the same bytes captured again; a wall takes no place."""
    key, url = captures.article(pages=1)
    for day in (1, 2):
        captures.add(f"{url}?page=all", f"2026-07-0{day}T01:00:00Z")
    captures.site.correct([key])
    captures.add(f"{url}?page=all", "2026-07-03T01:00:00Z")
    captures.add(f"{url}?page=all", "2026-07-04T01:00:00Z", body=WALL)
    archives = captures.served()
    keeping.server.archives = archives
    first, second = sorted(archives.entries, key=lambda entry: entry.timestamp)[:2]
    keeping.server.faults[f"{REPLAY}{second.timestamp}"] = Fault(status=404)
    lost = replace(second, offset=first.offset + 1)
    archives.entries[archives.entries.index(second)] = lost

    fill(keeping, spider, versions="1")

    assert [at.day for (at,) in keeping.rows(RevisionRow.fetched_at)] == [1]
    assert [at.day for (at,) in keeping.rows(ArticleRow.fetched_at)] == [3]
    skipped = keeping.rows(FrontierRow.reason, where=FrontierRow.state == State.SKIPPED)
    assert len(skipped) == 2
    since = len(requests(keeping))
    fill(keeping, spider, versions="1")
    assert len(requests(keeping)) - since <= 1, "a capture is fetched twice"


@pytest.mark.slow
def test_what_was_forgotten_is_neither_listed_nor_fetched(
    archived: Keeping, other_url: str
) -> None:
    fill(archived, "wayback", url=other_url)
    key = texts(archived)[0]["id"]
    engine = open_engine(database_url(other_url, Path.cwd()))
    with engine.connect() as connection:
        trace = forget.trace(connection, key)
    forget.forget(engine, trace, datetime.fromisoformat(NOW))
    engine.dispose()
    is_of_it = FrontierRow.pager_of == key
    assert not archived.rows(FrontierRow.key, url=other_url, where=is_of_it)

    fill(archived, "wayback", url=other_url, at="2026-07-09T00:00:00+07:00")

    assert not archived.rows(FrontierRow.key, url=other_url, where=is_of_it)
    assert key not in [row["id"] for row in texts(archived, other_url)]


def test_what_came_from_the_wayback_machine_is_read_again_from_our_own_files(
    archived: Keeping, other_url: str, tmp_path: Path
) -> None:
    received = tmp_path / "received"
    settings = {"KOMPAS_WARC_DIR": str(received)}
    fill(archived, "wayback", url=other_url, limit="5", settings=settings)
    again = archives.put(tmp_path / "again.db")

    archived.crawl("warc", files=str(received / "*.warc.gz"), url=again, at=NOW)

    assert len(texts(archived, again)) == 5
    assert archived.exported(again) == archived.exported(other_url)
