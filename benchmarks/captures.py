"""Reading WARC files: pages per second, and the limit of any reader on the same file."""

from __future__ import annotations

import io
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecordType
from lxml import etree
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from benchmarks import crawls
from benchmarks.extraction import bodies
from benchmarks.measures import Measure

TABLES = ("articles", "article_people", "article_tags", "images", "links", "frontier")
GROUP = 50


def measures(count: int = 3000, runs: int = 3, weight: int = 122) -> list[Measure]:
    """Read *count* pages with one and two processes, and by FastWARC with a bare lxml parse."""
    found: dict[str, list[float]] = {"limit": [], "one": [], "ratio": [], "two": []}
    with tempfile.TemporaryDirectory() as folder:
        path, stored = Path(folder) / "pages.warc.gz", Path(folder) / "stored.db"
        _write(path, count, weight)
        crawls.ours("", "-a", f"files={path}", spider="warc", database=stored)
        rows = _rows(stored)
        for nth in range(runs):
            bare = _bare(path, rows, Path(folder) / f"{nth}.db")
            one, two = (
                crawls.ours("", "-a", f"files={path}", "-a", f"processes={n}", spider="warc")
                for n in (1, 2)
            )
            found["limit"].append(count / bare)
            found["one"].append(one["stored"] / one["cpu"])
            found["ratio"].append(found["one"][-1] / found["limit"][-1])
            found["two"].append(one["wall"] / two["wall"])
    size = f"{weight} KB"
    bare_name = "FastWARC, bare lxml and bare insert"
    return [
        Measure(name=f"{bare_name}, pages / CPU second, {size}", values=found["limit"]),
        Measure(name=f"crawl warc, pages / CPU second, {size}", values=found["one"]),
        Measure(name=f"crawl warc / {bare_name}, {size}", values=found["ratio"], limit=0.5),
        Measure(
            name=f"crawl warc, two processes / one, speed, {size}",
            values=found["two"],
            limit=1.7,
        ),
    ]


def _rows(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the tables that a page fills."""
    with closing(sqlite3.connect(database)) as connection:
        return {name: connection.execute(f"select * from {name}").fetchall() for name in TABLES}


def _write(path: Path, count: int, weight: int) -> None:
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for url, body in bodies(count, weight):
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], "HTTP/1.1")
            record = writer.create_warc_record(
                url, "response", payload=io.BytesIO(body), length=len(body), http_headers=headers
            )
            writer.write_record(record)


def _bare(path: Path, rows: dict[str, list[tuple[object, ...]]], database: Path) -> float:
    """CPU seconds of reading and parsing every page, and of inserting *rows* without indexes."""
    began = time.process_time()
    with path.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response):
            etree.HTML(record.reader.read(), etree.HTMLParser(encoding="utf-8"))
    with closing(sqlite3.connect(database)) as connection:
        for name, found in rows.items():
            columns = [f"c{n}" for n in range(len(found[0]))] if found else ["c0"]
            connection.execute(f"create table {name} ({', '.join(columns)})")
            into = f"insert into {name} values ({', '.join('?' * len(columns))})"
            for start in range(0, len(found), GROUP):
                connection.executemany(into, found[start : start + GROUP])
                connection.commit()
    return time.process_time() - began
