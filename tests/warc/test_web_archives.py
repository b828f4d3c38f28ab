"""Filling an archive from public web archives: the sample site's own, in their two forms."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.models import ArticleRow, RevisionRow
from kompas_crawler.archive.read import web_archives
from kompas_crawler.archive.store import forget
from kompas_crawler.archive.store.pages import PageStore
from kompas_crawler.archive.store.reparse import CaptureStore
from kompas_crawler.exitcodes import Exit
from kompas_crawler.frontier import State
from kompas_crawler.sample.site.replies import Replies, Reply
from kompas_crawler.sample.site.web_archives import HOSTS, WebArchives
from kompas_crawler.site.keys import ArticleKey
from kompas_crawler.spiders.commoncrawl import CommonCrawlSpider
from kompas_crawler.spiders.wayback import WaybackSpider
from kompas_crawler.warc import response as public
from kompas_crawler.warc.scan import digest_of
from tests import archives
from tests.sample.site.faults import Fault
from tests.warc.conftest import site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.crawling import Crawled
    from tests.warc.conftest import Keeping

NOW = "2026-07-05T00:00:00+07:00"
SPIDERS = ("commoncrawl", "wayback")
SINCE = "2026-06-01"
DATA = "https://data.commoncrawl.org/"
REPLAY = "https://web.archive.org/web/"
WALL = b"<html><script>window.gokuProps = {}</script></html>"


class Captures:
    """A WARC file with pages of the sample site as others have captured them."""

    def __init__(self, folder: Path) -> None:
        self.site = site()
        self._replies = Replies(self.site)
        self._path = folder / "captured.warc.gz"

    def add(self, url: str, at: str, *, body: bytes | None = None, status: int = 200) -> None:
        """Capture *url* at a time such as ``2026-07-01T12:00:00Z``."""
        plain = url.replace("http://", "https://").replace("https://amp.", "https://www.")
        if body is None:
            body = self._replies.answer(plain).body
        headers = [("Content-Type", "text/html; charset=UTF-8")]
        head = StatusAndHeaders(f"{status} OK", headers, protocol="HTTP/1.1")
        known = {"WARC-Date": at, "WARC-Payload-Digest": digest_of(body)}
        with self._path.open("ab") as file:
            writer = WARCWriter(file, gzip=True)
            record = writer.create_warc_record(
                url,
                "response",
                BytesIO(body),
                length=len(body),
                warc_headers_dict=known,
                http_headers=head,
            )
            writer.write_record(record)

    def served(self, **known: Any) -> WebArchives:
        return WebArchives([self._path], **known)

    def article(self, *, pages: int) -> tuple[str, str]:
        """The key and address of an article with that many pages."""
        found = (self.site.article(index) for index in range(self.site.count))
        is_broken = self.site.plan.is_page_all_broken
        one = next(a for a in found if a.pages == pages and not is_broken(a.index))
        return str(one.key), self.site.url(self.site.find(one.key) or 0)


@pytest.fixture
def captures(tmp_path: Path) -> Captures:
    return Captures(tmp_path)


@pytest.fixture
def archived(kept: Keeping) -> Keeping:
    """The site after a crawl that kept its pages, which public archives hold now."""
    kept.server.archives = WebArchives(kept.files(), lines=20)
    return kept


def fill(keeping: Keeping, spider: str, *, at: str = NOW, **known: Any) -> Crawled:
    return keeping.crawl(spider, since=SINCE, at=at, **known)


def texts(keeping: Keeping, url: str | None = None) -> list[dict[str, Any]]:
    """The exported articles; a public archive does not list a capture of equal bytes again."""
    rows: list[dict[str, Any]] = [json.loads(line) for line in keeping.exported(url)]
    return [{name: row[name] for name in row if name != "fetched_at"} for row in rows]


def requests(keeping: Keeping, host: str = "") -> list[str]:
    asked = (one for one in keeping.server.requests if host in one.host)
    return [one.url for one in asked if one.path != "/robots.txt"]


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


# One whole capture an article


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


# What does not hold


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


class Answers:
    """Other answers than those of *archives* for addresses that contain a text."""

    def __init__(self, archives: WebArchives, other: dict[str, bytes]) -> None:
        self.archives, self.other = archives, other

    def answer(self, url: str, headers: Mapping[str, str]) -> Reply:
        body = next((body for text, body in self.other.items() if text in url), None)
        return self.archives.answer(url, headers) if body is None else Reply(200, body, "a/json")


def test_keys_of_the_next_page_that_recur_end_the_index(
    keeping: Keeping, captures: Captures
) -> None:
    _, url = captures.article(pages=1)
    captures.add(f"{url}?page=all", "2026-07-03T01:00:00Z")
    names = ["original", "timestamp", "digest", "mimetype", "statuscode"]
    pages = {key: json.dumps([names, [], [key]]).encode() for key in "BA"}
    served = Answers(captures.served(), {"Key=A": pages["B"], "Key=B": pages["A"]})
    served.other["/cdx/"] = pages["A"]
    keeping.server.archives = served  # type: ignore[assignment]

    done = fill(keeping, "wayback", settings={"CLOSESPIDER_PAGECOUNT": 9})
    assert done.code is Exit.DONE
    assert len(requests(keeping)) == 3


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("spider", "host"), [("commoncrawl", "https://index"), ("wayback", REPLAY)]
)
def test_refused_for_its_pace_it_slows_down_and_goes_on(
    archived: Keeping, other_url: str, status: int, spider: str, host: str
) -> None:
    archived.server.faults[host] = Fault(status=status, times=3)

    done = fill(archived, spider, url=other_url)

    assert done.code is Exit.DONE
    assert done.stats["politeness/slowed"] >= 1
    assert texts(archived, other_url) == texts(archived)


@pytest.mark.parametrize(
    ("spider", "url", "host"),
    [
        ("commoncrawl", DATA + "tmp", "data.commoncrawl.org"),
        ("commoncrawl", "https://index.commoncrawl.org/coll", "index.commoncrawl.org"),
        ("wayback", "https://web.archive.org/cdx", "web.archive.org"),
    ],
)
def test_one_403_ends_with_9(
    archived: Keeping, other_url: str, spider: str, url: str, host: str
) -> None:
    archived.server.faults[url] = Fault(status=403)

    done = fill(archived, spider, url=other_url)

    assert done.code is Exit.BLOCKED
    assert done.end == f"{host} refuses the crawler (403, or 429 repeatedly); try again later"
    asked = [one for one in archived.server.requests if one.status == 403]
    assert len(asked) <= 4, "it goes on after a refusal"


@pytest.mark.parametrize("spider", SPIDERS)
def test_their_robots_txt_is_obeyed(archived: Keeping, other_url: str, spider: str) -> None:
    host = "index.commoncrawl.org" if spider == "commoncrawl" else "web.archive.org"
    archived.server.faults[f"https://{host}/robots.txt"] = Fault(
        status=200, body=b"User-agent: *\nDisallow: /"
    )

    done = fill(archived, spider, url=other_url)

    assert done.code is Exit.UNREACHABLE
    assert not requests(archived)


@pytest.mark.parametrize(
    "answer",
    [b"<html>busy</html>", b'{"message": "slow down"}\n', b"[1", b'{"url": "http', b"[" * 99_999],
    ids=["a page", "a message", "cut short", "cut in an address", "nested without end"],
)
@pytest.mark.parametrize(
    ("spider", "url"),
    [
        ("commoncrawl", "https://index.commoncrawl.org/CC"),
        ("commoncrawl", "https://index.commoncrawl.org/coll"),
        ("wayback", "https://web.archive.org/cdx"),
    ],
)
def test_what_is_no_page_of_an_index_settles_nothing(
    archived: Keeping, other_url: str, answer: bytes, spider: str, url: str
) -> None:
    archived.server.faults[url] = Fault(status=200, body=answer)
    assert fill(archived, spider, url=other_url).stats["pages/failed"] >= 1
    archived.server.faults.clear()

    fill(archived, spider, url=other_url, at="2026-07-05T01:00:00+07:00")
    assert texts(archived, other_url) == texts(archived)


def test_only_these_spiders_ask_for_web_archives_and_they_for_nothing_else(
    archived: Keeping, other_url: str
) -> None:
    for spider in (CommonCrawlSpider, WaybackSpider):
        assert set(spider.allowed_domains) <= HOSTS
    fill(archived, "wayback", url=other_url, limit="1")
    pending = FrontierRow.kind.in_(("cdx", "capture"))
    before = archived.rows(FrontierRow.key, FrontierRow.state, url=other_url, where=pending)
    since = len(archived.server.requests)

    archived.crawl("kompas", url=other_url, at=NOW)
    archived.crawl("kompas", url=other_url, at=NOW, gaps="1")

    assert not {one.host for one in archived.server.requests[since:]} & HOSTS
    after = archived.rows(FrontierRow.key, FrontierRow.state, url=other_url, where=pending)
    assert after == before


def test_each_host_has_a_pace_of_its_own(
    archived: Keeping, other_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CommonCrawlSpider.delays.keys() == set(CommonCrawlSpider.allowed_domains)
    assert WaybackSpider.delays["web.archive.org"] >= timedelta(minutes=1).seconds / 15
    delays = {"index.commoncrawl.org": 0.2, "data.commoncrawl.org": 0.1}
    monkeypatch.setattr(CommonCrawlSpider, "delays", delays)

    fill(archived, "commoncrawl", url=other_url, limit="4", settings={"DOWNLOAD_DELAY": 60})

    for host, delay in delays.items():
        at = [one.at for one in archived.server.requests if one.host == host]
        assert len(at) >= 4
        assert at[-1] - at[0] >= (len(at) - 1) * delay - 0.1


@pytest.mark.parametrize("spider", SPIDERS)
def test_on_the_next_day_an_index_that_was_read_is_not_read_again(
    archived: Keeping, other_url: str, spider: str
) -> None:
    fill(archived, spider, url=other_url, limit="1")
    since = len(requests(archived))
    fill(archived, spider, url=other_url, at="2026-07-05T23:00:00+07:00")
    index = [url for url in requests(archived)[since:] if "index.c" in url or "/cdx/" in url]
    assert len(index) <= 1


def test_crawls_that_end_in_the_first_year_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CommonCrawlSpider, "path_filter", "x")
    spider = CommonCrawlSpider(since="2010-01-01", until="2010-12-31")
    names = ("CC-MAIN-2012", "CC-MAIN-2009-2010", "CC-MAIN-2008-2009")
    body = json.dumps([{"id": name, "cdx-api": f"https://i.example/{name}"} for name in names])
    read = [url.partition("?")[0].rpartition("/")[2] for url in spider._of(body.encode())]
    assert read == ["CC-MAIN-2012", "CC-MAIN-2009-2010"]


def test_a_crawl_without_an_index_is_passed_over(archived: Keeping, other_url: str) -> None:
    """Control: a list without any index is no list of crawls."""
    index = "https://index.commoncrawl.org/"
    crawls: list[dict[str, Any]] = [{"id": "CC-MAIN-2026-08", "cdx-api": None}, {"id": "x"}]
    known = {"id": "CC-MAIN-2026-06", "cdx-api": f"{index}CC-MAIN-2026-06-index"}

    def crawl(of: list[dict[str, Any]], at: str) -> Crawled:
        answer = Fault(status=200, body=json.dumps(of).encode())
        archived.server.faults[f"{index}collinfo.json"] = answer
        return fill(archived, "commoncrawl", url=other_url, at=at)

    ended = crawl(crawls, NOW)
    assert (ended.code, ended.stats["pages/failed"]) == (Exit.QUALITY, 1)
    ended = crawl([*crawls, known], "2026-07-05T01:00:00+07:00")
    assert ended.code is Exit.DONE
    assert ended.stored[0]


def test_a_clock_behind_the_last_run_fetches_nothing_twice(
    archived: Keeping, other_url: str
) -> None:
    fill(archived, "wayback", url=other_url)
    archived.server.requests.clear()
    fill(archived, "wayback", url=other_url, at="2026-07-04T23:59:40+07:00")
    asked = [url for url in requests(archived) if "/cdx" not in url]
    assert len(asked) == len(set(asked))


def test_an_unknown_crawl_ends_with_2(archived: Keeping, other_url: str) -> None:
    done = fill(archived, "commoncrawl", url=other_url, crawls="CC-MAIN-1999")
    assert done.code is Exit.USAGE
    assert done.end == "there is no crawl CC-MAIN-1999; the newest: CC-MAIN-2026-06"
    assert fill(archived, "commoncrawl", url=other_url, crawls="CC-MAIN-2026").code is Exit.DONE


@pytest.mark.parametrize("value", ["", "2026", "2026-13-01"])
@pytest.mark.parametrize("spider", [CommonCrawlSpider, WaybackSpider])
def test_a_bad_argument_is_refused(spider: Any, value: str) -> None:
    with pytest.raises(ValueError, match="since"):
        spider(since=value)
    with pytest.raises(ValueError, match="unknown argument x"):
        spider(since=SINCE, x="1")
    with pytest.raises(ValueError, match="crawls is an argument of commoncrawl"):
        WaybackSpider(since=SINCE, crawls="CC-MAIN-2026")


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


# What they hold and this archive does not


def compared(url: str) -> web_archives.Comparison:
    engine = open_engine(database_url(url, Path.cwd()))
    try:
        with engine.connect() as connection:
            return web_archives.compare(connection, None, None)
    finally:
        engine.dispose()


def test_gaps_archive_compares_month_by_month(archived: Keeping, other_url: str) -> None:
    keys = [row["id"] for row in texts(archived)]
    archived.crawl("kompas", url=other_url, urls=texts(archived)[0]["url"])
    archives = archived.server.archives
    assert archives is not None
    number = keys[0][9:]
    archives.entries = [e for e in archives.entries if f"/{number}/" not in e.original]
    fill(archived, "wayback", url=other_url, dry_run="1")

    found = compared(other_url)

    assert found.not_held == keys[1:]
    assert found.months == [web_archives.Month("2026-06", len(keys) - 1, 1, len(keys) - 1, 1)]
    fill(archived, "wayback", url=other_url)
    found = compared(other_url)
    assert not found.not_held
    assert found.months == [web_archives.Month("2026-06", len(keys) - 1, len(keys), 0, 1)]


def test_gaps_archive_names_pages_of_an_index_that_were_not_read(
    archived: Keeping, other_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    archived.server.faults["https://index.commoncrawl.org/CC-MAIN-2026-06"] = Fault(status=500)
    fill(archived, "commoncrawl", url=other_url, dry_run="1")

    assert compared(other_url).unread == 1
    assert "not read of the index: 1 page; without what is there:" in capsys.readouterr().out


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
