"""Scanning WARC files of whatever origin: packed by record, as a whole, or not at all."""

from __future__ import annotations

import gzip
import io
import random
import re
import sys
import time
import zipfile
from typing import TYPE_CHECKING

import pytest
from fastwarc.warc import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from kompas_crawler.warc import scan as scan_module
from kompas_crawler.warc import sources
from kompas_crawler.warc.response import captured_page, is_of_kompas
from kompas_crawler.warc.scan import record_at, scan

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KOMPAS = "https://money.kompas.com/read/2021/02/03/{}/judul"


def written(count: int, *, every: int, packed: bool, size: int = 2000) -> bytes:
    """A WARC file of mixed hosts; one record in *every* is Kompas's."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=packed, warc_version="1.0")
    filler = "".join(f"<p>kata {i * 7919 % 10007}</p>" for i in range(size // 16))
    for nth in range(count):
        is_ours = nth % every == every - 1
        url = KOMPAS.format(100000026 + nth) if is_ours else f"https://n{nth}.example.org/a"
        headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        body = f"<html>{nth} kompas.com {filler}</html>".encode()
        writer.write_record(
            writer.create_warc_record(
                url,
                "response",
                payload=io.BytesIO(body),
                length=len(body),
                http_headers=headers,
            )
        )
    return out.getvalue()


@pytest.mark.parametrize("form", ["plain", "by record", "as a whole"])
def test_kompass_records_are_found(tmp_path: Path, form: str) -> None:
    path = tmp_path / "mixed.warc.gz"
    data = written(20, every=5, packed=form == "by record")
    path.write_bytes(gzip.compress(data) if form == "as a whole" else data)
    found = list(scan(path, is_of_kompas))
    assert len(found) == 20
    answers = [captured_page(one.data) for one in found if one.data is not None]
    assert [answer and answer.response.url for answer in answers] == [
        KOMPAS.format(100000026 + nth) for nth in (4, 9, 14, 19)
    ]
    assert [one.is_first for one in found[1:]] == [form != "as a whole"] * 19
    if form != "as a whole":
        assert list(scan(path, is_of_kompas, found[9].offset)) == found[9:]
        assert record_at(path, found[4].offset) == found[4].data


def test_garbage_between_records_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "broken.warc.gz"
    one, two = written(3, every=3, packed=True), written(4, every=4, packed=True)
    path.write_bytes(one + b"\x1f\x8b\x08 no member" + b"x" * 300 + two)
    assert len([found for found in scan(path, is_of_kompas) if found.data]) == 2


@pytest.mark.parametrize("name", ["some.warc.gz", "some.wacz"])
def test_empty_gzip_members_do_not_end_a_file(tmp_path: Path, name: str) -> None:
    """Such as bgzip and a writer that is flushed twice leave; at the end they are no damage."""
    one, two = (written(count, every=1, packed=True) for count in (3, 2))
    data = one + gzip.compress(b"") * 2 + two + gzip.compress(b"")
    path = tmp_path / name
    path.write_bytes(data)
    if name.endswith(".wacz"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("archive/DATA.WARC.GZ", data)
    (source,), _ = sources.found(str(path))
    found = list(source.records(is_of_kompas, 0))
    assert [one.fault for one in found] == [None] * 5
    if source.member is None:
        assert [record_at(path, one.offset) for one in found] == [one.data for one in found]
        assert list(scan(path, is_of_kompas, found[2].offset)) == found[2:]


def test_empty_members_in_a_row_are_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each used to begin another reading of what follows: a megabyte of them took half a minute."""
    begun = []
    reading, one = scan_module._Reading, written(1, every=1, packed=True)
    found_in = reading._found

    def found(self: scan_module._Reading) -> Iterator[tuple[int, bytes | None]]:
        begun.append(self)
        return found_in(self)

    monkeypatch.setattr(reading, "_found", found)
    path = tmp_path / "empty.warc.gz"
    path.write_bytes(one + gzip.compress(b"") * 300 + one + gzip.compress(b"") * 300)
    assert [(each.is_first, each.fault) for each in scan(path, is_of_kompas)] == [(True, None)] * 2
    assert len(begun) == 2


def test_an_empty_file_has_no_records(tmp_path: Path) -> None:
    path = tmp_path / "empty.warc"
    path.write_bytes(b"")
    assert list(scan(path, is_of_kompas)) == []


