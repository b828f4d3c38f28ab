"""Reading WARC files: pages per second, and the limit of any reader on the same file."""

from __future__ import annotations

import io
import tempfile
import time
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecordType
from lxml import etree
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from benchmarks import crawls
from benchmarks.extraction import bodies
from benchmarks.measures import Measure


def measures(count: int = 3000, runs: int = 3, weight: int = 122) -> list[Measure]:
    """Read *count* pages with one and two processes, and by FastWARC with a bare lxml parse."""
    rates: dict[str, list[float]] = {"limit": [], "1": [], "2": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pages.warc.gz"
        _write(path, count, weight)
        for _ in range(runs):
            rates["limit"].append(count / _bare(path))
            for processes in ("1", "2"):
                arguments = ("-a", f"files={path}", "-a", f"processes={processes}")
                figures = crawls.ours("", *arguments, spider="warc")
                rates[processes].append(figures["stored"] / figures["wall"])
    pairs = list(zip(rates["limit"], rates["1"], rates["2"], strict=True))
    size = f"{weight} KB"
    return [
        Measure(name=f"FastWARC and bare lxml, pages / second, {size}", values=rates["limit"]),
        Measure(name=f"crawl warc, pages / second, {size}", values=rates["1"]),
        Measure(
            name=f"crawl warc / FastWARC and lxml, speed, {size}",
            values=[one / limit for limit, one, _ in pairs],
        ),
        Measure(
            name=f"crawl warc, two processes / one, speed, {size}",
            values=[two / one for _, one, two in pairs],
            limit=1.7,
        ),
    ]


def _write(path: Path, count: int, weight: int) -> None:
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for url, body in bodies(count, weight):
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], "HTTP/1.1")
            record = writer.create_warc_record(
                url, "response", payload=io.BytesIO(body), length=len(body), http_headers=headers
            )
            writer.write_record(record)


def _bare(path: Path) -> float:
    """Seconds of reading and parsing every page in this process."""
    began = time.perf_counter()
    with path.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response):
            etree.HTML(record.reader.read(), etree.HTMLParser(encoding="utf-8"))
    return time.perf_counter() - began
