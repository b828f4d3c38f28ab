"""Captures that are not the whole article change nothing: truncated ones, walls, other pages."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from scrapy.http import Response

from kompas_crawler.archive.models import ArticleRow, RevisionRow
from kompas_crawler.exitcodes import Exit
from kompas_crawler.frontier import Priority, Row, State
from kompas_crawler.items import Visit
from kompas_crawler.sample.site.replies import Replies
from kompas_crawler.warc import pages
from kompas_crawler.warc.scan import digest_of
from tests.sample.site.faults import Fault
from tests.warc.conftest import http_response, response_record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kompas_crawler.items import Capture, FetchedArticle
    from kompas_crawler.warc.response import CapturedPage
    from tests.crawling import Crawled
    from tests.warc.conftest import Keeping

NO_ROW = Row(
    key="", kind="article", url="", scope="", depth=0, priority=Priority.FRONT, state=State.PENDING
)
NOW = "2026-07-05T00:00:00+07:00"
EARLIER, STORED, LATER = (f"2026-07-0{day}T01:00:00Z" for day in (1, 2, 3))


@pytest.fixture
def found(keeping: Keeping) -> tuple[str, bytes]:
    """The address and page of an article that does not declare its words."""
    one = keeping.site.article(0)
    url = keeping.site.url(one.index)
    body = Replies(keeping.site).answer(f"{url}?page=all").body
    return url, re.sub(rb"<meta[^>]*content_total_words[^>]*>", b"", body)


def read(keeping: Keeping, path: Path, *records: bytes) -> Crawled:
    path.write_bytes(b"".join(records))
    return keeping.crawl("warc", files=str(path), at=NOW)


def in_chunks(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def three_quarters(body: bytes) -> bytes:
    """*body* without the last quarter of its paragraphs, and what follows."""
    start = body.index(b'class="read__content')
    return body[: start + 3 * (body.rindex(b"<p>") - start) // 4]


TRUNCATED: dict[str, Callable[[bytes], tuple[bytes, bytes]]] = {
    "shorter than its length": lambda body: (
        http_response(three_quarters(body), b"Content-Length: %d" % len(body)),
        b"",
    ),
    "by the crawler": lambda body: (
        http_response(three_quarters(body)),
        b"WARC-Truncated: length\r\n",
    ),
    "without the last chunk": lambda body: (
        http_response(in_chunks(body)[: len(three_quarters(body))], b"Transfer-Encoding: chunked"),
        b"",
    ),
    "a segment": lambda body: (
        http_response(three_quarters(body)),
        b"WARC-Segment-Number: 1\r\n",
    ),
    "a packed stream": lambda body: (
        http_response(gzip.compress(body)[:-900], b"Content-Encoding: gzip"),
        b"",
    ),
    "a packed stream with a wrong checksum": lambda body: (
        http_response(
            gzip.compress(three_quarters(body))[:-8] + bytes(8), b"Content-Encoding: gzip"
        ),
        b"",
    ),
}


@pytest.mark.parametrize("at", [EARLIER, LATER])
@pytest.mark.parametrize("name", TRUNCATED)
def test_a_truncated_page_is_passed_over(
    keeping: Keeping,
    found: tuple[str, bytes],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    name: str,
    at: str,
) -> None:
    url, body = found
    read(keeping, tmp_path / "whole.warc", response_record(url, STORED, http_response(body)))
    before = keeping.rows(*ArticleRow.__table__.c)
    http, more = TRUNCATED[name](body)
    caplog.set_level("INFO")
    read(keeping, tmp_path / "cut.warc", response_record(url, at, http, more))
    assert keeping.rows(*ArticleRow.__table__.c) == before
    assert not keeping.rows(RevisionRow.id)
    assert any(
        "cut.warc: " in line and "1 the page is cut short" in line for line in caplog.messages
    )


def test_a_length_of_the_packed_body_is_no_truncation(
    keeping: Keeping, found: tuple[str, bytes], tmp_path: Path
) -> None:
    """Also if the crawler stored the decoded body, and if only ``</html>`` shows its end."""
    url, body = found
    headers = b"Content-Encoding: gzip", b"Content-Length: %d" % len(gzip.compress(body))
    read(keeping, tmp_path / "a.warc", response_record(url, EARLIER, http_response(body, *headers)))
    more = b"WARC-Truncated: unspecified\r\n"
    other = body.replace(b"</p>", b" baru</p>")
    ended = read(
        keeping, tmp_path / "b.warc", response_record(url, LATER, http_response(other), more)
    )
    assert ended.stored == (0, 1, 0)


def test_half_a_page_that_a_crawl_refused_is_not_read_from_its_files(
    keeping: Keeping, other_url: str, found: tuple[str, bytes]
) -> None:
    """Without a length nothing but the end of the page says that it is whole."""
    url, body = found
    cut = Fault(status=200, body=three_quarters(body), headers={"Content-Length": ""})
    keeping.server.faults[f"{url}?page=all"] = cut
    keeping.crawl(urls=url, settings={"COMPRESSION_ENABLED": False})
    assert not keeping.rows(ArticleRow.key)
    keeping.reread(other_url)
    assert not keeping.rows(ArticleRow.key, url=other_url)


@pytest.mark.parametrize("validator", [b"ETag", b"Last-Modified"])
@pytest.mark.parametrize("value", [b'"a\0b"', b'"a\x85b"', b"a" * 500], ids=["nul", "c1", "long"])
def test_what_headers_and_digests_contain_is_stored_by_every_database(
    any_keeping: Keeping, tmp_path: Path, validator: bytes, value: bytes
) -> None:
    """PostgreSQL stores no NUL. Control: the values beside them are stored."""
    page = Replies(any_keeping.site).answer(f"{any_keeping.site.url(0)}?page=all").body
    other = b"Last-Modified" if validator == b"ETag" else b"ETag"
    http = http_response(page, b"%b: %b" % (validator, value), other + b": x")
    digests = b"sha1:" + value, digest_of(page).encode()
    path = tmp_path / "a.warc"
    for at, digest in zip((EARLIER, STORED), digests, strict=True):
        more = b"WARC-Payload-Digest: %b\r\n" % digest
        ended = read(any_keeping, path, response_record(any_keeping.site.url(0), at, http, more))
        assert ended.code is Exit.DONE, ended.end
        assert any_keeping.rows(ArticleRow.warc_digest) == [(digests[1].decode(),)]
    visit = Visit.of(Response("", headers={validator: value, other: b"x"}), NO_ROW, None)
    assert {visit.etag, visit.last_modified} == {None, "x"}


@pytest.mark.parametrize("length", [b"9" * 5000, b"9" * 21])
def test_a_length_of_endless_digits_is_a_truncated_page(
    keeping: Keeping, found: tuple[str, bytes], tmp_path: Path, length: bytes
) -> None:
    """Control: the page after it is read."""
    url, body = found
    other = keeping.site.url(1)
    page = Replies(keeping.site).answer(f"{other}?page=all").body
    cut = three_quarters(body)
    first = response_record(url, STORED, http_response(cut, b"Content-Length: " + length))
    second = response_record(other, STORED, http_response(page))
    ended = read(keeping, tmp_path / "a.warc", first, second)
    assert ended.code is Exit.DONE, ended.end
    assert keeping.rows(ArticleRow.url) == [(other,)]


@pytest.mark.parametrize("year", ["2090", "1970"])
@pytest.mark.parametrize("is_stored", [True, False])
def test_a_capture_of_the_future_or_before_the_article_is_of_an_unknown_time(
    keeping: Keeping, found: tuple[str, bytes], tmp_path: Path, is_stored: bool, year: str
) -> None:
    """Its crawler's clock was wrong. Control: at a known time it replaces the text."""
    url, body = found
    changed = http_response(body.replace(b"</p>", b" baru</p>"))
    other = response_record(url, f"{year}-07-02T01:00:00Z", changed)
    gone = http_response(b"<html>tidak ditemukan</html>", status=b"404 Not Found")
    own = f"WARC-Payload-Digest: {digest_of(body)}\r\n".encode()
    again = response_record(url, f"{year}-07-04T01:00:00Z", http_response(b""), own)
    again = again.replace(b"Type: response", b"Type: revisit")
    records = other, response_record(url, f"{year}-07-03T01:00:00Z", gone), again
    if is_stored:
        read(keeping, tmp_path / "a.warc", response_record(url, STORED, http_response(body)))
    before = keeping.rows(*ArticleRow.__table__.c)
    ended = read(keeping, tmp_path / "b.warc", *records)
    assert ended.stats["articles/capture_at_wrong_time"] == 1
    if is_stored:
        assert keeping.rows(*ArticleRow.__table__.c) == before
    else:
        assert keeping.rows(ArticleRow.fetched_at, ArticleRow.status) == [(None, "live")]
    ended = read(keeping, tmp_path / "c.warc", response_record(url, LATER, changed))
    assert ended.stored == (0, int(is_stored), int(not is_stored))
    assert keeping.rows(ArticleRow.fetched_at) == [(datetime(2026, 7, 3, 1, tzinfo=UTC),)]