@pytest.mark.parametrize(
    ("target", "type_", "is_ours"),
    [
        ("https://money.kompas.com/read/2021/02/03/100000026/a", "response", True),
        ("http://kompas.com/", "revisit", True),
        ("https://www.kompas.com/", "request", False),
        ("https://example.org/?u=https://www.kompas.com/", "response", False),
        ("https://notkompas.com/", "response", False),
        ("https://kompas.com.example.org/", "response", False),
        ("HTTPS://Money.KOMPAS.com/read/2021/02/03/100000026/a", "resource", True),
        ("https://money.kompas.com./read/2021/02/03/100000026/a", "response", True),
        ("https://money.kompas.com?a=1", "response", True),
        ("https://web.archive.org/web/20210203id_/https://money.kompas.com/a", "response", True),
        ("http://web.archive.org/web/2021/kompas.com/", "response", True),
        ("http://web.archive.org:80/web/2021if_/kompas.com/", "response", True),
        ("https://web.archive.org/web/2021/https://example.org/kompas.com/", "response", False),
    ],
)
def test_which_records_are_kompass(target: str, type_: str, is_ours: bool) -> None:
    head = f"WARC/1.0\r\nWARC-Type: {type_}\r\nWARC-Target-URI: {target}\r\n".encode()
    assert is_of_kompas(head) is is_ours


def record(http: bytes, **headers: str) -> bytes:
    """A response record of ours with those HTTP bytes."""
    head = "WARC/1.0\r\nWARC-Type: response\r\nWARC-Date: 2016-02-16T07:38:00Z\r\n"
    return f"{head}WARC-Target-URI: {KOMPAS.format(100000026)}\r\n\r\n".encode() + http


@pytest.mark.parametrize(
    "http",
    [
        b"HTTP/1.1 200 OK\r\n\r\nhalo",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalo\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhalo",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nha\r\n2\r\nlo\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"halo"),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nhalo",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"
        % (len(gzip.compress(b"halo", mtime=0)), gzip.compress(b"halo", mtime=0)),
        b"HTTP/1.1 200 OK\nContent-Type: text/html\n\nhalo",
        b"HTTP/1.1 200\r\ncontent-encoding: deflate\r\n\r\n\xcbH\xcc\xc9\x07\x00",
        # Coded without a header that says so.
        b"HTTP/1.0 200 OK\r\n\r\n2\r\nha\r\n2;x=1\r\nlo\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + gzip.compress(b"halo", mtime=0),
        # Answers before the answer, and unusual status lines.
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhalo",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\r\n\r\nhalo",
        b"\r\nhttp/1.1  200 OK\r\n\r\nhalo",
    ],
    ids=[
        "plain",
        "chunks",
        "chunks taken off",
        "several chunks",
        "gzip",
        "gzip taken off",
        "gzip in chunks",
        "bare LF",
        "deflate",
        "chunks without a header",
        "gzip without a header",
        "early hints",
        "continue",
        "status line",
    ],
)
def test_bodies_are_unpacked_however_they_were_kept(http: bytes) -> None:
    found = captured_page(record(http))
    assert found is not None
    assert found.response.body == b"halo"
    assert found.at is not None
    assert found.at.isoformat() == "2016-02-16T07:38:00+00:00"


def test_chunks_without_a_header_and_their_end_are_a_part() -> None:
    found = captured_page(record(b"HTTP/1.0 200 OK\r\n\r\n4\r\nhalo\r\n4\r\nda"))
    assert found is not None
    assert (found.response.body, found.response.flags) == (b"haloda", ["partial"])


def test_a_response_without_its_http_header_is_the_page() -> None:
    """Control: what is no page has no status."""
    found = captured_page(record(b"<p>halo"))
    assert found is not None
    assert (found.response.body, found.at is None) == (b"<p>halo", False)
    assert captured_page(record(b"halo")) is None


def test_an_empty_body_is_whole() -> None:
    found = captured_page(record(b"HTTP/1.1 404 Not Found\r\nContent-Encoding: gzip\r\n\r\n"))
    assert found is not None
    assert (found.response.status, found.response.flags) == (404, [])


def test_a_bomb_is_no_page() -> None:
    bomb = record(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"0" * 30_000_000)
    )
    assert captured_page(bomb) is None


