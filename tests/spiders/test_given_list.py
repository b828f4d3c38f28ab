"""``-a list=FILE``: a corpus is repeated from the metadata that may be handed on."""

from __future__ import annotations

import csv
import gzip
import json
from typing import TYPE_CHECKING

import pytest

from kompas_crawler.archive.read.export import Filters, Reader
from kompas_crawler.exitcodes import Exit
from kompas_crawler.exporters.job import METADATA
from kompas_crawler.exporters.record import cell, record
from kompas_crawler.spiders.arguments import given_list
from kompas_crawler.spiders.kompas import KompasSpider
from tests.spiders.test_living import World, world

__all__ = ["world"]

if TYPE_CHECKING:
    from pathlib import Path

LATER = "2026-07-01T23:00:00+07:00"


def _listed(world: World, path: Path) -> list[str]:
    """Write a metadata-only export; return its keys."""
    reader = Reader(world.url, world.folder)
    rows = [record(article) for article in reader.articles(Filters(with_duplicates=True))]
    reader.close()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, METADATA, extrasaction="ignore")
        writer.writeheader()
        writer.writerows({name: cell(row[name]) for name in row} for row in rows)
    return [row["id"] for row in rows]


def _compared(path: Path) -> dict[str, tuple[str, str]]:
    with path.with_name(path.name + ".compared.csv").open(newline="") as file:
        return {row["id"]: (row["result"], row["revision"]) for row in csv.DictReader(file)}


@pytest.mark.slow
def test_each_article_of_a_list_is_the_same_changed_or_gone(world: World, tmp_path: Path) -> None:
    world.crawl(limit="8")
    theirs = tmp_path / "theirs.csv"
    keys = _listed(world, theirs)
    changed, removed = keys[0], keys[1]
    world.site.correct([changed])
    world.site.remove([removed])
    world = World(world.server, tmp_path, "ours")
    crawled = world.crawl(list=str(theirs), at=LATER)
    assert sum(world.asked().values()) == len(keys)
    expected = dict.fromkeys(keys, ("same", "1")) | {changed: ("changed", "")}
    found = _compared(theirs)
    assert found | {removed: ("", "")} == expected | {removed: ("", "")}
    assert found[removed][0] == "missing"  # a 404 is believed at a later look
    assert crawled.stats["list/same"] == len(keys) - 2
    again = world.crawl(list=str(theirs), at=LATER)
    assert not world.asked()
    assert again.stats["list/changed"] == 1
    for day in (2, 3, 8, 9):
        world.crawl(list=str(theirs), at=f"2026-07-{day:02}T23:59:00+07:00")
    assert _compared(theirs)[removed] == ("gone", "")


@pytest.mark.slow
def test_a_former_text_that_is_the_same_is_found(world: World, tmp_path: Path) -> None:
    world.crawl(limit="4")
    theirs = tmp_path / "theirs.csv"
    keys = _listed(world, theirs)
    world.site.correct(keys[:1])
    world.crawl(urls=f"https://www.kompas.com{_path(world, keys[0])}", at=LATER)
    crawled = world.crawl(list=str(theirs), at=LATER)
    assert crawled.code is Exit.DONE
    assert _compared(theirs) == dict.fromkeys(keys, ("same", "1"))


def _path(world: World, key: str) -> str:
    return "/" + world.site.article(key).url.split("/", 3)[3]


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "A.CSV.GZ", "a.json", "a.jsonl"])
def test_each_format_is_read(tmp_path: Path, name: str) -> None:
    url = "https://money.kompas.com/read/2024/01/15/090000126/x"
    row = {"id": "20240115-090000126", "url": url, "content_hash": "a" * 64}
    text = {
        ".csv": f"id,url,content_hash\r\n{','.join(row.values())}\r\n",
        ".json": json.dumps([row]),
        ".jsonl": json.dumps(row) + "\n",
    }
    data = text[f".{name.lower().split('.')[1]}"].encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.lower().endswith(".gz") else data)
    (given,) = given_list(str(path))
    assert (given.key, given.url, given.content_hash) == tuple(row.values())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("excel.csv", 'url;title;content_hash\r\n{url};"a, b";{digest}\r\n'),
        ("excel.csv", "\ufeffsep=;\r\ncontent_hash;url\r\n{digest};{url}\r\n"),
        ("comma.csv", "sep=,\r\ncontent_hash,url\r\n{digest},{url}\r\n"),
        ("tab.csv", "sep=\t\r\ncontent_hash\turl\r\n{digest}\t{url}\r\n"),
        ("tabs.csv", "title\turl\tcontent_hash\nsatu, dua\t{url}\t{digest}\n"),
        ("typed.csv", " URL , Content_Hash \n {url} , {digest} \n"),
        ("long.csv", "body,url,content_hash\n{body},{url},{digest}\n"),
        (
            "lines.jsonl",
            '{{"title":"a\u2028b\x85c","url":"{url}","content_hash":"{digest}"}}\r\n \n',
        ),
    ],
)
def test_a_list_saved_by_a_spreadsheet_or_an_editor_is_read(
    tmp_path: Path, name: str, text: str
) -> None:
    url, digest = "https://money.kompas.com/read/2024/01/15/090000126/x", "a" * 64
    path = tmp_path / name
    path.write_text(text.format(url=url, digest=digest, body="x" * 200_000), encoding="utf-8")
    assert [given[1:] for given in given_list(str(path))] == [(url, digest)]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_a_list_in_an_encoding_of_windows_is_read(tmp_path: Path, encoding: str) -> None:
    url, digest = "https://money.kompas.com/read/2024/01/15/090000126/x", "a" * 64
    text = f"title,url,content_hash\r\n\u201cBanjir\u201d di Cikar\u00e9,{url},{digest}\r\n"
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    assert [given[1:] for given in given_list(str(tmp_path / "a.csv"))] == [(url, digest)]


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("none.csv", None, "No such file"),
        ("a.xlsx", b"x", "not a .csv"),
        ("a.csv", b"a,b\r\n1,2\r\n", "needs a column url"),
        ("a.json", b"[", "cannot be read"),
        ("a.csv.gz", b"x", "cannot be read"),
        ("a.jsonl", b"\xff", "cannot be read"),
        ("a.json", b"[" * 100_000, "cannot be read"),
        ("a.json", b"5", "cannot be read"),
        ("a.json", b"null", "cannot be read"),
        ("a.csv.gz", gzip.compress(b"url", mtime=0)[:10] + b"\xff" * 9, "cannot be read"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused(
    tmp_path: Path, name: str, data: bytes | None, what: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=what):
        KompasSpider(list=str(tmp_path / name))


@pytest.mark.parametrize("tags", ["", ",", " , "])
def test_tags_that_name_none_are_no_whole_sweep(tags: str) -> None:
    with pytest.raises(ValueError, match="names no tag"):
        KompasSpider(tags=tags)


def test_control_without_an_argument_nothing_is_compared(world: World) -> None:
    crawled = world.crawl(limit="2")
    assert not [name for name in crawled.stats if name.startswith("list/")]