def test_an_unexpected_error_in_one_record_leaves_the_others(
    keeping: Keeping,
    found: tuple[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Control: the record after it is read."""
    url, body = found
    other = keeping.site.url(1)
    page = Replies(keeping.site).answer(f"{other}?page=all").body
    parse = pages.article_of

    def failing(captured: CapturedPage, capture: Capture | None) -> FetchedArticle | None:
        if captured.response.url == url:
            raise ZeroDivisionError
        return parse(captured, capture)

    monkeypatch.setattr(pages, "article_of", failing)
    caplog.set_level("INFO")
    first, second = (
        response_record(one, STORED, http_response(of)) for one, of in ((url, body), (other, page))
    )
    ended = read(keeping, tmp_path / "a.warc", first, second)
    assert ended.code is Exit.ERROR
    assert "1 page failed with an unexpected error" in ended.end
    assert keeping.rows(ArticleRow.url) == [(other,)]
    assert any("passed over: 1 an unexpected ZeroDivision" in line for line in caplog.messages)


WALL = b"<html><script>window.gokuProps = {}</script></html>"


@pytest.mark.parametrize("name", ["a later page", "its AMP page", "a bot wall"])
def test_only_a_page_of_the_article_itself_says_that_it_is_gone(
    keeping: Keeping, found: tuple[str, bytes], tmp_path: Path, name: str
) -> None:
    """Control: the same for the article's own address marks it."""
    url, body = found
    asked = {
        "a later page": f"{url}?page=9",
        "its AMP page": f"http://amp.kompas.com/{url.partition('//')[2].partition('/')[2]}",
        "a bot wall": url,
    }[name]
    answer = WALL if name == "a bot wall" else b"<html>tidak ditemukan</html>"
    read(keeping, tmp_path / "a.warc", response_record(url, STORED, http_response(body)))
    http = http_response(answer, status=b"404 Not Found")
    read(keeping, tmp_path / "b.warc", response_record(asked, LATER, http))
    assert keeping.rows(ArticleRow.status) == [("live",)]
    http = http_response(b"<html>tidak ditemukan</html>", status=b"404 Not Found")
    read(keeping, tmp_path / "c.warc", response_record(f"{url}?page=all", LATER, http))
    assert keeping.rows(ArticleRow.status) == [("gone",)]


def test_a_dry_run_and_the_run_say_what_is_gone(
    keeping: Keeping,
    found: tuple[str, bytes],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Control: what was marked before is not said again."""
    url, body = found
    read(keeping, tmp_path / "a.warc", response_record(url, STORED, http_response(body)))
    http = http_response(b"<html>tidak ditemukan</html>", status=b"404 Not Found")
    path = tmp_path / "b.warc"
    path.write_bytes(response_record(url, LATER, http))
    caplog.set_level("INFO")
    for said in (", 1 gone", "0 refused"):
        before = keeping.rows(ArticleRow.status)
        keeping.crawl("warc", files=str(path), at=NOW, dry_run="1")
        assert capsys.readouterr().out.splitlines()[0].endswith(said)
        assert keeping.rows(ArticleRow.status) == before
        ended = keeping.crawl("warc", files=str(path), at=NOW)
        assert ended.stats.get("pages/gone", 0) == int("1" in said)
        assert keeping.rows(ArticleRow.status) == [("gone",)]
    assert any(line.endswith("passed over: 1 gone or unchanged") for line in caplog.messages)