@pytest.mark.slow
@pytest.mark.parametrize("packed", [True, False], ids=["gzip", "plain"])
def test_others_hosts_are_passed_over_at_a_third_of_fastwarcs_speed(
    tmp_path: Path, packed: bool
) -> None:
    path = tmp_path / "mixed.warc.gz"
    path.write_bytes(written(1000, every=100, packed=packed, size=60_000))

    def fastwarc() -> int:
        with path.open("rb") as file:
            return sum(1 for _ in ArchiveIterator(file, parse_http=False))

    def ours() -> int:
        return sum(1 for _ in scan(path, is_of_kompas))

    seconds = {"fastwarc": float("inf"), "ours": float("inf")}
    for _ in range(20):  # what else runs only makes a measure longer
        for read in (fastwarc, ours):
            begun = time.process_time()
            assert read() == 1000
            seconds[read.__name__] = min(seconds[read.__name__], time.process_time() - begun)
        if seconds["ours"] < 3 * seconds["fastwarc"]:
            break
    assert seconds["ours"] < 3 * seconds["fastwarc"], seconds


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2016", "2016-01-01T00:00:00"),
        ("2016-02", "2016-02-01T00:00:00"),
        ("2016-02-16", "2016-02-16T00:00:00"),
        ("2016-02-16T07:38Z", "2016-02-16T07:38:00"),
        ("2016-02-16T07:38:09.123456789Z", "2016-02-16T07:38:09"),
        ("2016-02-16T14:38:09+07:00", "2016-02-16T07:38:09"),
        ("20160216073809", "2016-02-16T07:38:09"),
        ("2016-02-31", None),
        ("9998-12-31T23:59:59Z", "9998-12-31T23:59:59"),
        ("9999-12-31T23:59:59Z", None),  # in the time of Jakarta it would be the year 10000
        ("yesterday", None),
    ],
)
def test_dates_of_any_precision_are_read(text: str, moment: str | None) -> None:
    head = f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Date: {text}\r\nWARC-Target-URI: {KOMPAS}"
    page = captured_page(f"{head}\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhalo".encode())
    assert (page.at.isoformat() if page and page.at else None) == (moment and f"{moment}+00:00")


def test_a_page_of_the_wayback_machine_is_kompass_at_the_time_of_its_capture() -> None:
    url = "https://web.archive.org/web/20180506070809/http://money.kompas.com/read/1"
    body = b'<a href="/web/20180506070809/https://www.kompas.com/tren">x</a>'
    head = f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Date: 2026-01-01\r\nWARC-Target-URI: {url}"
    page = captured_page(f"{head}\r\n\r\nHTTP/1.1 200 OK\r\n\r\n".encode() + body)
    assert page is not None
    assert page.response.url == "http://money.kompas.com/read/1"
    assert page.at is not None
    assert page.at.isoformat() == "2018-05-06T07:08:09+00:00"
    assert page.response.body == b'<a href="https://www.kompas.com/tren">x</a>'


@pytest.mark.parametrize("packed", [True, False], ids=["gzip", "plain"])
def test_records_with_bare_line_feeds_are_read(tmp_path: Path, packed: bool) -> None:
    block = b"HTTP/1.1 200 OK\nContent-Type: text/html\n\nhalo"
    head = f"WARC/1.0\nWARC-Type: response\nWARC-Target-URI: {KOMPAS}\nWARC-Date: 2016\n"
    one = f"{head}Content-Length: {len(block)}\n\n".encode() + block + b"\n\n"
    path = tmp_path / "lf.warc"
    path.write_bytes((gzip.compress(one) if packed else one) * 3)
    found = list(scan(path, is_of_kompas))
    assert [one.is_first for one in found] == [True] * 3
    pages = [captured_page(one.data) for one in found if one.data]
    assert [page and page.response.body for page in pages] == [b"halo"] * 3


