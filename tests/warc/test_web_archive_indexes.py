"""Reading the indexes of public web archives: their pages, their pace, their robots.txt."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from kompas_crawler.archive.crawl_models import FrontierRow
from kompas_crawler.exitcodes import Exit
from kompas_crawler.sample.site.replies import Reply
from kompas_crawler.sample.site.web_archives import HOSTS, WebArchives
from kompas_crawler.spiders import wayback
from kompas_crawler.spiders.commoncrawl import CommonCrawlSpider
from kompas_crawler.spiders.wayback import WaybackSpider
from tests.sample.site.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scrapy import Request

    from kompas_crawler.frontier import Row
    from tests.crawling import Crawled
    from tests.warc.conftest import Keeping
from tests.warc.public_archives import (
    DATA,
    NOW,
    REPLAY,
    SINCE,
    SPIDERS,
    Captures,
    fill,
    requests,
    texts,
)


class Answers:
    """Other answers than those of *archives* for addresses that contain a text."""

    def __init__(self, archives: WebArchives, other: dict[str, bytes]) -> None:
        self.archives, self.other = archives, other

    def answer(self, url: str, headers: Mapping[str, str]) -> Reply:
        body = next((body for text, body in self.other.items() if text in url), None)
        return self.archives.answer(url, headers) if body is None else Reply(200, body, "a/json")


class NextByUrlkey:
    """*archives*, whose next page begins at the urlkey of the last line, or nowhere without it."""

    def __init__(self, archives: WebArchives) -> None:
        self.archives = archives

    def answer(self, url: str, headers: Mapping[str, str]) -> Reply:
        if "resumeKey=-" in url:
            return Reply(200, b"[]", "a/json")
        reply = self.archives.answer(url, headers)
        if "/cdx/" in url and "urlkey" not in url:
            rows = json.loads(reply.body)
            if rows and not rows[-2]:
                rows[-1] = ["-+20260701000001"]
            return Reply(200, json.dumps(rows).encode(), "a/json")
        return reply


def test_every_page_of_the_wayback_machines_index_is_read(
    archived: Keeping, other_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert archived.server.archives is not None
    archived.server.archives = NextByUrlkey(archived.server.archives)  # type: ignore[assignment]
    monkeypatch.setattr(wayback, "LINES", 20)

    assert fill(archived, "wayback", url=other_url).code is Exit.DONE
    assert texts(archived, other_url) == texts(archived)


def test_a_page_of_an_index_may_take_minutes(
    archived: Keeping, other_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that filters a whole domain answers late."""
    asked: dict[str, float | None] = {}
    made = WaybackSpider.request

    def noted(spider: WaybackSpider, row: Row) -> Request:
        request = made(spider, row)
        asked[row.kind] = request.meta.get("download_timeout")
        return request

    monkeypatch.setattr(WaybackSpider, "request", noted)
    fill(archived, "wayback", url=other_url, limit="1")
    assert asked == {"cdx": 180, "capture": None}


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


@pytest.mark.slow
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
    assert done.end == f"{host} refuses the crawler (403, 429 or a bot challenge); try again later"
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


def test_a_wall_in_place_of_their_robots_txt_is_their_refusal(
    archived: Keeping, other_url: str
) -> None:
    """Not that of Kompas, which need not be asked."""
    wall = Fault(status=202, body=b"<script>window.gokuProps = {}</script>")
    archived.server.faults["https://web.archive.org/"] = wall

    done = fill(archived, "wayback", url=other_url)

    assert done.code is Exit.BLOCKED
    refused = "web.archive.org refuses the crawler (403, 429 or a bot challenge); try again later"
    assert done.end == refused


@pytest.mark.slow
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
    done = fill(archived, spider, url=other_url)
    assert done.stats["pages/failed"] >= 1
    assert done.end.endswith("(see: scrapy gaps --archive)")
    archived.server.faults.clear()

    fill(archived, spider, url=other_url, at="2026-07-05T01:00:00+07:00")
    assert texts(archived, other_url) == texts(archived)


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_clock_behind_the_last_run_fetches_nothing_twice(
    archived: Keeping, other_url: str
) -> None:
    fill(archived, "wayback", url=other_url)
    archived.server.requests.clear()
    fill(archived, "wayback", url=other_url, at="2026-07-04T23:59:40+07:00")
    asked = [url for url in requests(archived) if "/cdx" not in url]
    assert len(asked) == len(set(asked))


@pytest.mark.slow
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
