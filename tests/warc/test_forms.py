"""Whatever a person has saved is read: every packing, and saved pages; and what is not is named."""

from __future__ import annotations

import errno
import gzip
import io
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from warcio.archiveiterator import ArchiveIterator

from kompas_crawler.archive.database import database_url, open_engine
from kompas_crawler.archive.models import ArticleRow, RevisionRow
from kompas_crawler.archive.store.forget import forget, trace
from kompas_crawler.clock import Clock
from kompas_crawler.exitcodes import Exit
from kompas_crawler.site.urls import UrlKind, kind
from kompas_crawler.warc import batches, sources
from kompas_crawler.warc.response import captured_page, is_of_kompas
from kompas_crawler.warc.scan import _Reading, head_target, scan
from tests.chromium import browser

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kompas_crawler.warc.response import CapturedPage
    from tests.warc.conftest import Keeping
    from tests.warc.public_archives import Captures
from tests.warc.conftest import http_response, response_record
from tests.warc.public_archives import texts

LATER = "2026-07-01T22:00:00+07:00"


def members(plain: bytes, size: int) -> bytes:
    parts = [plain[at : at + size] for at in range(0, len(plain), size)]
    return b"".join(gzip.compress(part, 1) for part in parts)


def each(plain: bytes) -> list[bytes]:
    """The records of a plain file."""
    reader = ArchiveIterator(io.BytesIO(plain))
    starts = [reader.get_record_offset() for _ in reader]
    return [plain[a:b] for a, b in zip(starts, [*starts[1:], len(plain)], strict=True)]


def with_dictionary(plain: bytes, *, is_packed: bool) -> bytes:
    """A ``.warc.zst`` file as its specification has it."""
    parts = each(plain)
    dictionary = zstd.train_dict(parts, 10_000)
    frame = dictionary.dict_content
    frame = zstd.compress(frame) if is_packed else frame
    head = b"\x5d\x2a\x4d\x18" + len(frame).to_bytes(4, "little") + frame
    return head + b"".join(zstd.compress(part, zstd_dict=dictionary) for part in parts)


def wacz(plain: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("datapackage.json", "{}")
        archive.writestr("archive/data.warc.gz", b"".join(map(gzip.compress, each(plain))))
    return out.getvalue()


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "plain.warc": bytes,
    "whole.warc.gz": gzip.compress,
    "members.warc.gz": lambda plain: members(plain, 700),
    "records.warc.zst": lambda plain: b"".join(map(zstd.compress, each(plain))),
    "whole.warc.zst": zstd.compress,
    "dictionary.warc.zst": lambda plain: with_dictionary(plain, is_packed=False),
    "packed-dictionary.warc.zst": lambda plain: with_dictionary(plain, is_packed=True),
    "some.wacz": wacz,
}


def die(*_: object) -> None:
    os._exit(1)


@pytest.mark.parametrize("name", FORMS)
def test_every_packing_is_read(kept: Keeping, other_url: str, tmp_path: Path, name: str) -> None:
    plain = gzip.decompress(kept.files()[0].read_bytes())
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / name).write_bytes(FORMS[name](plain))
    ended = kept.crawl("warc", files=str(tmp_path / "forms"), url=other_url, at=LATER)
    assert ended.code is Exit.DONE, ended.end
    assert ended.stats["warc/records"] == len(each(plain))
    assert "warc/faults" not in ended.stats
    assert kept.exported(other_url) == kept.exported()


def test_several_processes_store_the_same(kept: Keeping, other_url: str) -> None:
    ended = kept.reread(other_url, processes="2", at=LATER)
    assert ended.code is Exit.DONE, ended.end
    assert kept.exported(other_url) == kept.exported()


def test_a_process_that_dies_ends_the_run_with_a_line(
    kept: Keeping, other_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "read", die)
    ended = kept.reread(other_url, processes="2")
    assert ended.code is Exit.ERROR
    assert "processes=1" in ended.end


def pages(keeping: Keeping) -> Iterator[CapturedPage]:
    """The pages of articles that were kept."""
    for found in scan(keeping.files()[0], is_of_kompas):
        page = captured_page(found.data) if found.data else None
        if page and page.response.status == 200 and kind(page.response.url) is UrlKind.ARTICLE:
            yield page