@pytest.mark.parametrize("packed", [True, False], ids=["gzip", "plain"])
@pytest.mark.parametrize("length", [b"Content-Length: 9000000", b"Content-Width: 9"])
def test_whole_records_after_one_of_a_wrong_length_are_read(
    tmp_path: Path, packed: bool, length: bytes
) -> None:
    """One that says to be longer than the rest of the file, or no length."""
    wrong = written(1, every=1, packed=False)
    wrong = re.sub(rb"(?m)^Content-Length: \d+(?=\r\n\r\nHTTP)", length, wrong)
    path = tmp_path / "wrong.warc"
    path.write_bytes(
        (gzip.compress(wrong) if packed else wrong) + written(3, every=1, packed=packed)
    )
    found = list(scan(path, is_of_kompas))
    assert [one.fault for one in found if one.fault] == ["is damaged after byte 0"]
    assert sum(one.data is not None for one in found) == 3


@pytest.mark.parametrize("start", [7, 10**6], ids=["in a record", "past the end"])
def test_a_file_that_has_changed_since_it_was_read_is_read_from_its_start(
    tmp_path: Path, start: int
) -> None:
    path = tmp_path / "new.warc.gz"
    path.write_bytes(written(3, every=1, packed=True))
    assert list(scan(path, is_of_kompas, start)) == list(scan(path, is_of_kompas))


BOMBS = {
    "lines": (gzip.compress(b"\r\n" * 15_000_000) * 7, "no record for long", "MAX_GAP"),
    "record": (
        zstd.compress(b"WARC/1.0\r\nContent-Length: 5000000000\r\n\r\n" + b"0" * 20_000_000),
        "far more than its size",
        "SLACK",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_what_unpacks_without_end_is_cut_off(tmp_path: Path, name: str) -> None:
    path = tmp_path / "bomb.warc.gz"
    data, fault, _ = BOMBS[name]
    path.write_bytes(data + data)
    (found,) = scan(path, is_of_kompas)
    assert found.fault
    assert fault in found.fault


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_control_without_the_limit_it_is_unpacked(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.warc.gz"
    data, fault, limit = BOMBS[name]
    monkeypatch.setattr(scan_module, limit, 1 << 40)
    path.write_bytes(data)
    assert not any(fault in (found.fault or "") for found in scan(path, is_of_kompas))


@pytest.mark.parametrize("form", ["plain", "by record", "as a whole"])
def test_a_truncated_file_says_so(tmp_path: Path, form: str) -> None:
    data = written(4, every=2, packed=form == "by record")
    data = gzip.compress(data) if form == "as a whole" else data
    path = tmp_path / "cut.warc.gz"
    for size in range(len(data) - 400, len(data) - 4):
        path.write_bytes(data[:size])
        faults = [one.fault for one in scan(path, is_of_kompas) if one.fault]
        assert len(faults) == 1
        assert form == "as a whole" or faults == ["is cut short"]
    path.write_bytes(data)
    assert not [one.fault for one in scan(path, is_of_kompas) if one.fault]


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress], ids=["gzip", "zstd"])
def test_large_blocks_are_no_gap(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """What hardly packs comes in blocks as large as they may be."""
    body = random.Random(7).randbytes(3_000_000)
    head = f"WARC/1.0\r\nWARC-Type: resource\r\nWARC-Target-URI: {KOMPAS}\r\n".encode()
    one = b"%bContent-Length: %d\r\n\r\n%b\r\n\r\n" % (head, len(body), body)
    path = tmp_path / "large.warc"
    path.write_bytes(pack(one * 3))
    for is_wanted in (lambda _: True, lambda _: False):
        assert [found.fault for found in scan(path, is_wanted)] == [None] * 3


@pytest.mark.parametrize("kind", ["deflated", "stored", "locked"])
def test_a_damaged_wacz_says_so(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "some.wacz"
    packing = zipfile.ZIP_DEFLATED if kind == "deflated" else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", packing) as archive:
        archive.writestr("archive/data.warc.gz", written(30, every=2, packed=True))
    data = bytearray(path.read_bytes())
    if kind == "locked":
        data[data.rindex(b"PK\x01\x02") + 8] |= 1
        data[6] |= 1
    else:
        data[len(data) // 2 : len(data) // 2 + 40] = bytes(40)
    path.write_bytes(data)
    (source,), foreign = sources.found(str(path))
    assert not foreign
    assert [one.fault for one in source.records(is_of_kompas, 0) if one.fault]


def test_a_saved_file_with_brackets_in_its_name_is_found(tmp_path: Path) -> None:
    path = tmp_path / "[POPULER] Judul.html"
    path.write_text("<html></html>")
    (source,), foreign = sources.found(str(path))
    assert (source.path, foreign) == (path, [])
