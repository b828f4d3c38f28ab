"""``scrapy export x.wacz``: our records as they are, with an index and a list of pages."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_STORED, ZipFile

import pytest
from warcio.archiveiterator import ArchiveIterator

from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.exporters.find import Contains, exports_of
from kompas_crawler.exporters.wacz_file import captured
from tests import processes, validators
from tests.commands.calling import call

if TYPE_CHECKING:
    from pathlib import Path

    from tests.warc.conftest import Keeping


def export(kept: Keeping, path: Path, *options: str) -> int:
    return call("export", kept.url, str(path), *options, KOMPAS_WARC_DIR=str(kept.warcs))


def lines(book: ZipFile, name: str) -> list[bytes]:
    return book.read(name).splitlines()


def test_pages_lead_to_our_records_as_they_are(kept: Keeping, tmp_path: Path) -> None:
    path = tmp_path / "x.wacz"
    assert export(kept, path) == 0
    columns = (ArticleRow.key, ArticleRow.url, ArticleRow.title, ArticleRow.warc_file)
    stored = kept.rows(*columns, where=ArticleRow.duplicate_of.is_(None))
    assert len(stored) > 20
    with ZipFile(path) as book:
        assert {info.compress_type for info in book.infolist()} == {ZIP_STORED}
        header, *pages = map(json.loads, lines(book, "pages/pages.jsonl"))
        index = [line.split(b" ", 2) for line in lines(book, "indexes/index.cdx")]
        data = book.read("archive/kompas.warc.gz")
    assert header["format"] == "json-pages-1.0"
    told = {(page["id"], page["cited_url"], page["title"]) for page in pages}
    assert told == {(key, url, title) for key, url, title, _ in stored}
    assert index == sorted(index)
    places = {found["url"]: found for found in map(json.loads, (line[2] for line in index))}
    assert len(places) == len(pages)
    originals = b"".join((kept.warcs / name).read_bytes() for name in {row[3] for row in stored})
    for page in pages:
        place = places[page["url"]]
        start, length = int(place["offset"]), int(place["length"])
        record = data[start : start + length]
        assert record in originals
        assert f"WARC-Target-URI: {page['url']}\r\n".encode() in gzip.decompress(record)
        assert page["url"].startswith("https://")


def test_another_program_reads_it(kept: Keeping, tmp_path: Path) -> None:
    path = tmp_path / "x.wacz"
    assert export(kept, path) == 0
    with ZipFile(path) as book, book.open("archive/kompas.warc.gz") as file:
        found = [
            (record.rec_type, record.rec_headers.get_header("WARC-Concurrent-To"))
            for record in ArchiveIterator(file, check_digests="raise")
            if record.content_stream().read() is not None
        ]
    kinds = [kind for kind, _ in found]
    assert kinds == ["warcinfo", *["response", "request"] * (len(kinds) // 2)]


def test_resources_are_described_with_their_hashes(kept: Keeping, tmp_path: Path) -> None:
    path = tmp_path / "x.wacz"
    assert export(kept, path) == 0
    with ZipFile(path) as book:
        told = json.loads(book.read("datapackage.json"))
        digest = json.loads(book.read("datapackage-digest.json"))
        for one in [*told["resources"], digest]:
            data = book.read(one["path"])
            assert one["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
            assert one.get("bytes", len(data)) == len(data)
    assert "archived with kompas-crawler" in told["citation"]


def test_articles_without_a_capture_are_left_out_and_counted(
    kept: Keeping, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (file, *_) = sorted(kept.warcs.glob("*.warc.gz"))
    ((offset,), *_) = kept.rows(ArticleRow.warc_offset, where=ArticleRow.duplicate_of.is_(None))
    data = bytearray(file.read_bytes())
    data[offset : offset + 4] = b"gone"
    file.write_bytes(data)
    assert export(kept, tmp_path / "x.wacz") == 0
    assert "1 without a capture left out (KOMPAS_WARC_DIR)" in capsys.readouterr().out
    file.rename(tmp_path / "moved.warc.gz")
    assert export(kept, tmp_path / "x.wacz") == 1
    said = capsys.readouterr().err
    assert "has captures that can be read (KOMPAS_WARC_DIR)" in said
    assert said.endswith("x.wacz is as it was\n")


def test_files_that_were_moved_are_found_after_reading_them_again(
    kept: Keeping, tmp_path: Path
) -> None:
    kept.warcs.rename(tmp_path / "elsewhere")
    assert export(kept, tmp_path / "x.wacz") == 1
    kept.crawl("warc", files=str(tmp_path / "elsewhere" / "*.gz"), settings={"KOMPAS_WARC_DIR": ""})
    assert export(kept, tmp_path / "x.wacz") == 0


def test_a_record_that_is_not_there_is_none(kept: Keeping, tmp_path: Path) -> None:
    (path, *_) = sorted(kept.warcs.glob("*.warc.gz"))
    assert captured(path, 3) == {}
    (tmp_path / "empty.warc.gz").touch()
    assert captured(tmp_path / "empty.warc.gz", 0) == {}


def test_records_of_a_plain_file_are_packed(kept: Keeping, tmp_path: Path) -> None:
    (path, *_) = sorted(kept.warcs.glob("*.warc.gz"))
    offset, key = next(
        (offset, key)
        for offset, key, name in kept.rows(
            ArticleRow.warc_offset, ArticleRow.key, ArticleRow.warc_file
        )
        if name == path.name
    )
    plain = tmp_path / "plain.warc"
    plain.write_bytes(gzip.decompress(path.read_bytes()[offset:]))
    packed, unpacked = captured(path, offset), captured(plain, 0)
    (response,) = unpacked["records"]
    assert gzip.decompress(response) == gzip.decompress(packed["records"][0]), key


def test_forget_finds_the_article_in_it(kept: Keeping, tmp_path: Path) -> None:
    assert export(kept, tmp_path / "x.wacz") == 0
    ((key,), *_) = kept.rows(ArticleRow.key, where=ArticleRow.duplicate_of.is_(None))
    (found,) = exports_of(key, [tmp_path])
    assert found.contains is Contains.YES
    assert exports_of("20000101-000000", [tmp_path]) == []


@pytest.mark.parametrize("options", [["--fields", "id"], ["--metadata-only"]])
def test_texts_cannot_be_left_out(
    sqlite_url: str, tmp_path: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("export", sqlite_url, str(tmp_path / "x.wacz"), *options) == 2
    assert "a .wacz file contains the newest pages, whole" in capsys.readouterr().err
    assert call("export", sqlite_url, str(tmp_path / "x.wacz.gz")) == 2


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_validator_of_the_format_accepts_it(kept: Keeping, tmp_path: Path) -> None:
    wacz, indexer = validators.program("wacz"), validators.program("cdxj-indexer")
    path = tmp_path / "x.wacz"
    assert export(kept, path) == 0
    assert _verdict(wacz, path) == 0
    with ZipFile(path) as book:
        book.extractall(tmp_path)
    warc, index = str(tmp_path / "archive" / "kompas.warc.gz"), tmp_path / "indexes" / "index.cdx"
    done = processes.run([str(indexer), "--sort", warc], cwd=tmp_path, timeout=100)
    assert read_index(done.stdout) == read_index(index.read_text(encoding="utf-8"))
    _spoil(path)
    assert _verdict(wacz, path) != 0  # control: it does look


def read_index(text: str) -> list[tuple[str, str, dict[str, str]]]:
    """The lines of an index: key, time, and where the record is."""
    parted = (line.split(" ", 2) for line in text.splitlines())
    return [(key, at, json.loads(place)) for key, at, place in parted]


def _verdict(wacz: Path, path: Path) -> int:
    return processes.run(
        [str(wacz), "validate", "-f", str(path)], cwd=path.parent, timeout=100
    ).returncode


def _spoil(path: Path) -> None:
    """Change a title in the list of pages, without its hash."""
    members: dict[str, Any] = {}
    with ZipFile(path) as book:
        members = {name: book.read(name) for name in book.namelist()}
    members["pages/pages.jsonl"] = members["pages/pages.jsonl"].replace(b'"title"', b'"tItle"')
    with ZipFile(path, "w") as book:
        for name, data in members.items():
            book.writestr(name, data)