@pytest.fixture
def saved(kept: Keeping, tmp_path: Path) -> Path:
    """A folder of five pages, as a browser saves them; the second without its canonical link."""
    folder = tmp_path / "saved"
    (folder / "1_files").mkdir(parents=True)
    (folder / "1_files" / "logo.png").write_bytes(b"\x89PNG\r\n")
    for number, page in zip(range(5), pages(kept), strict=False):
        url, body = page.response.url.encode(), page.response.body
        if number == 1:
            comment = b"<!DOCTYPE html>\n<!-- saved from url=(%04d)%b -->\n" % (len(url), url)
            body = comment + body.replace(b'rel="canonical"', b'rel="x"')
        (folder / f"{number}.htm{'l' * (number % 2)}").write_bytes(body)
    return folder


@pytest.mark.slow
def test_saved_pages_fill_what_is_not_stored(
    kept: Keeping, other_url: str, saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = kept.crawl("warc", files=str(saved), url=other_url, at=LATER)
    assert ended.code is Exit.DONE, ended.end
    assert ended.stored == (5, 0, 0)
    assert kept.rows(ArticleRow.fetched_at, url=other_url) == [(None,)] * 5
    # What has a time comes after; it is no change if the text is the same.
    again = kept.reread(other_url, at=LATER)
    assert again.code is Exit.DONE, again.end
    assert kept.exported(other_url) == kept.exported()


@pytest.mark.parametrize("name", ["property", "name"])
def test_a_saved_page_without_a_canonical_link_is_found_by_its_declared_address(
    kept: Keeping, other_url: str, saved: Path, name: str
) -> None:
    """As on cars and football of 2016. Control: without either it has no address."""
    page, declared = saved / "0.htm", b'<meta property="og:url" content="%b">'
    body = page.read_bytes().replace(b'rel="canonical"', b'rel="x"')
    url = next(pages(kept)).response.url.partition("?")[0].encode()
    page.write_bytes(re.sub(rb"<meta[^>]*og:url[^>]*>", b"", body))
    assert kept.crawl("warc", files=str(page), url=other_url, at=LATER).code is Exit.USAGE
    head = b"<head>" + (declared % url).replace(b"property", name.encode())
    page.write_bytes(page.read_bytes().replace(b"<head>", head))
    ended = kept.crawl("warc", files=str(page), url=other_url, at=LATER)
    assert ended.stored == (1, 0, 0)


COMMENTS = {
    "SingleFile": "<!--\n Page saved with SingleFile \n url: %s \n saved date: Tue Jun 30 \n-->",
    "its archive": "<!--\n Archive processed by SingleFile \n url: %s \n saved date: x \n-->",
    "HTTrack": "<!-- Mirrored from %s by HTTrack Website Copier/3.x, Tue, 30 Jun 2026 -->",
    "Firefox": "",
}


@pytest.mark.parametrize("comment", COMMENTS.values(), ids=COMMENTS)
def test_the_pages_of_an_article_that_were_saved_one_by_one_are_joined(
    keeping: Keeping, captures: Captures, tmp_path: Path, comment: str
) -> None:
    """The canonical link of page 2 is that of the article. Control: page 2 alone is no article."""
    key, url = captures.article(pages=3)
    folder = tmp_path / "saved"
    folder.mkdir()
    for number in (2, 1, 3):
        html, _, rest = captures.body(f"{url}?page={number}").partition(b"<head>")
        address = f"{url}?page={number}"
        if "Mirrored" in comment:  # without the scheme; the active link leads to a file
            address, rest = address.removeprefix("https://"), rest.replace(b"--active", b"")
        page = html + comment.replace("%s", address).encode() + b"<head>" + rest
        (folder / f"{number}.html").write_bytes(page)
        if number != 1:
            keeping.crawl("warc", files=str(folder), at=LATER)
            assert len(keeping.rows(ArticleRow.key)) == (number == 3)
    [row] = texts(keeping)
    assert (row["id"], row["is_complete"], row["pages"]) == (key, True, 3)


def test_a_saved_page_completes_an_incomplete_text(
    keeping: Keeping, captures: Captures, tmp_path: Path
) -> None:
    """Control: a page that is no more complete replaces nothing."""
    _, url = captures.article(pages=3)
    first, whole = captures.body(url), captures.body(f"{url}?page=all")
    path, page = tmp_path / "a.warc", tmp_path / "a.html"
    path.write_bytes(response_record(url, "2026-07-02T01:00:00Z", http_response(first)))
    keeping.crawl("warc", files=str(path), at=LATER)
    comment = f"<!-- saved from url=(0100){url}%s -->\n"
    other = first.replace(b"</p>", b" baru</p>")
    for body, query, is_whole in ((other, "", False), (whole, "?page=all", True)):
        page.write_bytes((comment % query).encode() + body)
        ended = keeping.crawl("warc", files=str(page), at=LATER)
        assert ended.stored == (0, int(is_whole), int(not is_whole))
    assert keeping.rows(ArticleRow.is_complete, ArticleRow.fetched_at) == [(True, None)]
    assert [at.day for (at,) in keeping.rows(RevisionRow.fetched_at)] == [2]


def test_a_page_saved_in_utf_16_has_its_address(tmp_path: Path) -> None:
    """Control: without its canonical link it has none."""
    path, url = tmp_path / "a.html", "https://money.kompas.com/read/2021/02/03/100000026/judul"
    html = f'<html><head><link rel="canonical" href="{url}"></head><body>Surabaya'
    path.write_bytes(html.encode("utf-16"))
    [[source], _] = sources.found(str(path))
    [record] = source.records(is_of_kompas, 0)
    assert record.data
    assert head_target(record.data) == url.encode()
    path.write_bytes(html.replace("canonical", "x").encode("utf-16"))
    assert [one.data for one in source.records(is_of_kompas, 0)] == [None]


def test_a_relative_canonical_link_does_not_hide_the_declared_address(
    kept: Keeping, other_url: str, saved: Path
) -> None:
    """As after ``wget --convert-links``. Control: without the declared address it has none."""
    page = saved / "0.htm"
    body = re.sub(rb"<link rel=.canonical.[^>]*>", b"", page.read_bytes())
    declared = re.search(rb"<meta[^>]*og:url[^>]*>", body)
    assert declared is not None
    body = body.replace(declared[0], b"").replace(
        b"<head>", b'<head><link rel="canonical" href="093100670.html">'
    )
    page.write_bytes(body)
    assert kept.crawl("warc", files=str(page), url=other_url, at=LATER).code is Exit.USAGE
    page.write_bytes(body.replace(b"</head>", declared[0] + b"</head>"))
    assert kept.crawl("warc", files=str(page), url=other_url, at=LATER).stored == (1, 0, 0)


@pytest.mark.slow
@pytest.mark.chromium
def test_what_chromium_saved_is_read(
    kept: Keeping, other_url: str, saved: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its HTML is read as the page is; its MHTML is named."""
    page = saved / "0.htm"
    with browser(tmp_path / "profile") as chromium:
        chromium.open(page.as_uri())
        html = chromium.value("document.documentElement.outerHTML")
        mhtml = chromium.call("Page.captureSnapshot", format="mhtml")["data"]
    by_chromium = tmp_path / "by_chromium"
    by_chromium.mkdir()
    (by_chromium / "page.html").write_text(f"<!DOCTYPE html>\n{html}", "utf-8")
    (by_chromium / "page.mhtml").write_text(mhtml, "utf-8")
    with caplog.at_level("INFO"):
        ended = kept.crawl("warc", files=str(by_chromium), url=other_url, at=LATER)
    assert ended.code is Exit.DONE, ended.end
    assert ended.stored == (1, 0, 0)
    assert any("an MHTML file" in one.message for one in caplog.records)
    [(key, content_hash)] = kept.rows(ArticleRow.key, ArticleRow.content_hash, url=other_url)
    assert (key, content_hash) in kept.rows(ArticleRow.key, ArticleRow.content_hash)


def test_each_saved_page_that_is_passed_over_is_named(
    kept: Keeping, other_url: str, saved: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Control: a page that is read is named with what it contained."""
    (saved / "peta.html").write_bytes(b"<html><body>peta</body></html>")
    front = b'<html><link rel="canonical" href="https://money.kompas.com/"></html>'
    (saved / "depan.html").write_bytes(front)
    link = re.search(rb"<link rel=.canonical.[^>]*>", (saved / "0.htm").read_bytes())
    assert link is not None
    (saved / "kosong.htm").write_bytes(b"<html>%b</html>" % link[0])
    caplog.set_level("INFO")
    ended = kept.crawl("warc", files=str(saved), url=other_url, at=LATER)
    assert ended.stored == (5, 0, 0)
    said = {line.partition(": ")[0]: line for line in caplog.messages}
    assert "0 of Kompas" in said[str(saved / "peta.html")]
    assert "1 no article's address" in said[str(saved / "depan.html")]
    assert "1 no article on the page" in said[str(saved / "kosong.htm")]
    assert said[str(saved / "0.htm")].endswith(": 1 records, 1 of Kompas, 1 article pages")


def test_a_saved_page_replaces_nothing(kept: Keeping, saved: Path) -> None:
    before = kept.rows(*ArticleRow.__table__.c)
    for path in saved.glob("*.htm*"):
        path.write_bytes(path.read_bytes().replace(b"</p>", b" berubah</p>"))
    ended = kept.crawl("warc", files=f"{saved}/*.htm*", at=LATER)
    assert ended.stored == (0, 0, 5)
    assert kept.rows(*ArticleRow.__table__.c) == before
    assert not kept.rows(RevisionRow.id)


def test_a_text_of_unknown_time_is_the_earliest_revision(
    kept: Keeping, other_url: str, saved: Path
) -> None:
    for path in saved.glob("*.htm*"):
        path.write_bytes(path.read_bytes().replace(b"</p>", b" berubah</p>"))
    kept.crawl("warc", files=str(saved), url=other_url, at=LATER)
    kept.reread(other_url, at=LATER)
    assert kept.exported(other_url) == kept.exported()
    rows = kept.rows(RevisionRow.number, RevisionRow.fetched_at, url=other_url)
    assert rows == [(1, None)] * 5


def of_version(number: int) -> bytes:
    """A WACZ file that needs a program for ZIP archives of a version, ten times *number*."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("archive/data.warc", b"")
    found = bytearray(out.getvalue())
    found[found.rindex(b"PK\x01\x02") + 6] = number
    return bytes(found)


FOREIGN = {
    "old.arc": (b"filedesc://IA-001.arc 0.0.0.0 20050101 text/plain 76\n", "an ARC file"),
    "old.arc.gz": (gzip.compress(b"filedesc://IA-001.arc 0.0.0.0 2005 text/plain"), "warcio"),
    "page.mhtml": (b"From: <Saved by Blink>\nSubject: Banjir\n", "an MHTML file"),
    "all.har": (b'{\n  "log": {"version": "1.2", "entries": []}}', "har2warc"),
    "photo.warc.gz": (b"\xff\xd8\xff\xe0 JFIF", "a picture"),
    "some.zip": (b"PK\x03\x04", "a ZIP archive"),
    "later.wacz": (of_version(99), "a ZIP archive"),
    "data.db": (b"SQLite format 3\0", "a SQLite database"),
    "notes.txt": (b"halo", "text/plain"),
    "nothing.bin": (b"", "empty"),
    "\udcff.warc.gz": (gzip.compress(b"WARC/1.0\r\n"), "rename it"),
}


def test_files_of_other_kinds_are_named(
    kept: Keeping, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    for name, (data, _) in FOREIGN.items():
        (folder / name).write_bytes(data)
    ended = kept.crawl("warc", files=str(folder))
    assert ended.code is Exit.USAGE
    assert "no record of Kompas in 11 files" in ended.end
    lines = [one.message for one in caplog.records if one.levelname == "ERROR"]
    for name, (_, words) in FOREIGN.items():
        name = name.replace("\udcff", "\ufffd")
        assert any(name in line and words in line for line in lines), (name, lines)


@pytest.mark.slow
@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_member_with_a_damaged_start_does_not_end_the_reading(
    kept: Keeping,
    other_url: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    packing: int,
) -> None:
    """Control: the member beside it, and other files, are read."""
    data = kept.files()[0].read_bytes()
    path = tmp_path / "some.wacz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/a.warc.gz", b"a" * 99, packing)
        archive.writestr("archive/b.warc.gz", data)
    start = path.read_bytes().index(b"a.warc.gz") + len("a.warc.gz")
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"\xff\xff")
    (tmp_path / "other.warc.gz").write_bytes(data)
    ended = kept.crawl("warc", files=f"{tmp_path}/*.wa*", url=other_url, at=LATER)
    assert (ended.code, ended.stats["warc/faults"]) == (Exit.DONE, 1)
    assert kept.exported(other_url) == kept.exported()
    assert any("a.warc.gz cannot be unpacked: " in line for line in caplog.messages)


def test_each_file_says_what_it_contained(
    kept: Keeping, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    data = kept.files()[0].read_bytes()
    (tmp_path / "cut.warc.gz").write_bytes(data[:-10])
    caplog.set_level("INFO")
    ended = kept.crawl("warc", files=f"{tmp_path}/*.[jw]*", at=LATER)
    assert ended.code is Exit.DONE
    assert ended.stats["warc/faults"] == 1
    lines = [one.message for one in caplog.records]
    assert any(line.endswith("cut.warc.gz is cut short") for line in lines)
    assert any("photo.jpg: a picture" in line for line in lines)
    (line,) = [line for line in lines if "cut.warc.gz: " in line]
    assert " of Kompas, " in line
    assert " article pages; passed over: " in line
    assert " no article's address" in line


def test_a_file_that_cannot_be_read_on_ends_the_run(
    kept: Keeping, other_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = _Reading.read

    def fail(reading: _Reading, size: int) -> bytes:
        if reading.tell() > 20_000:
            raise OSError(errno.EIO, "Input/output error")
        return read(reading, min(size, 10_000))

    monkeypatch.setattr(_Reading, "read", fail)
    ended = kept.reread(other_url)
    assert ended.code is Exit.ERROR
    assert "cannot be read: Input/output error" in ended.end
    monkeypatch.undo()
    assert kept.reread(other_url).code is Exit.DONE
    assert kept.exported(other_url) == kept.exported()


@pytest.mark.slow
def test_a_dry_run_after_a_forget_says_what_the_run_will_do(
    kept: Keeping, capsys: pytest.CaptureFixture[str]
) -> None:
    key = max(key for (key,) in kept.rows(ArticleRow.key))
    engine = open_engine(database_url(kept.url, kept.folder))
    with engine.connect() as connection:
        found = trace(connection, key)
    forget(engine, found, Clock().now())
    engine.dispose()
    before = kept.rows(*ArticleRow.__table__.c)
    kept.reread(at=LATER, dry_run="1")
    said = capsys.readouterr().out.splitlines()[0]
    ended = kept.reread(at=LATER)
    assert ended.stored[:2] == (0, 0)
    assert said.startswith("0 articles new, 0 read differently, 0 changed since")
    assert said.endswith("1 forgotten on request")
    assert kept.rows(*ArticleRow.__table__.c) == before


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("wget") is None, reason="no wget on PATH")
def test_what_wget_saved_is_read(kept: Keeping, other_url: str, tmp_path: Path) -> None:
    page = next(pages(kept))
    url = page.response.url.replace("https://", "http://")

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.response.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    proxy = f"http_proxy=http://127.0.0.1:{server.server_port}"
    command = ["wget", "-q", "--no-config", "-e", "robots=off", "-e", "use_proxy=yes"]
    command += ["-e", proxy, "-O", str(tmp_path / "page"), f"--warc-file={tmp_path}/wget", url]
    subprocess.run(command, check=True, timeout=60)
    server.shutdown()
    server.server_close()
    ended = kept.crawl("warc", files=f"{tmp_path}/wget*", url=other_url, at=LATER)
    assert ended.code is Exit.DONE, ended.end
    assert ended.stored == (1, 0, 0)
    assert ended.stats["warc/records"] > 2
    assert kept.rows(ArticleRow.warc_file, url=other_url)[0][0].endswith("wget.warc.gz")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("wacz") is None, reason="no wacz on PATH")
def test_a_wacz_by_its_own_tool_is_read(kept: Keeping, other_url: str, tmp_path: Path) -> None:
    made = tmp_path / "made.wacz"
    command = ["wacz", "create", "-o", str(made), str(kept.files()[0])]
    subprocess.run(command, check=True, timeout=120, stdout=subprocess.DEVNULL)
    ended = kept.crawl("warc", files=str(made), url=other_url, at=LATER)
    assert ended.code is Exit.DONE, ended.end
    assert kept.exported(other_url) == kept.exported()
