"""``scrapy export``: the same rows and values in every format, and a data package beside them."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import re
import sqlite3
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from lxml import etree

from kompas_crawler.archive import stored_articles
from kompas_crawler.archive.read import export as reader
from kompas_crawler.archive.store import articles, exports
from kompas_crawler.commands import export
from kompas_crawler.exporters import job
from kompas_crawler.exporters.job import METADATA
from kompas_crawler.exporters.record import FIELDS, cell
from kompas_crawler.items import Image
from kompas_crawler.site.keys import WIB
from tests.archive.build import NOW, article, key, url
from tests.commands.calling import call, fill, opened
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from kompas_crawler.items import FetchedArticle

Row = dict[str, Any]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def rich() -> FetchedArticle:
    """An article with something in every field, and much to escape."""
    return article(
        1,
        2,
        9,
        title='=1+1, "kata" dia; <b>&\u00e9😀',
        body=("Paragraf satu,\tdan.", "Paragraf dua."),
        subsection="Ekbis",
        content_type="Kolom",
        dateline="DEMAK",
        authors=("Sari", "Budi, S.H."),
        source="Antara",
        topic="Banjir",
        updated_at=datetime(2024, 1, 15, 5, 0, 30, tzinfo=UTC),
        images=(
            Image(url="https://a.example/1.jpg", caption="Air, surut", credit="KOMPAS.com/A"),
            Image(url="https://a.example/2.jpg"),
        ),
        declared_words=9,
        pages=2,
    )


def bare() -> FetchedArticle:
    """An article with next to nothing."""
    return article(
        2,
        title="Judul",
        summary=None,
        body=("Satu.",),
        section=None,
        authors=(),
        editors=(),
        tags=(),
        is_complete=None,
        published_at=datetime(2024, 2, 1, 0, 0, tzinfo=WIB),
    )


def copy() -> FetchedArticle:
    """The same text as ``bare`` under a later key."""
    return replace(bare(), id=key(3), url=url(3), published_at=datetime(2024, 1, 16, tzinfo=WIB))


def rows_of(path: Path) -> list[Row]:
    """The rows of a JSON file."""
    found: list[Row] = json.loads(path.read_text(encoding="utf-8"))
    return found


def plain(value: Any) -> Any:
    """A value of Parquet as JSON has it."""
    return value.isoformat() if isinstance(value, datetime) else value


def in_excel(name: str, value: Any) -> Any:
    """A value of JSON as a cell of Excel has it: times in Jakarta, without a zone."""
    if name.endswith("_at") and value:
        return datetime.fromisoformat(value).replace(tzinfo=None)
    return value if isinstance(value, bool | int) else cell(value) or None


def test_every_format_holds_the_same_rows_and_values(database_url: str, tmp_path: Path) -> None:
    fill(database_url, rich(), bare())
    for suffix in ("csv", "json", "jsonl", "parquet", "xlsx"):
        assert call("export", database_url, str(tmp_path / f"a.{suffix}")) == 0
    rows = rows_of(tmp_path / "a.json")
    assert [list(row) for row in rows] == [list(FIELDS)] * 2
    assert rows[0] | {"first_seen_at": "", "content_hash": ""} == {
        "id": key(1),
        "url": url(1),
        "title": '=1+1, "kata" dia; <b>&é😀',
        "summary": "Ringkasan",
        "body": "Paragraf satu,\tdan.\n\nParagraf dua.",
        "section": "Money",
        "subsection": "Ekbis",
        "content_type": "Kolom",
        "dateline": "DEMAK",
        "authors": ["Sari", "Budi, S.H."],
        "editors": ["Budi Hartono"],
        "source": "Antara",
        "tags": ["Banjir", "Gempa"],
        "topic": "Banjir",
        "published_at": "2024-01-15T09:00:00+07:00",
        "updated_at": "2024-01-15T12:00:30+07:00",
        "images": [
            {
                "url": "https://a.example/1.jpg",
                "caption": "Air, surut",
                "credit": "KOMPAS.com/A",
            },
            {"url": "https://a.example/2.jpg", "caption": None, "credit": None},
        ],
        "related": [
            {"id": key(2), "url": url(2), "title": "Judul 2"},
            {"id": key(9), "url": url(9), "title": "Judul 9"},
        ],
        "word_count": 6,
        "declared_words": 9,
        "pages": 2,
        "is_complete": True,
        "duplicate_of": None,
        "revision": 1,
        "status": "live",
        "first_seen_at": "",
        "fetched_at": "2024-01-20T10:00:00+07:00",
        "content_hash": "",
        "extractor_version": "1",
    }
    lines = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == rows
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == [
            {name: cell(row[name]) for name in row} for row in rows
        ]
    table = pq.read_table(tmp_path / "a.parquet").to_pylist()
    assert [{name: plain(value) for name, value in row.items()} for row in table] == rows
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    header, *cells = sheet.iter_rows(values_only=True)
    assert header == FIELDS
    assert [list(line) for line in cells] == [
        [in_excel(name, value) for name, value in row.items()] for row in rows
    ]


def test_parquet_has_zoned_times_and_real_lists(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, rich())
    assert call("export", sqlite_url, str(tmp_path / "a.parquet.gz")) == 0
    unpacked = gzip.decompress((tmp_path / "a.parquet.gz").read_bytes())
    schema = pq.read_table(io.BytesIO(unpacked)).schema
    assert str(schema.field("published_at").type) == "timestamp[us, tz=+07:00]"
    assert str(schema.field("tags").type).startswith("list<")
    assert str(schema.field("word_count").type) == "int32"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], [1, 2]),
        (["--with-duplicates"], [1, 2, 3]),
        (["--since", "2024-01-16", "--with-duplicates"], [2, 3]),
        (["--until", "2024-01-15"], [1]),
        (["--since", "2024-02-01", "--until", "2024-02-01"], [2]),
        (["--section", "money"], [1]),
        (["--section", "Money"], [1]),
        (["--tag", "banjir"], [1]),
        (["--tag", "tsunami,BANJIR"], [1]),
        (["--tag", "tsunami", "--tag", "gempa"], [1]),
        (["--author", "sari"], [1]),
        (["--author", '"Budi, S.H."'], [1]),
        (["--section", "tekno, MONEY"], [1]),
        (["--content-type", "kolom"], [1]),
        (["--stored-since", "2024-01-20T10:00"], [1, 2]),  # WIB
        (["--stored-since", "2024-01-20T03:00:01Z"], []),
        (["--tag", "tsunami", "--allow-empty"], []),
        (["--query", "paragraf dua"], [1]),
        (["--query", "satu -paragraf"], [2]),
    ],
)
def test_options_choose_articles(
    database_url: str, tmp_path: Path, options: list[str], expected: list[int]
) -> None:
    fill(database_url, rich(), bare(), copy())
    assert call("export", database_url, str(tmp_path / "a.json"), *options) == 0
    assert [row["id"] for row in rows_of(tmp_path / "a.json")] == [key(n) for n in expected]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--section", "monet"], "no article has the section 'monet'; near: 'Money' (1)"),
        (["--section", "tekno"], "no article has the section 'tekno'; there are: 'Money' (1)"),
        (["--section", "ekonomy"], "no article has the section 'ekonomy'; there are: 'Money' (1)"),
        (["--tag", "gempaa"], "no article has the tag 'gempaa'; near: 'Gempa' (1)"),
        (["--tag", "ban"], "no article has the tag 'ban'; near: 'Banjir' (1)"),
        (["--author", "Budi"], "no article has the author 'Budi'; near: 'Budi, S.H.' (1)"),
        (["--author", "Bdui"], "no article has the author 'Bdui'; near: 'Budi, S.H.' (1)"),
        (["--content-type", "x"], "no article has the content type 'x'; there are: 'Kolom' (1)"),
        (
            ["--tag", "banjir", "--since", "2025-01-01"],
            "no article matches; each filter alone: --since 0, --tag 1",
        ),
        (
            ["--since", "2024-01-16", "--until", "2024-01-16"],
            "only copies of older articles match (1); add --with-duplicates",
        ),
        (["--tag", "gempaa", "--split", "month"], "no article has the tag 'gempaa'; near: "),
    ],
)
def test_nothing_matched_leaves_the_file_and_helps(
    database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    line: str,
) -> None:
    fill(database_url, rich(), bare(), copy())
    path = tmp_path / "a.csv"
    path.write_text("before")
    assert call("export", database_url, str(path), *options) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"scrapy export: {line}")
    assert said.count("\n") == 1
    if "--split" not in options:
        assert said.endswith(f"; {path} is as it was\n")
    assert [p.name for p in tmp_path.glob("*a*.csv*")] == ["a.csv"]
    assert path.read_text() == "before"
    assert call("export", database_url, str(path), *options, "--allow-empty") == 0
    assert path.read_text() != "before" or "--split" in options  # control: else it is replaced
    if line.startswith("no article has"):
        assert line in capsys.readouterr().err  # a schedule with a misspelt name says so


def test_the_most_frequent_of_the_near_names_comes_first(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    editors = ("Abe Budi", "Aji Budi", "Ani Budi")
    signed = {1: "Adi Budi", 2: "Zaki Budi", 3: "Zaki Budi", 4: "Sari"}
    fill(
        database_url,
        *(article(n, authors=(name,), editors=editors) for n, name in signed.items()),
    )
    assert call("export", database_url, str(tmp_path / "a.csv"), "--author", "budi") == 1
    near = "no article has the author 'budi'; near: 'Zaki Budi' (2), 'Adi Budi' (1); "
    assert near in capsys.readouterr().err


@pytest.mark.parametrize("more", [[], ["--split", "month"], ["--as-of", "2024-02-01"]])
def test_one_unknown_name_among_others_is_named(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    fill(database_url, rich(), bare())
    path = str(tmp_path / "a.csv")
    assert call("export", database_url, path, "--tag", "banjir,gempaa", *more) == 0
    told = capsys.readouterr().err
    assert told == "no article has the tag 'gempaa'; near: 'Gempa' (1)\n"
    assert call("export", database_url, path, "--tag", "banjir,gempa", *more) == 0
    assert capsys.readouterr().err == ""


def test_a_name_of_an_earlier_time_is_known_then(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(database_url, rich())
    with opened(database_url) as engine, engine.begin() as connection:
        later = NOW + timedelta(days=1)
        other = replace(rich(), tags=("Api",), content_hash="other", fetched_at=later)
        articles.save(connection, [other], run_id=None, now=later)
    path = str(tmp_path / "a.csv")
    assert call("export", database_url, path, "--tag", "gempa", "--as-of", NOW.isoformat()) == 0
    assert capsys.readouterr().err == ""
    assert call("export", database_url, path, "--tag", "gempa", "--allow-empty") == 0
    assert capsys.readouterr().err == "no article has the tag 'gempa'; there are: 'Api' (1)\n"


def test_a_new_folder_is_made_and_none_is_left_without_a_file(
    sqlite_url: str, tmp_path: Path
) -> None:
    fill(sqlite_url, rich())
    path = tmp_path / "a" / "b" / "c.csv"
    assert call("export", sqlite_url, str(path), "--tag", "x") == 1
    assert not (tmp_path / "a").exists()
    assert call("export", sqlite_url, str(path)) == 0
    assert path.exists()


def test_links_that_nobody_has_leave_the_file(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sqlite_url, bare())
    assert call("export", sqlite_url, str(tmp_path / "a.csv"), "--edges") == 1
    said = capsys.readouterr().err
    assert "none of the articles that match (1) has links" in said
    assert said.endswith("a.csv was not written\n")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "name one file"),
        (["a.csv", "b.csv"], "name one file"),
        (["a.doc"], "no export format"),
        (["a.csv", "--fields", "id,judul"], "no field 'judul'; there are: id, url"),
        (["a.csv", "--since", "kemarin"], "is not a day"),
        (["a.csv", "--since", "2024-02-01", "--until", "2024-01-01"], "is after --until"),
        (["a.csv", "--stored-since", "soon"], "is not a time"),
        (["a.csv", "--stored-since", ""], "--stored-since has no value"),
        (["a.csv", "--as-of", ""], "--as-of has no value"),
        (["a.csv", "--as-of", "2124-06-30T23:59"], "--as-of='2124-06-30T23:59' is in the future"),
        (["a.csv", "--stored-since", "2124-06-30"], "--stored-since='2124-06-30' is in the future"),
        (["a.csv", "--since", ""], "--since has no value"),
        (["a.csv", "--query", ""], "--query has no value"),
        (["a.csv", "--tag", ""], "--tag names nothing"),
        (["a.csv", "--section", ",", "--tag", "Gempa"], "--section names nothing"),
        (["a.csv", "--content-type", " , "], "--content-type names nothing"),
        (["a.csv", "--split", "year"], "--split supports only month"),
        (["a.csv", "--query", "..."], "name at least one word"),
        (["a.csv", "--edges", "--metadata-only"], "--metadata-only and --edges cannot be combined"),
        (["a.json", "--edges"], "known are: .csv .graphml"),
        (["a.graphml"], "add --edges"),
        (["a.vert", "--metadata-only"], "add the field body"),
        (["a.csv", "--fileds", "id"], "unknown option --fileds"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_one_line(
    sqlite_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    line: str,
) -> None:
    fill(sqlite_url)
    arguments = [str(tmp_path / a) if a.startswith(("a.", "b.")) else a for a in arguments]
    assert call("export", sqlite_url, *arguments) == 2
    said = capsys.readouterr()
    assert line in said.err
    assert said.err.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(("a.", "b."))] == []


def test_fields_come_in_the_order_they_were_asked_for(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, rich())
    for suffix in ("csv", "jsonl"):
        path = str(tmp_path / f"a.{suffix}")
        assert call("export", sqlite_url, path, "--fields", "title, id") == 0
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == ["title", "id"]
    assert list(json.loads((tmp_path / "a.jsonl").read_text())) == ["title", "id"]


@pytest.mark.skipif(sys.platform != "linux", reason="other file systems refuse such a name")
def test_a_file_whose_name_is_no_utf_8_has_its_data_package(
    sqlite_url: str, tmp_path: Path
) -> None:
    fill(sqlite_url, article(1))
    path = tmp_path / os.fsdecode(b"b\xff.csv")
    assert call("export", sqlite_url, str(path)) == 0
    beside = path.with_name(f"{path.name}.datapackage.json")
    assert json.loads(beside.read_text("utf-8"))["resources"][0]["path"] == "b?.csv"


def test_metadata_holds_nothing_of_the_text(sqlite_url: str, tmp_path: Path) -> None:
    fill(sqlite_url, rich(), bare())
    assert call("export", sqlite_url, str(tmp_path / "a.csv"), "--metadata-only") == 0
    text = (tmp_path / "a.csv").read_text(encoding="utf-8")
    assert text.splitlines()[0] == ",".join(METADATA)
    assert not any(words in text for words in ("Paragraf", "Ringkasan", "Air, surut"))
    told = json.loads((tmp_path / "a.csv.datapackage.json").read_text())
    assert "these may be shared" in told["licenses"][0]["title"]


def test_the_data_package_says_what_is_in_the_file(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sqlite_url, rich(), bare(), copy())
    path = tmp_path / "a.csv"
    now = "2024-03-01T00:00:00+07:00"
    assert call("export", sqlite_url, str(path), "--since", "2024-01-01", KOMPAS_NOW=now) == 0
    assert capsys.readouterr().out == f"2 articles written to {path}; 1 duplicate left out\n"
    told = json.loads((tmp_path / "a.csv.datapackage.json").read_text())
    (licence,), (resource,) = told.pop("licenses"), told.pop("resources")
    assert licence["title"].startswith("Texts, pictures and captions belong to Kompas.com")
    assert told.pop("citation").endswith(f"SHA-256 {sha256(path)}")
    assert told.pop("software").startswith("kompas-crawler ")
    assert told.pop("coverage")
    assert told.pop("sources")
    assert told.pop("archive_schema")
    assert told == {
        "profile": "data-package",
        "name": "a.csv",
        "title": "Kompas.com, 2 articles published 2024-01-15 to 2024-02-01",
        "created": now,
        "articles": 2,
        "duplicates_left_out": 1,
        "cells_cut": 0,
        "uncaptured": 0,
        "first_published_at": "2024-01-15T09:00:00+07:00",
        "last_published_at": "2024-02-01T00:00:00+07:00",
        "filters": {"since": "2024-01-01", "with_duplicates": False},
        "columns": list(FIELDS),
    }
    schema = resource.pop("schema")
    assert resource == {
        "name": "a.csv",
        "type": "table",
        "path": "a.csv",
        "format": "csv",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256(path)}",
        "profile": "tabular-data-resource",
        "encoding": "utf-8",
    }
    columns = {column["name"]: column for column in schema["fields"]}
    assert list(columns) == list(FIELDS)
    assert columns["published_at"] == {
        "name": "published_at",
        "type": "datetime",
        "format": "%Y-%m-%dT%H:%M:%S%z",
        "description": "publication time",
    }
    types = {name: columns[name]["type"] for name in ("id", "tags", "pages", "is_complete")}
    assert types == {"id": "string", "tags": "string", "pages": "integer", "is_complete": "boolean"}


def test_split_makes_a_file_for_each_month_in_wib(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(database_url, rich(), bare(), copy())
    path = tmp_path / "kompas.jsonl"
    assert call("export", database_url, str(path), "--split", "month") == 0
    found = {p.name: p.read_text() for p in tmp_path.glob("kompas*.jsonl")}
    assert {
        name: [json.loads(line)["id"] for line in t.splitlines()] for name, t in found.items()
    } == {
        "kompas-2024-01.jsonl": [key(1)],
        "kompas-2024-02.jsonl": [key(2)],
    }
    assert len(list(tmp_path.glob("kompas*.datapackage.json"))) == 2
    assert capsys.readouterr().out.endswith("2 articles written to 2 files; 1 duplicate left out\n")


def test_edges_have_dates_and_sections(database_url: str, tmp_path: Path) -> None:
    fill(database_url, rich(), bare())
    assert call("export", database_url, str(tmp_path / "a.csv"), "--edges") == 0
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert first == {
        "source": key(1),
        "target": key(2),
        "position": "0",
        "title": "Judul 2",
        "url": url(2),
        "source_section": "Money",
        "source_published_at": "2024-01-15T09:00:00+07:00",
        "target_section": "",
        "target_published_at": "2024-02-01T00:00:00+07:00",
        "is_target_stored": "true",
    }
    assert (second["target"], second["is_target_stored"]) == (key(9), "false")
    told = json.loads((tmp_path / "a.csv.datapackage.json").read_text())
    assert told["links"] == 2
    columns = told["resources"][0]["schema"]["fields"]
    assert not [one for one in columns if "description" in one]  # those of an article's columns


def test_similar_articles_are_edges_of_their_own_kind(database_url: str, tmp_path: Path) -> None:
    text = [" ".join(f"kata{number}" for number in range(n, n + 40)) for n in range(0, 400, 40)]
    bodies = {1: text[:5], 2: text[3:], 3: text[4:7], 4: text[7:], 5: text[:2]}
    sections = {1: "Bola"}
    fill(
        database_url,
        *(
            article(n, 2, body=tuple(body), section=sections.get(n, "Money"))
            for n, body in bodies.items()
        ),
    )

    def edges(*options: str) -> list[tuple[str | None, ...]]:
        path = str(tmp_path / "a.graphml")
        assert call("export", database_url, path, "--edges", *options) == 0
        assert call("export", database_url, str(tmp_path / "a.csv"), "--edges", *options) == 0
        packages = tmp_path.glob("a.*.datapackage.json")
        assert len({json.loads(one.read_text())["links"] for one in packages}) == 1
        graph = etree.parse(path).getroot()
        space = {"g": "http://graphml.graphdrawing.org/xmlns"}
        return [
            (edge.get("source"), edge.get("target"), *(data.text for data in edge))
            for edge in graph.iterfind(".//g:edge", space)
            if edge[0].text == "similar"
        ]

    both = [(key(1), key(2), "similar", "0.3939"), (key(2), key(1), "similar", "0.2806")]
    assert edges() == both
    assert len(edges("--with-duplicates")) > 2
    assert edges("--section", "money") == []


def test_graph_names_every_node_once(database_url: str, tmp_path: Path) -> None:
    fill(
        database_url, rich(), article(4, 2, 9, title="D\x1b]52;c;x\x07 & <x>\uffff"), bare(), copy()
    )
    assert call("export", database_url, str(tmp_path / "a.graphml"), "--edges") == 0
    graph = etree.parse(str(tmp_path / "a.graphml")).getroot()
    space = {"g": "http://graphml.graphdrawing.org/xmlns"}
    nodes = [node.get("id") for node in graph.iterfind(".//g:node", space)]
    edges = [(e.get("source"), e.get("target")) for e in graph.iterfind(".//g:edge", space)]
    assert nodes == [key(1), key(2), key(4), key(9)]
    assert edges == [(key(1), key(2)), (key(1), key(9)), (key(4), key(2)), (key(4), key(9))]
    told = {
        data.get("key"): data.text
        for data in graph.iterfind(f".//g:node[@id='{key(9)}']/g:data", space)
    }
    assert told == {"node_url": url(9), "node_is_stored": "false"}


def test_an_export_sees_one_moment_while_a_crawl_stores(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chunk is read, an article is stored and one changes: neither shows in the file."""
    monkeypatch.setattr(reader, "CHUNK", 1)
    fill(database_url, article(1), article(2))
    by_ids = stored_articles.by_ids

    def storing(*arguments: Any) -> Any:
        found = by_ids(*arguments)
        if found[0].id == key(1):
            fill(database_url, article(2, title="Lain"), article(3))
        return found

    monkeypatch.setattr(stored_articles, "by_ids", storing)
    assert call("export", database_url, str(tmp_path / "a.json")) == 0
    rows = rows_of(tmp_path / "a.json")
    assert [row["title"] for row in rows] == ["Judul 1", "Judul 2"]


def test_an_empty_archive_says_how_to_fill_it(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sqlite_url)
    assert call("export", sqlite_url, str(tmp_path / "a.csv")) == 1
    assert "the archive is empty; to fill it: scrapy crawl kompas" in capsys.readouterr().err
    assert call("export", sqlite_url, str(tmp_path / "a.csv"), "--allow-empty") == 0
    assert (tmp_path / "a.csv").read_text().startswith("id,url,")


def test_a_cell_cut_for_excel_is_counted_in_the_closing_line(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(sqlite_url, article(1, body=("kata " * 8000,)))
    assert call("export", sqlite_url, str(tmp_path / "a.xlsx")) == 0
    assert "; 1 cell cut to the limit of Excel" in capsys.readouterr().out


def test_the_lines_of_the_guide_keep_a_title_such_as_na(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_url, rich(), article(2, title="NA"))
    monkeypatch.chdir(tmp_path)
    assert call("export", sqlite_url, "data/kompas.csv") == 0
    guide = (ROOT / "docs" / "analysis.md").read_text("utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    names: dict[str, Any] = {}
    exec(block, names)
    articles = names["articles"]
    assert list(articles["title"]) == [rich().title, "NA"]
    assert str(articles["published_at"].dtype) == "datetime64[us, UTC+07:00]"
    assert list(articles["updated_at"].isna()) == [False, True]


def test_feed_and_export_make_the_same_cells() -> None:
    assert cell([{"url": "a"}, {"url": "b"}]) == "a; b"


def test_reading_back_does_not_depend_on_the_machine(tmp_path: Path, sqlite_url: str) -> None:
    """Two exports of one archive are the same file, byte for byte."""
    fill(sqlite_url, rich(), bare())
    for name in ("a.csv.gz", "b.csv.gz"):
        later = (datetime(2024, 3, 1, tzinfo=UTC) + timedelta(days=ord(name[0]))).isoformat()
        assert call("export", sqlite_url, str(tmp_path / name), KOMPAS_NOW=later) == 0
    assert sha256(tmp_path / "a.csv.gz") == sha256(tmp_path / "b.csv.gz")


def recorded(database_url: str) -> dict[str, Any]:
    """The data packages that the archive recorded, by path."""
    with opened(database_url) as engine, engine.connect() as connection:
        found = exports.recorded(connection)
    assert {each.host for each in found} <= {""}
    return {str(each.path): each.manifest for each in found}


def described(path: Path) -> dict[str, Any]:
    """The data package beside *path*, without the coverage, which is not recorded."""
    found: dict[str, Any] = json.loads(path.with_name(f"{path.name}.datapackage.json").read_text())
    del found["coverage"]
    return found


def test_the_archive_records_where_an_export_went(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database_url, rich(), bare())
    monkeypatch.chdir(tmp_path)
    for _ in range(2):  # the second takes the place of the first
        assert call("export", database_url, "a.csv", "--since", "2024-02-01") == 0
    assert call("export", database_url, "b.json", "--split", "month") == 0
    names = ("a.csv", "b-2024-01.json", "b-2024-02.json")
    assert recorded(database_url) == {
        str(tmp_path / name): described(tmp_path / name) for name in names
    }


def test_what_was_whole_before_an_interrupt_is_recorded(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_url, rich(), bare())
    run = job.run

    def until_february(connection: Any, wanted: Any, target: Any, *rest: Any) -> Any:
        if target.path.name == "a-2024-02.csv":
            raise KeyboardInterrupt
        return run(connection, wanted, target, *rest)

    monkeypatch.setattr(job, "run", until_february)
    assert call("export", sqlite_url, str(tmp_path / "a.csv"), "--split", "month") == 12
    assert list(recorded(sqlite_url)) == [str(tmp_path / "a-2024-01.csv")]


def test_nothing_else_of_the_archive_is_written(sqlite_url: str, tmp_path: Path) -> None:
    def dump() -> list[str]:
        connection = sqlite3.connect(tmp_path / "kompas.db")
        lines = [line for line in connection.iterdump() if 'INTO "exports"' not in line]
        connection.close()
        return lines

    fill(sqlite_url, rich())
    before = dump()
    assert call("export", sqlite_url, str(tmp_path / "a.csv")) == 0
    assert dump() == before


def test_an_export_stands_where_a_busy_archive_does_not_record_it(
    sqlite_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export, "WAIT_SECONDS", 0.1)
    fill(sqlite_url, rich())
    with opened(sqlite_url) as engine, engine.begin():
        assert call("export", sqlite_url, str(tmp_path / "a.jsonl")) == 0
    said = capsys.readouterr()
    assert said.out.startswith("1 article written")
    assert said.err.startswith("scrapy forget will not find this export: the database at ")
    assert said.err.endswith(": database is locked\n")
    assert said.err.count("\n") == 1
    assert (tmp_path / "a.jsonl").exists()
    assert recorded(sqlite_url) == {}


def test_or_one_that_may_only_be_read(
    postgres_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(postgres_url, rich())
    read_only = f"{postgres_url}&options=-cdefault_transaction_read_only=on"
    assert call("export", read_only, str(tmp_path / "a.jsonl")) == 0
    assert "read-only transaction" in capsys.readouterr().err
    assert recorded(postgres_url) == {}
